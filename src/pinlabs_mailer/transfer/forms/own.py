"""Our own form: what `export` writes, and what people write by hand. Only `email` must be there."""

from collections.abc import Sequence
from operator import itemgetter

from pinlabs_mailer.transfer.columns import Columns
from pinlabs_mailer.transfer.formulas import undo
from pinlabs_mailer.transfer.stated import Reading, Stated

FIELDS = Stated._fields


def arrange(columns: Columns, _file: str) -> Reading:
    """Return what reads a record of our own form."""
    columns.need("email")
    places = [columns.find(field) for field in FIELDS]
    pick = itemgetter(*(len(columns) if place is None else place for place in places))

    def read(cells: Sequence[str]) -> Stated:
        stated = Stated._make(pick((*cells, "")))
        return Stated._make(map(undo, stated)) if "'" in "".join(stated) else stated

    return read
