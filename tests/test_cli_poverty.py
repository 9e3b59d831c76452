"""`poverty` says by which line, of whose income, and what was left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from povplan.workspace import Workspace
from tests.commands import Terminal, commit, part, workspace

A = "桥县/河镇/桥头村"


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POVPLAN_LANG", "zh")


@pytest.fixture
def at(tmp_path: Path) -> Workspace:
    found = workspace(tmp_path, "default")
    for year in (2019, 2020, 2024):
        homes = [(1, 1000_00), (3, 30000_00), (2, None), (1, 0)]
        rows = [
            {"entity": f"h{i}", "unit": A, "household_id": f"h{i}", "persons": persons, "net_income": income}
            for i, (persons, income) in enumerate(homes)
        ]
        commit(found, part(found, "household", year, year, rows))
    return found


def by_line(typed: Terminal, at: Workspace, year: int, *more: object) -> dict[str, float]:
    answer = typed("poverty", "-w", at.root, "--year", year, "--by", "county", "-f", "json", *more)
    return {one["scope"]: one["value"] for one in answer.json["measures"] if one["indicator"] == "headcount"}


def test_each_line_counts_in_the_years_in_which_it_is_in_force(typed: Terminal, at: Workspace) -> None:
    assert by_line(typed, at, 2019) == {"poverty_line": 0.4}
    assert by_line(typed, at, 2020) == {"poverty_line": 0.4, "monitoring_range": 0.4}
    assert by_line(typed, at, 2024) == {"monitoring_range": 0.4}


def test_a_line_that_is_typed_stands_alone(typed: Terminal, at: Workspace) -> None:
    assert by_line(typed, at, 2024, "--line", 900) == {"given": 0.2}


def test_what_is_left_out_or_has_no_logarithm_is_told(typed: Terminal, at: Workspace) -> None:
    answer = typed("poverty", "-w", at.root, "--year", 2024, "--by", "county")

    assert "不是官方认定的贫困发生率" in answer.err
    assert "1 户收入或人口不详，不在其内。" in answer.err
    assert "1 户收入为零或为负" in answer.err
    heads, county = (line.split() for line in answer.out.splitlines())
    assert heads[0:3] == ["单位", "收入线（元）", "户数"]
    assert county[:6] == ["桥县", "监测范围", "7,300", "3", "5", "2"]
    assert "40.00%" in county


@pytest.mark.parametrize("line", ["0", "-5", "nan", "inf"])
def test_a_line_that_is_none_is_told(typed: Terminal, at: Workspace, line: str) -> None:
    answer = typed("poverty", "-w", at.root, "--year", 2024, f"--line={line}")

    assert (answer.code, answer.out) == (2, "")
    assert "请给大于 0 的元数" in answer.err
