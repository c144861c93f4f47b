"""A change of address: asked for at the old one, confirmed at the new one, told to the old one."""

import json
from datetime import timedelta

import pytest

from pinlabs_mailer.app import retention
from pinlabs_mailer.community import subscribers, suppression
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.words import SuppressionReason
from tests.store.consents import found
from tests.support.installations import Clock, confirmed
from tests.support.relay import Relay
from tests.support.relay.script import on
from tests.support.site import Site, snapshot
from tests.web.people import ADA, ask, asked, link_path, standing, text_of
from tests.web.test_preferences import preferences_path
from tests.web.test_undo import undo_path
from tests.web.test_wishes import NEW, mailed


@pytest.fixture
def path(site: Site) -> str:
    confirmed(site.app, ADA, "projects", "jobs", name="Ada Lovelace")
    return preferences_path(site)


def test_c13_a_change_of_address_is_confirmed_at_the_new_one_and_told_to_the_old(
    site: Site, relay: Relay, path: str
) -> None:
    named = site.post(mailed(site, relay, path, "address"), {"email": NEW})
    assert "Until you press the button there, nothing changes" in named.text
    site.app.pump.run()
    assert relay.messages[-1].recipient == NEW
    leave = site.leave_path(ADA)
    move = link_path(relay.messages[-1], "move")
    assert site.get(move).status == 200
    assert standing(site.app.engine) == {"projects": "confirmed", "jobs": "confirmed"}
    assert "Your mail comes here now" in site.post(move).text
    assert standing(site.app.engine) == {}
    assert standing(site.app.engine, NEW) == {"projects": "confirmed", "jobs": "confirmed"}
    assert found(site.app.engine, site.app.notary) == []
    site.app.pump.run()
    notice = relay.messages[-1]
    assert notice.recipient == ADA
    assert "to another address" in text_of(notice)
    assert NEW.encode() not in notice.data
    assert site.post(leave).status == 200  # H9: links from before still work
    assert set(standing(site.app.engine, NEW).values()) == {"withdrawn"}


def test_c13_links_work_once(site: Site, relay: Relay, path: str) -> None:
    address = mailed(site, relay, path, "address")
    site.post(address, {"email": NEW})
    assert site.post(address, {"email": "other@example.net"}).status == 404
    site.app.pump.run()
    move = link_path(relay.messages[-1], "move")
    site.post(move)
    after = snapshot(site.app.engine)
    assert site.post(move).status == site.get(move).status == 404
    assert snapshot(site.app.engine) == after


@pytest.mark.parametrize("who", ["taken", "complaint", "manual", "same"])
def test_c13_the_page_does_not_tell_whether_the_new_address_is_known(
    site: Site, relay: Relay, path: str, clock: Clock, who: str
) -> None:
    new = ADA if who == "same" else f"{who}@example.org"
    if who == "taken":
        confirmed(site.app, new)
    elif who != "same":
        with writing(site.app.engine) as connection:
            suppression.suppress(connection, new, SuppressionReason(who), clock.now)
    address = mailed(site, relay, path, "address")
    answer = site.post(address, {"email": new})
    assert answer.status == 200
    assert "If the new address can be used" in answer.text
    assert new not in answer.text
    many = len(relay.messages)
    site.app.pump.run()
    assert len(relay.messages) == many


def test_an_address_that_was_taken_meanwhile_is_not_moved_to(
    site: Site, relay: Relay, path: str
) -> None:
    site.post(mailed(site, relay, path, "address"), {"email": NEW})
    site.app.pump.run()
    confirmed(site.app, NEW)
    assert site.post(link_path(relay.messages[-1], "move")).status == 404
    assert standing(site.app.engine) == {"projects": "confirmed", "jobs": "confirmed"}
    assert standing(site.app.engine, NEW) == {"projects": "confirmed"}


def test_a1_a_strangers_mailbox_gets_one_mail_a_day_whoever_names_it(
    site: Site, relay: Relay, path: str, clock: Clock
) -> None:
    site.post(mailed(site, relay, path, "address"), {"email": NEW})
    clock.advance(timedelta(hours=2))
    site.post(mailed(site, relay, path, "address"), {"email": NEW})
    ask(site, email=NEW)
    site.app.pump.run()
    assert [mail.recipient for mail in relay.messages].count(NEW) == 1


def test_a_new_address_that_does_not_exist_leaves_the_old_one_alone(
    site: Site, relay: Relay, path: str
) -> None:
    site.post(mailed(site, relay, path, "address"), {"email": NEW})
    relay.play(rules=(on("RCPT", "550 5.1.1 No such user", to=NEW),))
    site.app.pump.run()
    assert snapshot(site.app.engine)["suppression"] == []


@pytest.mark.parametrize("email", ["", "ada@", "a b@example.org", "\0@example.org", "x" * 9000])
def test_what_is_no_address_is_sent_back_and_the_link_goes_on_working(
    site: Site, relay: Relay, path: str, email: str
) -> None:
    address = mailed(site, relay, path, "address")
    before = snapshot(site.app.engine)
    answer = site.post(address, {"email": email})
    assert answer.status == 400
    assert "Enter an email address" in answer.text
    assert snapshot(site.app.engine) == before


def test_a_move_ends_the_links_that_are_in_the_old_mailbox(
    site: Site, relay: Relay, path: str
) -> None:
    data, erase = (mailed(site, relay, path, what) for what in ("data", "erase"))
    site.post(mailed(site, relay, path, "address"), {"email": NEW})
    site.app.pump.run()
    site.post(link_path(relay.messages[-1], "move"))
    assert site.post(data).status == site.post(erase).status == 404


def moved(site: Site, relay: Relay, path: str, new: str = NEW) -> None:
    """Let Ada have another address."""
    site.post(mailed(site, relay, path, "address"), {"email": new})
    site.app.pump.run()
    assert site.post(link_path(relay.messages[-1], "move")).status == 200


def test_a_move_ends_open_requests_to_join_and_the_mails_that_wait(
    site: Site, relay: Relay, path: str, clock: Clock
) -> None:
    confirm = asked(site, relay.messages, "events")
    clock.advance(timedelta(days=1))
    address = mailed(site, relay, path, "address")
    site.post(address, {"email": NEW})
    site.app.pump.run()
    move = link_path(relay.messages[-1], "move")
    ask(site, "events")
    site.post(move)
    many = len(relay.messages)
    site.app.pump.run()
    assert [mail.recipient for mail in relay.messages[many:]] == [ADA]
    assert site.get(confirm).status == site.post(confirm).status == 404
    assert standing(site.app.engine, NEW)["events"] == "pending"
    clock.advance(timedelta(days=2))
    ask(site, "events", email=NEW)
    site.app.pump.run()
    assert site.post(link_path(relay.messages[-1], "confirm")).status == 200
    assert standing(site.app.engine, NEW)["events"] == "confirmed"


def test_a_move_ends_the_hour_of_what_was_shown_in_the_old_mailbox(
    site: Site, relay: Relay, path: str
) -> None:
    data = mailed(site, relay, path, "data")
    assert site.post(data).status == 200
    moved(site, relay, path)
    assert site.post(data).status == 404


def test_a_move_ends_dated_links_and_later_ones_work(
    site: Site, relay: Relay, path: str, clock: Clock
) -> None:
    confirmed(site.app, "bob@example.org")
    clock.advance(timedelta(days=705))
    retention.run(site.app)
    site.app.pump.run()
    renew = next(link_path(mail, "renew") for mail in relay.messages if mail.recipient == ADA)
    assert site.get(renew).status == 200
    old = preferences_path(site)
    leave = site.leave_path(ADA)
    moved(site, relay, old)
    for gone in (old, renew):
        assert site.get(gone).status == site.post(gone, {"do": "leave"}).status == 404
    assert set(standing(site.app.engine, NEW).values()) == {"confirmed"}
    clock.advance(timedelta(days=1))
    assert site.get(preferences_path(site, NEW)).status == 200
    assert site.get(leave).status == 200


def test_a_move_ends_the_way_back_from_a_goodbye(
    site: Site, relay: Relay, path: str, clock: Clock
) -> None:
    goodbye = site.post(site.leave_path(ADA), {"only": "ticked", "topic": "jobs", "by": "page"})
    clock.advance(timedelta(minutes=1))
    moved(site, relay, path)
    assert site.post(undo_path(goodbye)).status == 404
    assert standing(site.app.engine, NEW)["jobs"] == "withdrawn"


def test_a6_my_data_does_not_tell_whether_the_new_address_is_known(
    site: Site, relay: Relay, path: str, clock: Clock
) -> None:
    confirmed(site.app, NEW)
    confirmed(site.app, "bob@example.org")
    shown = []
    for mover, new in ((ADA, NEW), ("bob@example.org", "stranger@example.net")):
        preferences = preferences_path(site, mover)
        for what in ("address", "data"):
            site.post(preferences, {"do": what})
            site.app.pump.run()
            page = link_path(relay.messages[-1], what)
            if what == "address":
                site.post(page, {"email": new})
                site.app.pump.run()
                assert (relay.messages[-1].recipient == new) == (new != NEW)
        document = json.loads(site.post(page, {"as": "json"}).text)
        assert document["wishes"][1]["email"] == new
        kinds = [one["kind"] for one in document["wishes"]]
        shown.append((kinds, [one["kind"] for one in document["deliveries"]]))
    assert shown == [(["address", "move", "data"], ["link", "link"])] * 2


def test_ones_own_address_may_be_written_otherwise(site: Site, relay: Relay, path: str) -> None:
    moved(site, relay, path, "Ada@example.org")
    with reading(site.app.engine) as connection:
        assert subscribers.by_address(connection, parse_address(ADA)).email == "Ada@example.org"
    assert found(site.app.engine, site.app.notary) == []


def test_a14_no_import_brings_the_old_address_back(
    site: Site, relay: Relay, path: str, clock: Clock
) -> None:
    moved(site, relay, path)
    with reading(site.app.engine) as connection:
        barred = suppression.reasons_for(connection, site.app.notary, [ADA, NEW])
    assert barred == {ADA: SuppressionReason.ERASED}
    clock.advance(timedelta(days=2))
    site.post(preferences_path(site, NEW), {"do": "address"})
    site.app.pump.run()
    site.post(link_path(relay.messages[-1], "address"), {"email": ADA})
    site.app.pump.run()
    site.post(link_path(relay.messages[-1], "move"))  # back home, by their own act
    with reading(site.app.engine) as connection:
        barred = suppression.reasons_for(connection, site.app.notary, [ADA, NEW])
    assert barred == {NEW: SuppressionReason.ERASED}


def test_who_must_get_nothing_is_not_moved_to(site: Site, relay: Relay, path: str) -> None:
    site.post(path, {"do": "address"})
    site.app.pump.run()
    site.post(link_path(relay.messages[-1], "address"), {"email": NEW})
    site.app.pump.run()
    with writing(site.app.engine) as connection:
        now = site.app.clock()
        suppression.suppress(connection, NEW, SuppressionReason.COMPLAINT, now)
        suppression.leave_mark(connection, site.app.notary, NEW, now)
    site.post(link_path(relay.messages[-1], "move"))
    assert standing(site.app.engine, NEW) == {}
    assert standing(site.app.engine, ADA)
