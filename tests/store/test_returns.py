"""What comes back finds the mail that it is about, once, and nothing else."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select, update

from pinlabs_mailer.app import retention
from pinlabs_mailer.app.holdings import held_on
from pinlabs_mailer.community import subscribers
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import report, subscriber
from pinlabs_mailer.db.words import SuppressionReason
from pinlabs_mailer.feedback import counts, recording
from pinlabs_mailer.feedback.taking import Mail
from tests.store.known_person import erase
from tests.store.returning import ADA, BOB, RETURN_DOMAIN, TUESDAY, Scene, scene
from tests.support import returned
from tests.support.site import snapshot

BOUNCE = SuppressionReason.BOUNCE


@pytest.fixture
def sent(database_url: str) -> Iterator[Scene]:
    with scene(database_url) as one:
        one.send()
        yield one


def counted(one: Scene) -> dict[str, object]:
    with reading(one.app.engine) as connection:
        return {name: n for row in counts.months(connection) for name, n in row.items()}


def test_m24_every_mail_has_a_return_path_of_its_own(sent: Scene) -> None:
    paths = {mail.sender for mail in sent.mails.values()}
    assert len(paths) == 2
    assert all(path.endswith(f"@{RETURN_DOMAIN}") for path in paths)
    assert sent.app.return_paths is not None
    named = sent.app.return_paths.read([sent.mails[ADA].sender])
    assert named == sent.delivery_id(ADA)


def test_without_a_return_domain_the_envelope_sender_is_the_from_address(
    database_url: str,
) -> None:
    with scene(database_url, return_domain="") as one:
        assert {mail.sender for mail in one.send().values()} == {"news@pinlabs.example"}


def test_a_bounce_is_matched_by_its_return_path_and_noted_on_the_delivery(sent: Scene) -> None:
    act = sent.take(returned.bounce(sent.mails[ADA], headers_only=True))
    assert (act.kind, act.outcome, act.delivery, act.done) == (
        "hard", "taken", sent.delivery_id(ADA), "suppress",
    )  # fmt: skip
    assert (sent.suppressed(ADA), sent.suppressed(BOB)) == (BOUNCE, None)
    shown = sent.delivery(ADA)
    assert (shown["status"], shown["bounce"], shown["bounced_at"]) == ("accepted", "hard", TUESDAY)
    (kept,) = shown["reports"]
    assert (kept["kind"], kept["status"], kept["matched_by"]) == ("hard", "5.1.1", "return path")
    assert "Final-Recipient" in kept["raw"]
    assert sent.issue()["bounced"] == 1


def test_a_report_about_another_address_counts_for_our_mail(sent: Scene) -> None:
    """As when somebody forwards our mail to a mailbox that is gone."""
    sent.take(returned.bounce(sent.mails[ADA], recipient="ada@elsewhere.example"))
    assert sent.suppressed(ADA) is BOUNCE
    assert sent.delivery(ADA)["reports"][0]["recipient"] == "ada@elsewhere.example"


def test_a_bounce_is_matched_by_message_id_where_no_return_path_is(sent: Scene) -> None:
    act = sent.take(returned.bounce(sent.mails[ADA], to="news@pinlabs.example"))
    assert act.delivery == sent.delivery_id(ADA)
    assert sent.delivery(ADA)["reports"][0]["matched_by"] == "message-id"
    assert sent.suppressed(ADA) is BOUNCE


@pytest.mark.parametrize("to", ["news@pinlabs.example", f"anything@{RETURN_DOMAIN}"])
@pytest.mark.parametrize("report", [returned.bounce, returned.complaint])
@pytest.mark.parametrize("link", ["", BOB])
def test_with_return_paths_nobody_can_invent_a_report_on_a_message_id_alone(
    sent: Scene, report: Callable[..., bytes], to: str, link: str
) -> None:
    """Message-IDs are numbers in a row: who has one mail can write those of all the others."""
    own = [
        line
        for line in (sent.mails[link].message if link else b"").split(b"\r\n")
        if b"/u/" in line and b"<http" in line
    ][:1]
    original = b"\r\n".join(
        [
            f"Message-ID: <{sent.app.letters.message_id(sent.delivery_id(ADA))}>".encode(),
            *(b"List-Unsubscribe: " + line.rpartition(b" ")[2] for line in own),
            b"Subject: x\r\n\r\nx",
        ]
    )
    invented = sent.mails[ADA]._replace(sender="news@pinlabs.example", message=original)
    sent.take(report(invented, to=to))
    assert sent.suppressed(ADA) is None
    assert sent.delivery(ADA)["reports"] == []


def test_a_complaint_that_says_nothing_else_is_matched_by_the_unsubscribe_link(
    sent: Scene,
) -> None:
    mail = sent.mails[ADA].message
    kept = [line for line in mail.split(b"\r\n") if b"/u/" in line or b"unsubscribe" in line]
    stripped = b"Subject: news\r\n" + b"\r\n".join(
        line for line in kept if line.lower().startswith((b"list-unsubscribe:", b" "))
    )
    act = sent.take(returned.complaint(sent.mails[ADA], original=stripped + b"\r\n\r\n\r\n"))
    assert (act.outcome, act.delivery, act.done) == ("taken", None, "end")
    assert sent.suppressed(ADA) is SuppressionReason.COMPLAINT


def test_the_bare_address_of_a_reader_matches_nothing(sent: Scene) -> None:
    before = snapshot(sent.app.engine)
    mail = sent.mails[ADA]._replace(sender="news@pinlabs.example", message=b"Subject: x\r\n\r\nx")
    assert sent.take(returned.bounce(mail)).outcome == "unmatched"
    assert unchanged(sent, before)


@pytest.mark.parametrize("place", [2, 12, 33])
def test_a_forged_return_path_is_counted_and_changes_nothing(sent: Scene, place: int) -> None:
    path = sent.mails[ADA].sender
    sign = "a" if path[place] != "a" else "b"
    forged = path[:place] + sign + path[place + 1 :]
    before = snapshot(sent.app.engine)
    act = sent.take(returned.bounce(sent.mails[ADA], to=forged))
    assert act.outcome == "forged"
    assert unchanged(sent, before)
    assert counted(sent)["forged"] == 1


def test_a_message_id_of_another_installation_or_of_no_delivery_matches_nothing(
    sent: Scene,
) -> None:
    before = snapshot(sent.app.engine)
    ours = sent.app.letters.message_id(999_999)
    elsewhere = sent.app.letters.message_id(1).replace("pinlabs", "other")
    for message_id in ("1.someoneelse@pinlabs.example", ours, elsewhere):
        original = f"Message-ID: <{message_id}>\r\nSubject: x\r\n\r\nx".encode()
        mail = sent.mails[ADA]._replace(sender="news@pinlabs.example", message=original)
        assert sent.take(returned.bounce(mail)).outcome == "unmatched"
    assert unchanged(sent, before)


def test_a_delivery_that_never_went_out_cannot_bounce(sent: Scene) -> None:
    sent.change(ADA, started_at=None)
    assert sent.take(returned.bounce(sent.mails[ADA])).outcome == "unmatched"
    assert sent.suppressed(ADA) is None


def test_the_same_report_twice_changes_nothing(sent: Scene) -> None:
    raw = returned.bounce(sent.mails[ADA])
    sent.take(raw)
    before = snapshot(sent.app.engine)
    sent.later(days=1)
    assert sent.take(b"Delivered-To: another way\r\n" + raw).outcome == "repeated"
    assert unchanged(sent, before)


def test_twice_in_one_group_is_once(sent: Scene) -> None:
    raw = returned.bounce(sent.mails[ADA])
    (first,), (second,) = sent.app.taker.take([Mail(raw), Mail(raw)])
    assert {first.outcome, second.outcome} == {"taken", "repeated"}
    assert sent.issue()["bounced"] == 1


def test_auto_replies_letters_and_delays_do_nothing(sent: Scene) -> None:
    before = snapshot(sent.app.engine)
    path = sent.mails[ADA].sender
    for raw in (
        returned.letter(path),
        returned.letter(path, Auto_Submitted="auto-replied", Subject="Out of office"),
        returned.bounce(sent.mails[ADA], ("4.4.1", "connection timed out"), action="delayed"),
    ):
        sent.take(raw)
    assert unchanged(sent, before)
    assert sent.suppressed(ADA) is None


def test_staging_mail_says_nothing_of_readers(database_url: str) -> None:
    with scene(database_url, only_to="staging@example.net") as one:
        mails = one.send()
        assert one.take(returned.bounce(mails[ADA])).outcome == "unmatched"
        assert one.suppressed(ADA) is None


def test_who_has_another_address_now_is_not_suppressed_for_the_old_one(sent: Scene) -> None:
    sent.later(hours=1)
    with writing(sent.app.engine) as connection:
        person = subscribers.by_address(connection, parse_address(ADA))
        connection.execute(
            update(subscriber)
            .where(subscriber.c.id == person.id)
            .values(email="new@example.org", email_key="new@example.org", moved_at=sent.clock())
        )
    sent.take(returned.bounce(sent.mails[ADA]))
    assert sent.suppressed("new@example.org") is None
    assert sent.issue()["bounced"] == 1


def test_one_mail_that_breaks_us_does_not_hold_up_its_neighbours(
    sent: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = recording.record

    def record(connection: object, one: object, match: object, raw: bytes, *more: object) -> object:
        if b"poison" in raw:
            raise RuntimeError("a fault of ours")
        return whole(connection, one, match, raw, *more)  # type: ignore[arg-type]

    monkeypatch.setattr("pinlabs_mailer.feedback.taking.record", record)
    poison = b"X-Odd: poison\r\n" + returned.bounce(sent.mails[BOB])
    taken = sent.app.taker.take([Mail(poison), Mail(returned.bounce(sent.mails[ADA]))])
    assert [act.outcome for (act,) in taken] == ["unknown", "taken"]
    assert (sent.suppressed(ADA), sent.suppressed(BOB)) == (BOUNCE, None)


def test_c12_what_comes_back_from_an_erased_person_is_not_kept(sent: Scene) -> None:
    with reading(sent.app.engine) as connection:
        person = subscribers.by_address(connection, parse_address(ADA))
    erase(sent.app, person.id)
    act = sent.take(returned.bounce(sent.mails[ADA]))
    assert (act.outcome, act.done) == ("taken", "nothing")
    with reading(sent.app.engine) as connection:
        assert connection.execute(select(report.c.id)).all() == []
    assert ADA not in repr(snapshot(sent.app.engine))


def test_reports_go_after_their_term_and_what_followed_from_them_stays(sent: Scene) -> None:
    raw = returned.bounce(sent.mails[ADA])
    sent.take(raw)
    sent.later(days=89)
    assert retention.run(sent.app).returns == 0
    sent.later(days=2)
    assert retention.run(sent.app).returns == 1
    shown = sent.delivery(ADA)
    assert (shown["reports"], shown["bounce"]) == ([], "hard")
    assert sent.suppressed(ADA) is BOUNCE
    assert sent.take(raw).done == "nothing"
    assert sent.issue()["bounced"] == 1


def test_c11_what_came_back_is_in_the_export_of_a_person(sent: Scene) -> None:
    sent.take(returned.bounce(sent.mails[ADA]))
    (kept,) = held_on(sent.app, parse_address(ADA))["reports"]
    assert (kept["kind"], kept["status"], kept["recipient"]) == ("hard", "5.1.1", ADA)
    assert "No such user" in kept["diagnostic"]
    assert kept["raw"].startswith("From: Mail Delivery System")


def unchanged(one: Scene, before: dict[str, list[tuple[object, ...]]]) -> bool:
    """Say whether nothing has changed but the number of what came back, and which letters did."""
    after = snapshot(one.app.engine)
    aside: dict[str, list[tuple[object, ...]]] = {"return_count": [], "forwarded_letter": []}
    return after | aside == before | aside
