"""`subscriber edit`, `export` and `erase`, as operators run them."""

import json
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.support.program import Program

ADA = "ada@example.org"


@pytest.fixture
def ada(program: Program) -> None:
    program(
        "subscribe", ADA, "--confirmed", "--evidence", "signed <b>here</b>", "--name", "Ada"
    )  # fmt: skip


@pytest.mark.usefixtures("ada")
def test_c13_what_is_known_of_a_person_is_corrected(program: Program) -> None:
    edited = program(
        "subscriber", "edit", ADA, "--name", "Ada L.", "--locale", "de",
        "--timezone", "Europe/Berlin", "--frequency", "monthly", "--json",
    ).document  # fmt: skip
    assert (edited["name"], edited["locale"]) == ("Ada L.", "de")
    assert edited["timezone"] == "Europe/Berlin"
    assert edited["subscriptions"][0]["frequency"] == "monthly"
    assert (edited["events"][-1]["change"], edited["events"][-1]["actor"]) == (
        "changed",
        "operator",
    )
    assert program("subscriber", "edit", ADA, "--name", "", "--json").document["name"] == ""
    assert program("consent", "verify", "--json").document["faults"] == 0


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--name", "see www.example.org"),
        ("--timezone", "Nowhere"),
        ("--locale", "\x1b"),
        ("--frequency", "hourly"),
    ],
)
def test_what_cannot_be_is_exit_code_2(program: Program, words: tuple[str, ...]) -> None:
    program("subscriber", "edit", ADA, *words, code=2)


@pytest.mark.usefixtures("ada")
def test_c11_everything_held_is_handed_out_as_json_and_as_a_page(
    program: Program, tmp_path: Path
) -> None:
    held = program("subscriber", "export", ADA).document
    assert held["person"]["email"] == ADA
    assert held["consent_events"][0]["evidence"] == "signed <b>here</b>"
    out = tmp_path / "out"
    written = program("subscriber", "export", ADA, "--out", str(out), "--json").document["files"]
    assert [Path(one).name for one in written] == ["subscriber-data.html", "subscriber-data.json"]
    page = LexborHTMLParser((out / "subscriber-data.html").read_text())
    assert page.css("b") == []
    assert "signed <b>here</b>" in page.text()
    assert json.loads((out / "subscriber-data.json").read_text())["person"]["name"] == "Ada"
    program("subscriber", "export", "nobody@example.org", code=2)


@pytest.mark.usefixtures("ada")
def test_c12_a_person_is_erased_and_comes_back_by_their_own_act_only(program: Program) -> None:
    asked = program("subscriber", "erase", ADA, code=1)  # nobody answers
    assert "for good?" in asked.err
    assert program("subscriber", "show", ADA, "--json").document["email"] == ADA
    assert program("subscriber", "erase", ADA, "--yes", "--json").document == {"erased": True}
    program("subscriber", "show", ADA, code=2)
    program("subscriber", "erase", ADA, "--yes", code=2)
    assert program("subscriber", "list", "--json").items == []
    (mark,) = program("suppression", "list", "--json").items
    assert mark["reason"] == "erased"
    assert "ada" not in mark["email_key"]
    assert program("consent", "verify", "--json").document["faults"] == 0
    program("delivery", "check")
    refused = program("subscribe", ADA, "--confirmed", "--evidence", "a list", code=2)
    assert "was erased" in refused.err
    back = program("subscribe", ADA, "--no-wait", "--json").document
    assert back["suppressed"] == "erased"
    assert back["subscriptions"][0]["status"] == "pending"
