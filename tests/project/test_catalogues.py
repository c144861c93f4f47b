"""Every message has its translation, and every translation its message."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from tests.project.checkout import read
from tests.support.catalogues import catalogues, said, written

CATALOGUES = list(catalogues())
NAMES = [path.parent.parent.name for path, _ in CATALOGUES]
EACH = pytest.mark.parametrize(("path", "catalogue"), CATALOGUES, ids=NAMES)


def forms(message: Message) -> list[str]:
    """Return a translation, in all its numbers."""
    string = message.string or ""
    return [string] if isinstance(string, str) else list(string)


def originals(message: Message) -> list[str]:
    return [message.id] if isinstance(message.id, str) else list(message.id)


def messages(catalogue: Catalog) -> list[Message]:
    """Return the messages without the header."""
    return [message for message in catalogue if message.id]


def test_there_is_a_german_catalogue() -> None:
    assert "de" in NAMES


@EACH
def test_templates_and_code_say_nothing_that_is_not_in_the_catalogue(
    path: Path, catalogue: Catalog
) -> None:
    ours = {message.id for message in messages(said())}
    theirs = {message.id for message in messages(catalogue)}
    assert theirs == ours, "run `make catalogues`, and translate what is new"


@EACH
def test_every_message_is_translated_for_good(path: Path, catalogue: Catalog) -> None:
    assert [message.id for message in messages(catalogue) if not all(forms(message))] == []
    assert [message.id for message in messages(catalogue) if message.fuzzy] == []
    assert not catalogue.obsolete


@EACH
def test_a_translation_has_the_values_and_the_markup_of_its_original(
    path: Path, catalogue: Catalog
) -> None:
    for message in messages(catalogue):
        wanted = {kind: _inside(kind, " ".join(originals(message))) for kind in KINDS}
        for form in forms(message):
            for kind in KINDS:
                found = _inside(kind, form)
                # "One new story" does without its number.
                assert wanted[kind] - {"%(num)d"} <= found <= wanted[kind], (kind, form)
            assert not re.search(r"%(?!\(\w+\)[sd]|%)", form), form


KINDS = (r"%\(\w+\)[sd]", r"</?\w+[^>]*>")


def _inside(kind: str, text: str) -> set[str]:
    return set(re.findall(kind, text))


@EACH
def test_a_catalogue_is_written_as_the_program_writes_it(path: Path, catalogue: Catalog) -> None:
    said_anew = said()
    catalogue.update(said_anew, no_fuzzy_matching=True, update_creation_date=False)
    assert read(path) == written(catalogue).decode(), "run `make catalogues`"
