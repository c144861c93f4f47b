"""The addresses of our pages, as they stand in mails."""

from dataclasses import dataclass

from pinlabs_mailer.tokens import Purpose, Signer


@dataclass(frozen=True)
class Links:
    """Builds the address of every page a recipient may open."""

    base_url: str
    signer: Signer

    def confirm(self, reference: str) -> str:
        """The page that confirms one opt-in request."""
        return f"{self.base_url}/confirm/{self.signer.sign(Purpose.CONFIRM, reference)}"

    def unsubscribe(self, reference: str) -> str:
        """The RFC 8058 address for one subscriber; `reference` is the subscriber's."""
        return f"{self.base_url}/u/{self.unsubscribe_token(reference)}"

    def unsubscribe_token(self, reference: str) -> str:
        """The bare token, for the mailto form."""
        return self.signer.sign(Purpose.UNSUBSCRIBE, reference)

    def join(self) -> str:
        """The sign-up page."""
        return f"{self.base_url}/join"
