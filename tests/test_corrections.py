"""Corrections that correct nothing are findings at their cells: of no deviation, of no target, unreadable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl

from povplan.deviations import number_of
from povplan.jobs.deviating import Deviating
from povplan.jobs.planning import Planning
from povplan.jobs.standing import Standing
from povplan.workspace import Workspace
from tests import counties
from tests.commands import commit, part, workspace

A = "桥县/河镇/甲村"
TARGETS = ["目标编号", "目标指标", "基期年份", "基期值", "目标年份", "目标值", "目标责任单位"]
CORRECTIONS = ["偏差编号", "偏差对象编号", "纠偏决定", "纠偏责任单位", "纠偏决定日期", "调整后目标值"]


def book(path: Path, title: str, *rows: list[Any]) -> Path:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    for row in ([title], *rows):
        sheet.append(row)
    made.save(path)
    return path


def county(folder: Path) -> Workspace:
    """桥县 with one target that its baseline has met: one deviation of 2024, known by its number."""
    place = workspace(folder / "county", "default")
    village = {"entity": A, "unit": A, "rural_households": 100, "unsafe_water_households": 10}
    commit(place, part(place, "village", 2024, 1, [village]))
    goal: list[Any] = ["T1", "饮水安全户比例", 2020, 80, 2025, 80, "县水利局"]
    counties.run(place, book(folder / "t.xlsx", "桥县目标任务台账", list(TARGETS), goal), year=2024)
    return place


def test_a_correction_of_nothing_is_a_finding_at_its_cell(tmp_path: Path) -> None:
    place = county(tmp_path)
    met = number_of("design", "target_met", "T1", "桥县", 2024)
    decided = ["调整目标", "县水利局", "2025-01-15"]
    rows: list[list[Any]] = [
        list(CORRECTIONS),
        [met, "T1", *decided, "九成"],
        ["00000000aa", "T1", *decided, "95%"],
        ["00000000ab", "T9", *decided, 95],
        ["00000000ac", "T1", *decided, "95户"],
    ]

    outcome = counties.run(place, book(tmp_path / "c.xlsx", "桥县纠偏整改台账", *rows), year=2024)

    assert [one for one in counties.told(outcome) if one[0].startswith("correction")] == [
        ("correction_number", "c.xlsx", "A4", "new"),
        ("correction_number", "c.xlsx", "A5", "new"),
        ("correction_number", "c.xlsx", "A6", "new"),
        ("correction_target", "c.xlsx", "F5", "new"),
        ("correction_value", "c.xlsx", "F3", "new"),
        ("correction_value", "c.xlsx", "F6", "new"),
    ]


def test_a_correction_that_revises_its_target_is_no_finding(tmp_path: Path) -> None:
    place = county(tmp_path)
    met = number_of("design", "target_met", "T1", "桥县", 2024)
    row: list[Any] = [met.upper(), "T1", "调整目标", "县水利局", "2025-01-15", "95%"]

    outcome = counties.run(
        place, book(tmp_path / "c.xlsx", "桥县纠偏整改台账", list(CORRECTIONS), row), year=2024
    )

    assert [one for one in counties.told(outcome) if one[0].startswith("correction")] == []
    of = Deviating.of_year(Planning(Standing(place, place.config, place.store), 2024))
    assert of.lived.set_index("detector").loc["target_met", "life"] == "corrected"
