"""The catalogues of translations: what is to be translated, and bringing a catalogue up to date.

    python -m tests.support.catalogues

collects the messages of the templates and the code and puts them into every catalogue; what is
new there waits for its translation, what is no longer said is taken out.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from tests.project.checkout import ROOT

FOLDER = ROOT / "templates" / "locale"
METHODS = [
    ("**.py", "python"),
    ("email/**.html", "jinja2"),
    ("**.html", "jinja2"),
    ("**.txt", "jinja2"),
]
OPTIONS = {
    "email/**.html": {
        "block_start_string": "<!--%",
        "block_end_string": "%-->",
        "comment_start_string": "<!--#",
        "comment_end_string": "#-->",
    }
}
STRICT = {"silent": "false", "trimmed": "true", "trim_blocks": "true", "lstrip_blocks": "true"}
_NOISE = tuple(
    f'"{name}:'.encode()
    for name in (
        "Report-Msgid-Bugs-To",
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Last-Translator",
        "Language-Team",
        "Generated-By",
    )
)
OUTSIDE = "web/inbox", "web/story"
"""Pages of the demo: they speak English."""


def said() -> Catalog:
    """Return what templates and code say, each message with where it stands."""
    found = Catalog(charset="utf-8", project="pinlabs-mailer", fuzzy=False)
    options = {pattern: {**STRICT, **OPTIONS.get(pattern, {})} for pattern, _ in METHODS}
    keywords = {**DEFAULT_KEYWORDS, "marked": None}
    for folder in (ROOT / "src" / "pinlabs_mailer", ROOT / "templates"):
        for name, line, message, _comments, _context in extract_from_dir(
            folder, METHODS, options, keywords, directory_filter=lambda _: True
        ):
            if not name.startswith(OUTSIDE):
                found.add(message, locations=[(str((folder / name).relative_to(ROOT)), line)])
    return found


def catalogues() -> Iterator[tuple[Path, Catalog]]:
    """Yield every catalogue there is."""
    for path in sorted(FOLDER.glob("*/LC_MESSAGES/messages.po")):
        with path.open("rb") as file:
            yield path, read_po(file, locale=path.parent.parent.name, abort_invalid=True)


def written(catalogue: Catalog) -> bytes:
    """Return a catalogue as it is kept: no dates, no line numbers, so that changes can be read."""
    out = BytesIO()
    write_po(
        out,
        catalogue,
        width=100,
        omit_header=False,
        include_lineno=False,
        ignore_obsolete=True,
        sort_by_file=True,
    )
    lines = out.getvalue().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(_NOISE))


def main() -> None:
    """Bring every catalogue up to date."""
    messages = said()
    for path, catalogue in catalogues():
        catalogue.update(messages, no_fuzzy_matching=True, update_creation_date=False)
        path.write_bytes(written(catalogue))


if __name__ == "__main__":
    main()
