"""The digest's own words for one reader, and what may not be mailed."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.unit.mail import samples

from pinlabs_mailer import languages
from pinlabs_mailer.digest import letter
from pinlabs_mailer.errors import ConfigurationError
from pinlabs_mailer.mail.slots import encode
from pinlabs_mailer.mail.templates import MailTemplates


def test_a_reader_is_greeted_by_name_if_there_is_one() -> None:
    since = datetime(2026, 11, 3, 18, 30, tzinfo=UTC)
    values = letter.reader_values(
        "Ada",
        "ada@example.net",
        since,
        "https://x.example/u/t",
        None,
        "a-token",
    )
    assert values == {
        "recipient.greeting": encode("Hello Ada,"),
        "recipient.email": encode("ada@example.net"),
        "recipient.since": encode("3 November 2026"),
        "links.unsubscribe": encode("https://x.example/u/t"),
        "links.preferences": encode("a-token"),
    }
    nobody = letter.reader_values("", "ada@example.net", None, "https://x.example/u/t")
    assert nobody["recipient.greeting"] == encode("Hello,")
    assert nobody["recipient.since"] == encode("our list")


def test_a_reader_is_greeted_in_the_language_of_the_edition() -> None:
    german = languages.named("de")
    values = letter.reader_values("Ada", "a@example.net", date(2026, 3, 1), "https://x/u/t", german)
    assert values["recipient.greeting"] == encode("Hallo Ada,")
    assert values["recipient.since"] == encode("1. März 2026")
    nobody = letter.reader_values("", "a@example.net", None, "https://x/u/t", german)
    assert nobody["recipient.greeting"] == encode("Guten Tag,")


@pytest.mark.parametrize("part", ["body.txt", "body.html"])
def test_c16_a_template_without_the_unsubscribe_link_is_refused(tmp_path: Path, part: str) -> None:
    folder = tmp_path / "digest"
    folder.mkdir()
    (folder / "subject.txt").write_text("s")
    (folder / "body.txt").write_text("{{ links.unsubscribe }}")
    (folder / "body.html").write_text("<p>{{ links.unsubscribe }}</p>")
    (folder / part).write_text("<p>none</p>")
    with pytest.raises(ConfigurationError, match=f"The {part} .* has no unsubscribe link"):
        letter.render(
            MailTemplates(tmp_path),
            samples.masthead(),
            samples.HEADING,
            [samples.post()],
            UTC,
        )
