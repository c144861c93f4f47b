"""Who the mails come from: the same on every one."""

from dataclasses import dataclass

from pinlabs_mailer.mail.message import MailingList
from pinlabs_mailer.settings import Mailbox


@dataclass(frozen=True)
class Masthead:
    """The sender as readers and mailbox providers see it."""

    name: str
    base_url: str
    join_url: str
    from_: Mailbox
    reply_to: Mailbox | None
    postal_address: str
    privacy_url: str
    mailing_list: MailingList

    @property
    def domain(self) -> str:
        """The domain that mail comes from."""
        return self.from_.address.rpartition("@")[2]

    def context(self) -> dict[str, str]:
        """Return `brand` for the templates."""
        return {
            "name": self.name,
            "base_url": self.base_url,
            "join_url": self.join_url,
            "privacy_url": self.privacy_url,
            "postal_address": self.postal_address,
        }
