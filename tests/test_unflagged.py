"""Figures can be had without the rows that an error or doubt marks, beside those with them."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from povplan.workspace import Workspace
from tests.commands import Terminal, commit, part, workspace

A, B = "桥县/河镇/桥头村", "桥县/河镇/河口村"


def village(unit: str, population: int) -> dict[str, object]:
    return {"entity": unit, "unit": unit, "population": population}


@pytest.fixture
def at(tmp_path: Path) -> Workspace:
    """桥头村 is doubted in 2024, 河口村 in no year."""
    found = workspace(tmp_path)
    for year, more in ((2023, 0), (2024, 10)):
        rows = [village(A, 300 + more), village(B, 400 + more)]
        doubted = [("village", A, A, year)] if year == 2024 else []
        commit(found, part(found, "village", year, year, rows), unreadable=doubted)
    return found


def county(typed: Terminal, at: Workspace, *more: object) -> tuple[float, float, float]:
    answer = typed("change", "-w", at.root, "--year", 2024, "--by", "county", "-f", "json", *more)
    (one,) = answer.json["measures"]
    return one["value"], one["previous"], one["full_value"]


def test_a_doubted_row_counts_unless_it_is_asked_to_stay_out(typed: Terminal, at: Workspace) -> None:
    assert county(typed, at) == (720, 700, 720)
    assert county(typed, at, "--without-flagged") == (410, 400, 410)


def test_how_many_rows_are_left_out_is_said_and_no_figure_is_called_doubted(
    typed: Terminal, at: Workspace
) -> None:
    without = typed("change", "-w", at.root, "--year", 2024, "--without-flagged")

    assert "未计入：村表 1" in without.err
    assert "所用数据有未处理的错误或疑点" not in without.err


def test_nothing_is_left_out_of_a_state_in_which_nothing_was_doubted(typed: Terminal, at: Workspace) -> None:
    found = typed("change", "-w", at.root, "--as-of", 1, "--without-flagged", "-f", "json").json["measures"]

    assert [one["full_value"] for one in found if one["unit"] == "桥县"] == [700]


def test_the_workbook_without_them_lies_apart_and_its_cover_says_so(typed: Terminal, tmp_path: Path) -> None:
    at, sent = workspace(tmp_path / "县"), tmp_path / "村表.csv"
    sent.write_text("乡镇,行政村,总人口\n河镇,桥头村,若干\n河镇,河口村,400\n", encoding="utf-8")
    typed("update", "-w", at.root, "--year", 2024, "--no-returns", sent)

    both = [
        Path(typed("report", "-w", at.root, "--year", 2024, *more).out.strip())
        for more in ((), ("--without-flagged",))
    ]

    assert [path.parent.name for path in both] == ["2024", "unflagged"]
    covers = [
        " ".join(str(cell) for row in openpyxl.load_workbook(path).worksheets[0].values for cell in row)
        for path in both
    ]
    assert "不含有错误或疑点的行（全县略去 1 行）" in covers[1]
    assert "不含有错误或疑点的行" not in covers[0]
