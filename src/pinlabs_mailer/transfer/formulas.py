"""Cells that a spreadsheet would take for a formula, and how they are kept from it. Pure.

An apostrophe before them makes them text. Reading takes it off again, so what starts with an
apostrophe before such a sign gets one more.
"""

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")  # white space too: some cut it off and look behind it
_DEFUSED = re.compile(r"'+[=+\-@\t\r\n]")


def defuse(cell: str) -> str:
    """Return a cell that no spreadsheet runs."""
    return "'" + cell if _FORMULA.match(cell) else cell


def undo(cell: str) -> str:
    """Return what `defuse` was given."""
    return cell[1:] if _DEFUSED.match(cell) else cell
