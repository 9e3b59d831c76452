"""No row of a sheet disappears without a word, whatever stands around it."""

from __future__ import annotations

from collections.abc import Sequence
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


def notes(found: SheetRead, rule: str) -> list[tuple[int, int, str]]:
    assert found.tables is not None
    return [(note.row, note.column, note.shown) for note in found.tables.notes if note.rule == rule]


def beside(folder: Path, *right: Sequence[Any]) -> SheetRead:
    """Three villages, and what stands to the right of them behind a blank column."""
    left: list[list[Any]] = [HEADER]
    left += [["东岭镇", f"{name}村", 30 + n, 90, 3, 9] for n, name in enumerate("甲乙丙")]
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for n, row in enumerate(right):
        known = left[n] if n < len(left) else [None] * 6
        sheet.append([*known, None, *row])
    path = folder / "并排.xlsx"
    book.save(path)
    (found,) = read_file(path, plan()).sheets
    return found


def test_a_table_to_the_right_lends_no_figures_and_is_said(tmp_path: Path) -> None:
    other = ["丁村", 77, 99]
    found = beside(tmp_path, ["行政村", "贫困户数", "贫困人口数"], other, other, other, other, other)

    assert villages(found) == ["甲村", "乙村", "丙村"]
    assert found.tables is not None
    assert found.tables.tables[0].frame["poor_households"].tolist() == [3, 3, 3]
    assert notes(found, "table_beside") == [(1, 8, "5")]


def test_new_columns_behind_a_gap_belong_to_the_table(tmp_path: Path) -> None:
    found = beside(tmp_path, ["低保户数"], [1], [2], [3])

    assert notes(found, "table_beside") == notes(found, "nameless_column") == []
    assert found.tables is not None
    assert found.tables.tables[0].frame["allowance_households"].tolist() == [1, 2, 3]


def test_a_column_whose_header_is_gone_is_said(tmp_path: Path) -> None:
    found = beside(tmp_path, [None, "低保户数"], [5, 1], [6, 2], [None, 3])

    assert notes(found, "nameless_column") == [(1, 8, "H")]


@pytest.mark.parametrize("first", [[None, 1, 2, 3], [None, None, None, None]])
def test_rows_numbered_without_a_header_need_none(first: list[Any], tmp_path: Path) -> None:
    found = beside(tmp_path, *([one] for one in first))

    assert notes(found, "nameless_column") == []


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
