"""What a spam filter says. It runs elsewhere; here its score is judged."""

from collections.abc import Iterator

from pinlabs_mailer.mail.preflight.finding import Fault, Severity, rule
from pinlabs_mailer.mail.preflight.reading import Mail
from pinlabs_mailer.mail.preflight.standard import Standard

_MOST = 0.5


@rule("", Severity.WARNING, "Look the names up in the filter's documentation, and mend the worst.")
def spam_score(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """SpamAssassin, where it is installed, gives at most 0.5 by the rules that need no network."""
    if standard.spam is not None and standard.spam.score > _MOST:
        reasons = ", ".join(standard.spam.reasons)
        yield Fault("message", f"Its score is {standard.spam.score}: {reasons}.")


RULES = (spam_score,)
