"""The words that ask for consent. What was shown is stored with each consent event.

Each language has its own words, and so its own wording in the record.
"""

from collections.abc import Iterable

from pinlabs_mailer.languages import Language


def to_join(sender: str, language: Language) -> str:
    """What stands above the button of the sign-up form."""
    return language.gettext(
        "I agree that %(sender)s sends me emails about the topics I ticked. First I get one mail "
        "to confirm my address. I can leave at any time with one click in every mail.",
        sender=sender,
    )


def to_renew(sender: str, topics: Iterable[str], language: Language) -> str:
    """What stands above the button of the page that renews consent."""
    return language.gettext(
        "I agree that %(sender)s goes on sending me emails about: %(topics)s. "
        "I can leave at any time with one click in every mail.",
        sender=sender,
        topics=", ".join(topics),
    )


def to_choose(sender: str, language: Language) -> str:
    """What stands above the button of the preferences."""
    return language.gettext(
        "I agree that %(sender)s sends me emails about the topics I tick here. "
        "I can leave at any time with one click in every mail.",
        sender=sender,
    )


def to_confirm(sender: str, topics: Iterable[str], language: Language) -> str:
    """What stands above the button of the confirmation page."""
    return language.gettext(
        "I agree that %(sender)s sends me emails about: %(topics)s. "
        "I can leave at any time with one click in every mail.",
        sender=sender,
        topics=", ".join(topics),
    )
