"""Bounces from before the standard, and beside it: whom they are about and why. Pure.

flufl.bounce knows whom some fifty mail systems mean. It says nothing about why, and takes whatever
it is shown for a bounce. So both are asked here: whether a mail system wrote this at all, and what
the remote server said.
"""

import logging
import re
from email.message import Message

from flufl.bounce import all_failures

from pinlabs_mailer.feedback import addresses
from pinlabs_mailer.feedback.diagnosis import Diagnosis, diagnose, find
from pinlabs_mailer.feedback.letter import Letter
from pinlabs_mailer.feedback.part import Part
from pinlabs_mailer.feedback.report import Kind, Reason

# It logs each of its detectors, and the mail that one of them fails at.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL + 1)

_SHOWN = 12_000
_LINE = 300
_AFTER = 1_500
_MOST = 10
_SUBJECT = re.compile(
    r"undeliver|not (?:be )?deliver|deliver(?:y|ed)?.{0,30}(?:fail|problem|status|report|notif"
    r"|error|warning|delay|imposs|not)"
    r"|fail(?:ed|ure)?\b.{0,30}(?:deliver|notice|mail)|return(?:ed|ing).{0,12}mail"
    r"|mail.{0,20}return(?:ed|ing)|non[- ]?deliver"
    r"|mail (?:system )?error|non.?remis|nicht zugestellt|unzustellbar|zustell.{0,20}(?:fehl"
    r"|nicht)|bounce"
    r"|could not be (?:deliver|sent)|user unknown|unknown user|could not send|message status"
    r"|processing error|permanent.{0,20}fail"
    r"|non recapit|mancata consegna|no (?:se )?(?:ha )?(?:podido|pudo|entreg)"
    r"|n[aã]o (?:foi )?entreg|onbestelbaar|niet (?:afgeleverd|bezorgd)|nie dostarcz|niedostarcz"
    r"|не доставлен|недоставлен|不能送达|退信|无法投递|系统退信"
    r"|配信不能|エラー|送信できません|kunde inte lever|returnerat"
    r"|mailbox full|over quota|rejected mail|rejected:"
    r"|mail non (?:remis|distribu)|[eé]chec.{0,30}(?:remise|distribution)|non recens|delayed"
    r"|nondeliverable",
    re.IGNORECASE,
)
_PHRASE = re.compile(
    r"(?:(?:could|can|was|were|is|are|has|have) ?(?:not|n'?t)|unable to|fail(?:ed|s)? to"
    r"|not able to|cannot).{0,60}(?:be |been )?(?:deliver|sent|send|reach|relay|process|receiv)"
    r"|deliver(?:y|ed).{0,60}(?:fail|abort|error|not possible|impossible|unsuccess|delay|problem)"
    r"|fail(?:ed|ure).{0,40}(?:deliver|recipient|address)"
    r"|undeliver|(?:following|these) (?:address|recipient|user|destination).{0,60}(?:fail|error"
    r"|not|unknown|invalid|problem|could|had)|did not reach|permanent (?:fatal )?error"
    r"|return(?:ed|ing) (?:your|the|to|this)|non-?deliver"
    r"|fatal errors|transcript of session|mail system at|qmail-send|rejected|user unknown"
    r"|unknown user|bounced|no such user|mailbox.{0,40}(?:full|unavailable|not found)"
    r"|konnte.{0,60}nicht.{0,60}(?:zugestellt|gesendet)|nicht zugestellt|n'a pas pu|non (?:è"
    r"|e') stat|no (?:se )?(?:ha )?(?:podido|pudo)|n[aã]o (?:p[oô]de|foi).{0,20}entreg"
    r"|nie (?:może|mogła|została)|не (?:может быть|было|удалось|доставлено)|无法|退回|退信|配信"
    r"|kunne ikke|kunde inte|kon niet",
    re.IGNORECASE,
)
_MACHINE = re.compile(
    r"no-?reply|do-?not-?reply|\b(?:admin|robot|auto\w*|ndr|bounces?|notif\w*|mail)@",
    re.IGNORECASE,
)
_WAITS = re.compile(
    r"\bdelay|still (?:being )?(?:re)?tr(?:y|ied)|not yet been delivered"
    r"|has not been delivered yet|(?:will|be) (?:continue|keep|retr|re-?tr|attempt)"
    r"|no action is required"
    r"|could not send (?:message )?for (?:the )?past|warning message only"
    r"|you do not need to resend|temporarily undeliverable|verzögert|retrying",
    re.IGNORECASE,
)
_GIVEN_UP = re.compile(
    r"gave up|given up|giving up|permanent|has been (?:deleted|removed|returned)"
    r"|will not be retried|returned to sender",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?:rcpt to|recipients?|final-recipient|to|for|address(?:es)?|user|original-recipient"
    r"|failed|an|destinataire|addressed to)\W{0,6}\s{0,4}\W{0,6}$",
    re.IGNORECASE,
)


def read(letter: Letter) -> list[tuple[str, Diagnosis]]:
    """Return whom a bounce is about and why, one for each recipient; nothing for any other mail."""
    if not _is_bounce(letter):
        return []
    temporary, failed = recipients(letter)
    waits = _waits(letter) or (bool(temporary) and not failed)
    found = [*failed, *temporary]
    if not found:
        if not any("message-id" in one for one in letter.originals):
            return []  # about nothing that can be known again
        found = [""]
    return [(who, _why(letter, who, found, waits)) for who in found[:_MOST]]


def recipients(letter: Letter) -> tuple[list[str], list[str]]:
    """Return the addresses that still wait and those that failed."""
    named = addresses.every(" ".join(letter.fields.every("x-failed-recipients")))
    if named:
        return [], named
    try:
        temporary, failed = all_failures(_shown(letter.mail))
    except Exception:  # its detectors are not made for hostile mail
        temporary, failed = frozenset(), frozenset()
    known = [_others(letter, sorted(_plain(one) for one in found)) for found in (temporary, failed)]
    if known[0] or known[1]:
        return known[0], known[1]
    return [], _nearest(letter)


def _is_bounce(letter: Letter) -> bool:
    """Ask more of a mail the less its sender looks like a mail system."""
    told, said = bool(_SUBJECT.search(letter.subject)), bool(_PHRASE.search(letter.text))
    if letter.by_person:
        return False
    if letter.by_name:
        return told or said
    if letter.by_daemon and not letter.to_many:
        return told and said
    if letter.to_many or "in-reply-to" in letter.fields:
        return told and said and letter.by_daemon
    machine = letter.has_no_return or "auto-submitted" in letter.fields
    return told and said and (machine or bool(_MACHINE.search(letter.sender)))


def _waits(letter: Letter) -> bool:
    where = f"{letter.subject}\n{letter.text}"
    return bool(_WAITS.search(where)) and not _GIVEN_UP.search(where)


def _why(letter: Letter, who: str, all_of_them: list[str], waits: bool) -> Diagnosis:
    """Return what the text says of one recipient: beside the address, else of all."""
    text = letter.text
    beside = _beside(text, who, all_of_them)
    whole = text if len(all_of_them) == 1 else text[: _first(text, all_of_them)]
    tries = [find(beside), find(whole[: _AFTER * 3])]
    tries.sort(key=lambda words: not (words.code or words.status))
    said = diagnose(tries[0])
    for words in (*tries[1:], find(f"{letter.subject} {whole}")):
        if said.reason == Reason.REFUSED:
            more = diagnose(words._replace(code=tries[0].code, status=tries[0].status))
            said = more if more.reason != Reason.REFUSED else said
    return said._replace(kind=Kind.SOFT, reason=Reason.DELAYED.value) if waits else said


def _beside(text: str, who: str, all_of_them: list[str]) -> str:
    """Return the line of an address and what follows it, up to the next address."""
    folded = text.lower()
    position = folded.find(who.lower()) if who else -1
    if position < 0:
        return ""
    others = [folded.find(one.lower(), position + len(who)) for one in all_of_them if one != who]
    end = min([one for one in others if one > 0], default=len(text))
    start = text.rfind("\n", 0, position) + 1
    return text[start : min(end, start + _AFTER)]


def _first(text: str, found: list[str]) -> int:
    positions = [text.lower().find(one.lower()) for one in found]
    return min([one for one in positions if one >= 0], default=len(text))


def _nearest(letter: Letter) -> list[str]:
    """Return the address that the text most likely means: behind a word for it, else the first.

    If the text has none, it is whom the enclosed original was for.
    """
    text = letter.text
    found = _others(letter, addresses.every(text))
    for address in found:
        if _NAMED.search(text[: text.find(address)][-40:]):
            return [address]
    if found:
        return found[:1]
    sent_to = (addresses.first(one.get("to")) for one in letter.originals)
    return [one for one in sent_to if one][:1]


def _others(letter: Letter, found: list[str]) -> list[str]:
    """Leave out our own addresses and those of mail systems."""
    own = {one.lower() for one in (*letter.returned_to, addresses.first(letter.sender))}
    own |= {addresses.first(one.get("from")).lower() for one in letter.originals}
    return [
        one
        for one in found
        if one
        and one.lower() not in own
        and not one.lower().startswith(("mailer-daemon@", "postmaster@", "mailerdaemon@"))
    ]


def _plain(address: bytes) -> str:
    return addresses.first(address.decode("ascii", "replace"))


def _shown(part: Part) -> Message:
    """Return what flufl.bounce is shown of a mail: bounded, decoded, without what is enclosed."""
    message = Message()
    for name in ("from", "subject", "x-mailer", "to"):
        if value := part.fields.words(name):
            message[name] = value
    message["Content-Type"] = f"{part.type}"
    if part.type.startswith("message/"):
        message.set_payload([Message()])
    elif part.parts:
        message.set_payload([_shown(one) for one in part.parts])
    elif part.type.startswith("text/"):
        lines = part.text()[:_SHOWN].split("\n")
        message.set_payload("\n".join(line[:_LINE] for line in lines))
    else:
        message.set_payload("")
    return message
