"""The formats of files: what is written is read again, and what is no order says why."""

import io
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.orders.create_order import NewOrder
from domain import rules
from entrypoints.cli.files.csv_file import CsvFile
from entrypoints.cli.files.formats import format_of
from entrypoints.cli.files.ndjson_file import NdjsonFile
from entrypoints.cli.files.order_file import PIECE_BYTES, Found, OrderFile, pieces_of
from entrypoints.wiring.settings import StartError
from tests.harness.builders import an_order

HEAD = "order_id,user_id,item_ids,total_amount\n"
ROW = 'A,1,"101,102",59.99\n'
LINE = '{"order_id": "A", "user_id": 1, "item_ids": [101, 102], "total_amount": 59.99}\n'
ASKED = NewOrder("A", 1, (101, 102), Decimal("59.99"))

formats = pytest.mark.parametrize("new_file", [CsvFile, NdjsonFile])


def read(file_format: OrderFile, text: str | bytes) -> list[Found]:
    data = text if isinstance(text, bytes) else text.encode()
    return list(file_format.read(pieces_of(io.BytesIO(data), lambda count: None)))


def orders(found: Iterable[Found]) -> list[NewOrder | None]:
    return [one.order for one in found]


def rejected(file_format: OrderFile, text: str | bytes) -> str:
    """The file of rejects after an import that takes none of these."""
    found = read(file_format, text)
    lines = [file_format.rejected(one, one.problem or "exists already") for one in found]
    return "".join([file_format.rejects_head(), *lines])


@formats
@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    user_id=st.integers(0, rules.MAX_NUMBER),
    item_ids=st.lists(st.integers(0, rules.MAX_NUMBER), min_size=1, max_size=9).map(tuple),
    cents=st.integers(0, 10**12 - 1),
    not_before=st.none() | st.datetimes(timezones=st.just(UTC)),
)
def test_what_is_written_is_read_as_it_was(
    new_file: type[OrderFile],
    user_id: int,
    item_ids: tuple[int, ...],
    cents: int,
    not_before: datetime | None,
) -> None:
    amount = Decimal(cents).scaleb(-2)
    order = an_order(
        "A", user_id=user_id, item_ids=item_ids, total_amount=amount, not_before=not_before
    )

    text = new_file().head() + new_file().written(order)

    assert orders(read(new_file(), text)) == [NewOrder("A", user_id, item_ids, amount, not_before)]


@pytest.mark.parametrize(
    "text",
    [
        HEAD + ROW,
        (HEAD + ROW).replace("\n", "\r\n"),
        "\ufeff" + HEAD + ROW,
        HEAD + "\n" + ROW + "\n",
        HEAD + ROW.rstrip(),
        'total_amount,item_ids,user_id,order_id\n59.99,"101,102",1,A\n',
        HEAD + ' A , 1 ," 101, 102 ", 59.990\n',
        'line,reason,order_id,user_id,item_ids,total_amount\n7,why,A,1,"101,102",59.99\n',
    ],
    ids=["plain", "CRLF", "BOM", "empty lines", "no last end", "order", "spaces", "rejects"],
)
def test_csv_as_programs_write_it_is_read(text: str) -> None:
    assert orders(read(CsvFile(), text)) == [ASKED]


@pytest.mark.parametrize(
    "text",
    [
        LINE,
        LINE.replace("\n", "\r\n"),
        "\ufeff" + LINE,
        "\n" + LINE + " \n",
        LINE.rstrip(),
        LINE.replace("{", '{"line": 7, "reason": "why", '),
    ],
    ids=["plain", "CRLF", "BOM", "empty lines", "no last end", "rejects"],
)
def test_ndjson_as_programs_write_it_is_read(text: str) -> None:
    assert orders(read(NdjsonFile(), text)) == [ASKED]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (ROW.replace(",1,", ",1.0,"), "user_id: Not a valid integer."),
        (ROW.replace(",1,", ",1_0,"), "user_id: Not a valid integer."),
        (ROW.replace(",1,", ",\u0663,"), "user_id: Not a valid integer."),
        (ROW.replace(",1,", ",,"), "user_id: Not a valid integer."),
        (ROW.replace("101,102", "101,"), "item_ids: Must be an integer from 0 to"),
        (ROW.replace("59.99", "NaN"), "total_amount: Not a valid number."),
        (ROW.replace("59.99", "1e3"), "total_amount: Not a valid number."),
        ("A,1\n", "the line has 2 cells of an order, not 4"),
        (ROW.rstrip() + ",5\n", "the line has 5 cells of an order, not 4"),
        ("x" * 200_000 + "\n", "not CSV (field larger than field limit (131072))"),
    ],
)
def test_a_row_that_is_no_order_says_why_and_harms_no_other(text: str, problem: str) -> None:
    found = read(CsvFile(), HEAD + text + ROW)

    assert (found[0].line, found[0].order, found[1].order) == (2, None, ASKED)
    assert found[0].problem.startswith(problem)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "the line is not valid JSON"),
        ("[]", "the line must be a JSON object"),
        (LINE.replace(" 1,", ' "1",').rstrip(), "user_id: Not a valid integer."),
        (LINE.replace("}", ', "colour": 1}').rstrip(), "colour: Unknown field."),
    ],
)
def test_a_line_that_is_no_order_says_why_and_harms_no_other(text: str, problem: str) -> None:
    found = read(NdjsonFile(), text + "\n" + LINE)

    assert (found[0].line, found[0].order, found[1].order) == (1, None, ASKED)
    assert found[0].problem.startswith(problem)


def test_a_row_is_named_by_the_line_where_it_begins() -> None:
    found = read(CsvFile(), HEAD + 'A,1,"101,\n102",59.99\n' + "\n" + ROW)

    assert [one.line for one in found] == [2, 5]


def test_a_line_that_is_longer_than_what_is_read_at_once_keeps_the_count_of_lines() -> None:
    found = read(NdjsonFile(), "x" * (PIECE_BYTES + 1) + "\n" + LINE)

    assert [(one.line, one.order) for one in found] == [(1, None), (1, None), (2, ASKED)]


@pytest.mark.parametrize("text", ["", "\n", ROW, "order_id,user_id\n", HEAD.replace("\n", ",x\n")])
def test_csv_with_other_columns_is_refused_as_a_whole(text: str) -> None:
    with pytest.raises(StartError, match="order_id,user_id,item_ids,total_amount"):
        read(CsvFile(), text)


@pytest.mark.parametrize(
    ("new_file", "text"),
    [
        (CsvFile, HEAD + ROW + ROW.replace("59.99", "59.999").replace("1,", "x,") + "A,1\n"),
        (CsvFile, HEAD.encode() + b'\xff,1,"101",5\n'),
        (NdjsonFile, LINE + LINE.replace("59.99", "1E+1000000") + '{"order_id": "\\ud800"}\n'),
    ],
    ids=["csv", "csv that is not UTF-8", "ndjson"],
)
def test_rejected_orders_are_read_again_as_they_were(
    new_file: type[OrderFile], text: str | bytes
) -> None:
    rejects = rejected(new_file(), text).encode("utf-8", "surrogateescape")

    again = read(new_file(), rejects)

    assert [one[1:] for one in again] == [one[1:] for one in read(new_file(), text)]
    assert rejected(new_file(), rejects).count("exists") == rejects.count(b"exists")


def test_a_rejected_row_begins_with_its_line_and_the_reason() -> None:
    assert rejected(CsvFile(), HEAD + "A,1\n").splitlines() == [
        "line,reason," + HEAD.rstrip(),
        '2,"the line has 2 cells of an order, not 4",A,1',
    ]


def test_a_rejected_line_begins_with_its_number_and_the_reason() -> None:
    (line,) = rejected(NdjsonFile(), LINE).splitlines()

    assert json.loads(line) == {"line": 1, "reason": "exists already"} | json.loads(LINE)
    assert line.startswith('{"line": 1, "reason": "exists already", ')


def test_a_rejected_line_that_is_not_json_is_kept_as_text() -> None:
    (line,) = rejected(NdjsonFile(), b'{"a": \xff\r\n').splitlines()

    assert json.loads(line)["text"] == '{"a": \\xff'


@pytest.mark.parametrize(
    ("path", "option", "expected"),
    [
        ("orders.csv", None, CsvFile),
        ("ORDERS.CSV", None, CsvFile),
        ("orders.ndjson", None, NdjsonFile),
        ("orders.csv.rejects", None, CsvFile),
        ("orders.csv.rejects.rejects", None, CsvFile),
        ("orders.txt", "ndjson", NdjsonFile),
        ("-", "csv", CsvFile),
    ],
)
def test_a_format_is_told_by_the_name_unless_an_option_says_it(
    path: str, option: str | None, expected: type[OrderFile]
) -> None:
    assert type(format_of(path, option)) is expected


@pytest.mark.parametrize("path", ["orders.txt", "orders", "-", "csv"])
def test_a_format_that_nobody_told_is_asked_for(path: str) -> None:
    with pytest.raises(StartError, match="--format csv or --format ndjson"):
        format_of(path, None)
