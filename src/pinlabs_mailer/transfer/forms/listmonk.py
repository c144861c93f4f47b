"""listmonk's export of subscribers: uuid, email, name, attributes, status, created_at, updated_at.

The file names no list, and whoever has left a list is still `enabled` in it. So it proves no
consent: what is `enabled` is pending, unless the operator says by `--evidence` how it is known.
A `blocklisted` address must get nothing; `disabled` is an account that was switched off.
"""

import re
from collections.abc import Sequence

from pinlabs_mailer.transfer.columns import Columns
from pinlabs_mailer.transfer.stated import Reading, Stated

_STATUS = {"enabled": "", "disabled": "withdrawn", "blocklisted": "withdrawn"}


def arrange(columns: Columns, _file: str) -> Reading:
    """Return what reads a record of this export."""
    columns.need("uuid")
    email, name = columns.need("email"), columns.need("name")
    status, created = columns.need("status"), columns.need("created_at")
    updated = columns.need("updated_at")

    def read(cells: Sequence[str]) -> Stated:
        word = cells[status].strip().lower()
        changed = moment(cells[updated])
        gone = word in ("disabled", "blocklisted")
        return Stated(
            email=cells[email],
            name=cells[name],
            status=_STATUS.get(word, word or "missing"),
            consented_at="" if gone else moment(cells[created]),
            withdrawn_at=changed if gone else "",
            suppressed="manual" if word == "blocklisted" else "",
            note=f"listmonk: {word}, last changed {changed}" if gone else "",
        )

    return read


def moment(raw: str) -> str:
    """Return the moment that Go prints as `2026-03-01 09:30:00.123456 +0000 UTC`, in ISO 8601."""
    match = re.match(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d{1,9})? ?([+-]\d{4})?", raw.strip())
    if match is None:
        return raw
    return f"{match[1]}T{match[2]}{(match[3] or '')[:7]}{match[4] or 'Z'}"
