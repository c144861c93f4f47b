"""Requests that share a transaction: each is answered as if it had been alone, but sooner."""

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from typing import Any

import pytest
from sqlalchemy import Connection

from pinlabs_mailer import topics
from pinlabs_mailer.app import App
from pinlabs_mailer.community import subscribers
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.errors import BadInput
from pinlabs_mailer.web.together import MOST, Together
from tests.store.consents import found, tampered
from tests.support.installations import confirmed
from tests.support.site import Site
from tests.web.people import events, standing
from tests.web.test_crowd import at_once


class Desk:
    """Makes topics, several at once; one whose slug is no slug fails."""

    def __init__(self, app: App) -> None:
        self.app, self.sizes = app, list[int]()
        self.may_write = threading.Event()
        self.may_write.set()
        self.together = Together(app, self._add)

    def _add(self, connection: Connection, slugs: Sequence[str]) -> list[str]:
        self.may_write.wait(20)
        self.sizes.append(len(slugs))
        return [topics.add(connection, slug, slug.title()).title for slug in slugs]

    def known(self) -> set[str]:
        with reading(self.app.engine) as connection:
            return {one.slug for one in topics.every(connection)} - {"projects", "events", "jobs"}

    async def add(self, slug: str, key: str | None = None) -> str:
        """Make a topic; when this returns, everybody sees it."""
        title = await self.together.do(slug, key)
        assert slug in self.known()
        return title

    def all_of(self, *acts: Coroutine[Any, Any, str]) -> list[Any]:
        async def gathered() -> list[Any]:
            return list(await asyncio.gather(*acts, return_exceptions=True))

        return asyncio.run(gathered())


@pytest.fixture
def desk(app: App) -> Desk:
    return Desk(app)


def test_a_crowd_shares_a_transaction_and_each_gets_its_own_answer(desk: Desk) -> None:
    slugs = [f"topic-{number}" for number in range(MOST)]
    assert desk.all_of(*map(desk.add, slugs)) == [slug.title() for slug in slugs]
    assert desk.sizes == [MOST]


def test_a_transaction_takes_only_so_many(desk: Desk) -> None:
    slugs = {f"topic-{number}" for number in range(MOST * 2 + 1)}
    desk.all_of(*map(desk.add, slugs))
    assert desk.sizes == [MOST, MOST, 1]
    assert desk.known() == slugs


def test_no_two_with_one_key_share_a_transaction(desk: Desk) -> None:
    desk.all_of(desk.add("a", "ada"), desk.add("b", "ada"), desk.add("c"), desk.add("d", "ada"))
    assert desk.sizes == [2, 1, 1]
    assert desk.known() == {"a", "b", "c", "d"}


def test_what_arrives_meanwhile_is_written_next(desk: Desk) -> None:
    async def one_and_then_many() -> None:
        desk.may_write.clear()
        first = asyncio.create_task(desk.add("first"))
        await asyncio.sleep(0.05)
        others = [asyncio.create_task(desk.add(f"topic-{number}")) for number in range(9)]
        await asyncio.sleep(0.05)
        desk.may_write.set()
        await asyncio.gather(first, *others)

    asyncio.run(one_and_then_many())
    assert desk.sizes == [1, 9]


def test_nobody_loses_by_the_fault_of_another(desk: Desk) -> None:
    done = desk.all_of(*map(desk.add, ["a", "b", "No Slug", "c"]))
    assert done[:2] + done[3:] == ["A", "B", "C"]
    assert isinstance(done[2], BadInput)
    assert desk.known() == {"a", "b", "c"}
    assert desk.all_of(desk.add("later")) == ["Later"]


def test_whoever_goes_away_keeps_nobody_back(desk: Desk) -> None:
    async def one_goes_away() -> None:
        desk.may_write.clear()
        gone, stays = (asyncio.create_task(desk.add(slug)) for slug in ("gone", "stays"))
        await asyncio.sleep(0.05)
        gone.cancel()
        desk.may_write.set()
        assert await stays == "Stays"
        assert await desk.add("later") == "Later"

    asyncio.run(one_goes_away())


PEOPLE = [f"reader{number}@example.org" for number in range(12)]


@pytest.fixture
def paths(site: Site) -> dict[str, str]:
    """The links of people who are in two topics each."""
    for email in PEOPLE:
        confirmed(site.app, email, "projects", "jobs")
    return {email: site.leave_path(email) for email in PEOPLE}


def test_h01_many_leave_at_once_and_each_record_is_in_order(
    site: Site, paths: dict[str, str]
) -> None:
    clicks = [lambda path=path: site.post(path) for path in (*paths.values(), *paths.values())]
    assert at_once(*clicks) == {200: 2 * len(PEOPLE)}
    assert events(site.app.engine, "withdrawn") == 2 * len(PEOPLE)
    for email in PEOPLE:
        assert set(standing(site.app.engine, email).values()) == {"withdrawn"}
    assert found(site.app.engine, site.app.notary) == []


FAULT = {
    "sqlite": (
        """CREATE TRIGGER fault BEFORE INSERT ON consent_event
        WHEN new.email = 'reader5@example.org' BEGIN SELECT RAISE(ABORT, 'a fault'); END""",
    ),
    "postgresql": (
        """CREATE FUNCTION fault() RETURNS trigger AS $$ BEGIN RAISE 'a fault'; END $$
        LANGUAGE plpgsql""",
        """CREATE TRIGGER fault BEFORE INSERT ON consent_event FOR EACH ROW
        WHEN (new.email = 'reader5@example.org') EXECUTE FUNCTION fault()""",
    ),
}


def test_h01_one_whom_the_database_refuses_keeps_nobody_from_leaving(
    site: Site, paths: dict[str, str]
) -> None:
    tampered(site.app.engine, *FAULT[site.app.engine.dialect.name])
    clicks = [lambda path=path: site.post(path) for path in paths.values()]
    assert at_once(*clicks) == {200: len(PEOPLE) - 1, 500: 1}
    for email in PEOPLE:
        left = "confirmed" if email == "reader5@example.org" else "withdrawn"
        assert set(standing(site.app.engine, email).values()) == {left}
    assert found(site.app.engine, site.app.notary) == []


@pytest.mark.parametrize("backend", ["postgresql"])
def test_one_whom_somebody_holds_keeps_nobody_waiting(site: Site, paths: dict[str, str]) -> None:
    held, *others = PEOPLE
    waits = threading.Thread(target=site.post, args=[paths[held]])
    with writing(site.app.engine) as connection:
        person = subscribers.by_address(connection, parse_address(held))
        subscribers.hold(connection, person.id)
        waits.start()
        for email in others:
            assert site.post(paths[email]).status == 200
        assert waits.is_alive()
    waits.join(20)
    assert set(standing(site.app.engine, held).values()) == {"withdrawn"}
