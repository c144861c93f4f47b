"""Templates to test with: ours, and ones that a test writes."""

from pathlib import Path

import pytest

from pinlabs_mailer import resources
from pinlabs_mailer.mail.templates import MailTemplates, RenderedMail

from .contexts import Write, digest_context, sample_posts


@pytest.fixture(scope="module")
def ours() -> MailTemplates:
    return MailTemplates(resources.directory("templates") / "email")


@pytest.fixture(scope="module")
def digest(ours: MailTemplates) -> RenderedMail:
    return ours.render("digest", digest_context(sample_posts()))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Make a folder with one mail, `note`, of the given files."""

    def make(subject: str = "s", text: str = "t", html: str = "<p>h</p>") -> MailTemplates:
        folder = tmp_path / "note"
        folder.mkdir(exist_ok=True)
        (folder / "subject.txt").write_text(subject, encoding="utf-8")
        (folder / "body.txt").write_text(text, encoding="utf-8")
        (folder / "body.html").write_text(html, encoding="utf-8")
        return MailTemplates(tmp_path)

    return make
