"""`accounts` as somebody at a terminal meets it, and events read from a workbook like any submission."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from tests.commands import Terminal
from tests.counties import run, standing, workspace
from tests.panels import matched

HOMES = {
    2023: ["A 东镇 甲村 样本甲 贫困", "B 东镇 甲村 样本乙 贫困", "C 东镇 乙村 样本丙 贫困"],
    2024: ["A 东镇 甲村 样本甲 已脱贫", "B2 东镇 甲村 样本乙 贫困", "D 东镇 乙村 样本丁 贫困"],
}
HEADS = "户编号 乡镇 行政村 户主姓名 脱贫状态"
EVENTS = ["户编号变更 B B2", "新识别 - D"]


def book(path: Path, year: int) -> Path:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = "农户"
    for line in [HEADS, *HOMES[year]]:
        sheet.append(line.split())
    if year == 2024:
        sheet = made.create_sheet("变动")
        for line in ["变动类型 原户编号 现户编号", *EVENTS]:
            sheet.append([None if word == "-" else word for word in line.split()])
    made.save(path)
    return path


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("POVPLAN_LANG", "zh")
    return Terminal(capsys)


def test_events_of_a_workbook_are_in_the_account_and_the_rest_is_told(
    tmp_path: Path, typed: Terminal
) -> None:
    place = workspace(tmp_path / "w", "default", "county: {name: 示例县}\n")
    for year in HOMES:
        run(place, book(tmp_path / f"{year}.xlsx", year), year=year)

    answer = typed("accounts", "-w", place.root, "--by", "county", "--format", "json")
    table = typed("accounts", "-w", place.root, "--what", "status")
    first = typed("accounts", "-w", place.root, "--year", 2023, "-f", "csv")
    none = typed("accounts", "-w", place.root, "--of", "persons")

    assert matched(standing(place), 2024).goes_on == {"B": "B2"}
    (row,) = answer.json["rows"]
    assert {name: value for name, value in row.items() if value} == {
        "unit": "示例县", "level": "county", "year": 2024, "opening": 3, "registered": 1, "vanished": 1,
        "closing": 3, "unexplained": -1,
    }  # fmt: skip
    assert "有 1 处增减没有原因" in answer.err
    assert "脱贫" in table.out and "新致贫" in table.out and "死亡" not in table.out
    assert "base_missing" in first.out and "没有上年末的数" in first.err
    assert (none.code, none.out) == (3, "") and "家庭成员台账" in none.err
