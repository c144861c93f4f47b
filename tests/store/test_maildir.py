"""A Maildir is taken as a whole, in groups, and what is not understood stays."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pinlabs_mailer.feedback.intake import maildir
from pinlabs_mailer.feedback.taking import GROUP
from tests.store.returning import ADA, BOB, Scene, scene
from tests.support import returned


@pytest.fixture
def sent(database_url: str) -> Iterator[Scene]:
    with scene(database_url) as one:
        one.send()
        yield one


def put(folder: Path, *mails: bytes) -> None:
    for mail in mails:
        maildir.put(folder, [mail])


def files(folder: Path, part: str) -> list[bytes]:
    place = folder / part
    return sorted(one.read_bytes() for one in place.iterdir()) if place.exists() else []


def outcomes(sent: Scene, folder: Path) -> list[str]:
    return sorted(act.outcome for taken in maildir.take(sent.app.taker, folder) for act in taken)


def test_what_was_taken_is_seen_and_what_was_not_understood_lies_aside(
    sent: Scene, tmp_path: Path
) -> None:
    box = tmp_path / "box"
    bounce, letter = returned.bounce(sent.mails[ADA]), returned.letter("news@pinlabs.example")
    forged = returned.bounce(sent.mails[BOB], to=f"b.{'a' * 32}@return.pinlabs.example")
    strange = returned.bounce(sent.mails[BOB]._replace(message=b"Subject: x\r\n\r\n"), to="x@y.zz")
    put(box, bounce, letter, forged, strange)
    assert outcomes(sent, box) == ["forged", "taken", "unknown", "unmatched"]
    assert files(box, "new") == []
    assert files(box, "cur") == sorted([bounce, forged])
    assert all(one.name.endswith(":2,S") for one in (box / "cur").iterdir())
    assert files(box / ".aside", "new") == sorted([letter, strange])
    assert sent.suppressed() == "bounce"
    assert outcomes(sent, box) == []


def test_what_another_program_has_moved_to_cur_is_taken_unless_it_was_seen(
    sent: Scene, tmp_path: Path
) -> None:
    box = tmp_path / "box"
    put(box, returned.bounce(sent.mails[ADA]), returned.bounce(sent.mails[BOB]))
    first, second = sorted((box / "new").iterdir())
    first.rename(box / "cur" / f"{first.name}:2,")
    second.rename(box / "cur" / f"{second.name}:2,RS")
    assert outcomes(sent, box) == ["taken"]


def test_a_run_that_ended_in_the_middle_goes_on_where_it_stood(sent: Scene, tmp_path: Path) -> None:
    box = tmp_path / "box"
    put(box, *[returned.letter("news@pinlabs.example")] * (2 * GROUP))
    put(box, returned.bounce(sent.mails[ADA]))
    run = maildir.take(sent.app.taker, box)
    for _ in range(GROUP + 1):
        next(run)
    del run  # as when the process ends: what was recorded is not moved yet
    assert len(files(box, "new")) == GROUP
    assert outcomes(sent, box).count("taken") == 1
    assert len(files(box / ".aside", "new")) == 2 * GROUP
    assert sent.issue()["bounced"] == 1


def test_a_mail_replaces_no_other_of_the_same_name(sent: Scene, tmp_path: Path) -> None:
    box = tmp_path / "box"
    for number in (1, 2, 3):
        for place in (box / "new", box / ".aside" / "new", box / "cur"):
            place.mkdir(parents=True, exist_ok=True)
        bounce = returned.bounce(sent.mails[ADA]) + b"%d" % number
        letter = returned.letter("news@pinlabs.example", f"Letter {number}")
        (box / "new" / "1764000000.M1.host").write_bytes(bounce)
        (box / "new" / "1764000000.M2.host").write_bytes(letter)
        assert len(outcomes(sent, box)) == 2
    assert len(files(box, "cur")) == len(files(box / ".aside", "new")) == 3
    assert all(one.name.endswith(":2,S") for one in (box / "cur").iterdir())
    assert files(box, "new") == []


def test_a_move_that_ended_between_its_two_steps_is_gone_through_with(
    sent: Scene, tmp_path: Path
) -> None:
    box = tmp_path / "box"
    put(box, returned.letter("news@pinlabs.example"))
    [waiting] = (box / "new").iterdir()
    (box / ".aside" / "new").mkdir(parents=True)
    (box / ".aside" / "new" / waiting.name).hardlink_to(waiting)
    assert outcomes(sent, box) == ["unknown"]
    assert files(box, "new") == []
    assert len(files(box / ".aside", "new")) == 1


def test_where_there_are_no_hard_links_mails_are_renamed_and_replace_no_other(
    sent: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on some file systems, and with fs.protected_hardlinks for files of other users."""

    def link(source: Path, target: Path, **_: object) -> None:
        raise FileExistsError if target.exists() else PermissionError(errno.EPERM, "no links")

    monkeypatch.setattr(os, "link", link)
    box = tmp_path / "box"
    for number in (1, 2):
        (box / "new").mkdir(parents=True, exist_ok=True)
        bounce = returned.bounce(sent.mails[ADA]) + b"%d" % number
        (box / "new" / "1764000000.M1.host").write_bytes(bounce)
        if number == 2:
            (box / "cur" / "1764000000.M1.host:2,S").write_bytes(b"another")
        assert len(outcomes(sent, box)) == 1
    assert (files(box, "new"), len(files(box, "cur"))) == ([], 3)
    assert all(one.name.endswith(":2,S") for one in (box / "cur").iterdir())


def test_a_mail_that_cannot_be_moved_is_told(
    sent: Scene, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    box = tmp_path / "box"
    put(box, returned.letter("news@pinlabs.example"), returned.bounce(sent.mails[ADA]))
    (box / ".aside").write_text("in the way")
    assert outcomes(sent, box) == ["taken", "unknown"]
    assert f"could not be moved in {box}: 1 (" in caplog.text
    assert len(files(box, "new")) == 1


def test_links_and_folders_in_it_are_let_be(sent: Scene, tmp_path: Path) -> None:
    box = tmp_path / "box"
    put(box)
    maildir.put(box, [returned.bounce(sent.mails[ADA])])
    (box / "new" / "folder").mkdir()
    secret = tmp_path / "secret"
    secret.write_text("x")
    (box / "new" / "link").symlink_to(secret)
    assert outcomes(sent, box) == ["taken"]
    assert secret.exists()
