"""Records of a CSV file: broken lines cost nobody but themselves."""

from hypothesis import given
from hypothesis import strategies as st

from pinlabs_mailer.transfer.table import LONGEST_LINE, Record, lines, records


def read(text: str, width: int = 2, delimiter: str = ",") -> list[Record]:
    return list(records(lines([text]), delimiter, width))


def faults(text: str) -> list[tuple[int, str]]:
    return [(one.line, one.fault) for one in read(text)]


def test_records_know_their_lines_and_empty_lines_are_none() -> None:
    assert read("a,b\n\n   \nc,d\n") == [Record(1, ["a", "b"]), Record(4, ["c", "d"])]


def test_a_quoted_cell_may_hold_the_delimiter_quotes_and_lines() -> None:
    text = 'a,"x, ""y"""\nb,"one\ntwo"\nc,d'
    assert read(text) == [
        Record(1, ["a", 'x, "y"']),
        Record(2, ["b", "one\ntwo"]),
        Record(4, ["c", "d"]),
    ]


def test_a_quote_that_is_not_closed_costs_one_line() -> None:
    rows = "".join(f"n{number},x\n" for number in range(300))
    found = read('a,"b\n' + rows)
    assert found[0] == Record(1, (), "a quote is not closed")
    assert [one.line for one in found[1:]] == list(range(2, 302))
    assert not any(one.fault for one in found[1:])


def test_quotes_that_are_not_closed_one_after_the_other_cost_a_line_each() -> None:
    assert faults('a,"b\nc,d\n"e,f\ng,h\n') == [
        (1, "a quote is not closed"),
        (2, ""),
        (3, "a quote is not closed"),
        (4, ""),
    ]


def test_a_misplaced_quote_costs_one_line() -> None:
    assert faults('"a"b,c\nd,e\n') == [(1, "a quote is misplaced"), (2, "")]


def test_a_quote_within_a_bare_cell_is_part_of_it() -> None:
    assert read('5" disk,b\nc,d\n') == [Record(1, ['5" disk', "b"]), Record(2, ["c", "d"])]


def test_a_wrong_number_of_cells_and_a_nul_are_told() -> None:
    assert faults("a\nb,c,d\ne,\0\nf,g\n") == [
        (1, "1 cells where the header has 2"),
        (2, "3 cells where the header has 2"),
        (3, "it has a NUL in it"),
        (4, ""),
    ]


def test_a_huge_cell_is_bounded_and_costs_one_line() -> None:
    huge = "x" * 3_000_000
    blocks = (f"a,{huge}\nb,c\n"[at : at + 4096] for at in range(0, 3_000_100, 4096))
    found = list(records(lines(blocks), ",", 2))
    assert [(one.line, bool(one.fault)) for one in found] == [(1, True), (2, False)]
    kept = max(len(one.text) for one in lines([f"{huge}\n", huge, huge]))
    assert kept <= LONGEST_LINE


def test_many_lines_within_one_quote_are_bounded() -> None:
    text = 'a,"' + "x\n" * 500 + '"\n'
    assert read(text)[0] == Record(1, (), "a quote is not closed")


@given(st.text(), st.integers(1, 9))
def test_lines_do_not_depend_on_where_the_blocks_are_cut(text: str, size: int) -> None:
    blocks = [text[at : at + size] for at in range(0, len(text), size)]
    *whole, rest = text.split("\n")
    assert [one.text for one in lines(blocks)] == [*whole, *filter(None, [rest])]


@given(st.text('ab",\n', max_size=60))
def test_every_line_is_part_of_one_record_or_fault(text: str) -> None:
    found = [one.line for one in read(text)]
    assert found == sorted(set(found))
    assert all(1 <= line <= text.count("\n") + 1 for line in found)
