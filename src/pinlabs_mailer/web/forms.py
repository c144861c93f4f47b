"""Reading a form, whoever has written it."""

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request

from pinlabs_mailer.errors import BadInput

_MOST_FIELDS = 50


async def read_form(request: Request) -> FormData:
    """Return the fields of a form, or raise BadInput when the body is none.

    A value is text that can be written out again: a client may name a charset that leaves half
    of a surrogate pair behind, or one that Python knows and that cannot decode (`undefined`).
    """
    try:
        fields = await request.form(max_files=0, max_fields=_MOST_FIELDS)
    except (HTTPException, ValueError) as error:
        raise BadInput("The form cannot be read.", "Send it as a browser would.") from error
    return FormData([(_text(name), _text(str(value))) for name, value in fields.multi_items()])


def _text(raw: str) -> str:
    return raw.encode(errors="replace").decode()
