"""Workbooks with what offices put into them: lists, images, charts, boxes, macros, comments, protection."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable
from typing import Any

import xlsxwriter

FAKE_MACROS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"no program at all" * 40


def rich(*, rows: int = 12, columns: int = 6, macros: bool = False) -> bytes:
    """A village's ledger 户台账, with a second sheet that holds a chart, and a third that nobody touches."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "constant_memory": False})
    bold = book.add_format({"bold": True, "bg_color": "#FFFF00", "border": 1})
    money = book.add_format({"num_format": "#,##0.00", "font_color": "#1F4E79"})
    page = book.add_worksheet("户台账")
    page.merge_range(0, 0, 0, columns - 1, "桥头村2024年农户台账", bold)
    for column in range(columns):
        page.write_string(1, column, f"栏{column + 1}", bold)
    for row in range(2, rows):
        for column in range(columns):
            if (row, column) == (4, 3):
                continue
            if column % 2:
                page.write_number(row, column, row * 1000 + column / 4, money)
            else:
                page.write_string(row, column, f"第{row}户{column}")
    page.write_formula(2, columns, "=SUM(B3:D3)", money, 4.25)
    page.set_column(3, 3, 14, money)
    page.set_row(5, None, None, {"hidden": True})
    page.data_validation(2, 0, rows, 0, {"validate": "list", "source": ["是", "否"]})
    page.conditional_format(2, 1, rows, 1, {"type": "cell", "criteria": ">", "value": 5000, "format": bold})
    page.conditional_format(2, 3, rows, 3, {"type": "data_bar", "data_bar_2010": True})
    page.insert_textbox(1, columns + 2, "填表说明：不得漏填", {"width": 160, "height": 60})
    page.insert_image(6, columns + 2, "seal.png", {"image_data": io.BytesIO(png())})
    page.insert_checkbox(3, columns + 1, True)
    page.add_sparkline(3, columns + 3, {"range": "户台账!B3:F3"})
    page.write_comment("C4", "村里原来的批注", {"author": "村会计"})
    page.write_url("A5", "https://example.org/", string="链接")
    page.insert_button(8, columns + 2, {"caption": "计算"})
    page.protect("", {"select_locked_cells": True})
    page.set_landscape()
    page.repeat_rows(0, 1)
    page.print_area(0, 0, rows, columns)
    page.freeze_panes(2, 1)
    page.autofilter(1, 0, rows - 1, columns - 1)
    page.set_footer("&C第 &P 页")
    figures = book.add_worksheet("图表")
    figures.write_column("A1", [1, 2, 3])
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=图表!$A$1:$A$3"})
    figures.insert_chart("C2", chart)
    book.add_worksheet("说明").write("A1", "填表说明")
    book.define_name("家庭人口", "=户台账!$B$3:$B$9")
    if macros:
        book.add_vba_project(io.BytesIO(FAKE_MACROS), is_stream=True)
    book.close()
    return target.getvalue()


def png() -> bytes:
    """A red dot."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    lines = b"".join(b"\0" + b"\xff\0\0" * 8 for _ in range(8))
    ending = chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + ending


def parts(data: bytes) -> dict[str, bytes]:
    """Every part of a package by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def package(given: dict[str, bytes] | Iterable[tuple[str, bytes]]) -> bytes:
    """A package of these parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in dict(given).items():
            out.writestr(name, data)
    return target.getvalue()


def workbook(rows: list[list[Any]], sheet: str = "户台账") -> bytes:
    """A plain workbook of one sheet."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    page = book.add_worksheet(sheet)
    for at, row in enumerate(rows):
        page.write_row(at, 0, row)
    book.close()
    return target.getvalue()
