"""Reading of workbooks: true addresses, raw values, and what a value alone cannot tell."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from openpyxl import Workbook as NewWorkbook
from openpyxl.worksheet.worksheet import Worksheet

from povplan.errors import BadFile
from povplan.excel import is_lock_file, read_workbook
from povplan.grid import Grid, Merge

LEDGERS = Path(__file__).resolve().parents[2] / "shared" / "fixtures" / "village_ledgers"
SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"


def only(path: Path) -> Grid:
    (grid,) = read_workbook(path).grids
    return grid


def rewritten(path: Path, part: str, old: str, new: str) -> Path:
    """The package at `path` with `old` replaced by `new` in one of its parts."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    assert old.encode() in parts[part]
    parts[part] = parts[part].replace(old.encode(), new.encode())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path


def new_book() -> tuple[NewWorkbook, Worksheet]:
    book = NewWorkbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    return book, sheet


def small(path: Path) -> Path:
    book, sheet = new_book()
    sheet.append(["村名", "户数"])
    sheet.append(["桥头村", 31])
    book.save(path)
    return path


def test_a_table_that_starts_at_C4_keeps_its_addresses_and_merges(tmp_path: Path) -> None:
    book, sheet = new_book()
    sheet["C4"], sheet["C5"], sheet["D5"] = "收入", "工资", "经营"
    sheet.merge_cells("C4:D4")
    book.save(tmp_path / "a.xlsx")

    grid = only(tmp_path / "a.xlsx")

    assert (grid.height, grid.width) == (5, 4)
    assert grid.row(4) == [None, None, "收入", None]
    assert grid.row(5) == [None, None, "工资", "经营"]
    assert grid.merges == (Merge(4, 3, 4, 4),)


def test_values_come_as_stored(tmp_path: Path) -> None:
    book, sheet = new_book()
    sheet.append(["001", 1, 2.5, " 全 市 ", True, dt.datetime(2024, 5, 6), None, "NA", 5.22e17])
    book.save(tmp_path / "a.xlsx")

    row = only(tmp_path / "a.xlsx").row(1)

    assert row == ["001", 1, 2.5, " 全 市 ", True, dt.date(2024, 5, 6), None, "NA", 5.22e17]


@pytest.mark.parametrize(
    "number_format", [14, 27, 31, 36, 50, 57, 58, 'yyyy"年"m"月"', '[$-804]yyyy"年"m"月"d"日"']
)
def test_dates_in_chinese_formats_are_dates(tmp_path: Path, number_format: int | str) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        book.add_worksheet().write_number(0, 0, 43831, book.add_format({"num_format": number_format}))

    assert only(tmp_path / "a.xlsx").row(1) == [dt.date(2020, 1, 1)]


@pytest.mark.parametrize(
    "number_format", ['0.00"元/年"', "[Red]0.00", '0"人"', '#,##0\\ "d"', 'G/通用格式"年"']
)
def test_numbers_with_words_in_their_format_are_no_dates(tmp_path: Path, number_format: str) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        book.add_worksheet().write_number(0, 0, 43831, book.add_format({"num_format": number_format}))

    assert only(tmp_path / "a.xlsx").row(1) == [43831]


def test_error_cells_are_blank_and_named(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "人均")
        sheet.write_formula(1, 1, "=1/0", None, "#DIV/0!")
        sheet.write_formula(2, 0, "=NA()", None, "#N/A")

    grid = only(tmp_path / "a.xlsx")

    assert grid.errors == {(2, 2): "#DIV/0!", (3, 1): "#N/A"}
    assert grid.row(2) == [None, None]
    assert grid.row(3) == [None, None]


def test_a_formula_without_a_stored_result_is_named_and_a_stored_one_is_a_value(tmp_path: Path) -> None:
    book, sheet = new_book()
    sheet.append([1, 2, "=A1+B1", "=A1*2"])
    book.save(tmp_path / "a.xlsx")
    path = rewritten(tmp_path / "a.xlsx", SHEET, "<f>A1*2</f><v></v>", "<f>A1*2</f><v>2</v>")

    grid = only(path)

    assert grid.uncached == {(1, 3)}
    assert grid.row(1) == [1, 2, None, 2]


def test_a_stored_empty_text_is_a_result(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        book.add_worksheet().write_formula(0, 0, '=IF(1,"","x")', None, "")
    rewritten(tmp_path / "a.xlsx", SHEET, '<c r="A1"', '<c r="A1" t="str"')

    assert only(tmp_path / "a.xlsx").uncached == frozenset()


def test_addresses_are_counted_where_the_writer_left_them_out(tmp_path: Path) -> None:
    small(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as package:
        before = package.read(SHEET).decode()
    rows = before[before.index("<sheetData>") : before.index("</sheetData>")]
    bare = '<sheetData><row><c t="n"><v>7</v></c></row><row hidden="1"><c/><c t="e"><v>#REF!</v></c></row>'
    rewritten(tmp_path / "a.xlsx", SHEET, rows, bare)

    grid = only(tmp_path / "a.xlsx")

    assert grid.errors == {(2, 2): "#REF!"}
    assert grid.hidden_rows == {2}
    assert grid.row(1) == [7, None]


def test_a_namespace_prefix_hides_nothing(tmp_path: Path) -> None:
    small(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as package:
        before = package.read(SHEET).decode()
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    prefixed = (
        f'<x:worksheet xmlns:x="{main}"><x:sheetData><x:row r="3" hidden="true"><x:c r="B3" t="e">'
        '<x:f>1/0</x:f><x:v>#DIV/0!</x:v></x:c><x:c r="C3"><x:f>B3</x:f></x:c></x:row></x:sheetData>'
        "</x:worksheet>"
    )
    rewritten(tmp_path / "a.xlsx", SHEET, before, prefixed)

    grid = only(tmp_path / "a.xlsx")

    assert grid.errors == {(3, 2): "#DIV/0!"}
    assert grid.uncached == {(3, 3)}
    assert grid.hidden_rows == {3}


def test_hidden_rows_and_sheets_are_read_and_said(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        first, second = book.add_worksheet("台账"), book.add_worksheet("草稿")
        first.write_column(0, 0, ["a", "b", "c"])
        first.set_row(1, None, None, {"hidden": True})
        first.set_row(900, None, None, {"hidden": True})
        second.write(0, 0, "x")
        second.hide()

    shown, hidden = read_workbook(tmp_path / "a.xlsx").grids

    assert (shown.sheet, shown.hidden) == ("台账", False)
    assert shown.hidden_rows == {2}
    assert shown.columns == [["a", "b", "c"]]
    assert (hidden.sheet, hidden.hidden, hidden.columns) == ("草稿", True, [["x"]])


def test_formatted_blank_cells_do_not_make_a_sheet_large(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet, border = book.add_worksheet(), book.add_format({"border": 1})
        sheet.write(0, 0, "村名")
        sheet.write_blank(1_048_575, 30, None, border)

    assert only(tmp_path / "a.xlsx").columns == [["村名"]]


def test_a_stray_cell_in_the_last_corner_is_refused_before_it_takes_memory(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet("花名册")
        sheet.write(0, 0, "村名")
        sheet.write(1_048_575, 16_383, "x")

    with pytest.raises(BadFile) as refused:
        read_workbook(tmp_path / "a.xlsx")

    assert "花名册" in refused.value.said.zh
    assert "1048576" in refused.value.said.en


def test_a_package_with_an_external_entity_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        book.add_worksheet().write_row(0, 0, ["桥头村", 31])
    declared = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{(tmp_path / "secret.txt").as_uri()}">]>'
    rewritten(tmp_path / "a.xlsx", STRINGS, "<sst", declared + "<sst")
    rewritten(tmp_path / "a.xlsx", STRINGS, "桥头村", "&e;")

    with pytest.raises(BadFile, match="损坏"):
        read_workbook(tmp_path / "a.xlsx")


def test_a_zip_bomb_is_refused_from_its_directory(tmp_path: Path) -> None:
    small(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx", "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/media/image1.emf", bytes((200 << 20) + 1))

    with pytest.raises(BadFile) as refused:
        read_workbook(tmp_path / "a.xlsx")

    assert "MiB" in refused.value.said.zh


def test_the_built_in_password_opens_and_is_remarked(tmp_path: Path) -> None:
    msoffcrypto = pytest.importorskip("msoffcrypto")
    (tmp_path / "a.xlsx").write_bytes(_encrypted(msoffcrypto, small(tmp_path / "b.xlsx"), "VelvetSweatshop"))

    workbook = read_workbook(tmp_path / "a.xlsx")

    assert workbook.remarks == ("read_default_password",)
    assert workbook.grids[0].row(2) == ["桥头村", 31]


def test_a_real_password_is_refused_with_what_to_do(tmp_path: Path) -> None:
    msoffcrypto = pytest.importorskip("msoffcrypto")
    (tmp_path / "a.xlsx").write_bytes(_encrypted(msoffcrypto, small(tmp_path / "b.xlsx"), "fupin2024"))

    with pytest.raises(BadFile, match="去掉密码"):
        read_workbook(tmp_path / "a.xlsx")


def _encrypted(msoffcrypto: object, path: Path, password: str) -> bytes:
    from msoffcrypto.format.ooxml import OOXMLFile

    sealed = io.BytesIO()
    OOXMLFile(io.BytesIO(path.read_bytes())).encrypt(password, sealed)
    return sealed.getvalue()


def test_the_name_carries_no_meaning(tmp_path: Path) -> None:
    small(tmp_path / "a.xlsx").rename(tmp_path / "副本(1).xls")

    workbook = read_workbook(tmp_path / "副本(1).xls")

    assert workbook.kind == "xlsx"
    assert workbook.grids[0].columns == [["村名", "桥头村"], ["户数", 31]]


@pytest.mark.parametrize(
    "name",
    ["~$台账.xlsx", ".~lock.台账.xlsx#", "~WRL0003.tmp", ".~台账.xlsx"],
)
def test_lock_files_are_recognised_and_refused(tmp_path: Path, name: str) -> None:
    assert is_lock_file(tmp_path / name)
    with pytest.raises(BadFile, match="锁文件"):
        read_workbook(tmp_path / name)


@pytest.mark.parametrize("name", ["台账.xlsx", "~台账.xlsx", "$台账.xls", "lock.xlsx"])
def test_ordinary_names_are_no_lock_files(name: str) -> None:
    assert not is_lock_file(Path(name))


@pytest.mark.parametrize(
    ("content", "phrase"),
    [
        (b"", "空的"),
        (bytes(4096), "空的"),
        (b"Rar!\x1a\x07\x01\x00....", "RAR"),
        (b"7z\xbc\xaf\x27\x1c....", "7z"),
        (b"%PDF-1.7\n...", "PDF"),
        (b"\x89PNG\r\n\x1a\n....", "PNG"),
        (b"\xff\xd8\xff\xe0..JFIF", "JPEG"),
        (b"{\\rtf1\\ansi}", "RTF"),
        (b"\x09\x04\x06\x00\x00\x00\x10\x00", "Excel 4"),
        (b"PK\x03\x04 broken", "损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "WPS"),
        ("系统错误，请重新登录".encode(), "文字"),
        (b"<?xml version='1.0'?><data/>", "XML"),
        (b"<html><body>login</body></html>", "文字"),
        (bytes(range(256)) * 4, "认不出"),
        (b"MIME-Version: 1.0\n", "单个文件网页"),
        (b"II*\x00....", "TIFF"),
        (b"GIF89a....", "GIF"),
        (b"BM\x36\x00\x00\x00" + bytes(8), "BMP"),
        (b"\x00\x00\x00\x18ftypheic....", "HEIC"),
        (b"\x00\x00\x00\x18ftypmp42....", "视频"),
        (b"BZh91AY....", "bzip2"),
        (bytes(257) + b"ustar\x0000", "tar"),
        (b"CAJ\x00....", "CAJ"),
        (b"\x00\x01\x00\x00Standard Jet DB\x00", "Access"),
        (b"\x03\x7c\x05\x11\x02\x00\x00\x00\x41\x00\x10\x00" + bytes(60), "dBASE"),
    ],
)
def test_what_is_no_table_is_refused_by_name(tmp_path: Path, content: bytes, phrase: str) -> None:
    (tmp_path / "a.xls").write_bytes(content)

    with pytest.raises(BadFile) as refused:
        read_workbook(tmp_path / "a.xls")

    said = refused.value.said
    assert phrase in said.zh
    assert said.zh.endswith("。")
    assert said.en.endswith(".")


def compound(*streams: str) -> bytes:
    """An OLE container by its directory: what tells the office programs' own formats apart."""
    entries = []
    for name in ("Root Entry", *streams):
        text = name.encode("utf-16-le")
        entries.append(
            (text + bytes(64 - len(text)) + (len(text) + 2).to_bytes(2, "little")).ljust(128, b"\x00")
        )
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\x00") + b"".join(entries)


@pytest.mark.parametrize(
    ("streams", "phrase"),
    [
        (("WordDocument", "1Table"), "文字文档"),
        (("PowerPoint Document",), "演示文稿"),
        (("EncryptionInfo", "EncryptedPackage"), "去掉密码"),
        (("ETWorkbook",), "WPS"),
    ],
)
def test_ole_containers_are_told_apart_by_their_streams(
    tmp_path: Path, streams: tuple[str, ...], phrase: str
) -> None:
    (tmp_path / "台账.et").write_bytes(compound(*streams))

    with pytest.raises(BadFile) as refused:
        read_workbook(tmp_path / "台账.et")

    assert phrase in refused.value.said.zh


@pytest.mark.skipif(not LEDGERS.is_dir(), reason="the shared fixtures are not here")
def test_a_wps_table_that_is_an_excel_workbook_inside_is_read(tmp_path: Path) -> None:
    funds = LEDGERS / "gz2011_conghua-206_funds.xls"
    (tmp_path / "台账.et").write_bytes(funds.read_bytes())

    workbook = read_workbook(tmp_path / "台账.et")

    assert (workbook.kind, workbook.grids[0].height) == ("xls", 127)


@pytest.mark.parametrize(
    ("member", "phrase"),
    [
        ("word/document.xml", "文字文档"),
        ("ppt/presentation.xml", "演示文稿"),
        ("甲村/台账.xlsx", "ZIP 压缩包"),
        ("OFD.xml", "OFD"),
        ("Index/Document.iwa", "Numbers"),
    ],
)
def test_other_packages_are_told_apart_by_their_members(tmp_path: Path, member: str, phrase: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr(member, "x")

    with pytest.raises(BadFile, match=phrase):
        read_workbook(tmp_path / "a.xlsx")


def test_a_folder_and_a_missing_file_are_said(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="文件夹"):
        read_workbook(tmp_path)
    with pytest.raises(BadFile, match="没有这个文件"):
        read_workbook(tmp_path / "none.xlsx")
