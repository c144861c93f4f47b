"""The subject of a mail that asks to unsubscribe: `unsubscribe TOKEN` (RFC 2369). Pure."""

import re

from pinlabs_mailer.tokens import TOKEN_LENGTH

_COMMAND = re.compile(rf"unsubscribe(?:\s|%20)+([A-Za-z0-9_-]{{{TOKEN_LENGTH}}})", re.IGNORECASE)


def token_of(subject: str) -> str | None:
    """Return the token in a subject that asks to unsubscribe, None if it does not."""
    match = _COMMAND.search(" ".join(subject.split()))
    return match[1] if match else None
