"""Every kind of source reads anything, and says BadInput of what it cannot take."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pinlabs_mailer.content.found import Document, Reading
from pinlabs_mailer.content.reading import KINDS
from pinlabs_mailer.db.words import SourceKind
from pinlabs_mailer.errors import BadInput

from .postings import ASHBY, GREENHOUSE, lever, page_of, smartrecruiters
from .samples import ATOM, JSON_FEED, PAGE, RSS
from .test_jsonld import EVENT, JOB, POST

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CALENDAR = (
    b"BEGIN:VCALENDAR\nX-WR-TIMEZONE:Europe/Oslo\nBEGIN:VEVENT\nUID:1\nSUMMARY:A\n"
    b"DTSTART;TZID=Europe/Oslo:20261116T180000\nDTEND:20261116T190000Z\nLOCATION:Here\n"
    b"RRULE:FREQ=WEEKLY;BYDAY=MO,1TU;UNTIL=20270101T000000Z\nEXDATE:20261123T170000Z\n"
    b"RDATE:20261224T170000Z\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nSUMMARY:B\nSTATUS:CANCELLED\n"
    b"RECURRENCE-ID;TZID=Europe/Oslo:20261130T180000\nDTSTART;VALUE=DATE:20261130\n"
    b"DURATION:P1D\nEND:VEVENT\nEND:VCALENDAR\n"
)
MATTER = (
    b"---\ntitle: A\nurl: https://x.example/\nstarts: 2026-12-03 18:00:00\nends: 2026-12-04\n"
    b"zone: Europe/Oslo\nlocations: [a, b]\nkind: event\n---\n# B\n\nText *and* [more](x).\n"
)
SCRIPT = '<script type="application/ld+json">{}</script>'
GOOD: dict[SourceKind, list[bytes]] = {
    SourceKind.FEED: [RSS, ATOM, JSON_FEED],
    SourceKind.PAGE: [PAGE],
    SourceKind.JSONLD: [SCRIPT.format(json.dumps([JOB, EVENT, POST])).encode()],
    SourceKind.FILES: [MATTER],
    SourceKind.ICAL: [CALENDAR],
    SourceKind.GREENHOUSE: [json.dumps(GREENHOUSE).encode()],
    SourceKind.LEVER: [json.dumps([lever(1)]).encode()],
    SourceKind.ASHBY: [json.dumps(ASHBY).encode()],
    SourceKind.SMARTRECRUITERS: [page_of([smartrecruiters(1)], 0, 9)],
}
BOARDS = {
    SourceKind.GREENHOUSE: (GREENHOUSE, "jobs"),
    SourceKind.LEVER: ([lever(1)], ""),
    SourceKind.ASHBY: (ASHBY, "jobs"),
    SourceKind.SMARTRECRUITERS: (json.loads(page_of([smartrecruiters(1)], 0, 9)), "content"),
}
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
bounded = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def read(kind: SourceKind, body: bytes) -> None:
    document = Document(body, "https://labs.example/", NOW, ZoneInfo("Europe/Oslo"))
    reading = Reading()
    with suppress(BadInput):
        reading = KINDS[kind].read(document)
    for found in reading.items:
        assert found.title == " ".join(found.title.split())
        assert len(found.title) <= 300
        assert len(found.summary) <= 2_000
        assert found.url.startswith(("http://", "https://"))
        assert len(found.url_key) == len(found.sighting_key) == 64
        found.title.encode()


@pytest.mark.parametrize("kind", SourceKind)
def test_a_good_document_has_items(kind: SourceKind) -> None:
    for body in GOOD[kind]:
        assert KINDS[kind].read(Document(body, "https://labs.example/", NOW)).items


@pytest.mark.parametrize("kind", SourceKind)
@bounded
@given(data=st.data())
def test_a_damaged_document_is_read_or_refused(kind: SourceKind, data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from(GOOD[kind])))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body)))
        until = at + data.draw(st.integers(0, 30))
        body[at:until] = data.draw(st.binary(max_size=12) | st.sampled_from(
            [b"\x00", b"99999999", b"<", b"&#", b"\n", b"[[", b'{"', b";", b"\xff\xfe", b"-"]
        ))  # fmt: skip
    read(kind, bytes(body))


@pytest.mark.parametrize("kind", SourceKind)
@bounded
@given(body=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8")))
def test_rubbish_is_read_or_refused(kind: SourceKind, body: bytes) -> None:
    read(kind, body)


@pytest.mark.parametrize("kind", BOARDS)
@bounded
@given(data=st.data())
def test_a_posting_may_have_anything_in_any_field(kind: SourceKind, data: st.DataObject) -> None:
    answer, name = json.loads(json.dumps(BOARDS[kind]))
    posting = (answer[name] if name else answer)[0]
    place: dict[str, Any] = posting
    for _ in range(data.draw(st.integers(1, 2))):
        field = data.draw(st.sampled_from(sorted(place)))
        if isinstance(place[field], dict) and data.draw(st.booleans()):
            place = place[field]
        else:
            place[field] = data.draw(ANY_JSON)
            break
    read(kind, json.dumps(answer).encode())


@bounded
@given(data=st.data())
def test_a_thing_of_schema_org_may_have_anything_in_any_field(data: st.DataObject) -> None:
    thing: dict[str, Any] = dict(data.draw(st.sampled_from([JOB, EVENT, POST])))
    for field in data.draw(st.lists(st.sampled_from(sorted(thing)), min_size=1, max_size=3)):
        thing[field] = data.draw(ANY_JSON)
    read(SourceKind.JSONLD, SCRIPT.format(json.dumps(thing).replace("<", "\\u003c")).encode())
