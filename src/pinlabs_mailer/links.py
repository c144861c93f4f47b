"""The addresses of our pages, as they stand in mails, and of our webhooks."""

import base64
import binascii
from dataclasses import dataclass
from datetime import date

from pinlabs_mailer.tokens import REFERENCE_LENGTH, Purpose, Signer


@dataclass(frozen=True)
class Links:
    """Builds the address of every page a recipient may open."""

    base_url: str
    signer: Signer

    def confirm(self, reference: str) -> str:
        """The page that confirms one opt-in request."""
        return f"{self.base_url}/confirm/{self.signer.sign(Purpose.CONFIRM, reference)}"

    def stop(self, reference: str) -> str:
        """The page that ends confirmation mails; `reference` is the opt-in request's."""
        return f"{self.base_url}/stop/{self.signer.sign(Purpose.STOP, reference)}"

    def preferences(self, reference: str, day: date) -> str:
        """The page to choose on; `reference` is the subscriber's, `day` that of the mail.

        The page asks `signer.verify_dated(Purpose.PREFERENCES, token)` and takes it for 90 days.
        """
        return f"{self.base_url}/preferences/{self.preferences_token(reference, day)}"

    def preferences_token(self, reference: str, day: date) -> str:
        """The last part of that address, which alone differs between readers."""
        return self.signer.sign_dated(Purpose.PREFERENCES, reference, day)

    def renew(self, reference: str, day: date) -> str:
        """The page to renew consent on; `reference` is the subscriber's, `day` that of the mail."""
        return f"{self.base_url}/renew/{self.signer.sign_dated(Purpose.RENEW, reference, day)}"

    def unsubscribe(self, reference: str) -> str:
        """The RFC 8058 address for one subscriber; `reference` is the subscriber's."""
        return self.unsubscribe_with(self.unsubscribe_token(reference))

    def unsubscribe_with(self, token: str) -> str:
        """The same for a token that was made already."""
        return f"{self.base_url}/u/{token}"

    def unsubscribe_token(self, reference: str) -> str:
        """The token of both forms, https and mailto; `reference` is the subscriber's."""
        return self.signer.sign(Purpose.UNSUBSCRIBE, reference)

    def view(self, edition_id: int) -> str:
        """The page that shows an edition in a browser, the same for all its readers."""
        return f"{self.base_url}/view/{self.signer.sign(Purpose.VIEW, _numbered(edition_id))}"

    def viewed(self, token: str) -> int | None:
        """Return the edition that such a page is about, None for a link that is not ours."""
        reference = self.signer.verify(Purpose.VIEW, token)
        return int(reference) if reference else None

    def undo(self, reference: str) -> str:
        """The path of the button that brings somebody back who has just left."""
        return f"/undo/{self.signer.sign(Purpose.UNDO, reference)}"

    def wish(self, purpose: Purpose, reference: str) -> str:
        """The page for one wish; `reference` is the wish's, `purpose` what is wished."""
        return f"{self.base_url}/{purpose.name.lower()}/{self.signer.sign(purpose, reference)}"

    def join(self) -> str:
        """The sign-up page."""
        return f"{self.base_url}/join"


def _numbered(number: int) -> str:
    return f"{number:0{REFERENCE_LENGTH}d}"


@dataclass(frozen=True)
class Hooks:
    """The paths to which providers post. Each ends in a secret that only we can make."""

    signer: Signer

    def path(self, provider: str) -> str:
        """Return the path for a provider."""
        stamp = self.signer.stamp(_hook(provider))
        return f"/hooks/{provider}/{base64.urlsafe_b64encode(stamp).rstrip(b'=').decode()}"

    def is_ours(self, provider: str, token: str) -> bool:
        """Say whether this is the secret for a provider, by a key of today or a retired one."""
        try:
            stamp = base64.urlsafe_b64decode(f"{token}==")
        except (binascii.Error, ValueError):
            return False
        return len(stamp) == _STAMP and self.signer.is_stamp(_hook(provider), stamp)


_STAMP = 16


def _hook(provider: str) -> bytes:
    return f"hook:{provider}".encode()
