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


@dataclass(frozen=True)
class Verdict:
    """What a reply means for the delivery it answers."""

    action: Action
    fault: Fault
    reason: str
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
    action: Action, fault: Fault, reason: str, codes: str, words: str = "", *stages: Stage
) -> _Row:
    slow = reason in ("throttled", "relay busy", "policy")
    return _Row(Verdict(action, fault, reason, slow), frozenset(stages), codes, words)


_RATE = r"\brate|too (many|fast|quickly)|throttl|TSS0|unusual|limit exceeded|temporarily deferred"
_SPAM = r"spam|block|blacklist|reputation|policy|listed|denied|not (allowed|authori[sz]ed)|banned"
_FULL = r"\bfull\b|quota|exceeded storage|out of (disk |storage )?space"
_CLOSED = r"inactive|disabled|deactivated|discontinued|closed|no longer"
_UNKNOWN = r"recipient ?not ?found|user unknown"
_MALFORMED = r"malformed|RFC ?-?(2?822|5321|5322|2047)|(bad|invalid|duplicate|missing) header"
_ABOUT_RECIPIENT = (Stage.RCPT, Stage.DATA, Stage.BODY)

RULES: tuple[_Row, ...] = (
    _row(Action.ACCEPT, Fault.NOBODY, "accepted", "2", "", Stage.BODY),
    _row(Action.STOP, Fault.CREDENTIALS, "login refused", "5", "", Stage.LOGIN),
    _row(Action.STOP, Fault.CREDENTIALS, "login required", r"53[0-8] |5.. [45]\.7\.8 "),
    # What may pass: RFC 5321 section 4.2.1.
    _row(Action.REQUEUE, Fault.CONNECTION, "relay busy", r"421 (?![45]\.7\.)"),
    _row(Action.RETRY, Fault.SENDER, "throttled", "421 "),
    _row(Action.RETRY, Fault.RECIPIENT, "too many at once", r"452 [45]\.5\.3 ", "", Stage.RCPT),
    _row(Action.RETRY, Fault.RECIPIENT, "mailbox full", r"4.. [45]\.2\.2 "),
    _row(Action.RETRY, Fault.RECIPIENT, "mailbox busy", r"4.. [45]\.2\.1 "),
    _row(Action.RETRY, Fault.SENDER, "throttled", "4", _RATE),
    _row(Action.RETRY, Fault.SENDER, "policy", r"4.. [45]\.7\.(?![01] )"),
    _row(Action.RETRY, Fault.RECIPIENT, "try later", "4", "", *_ABOUT_RECIPIENT),
    _row(Action.REQUEUE, Fault.CONNECTION, "relay busy", "4"),
    # What will not: the same message is not tried again, not even for a full mailbox.
    _row(Action.FAIL, Fault.RECIPIENT, "mailbox full", r"5.. [45]\.2\.2 "),
    _row(Action.FAIL, Fault.RECIPIENT, "mailbox full", "5.. -", _FULL, *_ABOUT_RECIPIENT),
    _row(Action.STOP, Fault.MESSAGE, "message too big", r"5.. [45]\.(3\.4|2\.3) "),
    # RFC 5321 section 4.5.3.1.10: at RCPT an old server means 452 by it.
    _row(Action.RETRY, Fault.RECIPIENT, "too many at once", r"552 (?![45]\.7\.)", "", Stage.RCPT),
    _row(Action.STOP, Fault.MESSAGE, "message too big", r"552 (?![45]\.7\.)"),
    _row(Action.STOP, Fault.SENDER, "sender refused", "5", "", Stage.CONNECT, Stage.MAIL),
    _row(Action.FAIL, Fault.RECIPIENT, "mailbox busy", r"5.. [45]\.2\.1 ", _RATE),
    _row(Action.SUPPRESS, Fault.RECIPIENT, "no such mailbox", r"5.. 5\.1\.[136] "),
    # Null MX by RFC 7505, an unknown recipient at Microsoft.
    _row(Action.SUPPRESS, Fault.RECIPIENT, "no such mailbox", r"5.. 5\.1\.10 ", _UNKNOWN),
    _row(Action.SUPPRESS, Fault.RECIPIENT, "mailbox closed", r"5.. 5\.2\.1 ", _CLOSED),
    _row(Action.FAIL, Fault.DOMAIN, "domain takes no mail", r"556 |5.. [45]\.1\.(2|10) "),
    # RFC 6531: the relay cannot carry this address, which is no fault of the content.
    _row(Action.FAIL, Fault.RECIPIENT, "address beyond ASCII", r"5.. [45]\.6\.7 "),
    _row(Action.STOP, Fault.MESSAGE, "message refused", r"5.. [45]\.6\.|552 [45]\.7\.0 "),
    _row(Action.FAIL, Fault.SENDER, "policy", r"5.. [45]\.7\."),
    _row(Action.FAIL, Fault.SENDER, "policy", "5", _SPAM),
    _row(Action.STOP, Fault.MESSAGE, "message refused", "554 ", _MALFORMED, Stage.BODY),
    _row(Action.FAIL, Fault.RECIPIENT, "refused", "5", "", Stage.RCPT),
    _row(Action.FAIL, Fault.MESSAGE, "refused", "5"),
)
_NONSENSE = Verdict(Action.REQUEUE, Fault.CONNECTION, "no SMTP reply")
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
    codes = f"{code} {enhanced[1] if enhanced else '-'} "
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
