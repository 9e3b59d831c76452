"""Marked copies of workbooks: what is marked, what leads where, and that nothing else changes."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from lxml import etree
from openpyxl.utils import column_index_from_string, get_column_letter

from povplan.excel import read_workbook
from povplan.excel.marking import Doubt, Listing, NotPatchable, Severity, marked_copy, patched
from povplan.excel.marking.sheet import ORDER
from povplan.excel.marking.values import FILLS, FLATTENED
from tests.counties import FIXTURES
from tests.rich import FAKE_MACROS, package, parts, rich, workbook

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
TOUCHED = {
    "[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml",
    "xl/worksheets/sheet1.xml", "xl/worksheets/_rels/sheet1.xml.rels", "xl/comments1.xml",
    "xl/drawings/vmlDrawing1.vml",
}  # fmt: skip
NEW_SHEET = "xl/worksheets/sheet4.xml"


def doubt(place: str, severity: Severity = "error", text: str = "人口为 0", **more: Any) -> Doubt:
    """A finding at `表!D5`; without a place if there is none."""
    sheet, _, cell = place.partition("!")
    column, row = re.fullmatch(r"([A-Z]*)(\d*)", cell).groups()  # type: ignore[union-attr]
    at = column_index_from_string(column) if column else None
    note = f"【{severity}】{text}（第 {{row}} 行）"
    return Doubt(severity, (severity, "0123456789", place, text), note, sheet or None,
                 int(row) if row else None, at, **more)  # fmt: skip


def listing(*doubts: Doubt) -> Listing:
    return Listing(
        "疑点清单", "户台账　疑点清单", ["共几处", "改好报回"],
        ["等级", "编号", "位置", "问题"], [8, 13, 16, 40], 2, doubts, "povplan 核查",
        more="另有 {count} 处", unlinked="{count} 个没有批注", footer="&L内部资料",
    )  # fmt: skip


def opened(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


def fill(cell: Any) -> tuple[str, str] | None:
    return (cell.fill.patternType, cell.fill.fgColor.rgb) if cell.fill.patternType else None


def mark_of(severity: Severity) -> tuple[str, str]:
    return FILLS[severity][:2]


# ---- what is marked -----------------------------------------------------------------------------------


def test_a_marked_cell_keeps_its_value_and_look_but_for_the_fill() -> None:
    given = rich()

    before, after = (
        opened(data)["户台账"]["D4"] for data in (given, patched(given, listing(doubt("户台账!D4"))))
    )

    assert (after.value, after.number_format, after.font.color.rgb) == (
        before.value, before.number_format, before.font.color.rgb,
    )  # fmt: skip
    assert fill(before) is None
    assert fill(after) == mark_of("error")


def test_the_comment_says_what_and_names_the_line_of_the_list() -> None:
    after = opened(patched(rich(), listing(doubt("户台账!B8", "notice"), doubt("户台账!D4", "doubt"))))

    assert after["户台账"]["D4"].comment.text == "【doubt】人口为 0（第 6 行）"
    assert [cell.value for cell in after["疑点清单"][6]] == ["doubt", "0123456789", "户台账!D4", "人口为 0"]


def test_links_lead_from_the_list_to_the_cell_and_back() -> None:
    after = opened(patched(rich(), listing(doubt("户台账!D4"))))

    assert after["疑点清单"]["C5"].hyperlink.location == "'户台账'!D4"
    assert after["户台账"]["D4"].hyperlink.location == "'疑点清单'!A5"


def test_a_blank_cell_is_marked_but_stays_blank_for_every_program() -> None:
    page = opened(patched(rich(), listing(doubt("户台账!D5"), doubt("户台账!Z40"))))["户台账"]

    assert [(page[at].value, fill(page[at])) for at in ("D5", "Z40")] == [(None, mark_of("error"))] * 2
    assert page["Z40"].comment.text.endswith("（第 6 行）")
    assert page["D5"].number_format == "#,##0.00", "the style of its column"


def test_a_cell_with_a_link_or_a_comment_of_its_own_keeps_it() -> None:
    page = opened(patched(rich(), listing(doubt("户台账!A5"), doubt("户台账!C4"))))["户台账"]

    assert page["A5"].hyperlink.target == "https://example.org/"
    assert page["C4"].comment.text.startswith("村里原来的批注\n")
    assert page["C4"].comment.text.endswith("【error】人口为 0（第 6 行）")
    assert page["C4"].comment.author == "村会计"


def test_a_merged_range_is_marked_at_its_first_cell() -> None:
    after = opened(patched(rich(), listing(doubt("户台账!C1", "doubt"))))

    assert fill(after["户台账"]["A1"]) == mark_of("doubt")
    assert after["疑点清单"]["C5"].hyperlink.location == "'户台账'!A1"


def test_several_findings_of_a_cell_share_its_comment_and_the_gravest_colours_it() -> None:
    many = [doubt("户台账!D4", "notice", "一"), doubt("户台账!D4", "error", "二")]
    many += [doubt("户台账!D4", "doubt", str(n)) for n in range(7)]

    cell = opened(patched(rich(), listing(*many)))["户台账"]["D4"]

    assert fill(cell) == mark_of("error")
    assert cell.comment.text.count("【") == 5
    assert cell.comment.text.endswith("另有 4 处")


def test_what_is_excused_or_has_no_cell_stands_in_the_list_only() -> None:
    given = [doubt("户台账!D4", open=False), doubt("", text="未报"), doubt("不在!A1")]

    after = opened(patched(rich(), listing(*given)))

    assert fill(after["户台账"]["D4"]) is None
    assert [row[3].value for row in after["疑点清单"].iter_rows(min_row=5)] == [
        "人口为 0",
        "未报",
        "人口为 0",
    ]


def test_tabs_of_sheets_with_findings_are_coloured_by_the_gravest() -> None:
    after = opened(patched(rich(), listing(doubt("户台账!D4", "doubt"), doubt("图表!A1", "notice"))))

    colours = {page.title: page.sheet_properties.tabColor for page in after}
    assert {title: colour and colour.rgb for title, colour in colours.items()} == {
        "户台账": "FFFFC000", "图表": "FF5B9BD5", "说明": None, "疑点清单": "FFFFC000",
    }  # fmt: skip


def test_text_that_looks_like_a_formula_stays_text() -> None:
    evil = doubt("户台账!D4", text='=HYPERLINK("http://x","y")\x07')

    after = opened(patched(rich(), listing(evil)))["疑点清单"]["D5"]

    assert (after.data_type, after.value) == ("s", '=HYPERLINK("http://x","y")')
    assert after.number_format == "@"


# ---- what does not change -----------------------------------------------------------------------------


@pytest.mark.parametrize("macros", [False, True])
def test_every_part_that_holds_no_mark_is_the_same_byte_for_byte(macros: bool) -> None:
    before = parts(given := rich(macros=macros))

    after = parts(patched(given, listing(doubt("户台账!D4"), doubt("户台账!C4"), doubt("户台账!D5"))))

    assert {name for name in before if before[name] != after[name]} == TOUCHED
    assert set(after) - set(before) == {NEW_SHEET}
    if macros:
        assert after["xl/vbaProject.bin"] == FAKE_MACROS
        assert b"macroEnabled" in after["[Content_Types].xml"]


def test_in_the_marked_sheet_only_the_marked_cells_change() -> None:
    given = rich()

    before, after = (parts(data)["xl/worksheets/sheet1.xml"] for data in
                     (given, patched(given, listing(doubt("户台账!D4"), doubt("户台账!D5")))))  # fmt: skip

    old, new = (re.search(rb"<sheetData>.*</sheetData>", text, re.DOTALL)[0] for text in (before, after))  # type: ignore[index]
    restored = re.sub(rb'<c r="D5" s="\d+"/>', b"", re.sub(rb'(<c r="D4") s="\d+"', rb'\1 s="1"', new))
    assert re.sub(rb' spans="[\d:]+"', b"", restored) == re.sub(rb' spans="[\d:]+"', b"", old)
    for name in ("dataValidations", "conditionalFormatting", "sheetProtection", "autoFilter", "pageSetup",
                 "headerFooter", "drawing", "legacyDrawing", "mergeCells", "cols", "sheetViews",
                 "extLst"):  # fmt: skip
        assert _elements(before, name) == _elements(after, name) != []


def _elements(sheet: bytes, name: str) -> list[bytes]:
    root = etree.fromstring(sheet)
    return [etree.tostring(one, method="c14n") for one in root.iterfind(f"{{*}}{name}")]


def test_the_elements_of_a_marked_sheet_stand_in_the_order_of_the_schema() -> None:
    plain = workbook([["村", "户"], ["桥头", 3]])

    for data in (patched(plain, listing(doubt("户台账!B2"))), patched(rich(), listing(doubt("图表!A1")))):
        for name, part in parts(data).items():
            if re.fullmatch(r"xl/worksheets/sheet\d\.xml", name):
                order = [ORDER.index(etree.QName(child).localname) for child in etree.fromstring(part)]
                assert order == sorted(order)


def test_shapes_of_check_boxes_and_buttons_stay_in_the_drawing_with_the_comments() -> None:
    given = rich()

    drawing = parts(patched(given, listing(doubt("户台账!D4"))))["xl/drawings/vmlDrawing1.vml"]

    old = parts(given)["xl/drawings/vmlDrawing1.vml"]
    assert drawing.count(b"<v:shape ") == old.count(b"<v:shape ") + 1
    assert b'ObjectType="Button"' in drawing
    ids = re.findall(rb'<v:shape id="(\w+)"', drawing)
    assert len(set(ids)) == len(ids)


def test_the_same_file_and_findings_make_the_same_bytes() -> None:
    given, wanted = rich(), listing(doubt("户台账!D4"), doubt("图表!A1"))

    assert patched(given, wanted) == patched(given, wanted)


def test_what_is_read_from_a_marked_copy_is_what_was_read_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "户台账.xlsx"
    path.write_bytes(rich())
    (tmp_path / "copy.xlsx").write_bytes(
        marked_copy(path, listing(doubt("户台账!D4"), doubt("户台账!D5"))).data
    )

    before, after = (read_workbook(tmp_path / name).grids for name in ("户台账.xlsx", "copy.xlsx"))

    assert [grid.sheet for grid in after] == [*(grid.sheet for grid in before), "疑点清单"]
    assert [[*map(list, grid.columns)] for grid in after[:3]] == [
        [*map(list, grid.columns)] for grid in before
    ]


# ---- a copy that comes back ---------------------------------------------------------------------------


def test_a_copy_that_comes_back_loses_the_old_marks_and_gets_the_new() -> None:
    first = patched(rich(), listing(doubt("户台账!D4"), doubt("户台账!C4", "doubt"), doubt("图表!A1")))

    again = patched(first, listing(doubt("户台账!B7")))

    page = (book := opened(again))["户台账"]
    assert book.sheetnames == ["户台账", "图表", "说明", "疑点清单"]
    assert [fill(page[at]) for at in ("D4", "C4", "B7")] == [None, None, mark_of("error")]
    assert [page["D4"].comment, page["D4"].hyperlink, page["C4"].comment.text] == [
        None,
        None,
        "村里原来的批注",
    ]
    assert (book["图表"]["A1"].comment, book["图表"].sheet_properties.tabColor) == (None, None)
    assert [row[2].value for row in book["疑点清单"].iter_rows(min_row=5)] == ["户台账!B7"]
    assert parts(again)["xl/drawings/vmlDrawing1.vml"].count(b'ObjectType="Note"') == 2


def test_a_copy_saved_by_another_program_in_between_is_known_again() -> None:
    target = io.BytesIO()
    opened(patched(workbook([["村", "户"], ["桥头", 3]]), listing(doubt("户台账!B2")))).save(target)

    again = opened(patched(target.getvalue(), listing(doubt("户台账!A2", "notice"))))

    assert again.sheetnames == ["户台账", "疑点清单"]
    assert [fill(again["户台账"][at]) for at in ("A2", "B2")] == [mark_of("notice"), None]
    assert again["户台账"]["A2"].comment.text == "【notice】人口为 0（第 5 行）"
    assert again["户台账"]["B2"].comment is None


def resaved(data: bytes, **changes: Callable[[bytes], bytes]) -> bytes:
    """The package as another program might save it: some of its parts changed."""
    given = parts(data)
    for name, change in changes.items():
        at = next(part for part in given if part.endswith(f"/{name}.xml"))
        given[at] = change(given[at])
    return package(given)


def nameless(comments: bytes) -> bytes:
    """Comments without authors, each in one piece."""
    root = etree.fromstring(comments)
    for author in root.iter("{*}author"):
        author.text = " "
    for text in root.iter("{*}text"):
        words = "".join(map(str, text.itertext()))
        for run in list(text)[1:]:
            text.remove(run)
        next(text.iter("{*}t")).text = words
    return etree.tostring(root)


def authorless(comments: bytes) -> bytes:
    """Comments whose authors are not even listed."""
    return re.sub(rb"<author>[^<]*</author>", b"", nameless(comments))


@pytest.mark.parametrize("saved", [nameless, authorless])
def test_a_copy_saved_without_names_is_known_by_how_its_comments_begin(
    saved: Callable[[bytes], bytes],
) -> None:
    given = listing(doubt("户台账!D4"), doubt("户台账!C4", "doubt"))
    known = replace(given, begins="【(error|doubt)】")
    first = resaved(patched(rich(), known), comments1=saved)

    page = opened(patched(first, replace(listing(doubt("户台账!B7")), begins=known.begins)))["户台账"]

    assert page["D4"].comment is None
    assert page["C4"].comment.text == "村里原来的批注"
    assert page["B7"].comment.text == "【error】人口为 0（第 5 行）"


def test_marks_that_a_program_without_patterns_has_flattened_are_taken_off() -> None:
    def flattened(styles: bytes) -> bytes:
        for mark, colour in zip((FILLS["doubt"], FILLS["notice"]), FLATTENED, strict=True):
            old = f'patternType="{mark[0]}"><fgColor rgb="{mark[1]}"'
            styles = styles.replace(old.encode(), f'patternType="solid"><fgColor rgb="{colour}"'.encode())
        return styles

    first = patched(rich(), listing(doubt("户台账!D4", "doubt"), doubt("户台账!B7", "notice")))
    flat = resaved(first, styles=flattened)
    assert [fill(opened(flat)["户台账"][at]) for at in ("D4", "B7")] == [("solid", one) for one in FLATTENED]

    page = opened(patched(flat, listing(doubt("户台账!D4", "doubt"))))["户台账"]

    assert [fill(page[at]) for at in ("D4", "B7")] == [mark_of("doubt"), None]


def test_a_sheet_of_the_senders_own_that_is_called_like_the_list_stays() -> None:
    after = opened(patched(workbook([["自己的"]], "疑点清单"), listing(doubt("疑点清单!A1"))))

    assert after.sheetnames == ["疑点清单", "疑点清单(2)"]
    assert after["疑点清单"]["A1"].value == "自己的"
    assert after["疑点清单"]["A1"].hyperlink.location == "'疑点清单(2)'!A5"


# ---- unusual packages ---------------------------------------------------------------------------------


def test_cells_and_rows_without_addresses_are_counted() -> None:
    sheet = "xl/worksheets/sheet1.xml"
    given = parts(workbook([["村", "户", "人"], ["桥头", 3, 9]]))
    given[sheet] = re.sub(rb'(<(?:c|row)) r="\w+"', rb"\1", given[sheet])

    page = opened(patched(package(given), listing(doubt("户台账!C2"))))["户台账"]

    assert [[fill(cell) for cell in row] for row in page.iter_rows()] == [
        [None] * 3,
        [None, None, mark_of("error")],
    ]


def test_a_prefix_on_every_name_is_kept() -> None:
    sheet = "xl/worksheets/sheet1.xml"
    given = parts(workbook([["村", "户"], ["桥头", 3]]))
    prefixed = re.sub(rb"<(/?)(\w)", rb"<\1x:\2", given[sheet].split(b"?>", 1)[1])
    given[sheet] = b'<?xml version="1.0" encoding="UTF-8"?>' + prefixed.replace(b"xmlns=", b"xmlns:x=", 1)

    data = patched(package(given), listing(doubt("户台账!B2"), doubt("户台账!B9")))

    assert b"<x:sheetData>" in parts(data)[sheet]
    assert [fill(opened(data)["户台账"][at]) for at in ("B2", "B9")] == [mark_of("error")] * 2


def conversation() -> bytes:
    """A workbook in which somebody has begun a conversation at B2."""
    given = parts(workbook([["村", "户"], ["桥头", 3]]))
    threads = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
    office = "http://schemas.microsoft.com/office/2017/10/relationships"
    rels = b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    relation = '<Relationship Id="rId1" Type="{}/threadedComment" Target="../threadedComments/t1.xml"/>'
    given["xl/worksheets/_rels/sheet1.xml.rels"] = (
        rels + relation.format(office).encode() + b"</Relationships>"
    )
    given["xl/threadedComments/t1.xml"] = (
        f'<ThreadedComments xmlns="{threads}"><threadedComment ref="B2" dT="2024-03-01T08:00:00.00" '
        'personId="{A}" id="{ROOT}"><text>对吗</text></threadedComment></ThreadedComments>'
    ).encode()
    given["xl/persons/person.xml"] = f'<personList xmlns="{threads}"/>'.encode()
    person = f'<Relationship Id="rId99" Type="{office}/person" Target="persons/person.xml"/></Relationships>'
    given["xl/_rels/workbook.xml.rels"] = given["xl/_rels/workbook.xml.rels"].replace(
        b"</Relationships>", person.encode()
    )

    return package(given)


def test_a_conversation_gets_a_reply() -> None:
    after = parts(patched(conversation(), listing(doubt("户台账!B2"))))

    began, reply = etree.fromstring(after["xl/threadedComments/t1.xml"])
    assert reply.get("parentId") == began.get("id") == "{ROOT}"
    assert reply[0].text == "【error】人口为 0（第 5 行）"
    assert etree.fromstring(after["xl/persons/person.xml"])[0].get("id") == reply.get("personId")


def test_a_reply_of_an_earlier_copy_gives_way_to_the_new_one() -> None:
    first = patched(conversation(), listing(doubt("户台账!B2")))

    again = etree.fromstring(parts(patched(first, listing(doubt("户台账!B2"))))["xl/threadedComments/t1.xml"])
    mended = etree.fromstring(
        parts(patched(first, listing(doubt("户台账!A2"))))["xl/threadedComments/t1.xml"]
    )

    assert [one[0].text for one in again] == ["对吗", "【error】人口为 0（第 5 行）"]
    assert [one[0].text for one in mended] == ["对吗"]


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("xl/worksheets/sheet1.xml", b"<sheetData>", b"<sheetData><!-- x -->"),
        (
            "xl/worksheets/sheet1.xml",
            b"schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"purl.oclc.org/x",
        ),
        ("xl/styles.xml", b"<styleSheet", b"<!DOCTYPE x [<!ENTITY e 'e'>]><styleSheet"),
    ],
)
def test_what_cannot_be_patched_safely_is_not(part: str, old: bytes, new: bytes) -> None:
    given = parts(workbook([["村", "户"], ["桥头", 3]]))
    given[part] = given[part].replace(old, new, 1)

    with pytest.raises(NotPatchable):
        patched(package(given), listing(doubt("户台账!B2")))


def test_it_is_saved_anew_then_and_that_is_said(tmp_path: Path) -> None:
    given = parts(workbook([["村", "户"], ["桥头", 3]]))
    sheet = "xl/worksheets/sheet1.xml"
    given[sheet] = given[sheet].replace(b"<sheetData>", b"<sheetData><!-- x -->")
    path = tmp_path / "户.xlsx"
    path.write_bytes(package(given))

    copy = marked_copy(path, listing(doubt("户台账!B2")))

    assert copy.said is not None and "文本框" in copy.said.zh
    assert fill(opened(copy.data)["户台账"]["B2"]) == mark_of("error")
    assert copy.data == marked_copy(path, listing(doubt("户台账!B2"))).data


# ---- other formats ------------------------------------------------------------------------------------


def test_a_text_file_becomes_a_workbook_with_every_cell_at_its_place(tmp_path: Path) -> None:
    path = tmp_path / "户.csv"
    path.write_text("村,户\n桥头,003\n=1+1,\n", encoding="gb18030")

    copy = marked_copy(path, listing(doubt("户!B2"), doubt("户!B3")))

    page = opened(copy.data)["户"]
    assert [[cell.value for cell in row] for row in page.iter_rows(max_col=2)] == [
        ["村", "户"], ["桥头", "003"], ["=1+1", None],
    ]  # fmt: skip
    assert page["A3"].data_type == "s"
    assert [fill(page[at]) for at in ("B2", "B3")] == [mark_of("error")] * 2
    assert copy.said is not None and copy.suffix == ".xlsx"


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="the real files are not here")
def test_an_old_workbook_becomes_a_new_one_with_its_merges_and_values() -> None:
    path = FIXTURES / "village_ledgers" / "gz2011_conghua-206_monthly.xls"
    (grid,) = (grid for grid in read_workbook(path).grids if grid.height > 100)

    copy = marked_copy(path, listing(doubt(f"{grid.sheet}!D5")))

    page = opened(copy.data)[grid.sheet]
    assert fill(page["D5"]) == mark_of("error")
    assert len(page.merged_cells.ranges) == len(grid.merges)
    assert [page.cell(row, 4).value for row in range(3, 100)] == list(grid.columns[3][2:99])
    assert copy.said is not None and "公式" in copy.said.zh


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="the real files are not here")
def test_a_file_under_excels_own_password_comes_back_without_it() -> None:
    path = next((FIXTURES / "yearbooks" / "encrypted").rglob("*.xls*"))
    sheet = read_workbook(path).grids[0].sheet

    copy = marked_copy(path, listing(doubt(f"{sheet}!A2")))

    assert fill(opened(copy.data)[sheet]["A2"]) == mark_of("error")
    assert copy.said is not None


# ---- much ---------------------------------------------------------------------------------------------


def test_more_cells_than_excel_can_comment_are_coloured_listed_and_counted() -> None:
    data = workbook([[1.0] * 10 for _ in range(320)])
    many = [doubt(f"户台账!{column}{row}", "notice") for row in range(1, 321) for column in "ABCDEFGHIJ"]

    after = parts(patched(data, listing(*many)))

    assert after["xl/comments1.xml"].count(b"<comment ") == 3_000
    assert "改好报回200 个没有批注" in after["xl/worksheets/sheet2.xml"].decode()
    assert after["xl/worksheets/sheet2.xml"].count(b"<hyperlink ") == 3_200


def test_that_a_marked_sheet_is_protected_is_said_over_the_list() -> None:
    book = opened(workbook([["村", "户"], ["桥头", 3]]))
    book.create_sheet("另表")["A1"] = 1
    book["户台账"].protection.sheet = True
    book.save(given := io.BytesIO())

    lines = [
        opened(patched(given.getvalue(), replace(listing(doubt(at)), protected="。先撤销保护")))["疑点清单"][
            "A3"
        ].value
        for at in ("户台账!B2", "另表!A1")
    ]

    assert lines == ["改好报回。先撤销保护", "改好报回"]


def test_five_hundred_marks_in_eight_thousand_rows_of_sixty_columns_take_less_than_two_seconds() -> None:
    row = b"".join(b'<c r="%s@" s="1"><v>%d</v></c>' % (_letters(n), n * 1000) for n in range(1, 61))
    rows = b"".join(
        b'<row r="%d" spans="1:60">%s</row>' % (n, row.replace(b"@", b"%d" % n)) for n in range(1, 8001)
    )
    given = parts(rich())
    sheet = given["xl/worksheets/sheet3.xml"]
    start, end = sheet.index(b"<sheetData>"), sheet.index(b"</sheetData>")
    given["xl/worksheets/sheet3.xml"] = sheet[:start] + b"<sheetData>" + rows + sheet[end:]
    data = package(given)
    marks = [doubt(f"说明!{_letters(1 + n % 60).decode()}{1 + n * 15}") for n in range(500)]

    began = time.process_time()
    after = patched(data, listing(*marks))
    spent = time.process_time() - began

    assert parts(after)["xl/comments2.xml"].count(b"<comment ") == 500
    assert spent < 2


def _letters(column: int) -> bytes:
    return str(get_column_letter(column)).encode()
