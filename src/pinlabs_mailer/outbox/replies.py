"""What an SMTP reply means: whose fault it is, and what follows. Pure.

The basic code decides whether to try again, the enhanced code and the words decide why, because
providers use one code for many things and disagree with themselves (Gmail has sent 421 5.7.32).
Sources: RFC 5321 section 4.2, RFC 3463, RFC 4954, and Gmail's, Yahoo's and Microsoft's pages.
The table is read from top to bottom; the first row that fits decides.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from pinlabs_mailer.outbox import wordings


class Stage(StrEnum):
    """Where in the conversation the reply came."""

    CONNECT = "connect"
    LOGIN = "login"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    """After the final dot."""


class Fault(StrEnum):
    """Whose doing a refusal is."""

    NOBODY = "nobody"
    RECIPIENT = "recipient"
    DOMAIN = "domain"
    MESSAGE = "message"
    SENDER = "sender"
    CREDENTIALS = "credentials"
    CONNECTION = "connection"


class Action(StrEnum):
    """What follows for the delivery."""

    ACCEPT = "accept"
    RETRY = "retry"
    FAIL = "fail"
    SUPPRESS = "suppress"
    """Fail, and never mail this address again."""
    REQUEUE = "requeue"
    """The connection ended: not this recipient's turn, and no attempt of theirs."""
    STOP = "stop"
    """Put it back untouched and stop the run: the next recipient would fare no better."""


class Reason(StrEnum):
    """Why a mail did not arrive, in the words that deliveries and reports of bounces share."""

    ACCEPTED = "accepted"
    NO_MAILBOX = "no such mailbox"
    CLOSED = "mailbox closed"
    FULL = "mailbox full"
    BUSY = "mailbox busy"
    NO_DOMAIN = "domain takes no mail"
    NOT_ASCII = "address beyond ASCII"
    TOO_MANY = "too many at once"
    LATER = "try later"
    AWAY = "server not reached"
    DELAYED = "delayed"
    """A report says that a mail still waits: nothing is decided."""
    LOOP = "mail loop"
    TOO_BIG = "message too big"
    CONTENT = "message refused"
    POLICY = "policy"
    THROTTLED = "throttled"
    SENDER = "sender refused"
    LOGIN_REFUSED = "login refused"
    LOGIN_REQUIRED = "login required"
    RELAY_BUSY = "relay busy"
    REFUSED = "refused"
    NONSENSE = "no SMTP reply"


@dataclass(frozen=True)
class Verdict:
    """What a reply means for the delivery it answers."""

    action: Action
    fault: Fault
    reason: str
    """A `Reason`."""
    slow_down: bool = False
    """The destination asks for less: fewer connections, longer pauses."""


@dataclass(frozen=True)
class _Row:
    """One rule. An empty field fits everything."""

    verdict: Verdict
    stages: frozenset[Stage] = frozenset()
    codes: str = ""
    """Matched against "550 5.1.1" from its start; a missing enhanced code is "550 -"."""
    words: str = ""


def _row(
    action: Action, fault: Fault, reason: Reason, codes: str, words: str = "", *stages: Stage
) -> _Row:
    slow = reason in (Reason.THROTTLED, Reason.RELAY_BUSY, Reason.POLICY)
    return _Row(Verdict(action, fault, reason, slow), frozenset(stages), codes, words)


_ABOUT_RECIPIENT = (Stage.RCPT, Stage.DATA, Stage.BODY)
_GENERAL = r"5.. (-|[45]\.(\d\.0|[345]\.\d{1,2}) )"
"""No code, or one that says nothing of its own: then the words may name the mailbox."""
_NOT_552 = f"(?!552){_GENERAL}"

RULES: tuple[_Row, ...] = (
    _row(Action.ACCEPT, Fault.NOBODY, Reason.ACCEPTED, "2", "", Stage.BODY),
    _row(Action.STOP, Fault.CREDENTIALS, Reason.LOGIN_REFUSED, "5", "", Stage.LOGIN),
    _row(Action.STOP, Fault.CREDENTIALS, Reason.LOGIN_REQUIRED, r"53[0-8] |5.. [45]\.7\.8 "),
    # What may pass: RFC 5321 section 4.2.1.
    _row(Action.REQUEUE, Fault.CONNECTION, Reason.RELAY_BUSY, r"421 (?![45]\.7\.)"),
    _row(Action.RETRY, Fault.SENDER, Reason.THROTTLED, "421 "),
    _row(Action.RETRY, Fault.RECIPIENT, Reason.TOO_MANY, r"452 [45]\.5\.3 ", "", Stage.RCPT),
    _row(Action.RETRY, Fault.RECIPIENT, Reason.FULL, r"4.. [45]\.2\.2 "),
    _row(Action.RETRY, Fault.RECIPIENT, Reason.FULL, "4.. -", wordings.FULL, *_ABOUT_RECIPIENT),
    _row(Action.RETRY, Fault.RECIPIENT, Reason.BUSY, r"4.. [45]\.2\.1 "),
    _row(Action.RETRY, Fault.SENDER, Reason.THROTTLED, "4", wordings.RATE),
    _row(Action.RETRY, Fault.SENDER, Reason.POLICY, r"4.. [45]\.7\.(?![01] )"),
    _row(Action.RETRY, Fault.RECIPIENT, Reason.AWAY, r"4.. [45]\.4\.", "", *_ABOUT_RECIPIENT),
    _row(Action.RETRY, Fault.RECIPIENT, Reason.LATER, "4", "", *_ABOUT_RECIPIENT),
    _row(Action.REQUEUE, Fault.CONNECTION, Reason.RELAY_BUSY, "4"),
    # What will not: the same message is not tried again, not even for a full mailbox.
    _row(Action.FAIL, Fault.RECIPIENT, Reason.FULL, r"5.. [45]\.2\.2 "),
    _row(Action.STOP, Fault.MESSAGE, Reason.TOO_BIG, r"5.. [45]\.(3\.4|2\.3) "),
    _row(Action.FAIL, Fault.MESSAGE, Reason.TOO_BIG, _NOT_552, wordings.TOO_BIG, Stage.RCPT),
    _row(Action.FAIL, Fault.RECIPIENT, Reason.FULL, _GENERAL, wordings.FULL, *_ABOUT_RECIPIENT),
    _row(Action.FAIL, Fault.RECIPIENT, Reason.FULL, r"5.. 5\.1\.1 ", r"quota|mailbox (is )?full"),
    _row(Action.FAIL, Fault.MESSAGE, Reason.TOO_BIG, r"5.. 5\.1\.1 ", wordings.TOO_BIG, Stage.RCPT),
    # RFC 5321 section 4.5.3.1.10: at RCPT an old server means 452 by it.
    _row(Action.RETRY, Fault.RECIPIENT, Reason.TOO_MANY, r"552 (?![45]\.7\.)", "", Stage.RCPT),
    _row(Action.STOP, Fault.MESSAGE, Reason.TOO_BIG, r"552 (?![45]\.7\.)"),
    _row(Action.STOP, Fault.SENDER, Reason.SENDER, "5", "", Stage.CONNECT, Stage.MAIL),
    _row(Action.FAIL, Fault.RECIPIENT, Reason.BUSY, r"5.. [45]\.2\.1 ", wordings.RATE),
    _row(Action.FAIL, Fault.SENDER, Reason.SENDER, r"5.. [45]\.1\.[78] "),
    _row(Action.SUPPRESS, Fault.RECIPIENT, Reason.NO_MAILBOX, r"5.. 5\.1\.[136] "),
    # Null MX by RFC 7505, an unknown recipient at Microsoft.
    _row(
        Action.SUPPRESS,
        Fault.RECIPIENT,
        Reason.NO_MAILBOX,
        r"5.. 5\.1\.10 ",
        wordings.UNKNOWN_AT_MICROSOFT,
    ),
    _row(
        Action.SUPPRESS,
        Fault.RECIPIENT,
        Reason.NO_MAILBOX,
        r"5.. 5\.4\.1 ",
        wordings.DIRECTORY_BLOCK,
        Stage.RCPT,
    ),
    _row(Action.SUPPRESS, Fault.RECIPIENT, Reason.CLOSED, r"5.. 5\.2\.1 ", wordings.CLOSED),
    _row(Action.FAIL, Fault.DOMAIN, Reason.NO_DOMAIN, r"556 |5.. [45]\.(1\.(2|10)|4\.4) "),
    # RFC 6531: the relay cannot carry this address, which is no fault of the content.
    _row(Action.FAIL, Fault.RECIPIENT, Reason.NOT_ASCII, r"5.. [45]\.6\.7 "),
    _row(Action.STOP, Fault.MESSAGE, Reason.CONTENT, r"5.. [45]\.6\.|552 [45]\.7\.0 "),
    _row(
        Action.SUPPRESS,
        Fault.RECIPIENT,
        Reason.NO_MAILBOX,
        r"5.. 5\.7\.1 ",
        wordings.UNKNOWN_BY_POLICY_CODE,
        Stage.RCPT,
    ),
    _row(Action.FAIL, Fault.SENDER, Reason.POLICY, r"5.. [45]\.7\."),
    # The words alone, where the code says nothing. After the final dot they are not believed.
    _row(Action.FAIL, Fault.SENDER, Reason.SENDER, _GENERAL, wordings.SENDER, Stage.RCPT),
    _row(Action.FAIL, Fault.SENDER, Reason.POLICY, _GENERAL, wordings.OUR_SERVER, Stage.RCPT),
    _row(
        Action.SUPPRESS,
        Fault.RECIPIENT,
        Reason.NO_MAILBOX,
        _GENERAL,
        wordings.NO_MAILBOX,
        Stage.RCPT,
    ),
    _row(
        Action.SUPPRESS,
        Fault.RECIPIENT,
        Reason.CLOSED,
        r"5.. (-|[45]\.(\d\.0|2\.1) )",
        wordings.CLOSED_MAILBOX,
        Stage.RCPT,
    ),
    _row(Action.FAIL, Fault.DOMAIN, Reason.NO_DOMAIN, _GENERAL, wordings.NO_DOMAIN, Stage.RCPT),
    _row(Action.FAIL, Fault.NOBODY, Reason.LOOP, r"5.. (-|[45]\.\d\.)", wordings.LOOP),
    _row(Action.FAIL, Fault.SENDER, Reason.POLICY, "5", wordings.POLICY),
    _row(Action.STOP, Fault.MESSAGE, Reason.CONTENT, "554 ", wordings.MALFORMED, Stage.BODY),
    _row(Action.FAIL, Fault.NOBODY, Reason.AWAY, _GENERAL, wordings.AWAY, Stage.RCPT),
    _row(Action.FAIL, Fault.RECIPIENT, Reason.REFUSED, "5", "", Stage.RCPT),
    _row(Action.FAIL, Fault.MESSAGE, Reason.REFUSED, "5"),
)
_NONSENSE = Verdict(Action.REQUEUE, Fault.CONNECTION, Reason.NONSENSE)
_ENHANCED_CODE = r"[245]\.\d{1,3}\.\d{1,3}"


class Reply(NamedTuple):
    """The word of the relay that decided a delivery."""

    stage: Stage
    code: int
    text: str
    """What follows the code, with its enhanced code if there is one."""

    def __str__(self) -> str:
        return f"{self.code} {self.text}"

    def verdict(self) -> Verdict:
        """Return what it means."""
        return judge(self.stage, self.code, self.text)


_ENHANCED = re.compile(rf"\s*({_ENHANCED_CODE})(?=[\s:,;]|$)")
_NEXT_LINE = re.compile(rf"\s*\n\s*(?:{_ENHANCED_CODE}\s+)?")


def judge(stage: Stage, code: int, text: str) -> Verdict:
    """Return what a reply means.

    `text` is all that follows the code, with its enhanced code if there is one (RFC 2034).
    """
    enhanced = _ENHANCED.match(text)
    # X.0.0 is "other or undefined" (RFC 3463 section 3.1): no code.
    detail = enhanced[1] if enhanced and not enhanced[1].endswith(".0.0") else "-"
    codes = f"{code} {detail} "
    words = _NEXT_LINE.sub(" ", text)
    if not 200 <= code <= 599:
        return _NONSENSE
    for row in RULES:
        if row.stages and stage not in row.stages:
            continue
        if not re.match(row.codes, codes):
            continue
        if row.words and not re.search(row.words, words, re.IGNORECASE):
            continue
        return row.verdict
    return _NONSENSE
