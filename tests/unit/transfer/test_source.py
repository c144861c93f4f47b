"""Files that cannot be used at all are told apart before anything is taken from them."""

from pathlib import Path

import pytest

from pinlabs_mailer.errors import BadInput
from pinlabs_mailer.transfer.importing import open_source


@pytest.mark.parametrize(
    ("content", "form", "mapping", "told"),
    [
        (b"", "own", {}, "no header"),
        (b"\n\n", "own", {}, "no header"),
        (b"email" + b"x" * 70_000, "own", {}, "no header"),
        (b"name\nAda\n", "own", {}, "no column 'email'"),
        (b"email\n", "own", {"email": "x"}, "no column 'x'"),
        (b"email,Email\n", "own", {}, "Two columns"),
        (b"e\0m\0a\0i\0l\0\n\0", "own", {}, "NUL"),
        (b'"email\n', "own", {}, "quote"),
        (b"email\n", "mailchimp", {}, "Mailchimp's files"),
        (b"email\n", "listmonk", {}, "uuid"),
    ],
)
def test_it_is_refused_with_the_reason(
    content: bytes, form: str, mapping: dict[str, str], told: str
) -> None:
    path = Path("people.csv")
    path.write_bytes(content)
    with pytest.raises(BadInput) as caught:
        open_source(path, form, mapping)
    assert told in caught.value.what
    assert caught.value.next_step
