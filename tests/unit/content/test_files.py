"""Markdown with front matter."""

from datetime import UTC, datetime

import pytest

from pinlabs_mailer.content.found import Document, FoundItem
from pinlabs_mailer.content.items import Event, Job
from pinlabs_mailer.content.sources import files
from pinlabs_mailer.db.words import Employment, ItemKind, Workplace
from pinlabs_mailer.errors import BadInput


def read(text: str) -> FoundItem:
    (found,) = files.read(Document(text.encode(), "https://labs.example/")).items
    return found


def test_a_file_is_a_post_with_its_first_paragraph() -> None:
    found = read(
        "---\nurl: notes/queues\ndate: 2026-11-12\nimage: q.png\nimage_alt: arrows\n---\n\n"
        "# Queues, drawn by hand #\n\n![arrows](q.png)\n\n"
        "A *notebook* of [sketches](https://x.example), 2 * 3 `snake_case`.\n\nMore.\n"
    )
    assert found == FoundItem(
        url="https://labs.example/notes/queues",
        title="Queues, drawn by hand",
        summary="A notebook of sketches, 2 * 3 snake_case.",
        image_url="https://labs.example/q.png",
        image_alt="arrows",
        published_at=datetime(2026, 11, 12, tzinfo=UTC),
    )


def test_what_starts_is_an_event() -> None:
    found = read(
        "---\r\ntitle: Open studio\r\nurl: /studio\r\nstarts: 2026-12-03 18:00\r\n"
        "zone: Europe/Berlin\r\nplace: Example Street 1\r\n---\r\nCome in.\r\n"
    )
    assert found.kind is ItemKind.EVENT
    assert found.details == Event(
        datetime(2026, 12, 3, 17, 0, tzinfo=UTC), "Europe/Berlin", place="Example Street 1"
    )
    assert found.summary == "Come in."


def test_a_job_says_so() -> None:
    found = read(
        "---\nkind: job\ntitle: Engineer\nurl: /engineer\ndepartment: Lab\nlocations: [Oslo, 7]\n"
        "workplace: remote\nemployment: part-time\ncloses: 2026-12-31\n---\n"
    )
    assert found.details == Job(
        department="Lab",
        locations=("Oslo", "7"),
        workplace=Workplace.REMOTE,
        employment=Employment.PART_TIME,
    )
    assert found.ends_at == datetime(2027, 1, 1, tzinfo=UTC)


def test_a_draft_is_not_told() -> None:
    document = Document(b"---\ntitle: Not yet\nurl: https://x.example\ndraft: true\n---\n")
    assert files.read(document).items == ()


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("# Just text", "without front matter"),
        ("---\ntitle: [\n---\n", "no YAML"),
        ("---\ndate: 2026-13-45\n---\n", "no YAML"),
        ("---\n!!python/object/apply:os.system ['true']\n---\n", "no YAML"),
        ("---\n- a\n- b\n---\n", "without names"),
        ("---\ntitle: A\nurl: https://x.example\nkind: party\n---\n", "no kind of item"),
        ("---\ntitle: A\n---\n", "its link is missing"),
        ("---\ntitle: !!timestamp x\n---\n", "no YAML"),
        ("---\ntitle: !!bool x\n---\n", "no YAML"),
        ("---\ntitle: !!int ''\n---\n", "no YAML"),
        ("---\ntitle: 0x" + "f" * 5_000 + "\n---\n", "its title is missing"),
        ("---\n" + "[" * 10_000 + "\n---\n", "no YAML"),
        ("---\na: 1\n" + " " * 60_000, "without front matter"),
    ],
)
def test_what_cannot_be_read_is_told(text: str, wrong: str) -> None:
    with pytest.raises(BadInput, match=wrong):
        read(text)


def test_a_front_matter_that_repeats_itself_does_not_grow() -> None:
    laughs = "a0: &a0 [lol, lol]\n" + "".join(
        f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)
    )
    assert read(f"---\n{laughs}title: A\nurl: /a\nlocations: *a39\n---\n").title == "A"
