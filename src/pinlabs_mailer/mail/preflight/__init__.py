"""Preflight: what a message is held to, on its bytes, before anyone is mailed.

    check(raw, Standard(...)) -> findings

A rule is a function over a mail that yields what is not as it asks; each family has a module, and
`rules.RULES` has them all. Pure: no SQL, no network, no clock. It takes any bytes, raises nothing
and takes less than a second. The tests have a checklist of their own, on purpose
(`tests/support/checklist`): neither may lean on the other.
"""

from itertools import islice

from pinlabs_mailer.mail.preflight import reading
from pinlabs_mailer.mail.preflight.finding import Fault, Finding, Rule, Severity
from pinlabs_mailer.mail.preflight.rules import RULES
from pinlabs_mailer.mail.preflight.standard import SpamScore, Standard
from pinlabs_mailer.mail.preflight.structure import header_lines

__all__ = ["RULES", "Fault", "Finding", "Rule", "Severity", "SpamScore", "Standard", "check"]

_MOST = 5
"""Findings of one rule that are told. More of them say nothing new."""


def check(raw: bytes, standard: Standard) -> list[Finding]:
    """Return what is not as it should be, in the order of the rules.

    Of what has no header at all only that is told.
    """
    mail = reading.read(raw, standard.subscribed)
    if not mail.header.fields:
        return [Finding(header_lines, *fault) for fault in header_lines.look(mail, standard)][:1]
    found = []
    for rule in RULES:
        faults = list(islice(rule.look(mail, standard), _MOST + 1))
        if len(faults) > _MOST:
            faults[_MOST:] = [
                Fault(faults[_MOST].place, f"{faults[_MOST].what} There may be more.")
            ]
        found += [Finding(rule, *fault) for fault in faults]
    return found
