"""Cells that a spreadsheet would run are text in an export, and the import undoes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlabs_mailer.transfer.formulas import defuse, undo


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_formula_becomes_text(sign: str) -> None:
    assert defuse(f"{sign}cmd|' /C calc'!A0") == f"'{sign}cmd|' /C calc'!A0"


@pytest.mark.parametrize("cell", ["", "Ada", "'Ada'", "a=b", "O'Hara", "'"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert defuse(cell) == undo(cell) == cell


@given(st.text("'=+-@\t\r\na", max_size=6) | st.text())
def test_undoing_gives_back_every_cell(cell: str) -> None:
    assert undo(defuse(cell)) == cell
    assert not defuse(cell).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
