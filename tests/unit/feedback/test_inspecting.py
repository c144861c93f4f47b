"""Files of mails: one, a folder, a Maildir, an mbox; and what a matcher is asked."""

from pathlib import Path

import pytest
from tests.unit.feedback.test_samples import SAMPLES, sample

from pinlabs_mailer.errors import UsageError
from pinlabs_mailer.feedback.inspecting import inspect, mails
from pinlabs_mailer.feedback.report import Report

MBOX_LINE = b"From MAILER-DAEMON Tue Nov 24 09:00:05 2026\n"


def test_one_file_is_one_mail() -> None:
    (row,) = inspect(SAMPLES / "qmail.eml")
    assert row["file"] == str(SAMPLES / "qmail.eml")
    assert (row["kind"], row["recipient"], row["delivery"]) == ("hard", "ada@example.org", "")


def test_a_mail_about_two_recipients_is_two_rows() -> None:
    assert [row["kind"] for row in inspect(SAMPLES / "qmail-remote-full.eml")] == ["soft", "hard"]


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    for name in ("b.eml", "a.eml", ".hidden"):
        (tmp_path / name).write_bytes(sample("qmail"))
    (tmp_path / "deeper").mkdir()
    assert [row["file"] for row in inspect(tmp_path)] == [
        str(tmp_path / name) for name in ("a.eml", "b.eml")
    ]


def test_a_maildir_is_read_in_new_and_cur_and_not_in_tmp(tmp_path: Path) -> None:
    for folder in ("new", "cur", "tmp"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1764000000.M1P2.host:2,S").write_bytes(sample("exim"))
    assert {Path(row["file"]).parent.name for row in inspect(tmp_path)} == {"new", "cur"}


def test_an_mbox_is_cut_into_its_mails(tmp_path: Path) -> None:
    mbox = tmp_path / "returned"
    body = sample("qmail") + b"\nFrom here on it is still the same mail.\n\n"
    mbox.write_bytes(MBOX_LINE + body + MBOX_LINE + sample("arf-abuse"))
    assert [row["kind"] for row in inspect(mbox)] == ["hard", "complaint"]


def test_a_mail_with_an_mbox_line_before_it_is_one_mail(tmp_path: Path) -> None:
    mail = tmp_path / "mail"
    mail.write_bytes(MBOX_LINE + sample("exim"))
    assert [row["kind"] for row in inspect(mail)] == ["hard"]


def test_of_a_great_mail_only_the_beginning_is_held(tmp_path: Path) -> None:
    mail = tmp_path / "great.eml"
    mail.write_bytes(sample("exim") + b"x" * 5_000_000)
    ((_, raw),) = mails(mail)
    assert len(raw) < 1_500_000


def test_the_matcher_says_which_delivery_a_report_is_about() -> None:
    def match(report: Report) -> int | None:
        return 41 if report.message_ids[:1] == ("41.q7k2m9@example.com",) else None

    (row,) = inspect(SAMPLES / "qmail.eml", match)
    assert row["delivery"] == 41
    (row,) = inspect(SAMPLES / "list-post.eml", match)
    assert row["delivery"] == ""


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        list(inspect(tmp_path / "none"))
