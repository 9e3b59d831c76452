"""No row of a sheet disappears without a word, whatever stands around it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from povplan.config import load_config
from povplan.errors import BadFile
from povplan.excel import read_workbook
from povplan.jobs.profiles import plan_of
from povplan.jobs.reading import Plan, SheetRead, read_file

HEADER = ["乡镇", "行政村", "总户数", "总人口数", "贫困户数", "贫困人口数"]


@cache
def plan() -> Plan:
    return plan_of(load_config("default"))


def read(folder: Path, *rows: list[Any], merges: tuple[str, ...] = ()) -> SheetRead:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (HEADER, *rows):
        sheet.append(row)
    for merge in merges:
        sheet.merge_cells(merge)
    path = folder / "村.xlsx"
    book.save(path)
    (found,) = read_file(path, plan()).sheets
    return found


def villages(found: SheetRead) -> list[str]:
    assert found.tables is not None
    return [str(name) for table in found.tables.tables for name in table.frame["village"]]


def test_a_village_that_did_not_report_is_a_row_though_its_figures_are_one_merged_cell(
    tmp_path: Path,
) -> None:
    found = read(
        tmp_path, ["东岭镇", "甲村", 100, 400, 10, 40], ["东岭镇", "丁村", "未报"], merges=("C3:F3",)
    )

    assert villages(found) == ["甲村", "丁村"]


def test_villages_without_figures_below_a_note_are_rows(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        ["东岭镇", "甲村", 100, 400, 10, 40],
        ["注：以下为补报"],
        ["东岭镇", "丁村"],
        ["东岭镇", "戊村"],
    )

    assert villages(found) == ["甲村", "丁村", "戊村"]


def test_a_heading_across_the_whole_table_is_no_row(tmp_path: Path) -> None:
    found = read(tmp_path, ["一、山区"], ["东岭镇", "甲村", 100, 400, 10, 40], merges=("A2:F2",))

    assert villages(found) == ["甲村"]


def test_a_second_table_below_is_not_read_into_the_first_and_is_said(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        ["东岭镇", "甲村", 100, 400, 10, 40],
        ["行政村", "乡镇", "贫困户数", "总户数", "总人口数", "贫困人口数"],
        ["己村", "西坪镇", 10, 100, 400, 40],
    )

    assert villages(found) == ["甲村"]
    assert found.tables is not None
    (note,) = [note for table in (found.tables,) for note in table.notes if note.rule == "other_table"]
    assert (note.row, note.shown) == (3, "1")


def test_a_quotation_mark_left_open_does_not_swallow_the_lines_after_it(tmp_path: Path) -> None:
    path = tmp_path / "村.csv"
    path.write_text('乡镇,行政村,总户数\n东岭镇,"甲村,1\n东岭镇,乙村,1\n东岭镇,丙村,1\n', encoding="utf-8")

    with pytest.raises(BadFile) as refused:
        read_workbook(path)

    assert "2" in refused.value.said.en
