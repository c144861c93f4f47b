"""A good mail that a test can spoil in one place, and what it is held to."""

import quopri
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from tests.support import checklist
from tests.unit.mail import samples

from pinlabs_mailer.mail.preflight import Finding, Standard, check

_PART = (
    "--{boundary}\r\nContent-Type: text/{kind}; charset={charset}\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
)
STANDARD = Standard(
    domain="pinlabs.example",
    base_url=samples.PUBLIC,
    postal_address="1 Lab Street\n94107 San Francisco, USA",
    at=samples.AT,
    hosts=frozenset({"pinlabs.example"}),
    signer=samples.SIGNER,
)


@dataclass(frozen=True)
class Draft:
    """A mail before it is bytes."""

    fields: tuple[tuple[str, str], ...]
    text: str
    html: str
    boundary: str = "=_part"
    charset: str = "utf-8"

    def raw(self) -> bytes:
        """Return it as it would be sent."""
        lines = [f"{name}: {value}\r\n" for name, value in self.fields]
        parts = [
            _PART.format(boundary=self.boundary, kind=kind, charset=self.charset).encode()
            + quopri.encodestring(content.encode()).replace(b"\n", b"\r\n")
            + b"\r\n"
            for kind, content in (("plain", self.text), ("html", self.html))
        ]
        end = f"--{self.boundary}--\r\n".encode()
        return "".join(lines).encode() + b"\r\n" + b"".join(parts) + end

    def value(self, name: str) -> str:
        """Return a field's value."""
        (found,) = [value for key, value in self.fields if key == name]
        return found

    def given(self, name: str, value: str) -> "Draft":
        """Return it with another value in that field, or with the field added."""
        rest = tuple(field for field in self.fields if field[0] != name)
        return replace(self, fields=((name, value), *rest))

    def added(self, name: str, value: str) -> "Draft":
        """Return it with one field more."""
        return replace(self, fields=((name, value), *self.fields))

    def without(self, name: str) -> "Draft":
        """Return it without that field."""
        return replace(self, fields=tuple(field for field in self.fields if field[0] != name))

    def reads(self, old: str, new: str) -> "Draft":
        """Return it with other words, wherever they stand in the parts."""
        assert old in self.text + self.html, old
        return replace(self, text=self.text.replace(old, new), html=self.html.replace(old, new))

    def in_text(self, old: str, new: str) -> "Draft":
        """Return it with other words in the text."""
        assert old in self.text, old
        return replace(self, text=self.text.replace(old, new))

    def in_html(self, old: str, new: str) -> "Draft":
        """Return it with something else in the HTML."""
        assert old in self.html, old
        return replace(self, html=self.html.replace(old, new, 1))

    def shows(self, more: str, text: str = "") -> "Draft":
        """Return it with more at the end of the HTML, and of the text."""
        return replace(self.in_html("</body>", f"{more}</body>"), text=f"{self.text}{text}\n")


def draft(raw: bytes) -> Draft:
    """Take a mail of ours apart."""
    text, html = checklist.decoded(raw)
    fields = [(name, value.strip()) for name, value in checklist.fields(raw)]
    made = Draft(tuple(fields), text, html)
    return made.given("Content-Type", f'multipart/alternative;\r\n boundary="{made.boundary}"')


@cache
def digest() -> Draft:
    return draft(samples.digest().raw)


@cache
def confirmation() -> Draft:
    return draft(samples.confirmation().raw)


Spoil = Callable[[Draft], "Draft | bytes"]


def spoiled(spoil: Spoil, mail: Draft | None = None) -> bytes:
    made = spoil(mail or digest())
    return made if isinstance(made, bytes) else made.raw()


def found(raw: bytes, standard: Standard = STANDARD) -> list[Finding]:
    return check(raw, standard)


def names(raw: bytes, standard: Standard = STANDARD) -> set[str]:
    """Return the names of the rules that a mail breaks."""
    return {finding.rule.name for finding in check(raw, standard)}
