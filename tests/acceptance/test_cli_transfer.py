"""`import` and `export` as their users have them (items A14, C1)."""

import signal
import stat
import subprocess
import time
from pathlib import Path

import pytest

from pinlabs_mailer.app import App
from pinlabs_mailer.community.audit import Tally, audit
from pinlabs_mailer.db.engine import reading
from tests.support.program import COMMAND, Program

HEADER = "email,name,topics,consented_at,evidence\n"


def test_a14_import_reports_what_was_not_taken_and_ends_with_1(program: Program) -> None:
    Path("people.csv").write_text(
        HEADER + "ada@example.org,Ada,jobs,2024-05-03,a form\nbob,Bob,,,\n=cmd@x,,,,\n"
    )
    done = program("import", "people.csv", "--json", code=1)
    numbers = done.document
    assert (numbers["rows"], numbers["added"], numbers["refused"]) == (3, 1, 2)
    assert "Rows that were not taken in: 2 of 3." in done.err
    report = Path(numbers["report"])
    assert report.name == "people.csv.report.csv"
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    header, *lines = report.read_text().splitlines()
    assert header == "line,email,outcome,reason"
    assert [line.split(",")[:3] for line in lines] == [
        ["3", "bob", "refused"],
        ["4", "'=cmd@x", "refused"],
    ]


def test_all_in_ends_with_0_and_the_person_is_there(program: Program) -> None:
    Path("leute.csv").write_bytes(
        "E-Mail-Adresse;Datum;Quelle\r\nzoë@example.org;2024-05-03;Messe Köln\r\n".encode("cp1252")
    )
    program(
        "import",
        "leute.csv",
        *(
            "--map",
            "email=E-Mail-Adresse",
            "--map",
            "consented_at=Datum",
            "--map",
            "evidence=Quelle",
        ),
        *("--encoding", "windows-1252", "--topic", "events", "--report", "report.csv"),
    )
    shown = program.json("subscriber", "show", "zoë@example.org")
    assert shown["subscriptions"][0]["status"] == "confirmed"
    assert shown["events"][0]["evidence"] == "Messe Köln"
    assert Path("report.csv").read_text() == "line,email,outcome,reason\n"


@pytest.mark.parametrize(
    ("content", "words", "told"),
    [
        (b"name\nAda\n", (), "no column 'email'"),
        (b"email\nzo\xeb@example.org\n", (), "line 2 is not"),
        (b"email\n", ("--from", "pigeon"), "no form of file"),
        (b"email\n", ("--topic", "ponies"), "no topic"),
    ],
)
def test_a_file_that_cannot_be_used_ends_with_2_and_changes_nothing(
    program: Program, content: bytes, words: tuple[str, ...], told: str
) -> None:
    Path("people.csv").write_bytes(content)
    done = program("import", "people.csv", *words, code=2)
    assert told in done.err
    assert not Path("people.csv.report.csv").exists()


def test_a_missing_file_ends_with_2(program: Program) -> None:
    assert "cannot be read" in program("import", "nowhere.csv", code=2).err


def test_a_report_that_cannot_be_written_stops_before_anything_is_taken_in(
    program: Program,
) -> None:
    Path("people.csv").write_text("email\nada@example.org\n")
    done = program("import", "people.csv", "--report", "no/folder/report.csv", code=2)
    assert "cannot be written" in done.err
    assert program.json("subscriber", "list") == {"items": []}


def test_a_dry_run_changes_nothing(program: Program) -> None:
    Path("people.csv").write_text("email\nada@example.org\n")
    assert program.json("import", "people.csv", "--dry-run")["added"] == 1
    assert program.json("subscriber", "list") == {"items": []}


def test_send_confirmations_queues_a_mail_each(program: Program) -> None:
    Path("people.csv").write_text("email\nada@example.org\nbob@example.org\n")
    assert program.json("import", "people.csv")["confirmations"] == 0
    assert program.json("import", "people.csv", "--send-confirmations")["confirmations"] == 2


def test_export_writes_a_private_file_that_import_takes(program: Program) -> None:
    Path("people.csv").write_text(HEADER + "ada@example.org,=Ada,jobs,2024-05-03,a form\n")
    program("import", "people.csv")
    assert program.json("export", "out.csv") == {"rows": 1, "file": "out.csv"}
    out = Path("out.csv")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert "'=Ada" in out.read_text()
    assert out.read_text() == program("export", "-").out
    assert program.json("import", "out.csv")["unchanged"] == 1
    assert sorted(place.name for place in Path.cwd().glob(".*")) == []


def test_an_import_that_is_killed_can_be_run_again(program: Program, inside: App) -> None:
    many = 12_000
    rows = (f"p{number}@example.org,P,jobs,2024-05-03,a form\n" for number in range(many))
    Path("people.csv").write_text(HEADER + "".join(rows))
    with subprocess.Popen(
        [*COMMAND, "import", "people.csv"],
        env=program.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while not taken(inside) and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    before = taken(inside)
    assert before > 0
    numbers = program.json("import", "people.csv")
    assert (numbers["rows"], numbers["refused"], numbers["left_out"]) == (many, 0, 0)
    assert numbers["unchanged"] == before
    assert taken(inside) == many
    with reading(inside.engine) as connection:
        assert list(audit(connection, inside.notary, Tally())) == []


def taken(app: App) -> int:
    with reading(app.engine) as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM subscriber").scalar_one())


def test_an_import_that_is_asked_to_stop_ends_with_75(program: Program, inside: App) -> None:
    many = 20_000
    Path("people.csv").write_text(
        "email\n" + "".join(f"p{number}@example.org\n" for number in range(many))
    )
    with subprocess.Popen(
        [*COMMAND, "import", "people.csv"],
        env=program.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        while not taken(inside) and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate()
    assert process.returncode == 75
    assert b"Run the same command again" in told
    assert 0 < taken(inside) < many
