"""The words that ask for consent. What was shown is stored with each consent event."""

from collections.abc import Iterable

JOIN_FORM = "join 1"
"""The version of the sign-up form. Count up when its fields or what they mean change."""


def to_join(sender: str) -> str:
    """What stands above the button of the sign-up form."""
    return (
        f"I agree that {sender} sends me emails about the topics I ticked. First I get one mail "
        "to confirm my address. I can leave at any time with one click in every mail."
    )


def to_confirm(sender: str, topics: Iterable[str]) -> str:
    """What stands above the button of the confirmation page."""
    return (
        f"I agree that {sender} sends me emails about: {', '.join(topics)}. "
        "I can leave at any time with one click in every mail."
    )
