"""What servers say, where the code does not: each wording leads to its reason, and to no other."""

import pytest
from tests.unit.outbox.replying import said

from pinlabs_mailer.outbox.replies import Action, Reason, Stage

NO_MAILBOX, FULL, CLOSED = Reason.NO_MAILBOX, Reason.FULL, Reason.CLOSED
WORDS = {
    "User unknown": NO_MAILBOX,
    "<ada@example.org>... User unknown": NO_MAILBOX,
    "unknown user ada": NO_MAILBOX,
    "No such user here": NO_MAILBOX,
    "no mailbox here by that name": NO_MAILBOX,
    "sorry, mailbox not found": NO_MAILBOX,
    "Recipient does not exist on this system": NO_MAILBOX,
    '"ada@example.org" is not a known user': NO_MAILBOX,
    "Invalid recipient ada@example.org": NO_MAILBOX,
    "User ada not listed in Domino Directory": NO_MAILBOX,
    "not our customer": NO_MAILBOX,
    "Unrouteable address": NO_MAILBOX,
    "<ada@example.org> recipient rejected": NO_MAILBOX,
    "Requested action not taken: mailbox unavailable": NO_MAILBOX,
    "delivery error: dd This user doesn't have a yahoo.com account": NO_MAILBOX,
    "Empfänger unbekannt": NO_MAILBOX,
    "utilisateur inconnu": NO_MAILBOX,
    "usuario desconocido": NO_MAILBOX,
    "utente sconosciuto": NO_MAILBOX,
    "Konto nie istnieje": NO_MAILBOX,
    "пользователь не найден": NO_MAILBOX,
    "用户不存在": NO_MAILBOX,
    "This account has been disabled or discontinued": CLOSED,
    "mailbox is inactive": CLOSED,
    "the user no longer works here": CLOSED,
    "Mailbox full": FULL,
    "user is over quota": FULL,
    "mailbox has exceeded the limit": FULL,
    "Postfach ist voll": FULL,
    "boîte aux lettres pleine": FULL,
    "Domain not found": Reason.NO_DOMAIN,
    "Host unknown": Reason.NO_DOMAIN,
    "Name service error for name=x.example: Host not found": Reason.NO_DOMAIN,
    "Name service error for domain x.example: Host not found, try again": Reason.AWAY,
    "connection timed out": Reason.AWAY,
    "retry timeout exceeded": Reason.AWAY,
    "Too many hops 26 (25 max)": Reason.LOOP,
    "message is too large": Reason.TOO_BIG,
    "Relaying denied": Reason.POLICY,
    "rejected as spam": Reason.POLICY,
    "your address is on a block list": Reason.POLICY,
    "Sender address rejected: domain not found": Reason.SENDER,
    "domain of sender does not exist": Reason.SENDER,
    "sender verify failed": Reason.SENDER,
    "Helo command rejected: Host not found": Reason.POLICY,
    "SPF check failed: domain not found": Reason.POLICY,
    "the PTR record of your IP address does not exist": Reason.POLICY,
    "recipient is not accepting mail from you": Reason.SENDER,
    "mailbox unavailable": Reason.REFUSED,
    "something else": Reason.REFUSED,
}


@pytest.mark.parametrize("code", ["550", "550 5.0.0", "553 5.3.0"])
@pytest.mark.parametrize("words", WORDS)
def test_words_decide_where_the_code_says_nothing(words: str, code: str) -> None:
    assert said(f"{code} {words}").reason == WORDS[words]


@pytest.mark.parametrize(
    "words", [one for one, why in WORDS.items() if why in (NO_MAILBOX, CLOSED)]
)
def test_after_the_final_dot_no_words_suppress(words: str) -> None:
    assert said(f"554 {words}", Stage.BODY).action is not Action.SUPPRESS


@pytest.mark.parametrize("words", WORDS)
def test_a_policy_code_is_not_talked_away(words: str) -> None:
    """But for the plainest words: some servers give 5.7.1 to a mailbox that is not there."""
    verdict = said(f"550 5.7.26 {words}")
    assert verdict.reason == Reason.POLICY
    plain = {"No such user here", "sorry, mailbox not found"}
    assert (said(f"550 5.7.1 {words}").action is Action.SUPPRESS) == (words in plain)


@pytest.mark.parametrize("words", WORDS)
def test_a_temporary_code_is_never_for_good(words: str) -> None:
    assert said(f"450 {words}").action in (Action.RETRY, Action.REQUEUE)


def test_an_unknown_recipient_in_the_directory_of_exchange_online() -> None:
    verdict = said("550 5.4.1 Recipient address rejected: Access denied.")
    assert (verdict.action, verdict.reason) == (Action.SUPPRESS, NO_MAILBOX)
