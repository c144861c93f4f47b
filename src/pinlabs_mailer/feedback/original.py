"""What a report shows of our own mail: its Message-ID and its unsubscribe token. Pure."""

import re

from pinlabs_mailer.feedback import addresses
from pinlabs_mailer.feedback.letter import Letter
from pinlabs_mailer.tokens import TOKEN_LENGTH

_MESSAGE_ID = re.compile(r"<?\s*([^\s<>@,;]{1,200}@[^\s<>@,;]{1,200})\s*>?")
_TOKEN = re.compile(
    rf"(?:/u/|unsubscribe(?:%20|\s|\+))([A-Za-z0-9_-]{{{TOKEN_LENGTH}}})(?![A-Za-z0-9_-])"
)
_BODY = 1 << 16


def message_ids(letter: Letter) -> tuple[str, ...]:
    """Return the Message-IDs that a report names: the original's, then those it answers."""
    values = [one.get("message-id") for one in letter.originals]
    told = ("original-message-id", "x-original-message-id")
    values += [one.get(name) for one in letter.machine_parts for name in told]
    values += [letter.fields.get(name) for name in ("in-reply-to", *told, "references")]
    found = (one for value in values for one in _MESSAGE_ID.findall(value[-2_000:]))
    return addresses.unique(found)


def tokens(letter: Letter) -> tuple[str, ...]:
    """Return the unsubscribe tokens in the returned original: of its header, else of its links."""
    named = [
        token for one in letter.originals for token in _TOKEN.findall(one.get("list-unsubscribe"))
    ]
    if named:
        return addresses.unique(named)
    inside = (part for mail in letter.mail.enclosed() for part in mail.own() if not part.parts)
    texts = [part.text()[:_BODY] for part in inside if part.type.startswith("text/")]
    texts.append(letter.whole_text)
    return addresses.unique(token for text in texts for token in _TOKEN.findall(text))
