"""The checklist for a message's bytes: items M1-M15, M17-M19, M26-M30 of the deliverability page.

Each item is a function over the raw message that asserts. `CHECKS` has them all by name, `check`
runs those that apply; `as_sent` undoes what a relay and a Maildir do to a message on its way.
A message that people subscribed to is held to more than one of the system's own.
"""

from tests.support.checklist.body import m26, m27, m28, m29, m30
from tests.support.checklist.items import CHECKS, Expected, check
from tests.support.checklist.list_headers import m13, m14, m15, m17, m18, m19
from tests.support.checklist.reading import (
    as_sent,
    decoded,
    display_name,
    encoded_parts,
    fields,
    head,
    parse,
    subject,
    unsubscribe_uris,
    value,
    values,
)
from tests.support.checklist.structure import (
    m01,
    m02,
    m03,
    m04,
    m05,
    m06,
    m07,
    m08,
    m09,
    m10,
    m11,
    m12,
)

__all__ = [
    "CHECKS",
    "Expected",
    "as_sent",
    "check",
    "decoded",
    "display_name",
    "encoded_parts",
    "fields",
    "head",
    "m01",
    "m02",
    "m03",
    "m04",
    "m05",
    "m06",
    "m07",
    "m08",
    "m09",
    "m10",
    "m11",
    "m12",
    "m13",
    "m14",
    "m15",
    "m17",
    "m18",
    "m19",
    "m26",
    "m27",
    "m28",
    "m29",
    "m30",
    "parse",
    "subject",
    "unsubscribe_uris",
    "value",
    "values",
]
