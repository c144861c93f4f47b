"""The header: delimiter, names in any case, and the operator's own names."""

import pytest

from pinlabs_mailer.errors import BadInput
from pinlabs_mailer.transfer.columns import Columns, parse_mapping, read_header
from pinlabs_mailer.transfer.forms import own
from pinlabs_mailer.transfer.stated import Stated


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    assert read_header(f"Email{delimiter}Name") == (delimiter, Columns(("Email", "Name")))


def test_a_delimiter_within_quotes_does_not_count() -> None:
    assert read_header('email;"Name, first, last"')[0] == ";"


def test_names_are_found_in_any_case_and_with_spaces_around() -> None:
    assert Columns(("x", " E-MAIL ")).find("e-mail") == 1


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(BadInput, match="Two columns"):
        Columns(("Email", "email")).find("email")


def test_a_missing_column_is_told_with_those_that_are_there() -> None:
    with pytest.raises(BadInput, match="'Adresse'") as caught:
        own.arrange(Columns(("Adresse", "Name")), "")
    assert "--map email=" in caught.value.next_step


def test_a_mapping_renames_columns_and_hides_those_it_replaces() -> None:
    names = parse_mapping(["email=E-Mail-Adresse", "Name = Voller Name"], Stated._fields)
    columns = Columns(("email", "E-Mail-Adresse", "voller name", "x")).renamed(names)
    assert columns.names == ("", "email", "name", "x")


@pytest.mark.parametrize("word", ["", "email", "mail=x", "email=", "=x"])
def test_a_mapping_that_names_no_field_is_refused(word: str) -> None:
    with pytest.raises(BadInput, match="--map"):
        parse_mapping([word], Stated._fields)


def test_a_header_with_nuls_asks_for_the_encoding() -> None:
    with pytest.raises(BadInput, match="NUL") as caught:
        read_header("e\0m\0a\0i\0l\0")
    assert "--encoding" in caught.value.next_step
