"""What an `.ods` says of its cells beside their values: merged, an error, hidden, shown as a percentage."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from povplan.excel import read_workbook
from povplan.excel.ods import MOST_ALIKE, scan
from povplan.grid import Grid, Merge

NAMES = "".join(
    f' xmlns:{name}="urn:{urn}"'
    for name, urn in {
        "office": "oasis:names:tc:opendocument:xmlns:office:1.0",
        "table": "oasis:names:tc:opendocument:xmlns:table:1.0",
        "text": "oasis:names:tc:opendocument:xmlns:text:1.0",
        "calcext": "org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
    }.items()
)
MIME = "application/vnd.oasis.opendocument.spreadsheet"


def cell(value: object, more: str = "") -> str:
    kind = f'office:value-type="float" office:value="{value}"'
    if isinstance(value, str):
        kind = 'office:value-type="string"'
    return f"<table:table-cell {kind} {more}><text:p>{value}</text:p></table:table-cell>"


def row(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def packed(*rows: str, name: str = "表") -> bytes:
    table = f'<table:table table:name="{name}">{"".join(rows)}</table:table>'
    body = f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>"
    content = f'<?xml version="1.0"?><office:document-content{NAMES}>{body}</office:document-content>'
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        package.writestr("mimetype", MIME)
        package.writestr("content.xml", content)
        package.writestr("META-INF/manifest.xml", "<manifest/>")
    return made.getvalue()


def grid(tmp_path: Path, *rows: str, name: str = "表") -> Grid:
    path = tmp_path / "a.ods"
    path.write_bytes(packed(*rows, name=name))
    (found,) = read_workbook(path).grids
    return found


COVERED, BLANK = "<table:covered-table-cell/>", '<table:table-cell table:number-columns-repeated="2"/>'
DOWN, ACROSS = (
    'table:number-rows-spanned="2"',
    'table:number-columns-spanned="2" table:number-rows-spanned="1"',
)


def test_merged_cells_are_where_they_are(tmp_path: Path) -> None:
    found = grid(
        tmp_path,
        row(cell("村名称", DOWN), cell("有劳动能力", ACROSS), COVERED),
        row(COVERED, cell("户"), cell("人")),
        row(cell("甲村"), cell(1), cell(2)),
        row(BLANK, cell("乙", ACROSS), COVERED),
    )

    assert found.merges == (Merge(1, 1, 2, 1), Merge(1, 2, 1, 3), Merge(4, 3, 4, 4))
    assert found.columns[0][:3] == ["村名称", None, "甲村"]


def test_errors_percentages_and_hidden_rows_are_where_they_are(tmp_path: Path) -> None:
    error = (
        '<table:table-cell office:value-type="string" office:string-value="" calcext:value-type="error">'
        "<text:p>#N/A</text:p></table:table-cell>"
    )
    percent = '<table:table-cell office:value-type="percentage" office:value="0.85"/>'
    found = grid(
        tmp_path,
        row(cell("村"), cell("进度")),
        row(cell("甲"), percent, more='table:number-rows-repeated="2"'),
        row(cell("乙"), error, more='table:visibility="filter"'),
        row(cell("丙"), cell(3)),
        name="进度&amp;支付",
    )

    assert found.sheet == "进度&支付"
    assert (found.errors, found.hidden_rows) == ({(4, 2): "#N/A"}, frozenset({4}))
    assert set(found.shown) == {(2, 2), (3, 2)}
    assert [column[1] for column in found.columns] == ["甲", 0.85]


def test_rows_written_once_for_a_million_cost_nothing() -> None:
    rows = [
        row(cell(1, 'table:number-columns-repeated="16384"'), more='table:number-rows-repeated="1048576"'),
        row(more='table:visibility="collapse" table:number-rows-repeated="1048576"'),
    ]

    (marks,) = scan(packed(*rows)).values()

    assert len(marks.hidden_rows) == MOST_ALIKE
    assert min(marks.hidden_rows) == 1_048_577


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK",
        packed(row(cell(1)))[:200],
        packed(),
        packed('<table:table table:name="in">', row(cell(1, DOWN)), "</table:table>"),
        packed(
            row('<table:table-cell table:number-rows-spanned="x" table:number-columns-repeated="99999999"/>')
        ),
        packed(row("<table:table-cell  ", "   " * 50_000, 'a="-spanned"')),
    ],
    ids=range(7),
)
def test_what_cannot_be_followed_says_nothing(data: bytes) -> None:
    assert not any(marks.merges for marks in scan(data).values())
