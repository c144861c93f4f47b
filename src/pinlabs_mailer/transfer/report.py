"""The report of an import: a CSV with every row of which there is something to say."""

import csv
from collections.abc import Iterable
from typing import TextIO

from pinlabs_mailer.transfer.formulas import defuse
from pinlabs_mailer.transfer.outcome import Fate, Outcome

_ALWAYS = (Outcome.CHANGED, Outcome.LEFT_OUT, Outcome.REFUSED)


class Report:
    """Writes the fates of rows: whoever calls gives them window after window of the file."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._csv = csv.writer(file, lineterminator="\n")
        self._csv.writerow(Fate._fields)

    def add(self, fates: Iterable[Fate]) -> None:
        """Write those that were changed or not taken, or were not taken whole, in line order."""
        for one in sorted(one for one in fates if one.reason or one.outcome in _ALWAYS):
            cells = (str(one.line), one.email, one.outcome, one.reason)
            self._csv.writerow([defuse(cell) for cell in cells])
        self._file.flush()
