"""Reading a form, whoever has written it."""

import re

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request

from pinlabs_mailer.errors import BadInput

_MOST_FIELDS = 50
_CHARSET = re.compile(r"charset\*?[0-9*]*\s*=\s*\"?([^;\"]*)")
_TEXT = frozenset({"utf-8", "utf8", "us-ascii", "iso-8859-1", "windows-1252"})


async def read_form(request: Request) -> FormData:
    """Return the fields of a form, or raise BadInput when the body is none.

    A browser names no charset. A client may name any codec that Python has, and some take long,
    cannot decode, warn or leave half of a surrogate pair behind: only ordinary ones are let in.
    What is decoded is text that can be written out again.
    """
    kind = request.headers.get("content-type", "").lower()
    named = _CHARSET.findall(kind) if kind.startswith("multipart/") else []
    if not _TEXT.issuperset(name.strip() for name in named):
        raise BadInput("The charset of the form is none that is read.", "Send it as UTF-8.")
    try:
        fields = await request.form(max_files=0, max_fields=_MOST_FIELDS)
    except (HTTPException, ValueError) as error:
        raise BadInput("The form cannot be read.", "Send it as a browser would.") from error
    return FormData([(_text(name), _text(str(value))) for name, value in fields.multi_items()])


def _text(raw: str) -> str:
    return raw.encode(errors="replace").decode()
