"""The DKIM key that the settings name, if they do, and whether it fits the sender."""

from pathlib import Path

from pinlabs_mailer.errors import ConfigurationError
from pinlabs_mailer.mail import dkim_key
from pinlabs_mailer.mail.dkim import DkimKey
from pinlabs_mailer.settings import Settings, required


def signing_key(settings: Settings, sender: str) -> DkimKey | None:
    """Return the key, None if mail is not to be signed.

    Raises ConfigurationError for half a set of settings: whoever wrote one of them believes that
    their mail is signed.
    """
    if settings.dkim_key is settings.dkim_selector is settings.dkim_domain is None:
        return None
    key = required("dkim_key", settings.dkim_key)
    selector = required("dkim_selector", settings.dkim_selector)
    own = sender.rpartition("@")[2].lower()
    domain = settings.dkim_domain or own
    if not aligned(domain, own):
        raise ConfigurationError(
            f"PINLABS_DKIM_DOMAIN is {domain}, which does not cover the sender's domain {own}.",
            f"Set it to {own} or to a domain above it, or leave it out: DMARC asks for that.",
        )
    return dkim_key.read(Path(key), selector, domain)


def aligned(domain: str, own: str) -> bool:
    """Say whether a signature by `domain` counts for a sender in `own` (RFC 7489 section 3.1.1).

    DMARC lets any two pass that share the organisation; we ask for the sender's domain or one
    above it, which needs no list of public suffixes. The last label alone is nobody's.
    """
    return domain == own or ("." in domain and own.endswith(f".{domain}"))
