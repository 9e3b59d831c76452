"""Corrections that correct nothing are findings at their cells: of no deviation, of no target, unreadable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd

from povplan.deviations import number_of
from povplan.jobs.deviating import Deviating
from povplan.jobs.planning import Planning
from povplan.jobs.restating import restated_by
from povplan.jobs.standing import Standing
from povplan.store import Part
from povplan.workspace import Workspace
from tests import counties
from tests.commands import commit, part, workspace

A, B = "桥县/河镇/甲村", "桥县/河镇/乙村"
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


def poor(folder: Path, target: str | None = "T1") -> Workspace:
    """桥县, 2021 to 2024: each village is to come from 20 poor persons to 4 in 2025; 甲村 hardly moves."""
    place = workspace(folder / "county", "default")
    persons = ((2021, 20, 20), (2022, 19, 16), (2023, 18, 12), (2024, 17, 8))
    for number, (year, first, second) in enumerate(persons, 1):
        rows = [
            {"entity": at, "unit": at, "rural_households": 100, "poor_persons": told}
            for at, told in ((A, first), (B, second))
        ]
        commit(place, part(place, "village", year, number, rows))
    goal: list[Any] = [target, "村", "贫困人口", 2021, None, 2025, 4, "县农业农村局"]
    heads = [*TARGETS[:1], "目标适用层级", *TARGETS[1:]]
    counties.run(place, book(folder / "t.xlsx", "桥县目标任务台账", heads, goal), year=2021)
    return place


def deviating(place: Workspace, year: int) -> Deviating:
    return Deviating.of_year(Planning(Standing(place, place.config, place.store), year))


SENT = [
    "偏差编号", "偏差对象编号", "乡镇", "行政村", "纠偏决定", "纠偏措施", "纠偏责任单位", "纠偏决定日期",
    "纠偏完成日期", "调整后目标值", "调整后目标年份",
]  # fmt: skip


def test_a_correction_in_another_years_ledger_finds_its_deviation(tmp_path: Path) -> None:
    """甲村 is behind in 2022, and out of reach in 2023: what was done in 2024 is judged by 2024."""
    place = poor(tmp_path)
    behind = number_of("execution", "target_behind", "T1", A, 2022)
    decided = [behind, "T1", "河镇", "甲村", "采取措施", "催办", "河镇", "2023-02-01", None, None, None]
    done = [behind, None, None, None, None, None, None, None, "2024-03-01", None, None]

    first = counties.run(place, book(tmp_path / "a.xlsx", "桥县纠偏整改台账", SENT, decided), year=2023)
    second = counties.run(place, book(tmp_path / "b.xlsx", "桥县纠偏整改台账", SENT, done), year=2024)

    assert [one for one in counties.told(first) if one[0].startswith("correction")] == []
    assert [one for one in counties.told(second) if one[0].startswith("correction")] == []
    (lived,) = deviating(place, 2022).lived.query("life != 'open'").to_dict("records")
    assert (lived["measure"], lived["next"], lived["proof"]) == ("催办", "again", 2024)
    assert lived["life"] == "not_confirmed"
    assert deviating(place, 2024).earlier["number"].tolist() == [behind]
    assert deviating(place, 2021).earlier["number"].tolist() == []


def test_a_year_with_corrections_and_no_data_proves_nothing(tmp_path: Path) -> None:
    """What was wrong in 2024 is put right in 2025; of 2025 nothing is known yet."""
    place = poor(tmp_path)
    reach = number_of("execution", "target_out_of_reach", "T1", A, 2024)
    row = [reach, "T1", "河镇", "甲村", "采取措施", "催办", "河镇", "2025-01-15", "2025-03-01", None, None]

    counties.run(place, book(tmp_path / "a.xlsx", "桥县纠偏整改台账", SENT, row), year=2025)

    (lived,) = deviating(place, 2024).lived.query("life != 'open'").to_dict("records")
    assert (lived["life"], pd.isna(lived["next"]), pd.isna(lived["proof"])) == ("corrected", True, True)


def test_a_second_file_of_corrections_leaves_the_first_as_it_is(tmp_path: Path) -> None:
    place = poor(tmp_path)
    numbers = [number_of("execution", "target_behind", "T1", A, 2022), "00000000aa"]
    rows = [
        [one, "T1", "河镇", "甲村", "采取措施", "催办", "河镇", "2023-02-01", *[None] * 3] for one in numbers
    ]

    outcomes = [
        counties.run(place, book(tmp_path / f"{n}.xlsx", "桥县纠偏整改台账", SENT, row), year=2022)
        for n, row in enumerate(rows)
    ]

    assert all(one[0] != "vanished" for outcome in outcomes for one in counties.told(outcome))
    (lived,) = deviating(place, 2022).lived.query("life != 'open'").to_dict("records")
    assert lived["number"] == numbers[0]


def test_a_levels_target_revised_for_one_unit_holds_there_from_its_decision_on(tmp_path: Path) -> None:
    """Of the deviation of 2022, filed in 2024 and decided in 2024: 8 persons in 2026 instead of 4 in 2025."""
    place = poor(tmp_path)
    behind = number_of("execution", "target_behind", "T1", A, 2022)
    row = [behind, "T1", "河镇", "甲村", "调整目标", "推迟", "河镇", "2024-01-15", None, "8", 2026]

    counties.run(place, book(tmp_path / "a.xlsx", "桥县纠偏整改台账", SENT, row), year=2024)

    def wanted(year: int) -> list[Any]:
        told = deviating(place, year).planning.evaluated
        return told.loc[told["unit"] == A, ["goal", "target_year", "due", "version"]].to_numpy().tolist()

    assert wanted(2023) == [[4, 2025, 12, 1]]
    assert wanted(2024) == [[8, 2026, 20 - 12 * 3 / 5, 2]]
    assert len(deviating(place, 2024).planning.evaluated) == 2
    shown = deviating(place, 2024).planning.revisions
    assert shown[["unit", "version", "value", "superseded"]].to_numpy().tolist() == [
        [A, 1, 4, True],
        [A, 2, 8, False],
    ]


def test_what_two_files_say_of_a_correction_revises_its_target_together(tmp_path: Path) -> None:
    """The first says whose it is and when it was decided, the second the value: 8 persons in 2026."""
    place = poor(tmp_path)
    behind = number_of("execution", "target_behind", "T1", A, 2022)
    decided = [behind, "T1", "河镇", "甲村", "调整目标", "推迟", "河镇", "2023-02-01", None, None, None]
    value = [behind, *[None] * 8, "8", 2026]

    counties.run(place, book(tmp_path / "a.xlsx", "桥县纠偏整改台账", SENT, decided), year=2023)
    outcome = counties.run(place, book(tmp_path / "b.xlsx", "桥县纠偏整改台账", SENT, value), year=2024)

    assert [one for one in counties.told(outcome) if one[0].startswith("correction")] == []
    told = deviating(place, 2023).planning.evaluated
    assert told.loc[told["unit"] == A, ["goal", "target_year"]].to_numpy().tolist() == [[8, 2026]]
    own = deviating(place, 2023).planning.targets.query("origin == 'correction'")
    assert own[["set_on", "reason"]].to_numpy().tolist() == [[pd.Timestamp("2023-02-01"), "推迟"]]


def test_a_unit_revised_twice_has_one_target_in_force(tmp_path: Path) -> None:
    """From 2023 on 8 persons, filed again with the next file; from 2024 on, when that was filed, 6."""
    place = poor(tmp_path)
    behind = number_of("execution", "target_behind", "T1", A, 2022)
    head = [behind, "T1", "河镇", "甲村", "调整目标", "推迟", "河镇"]
    files = [
        (2022, [*head, "2023-02-01", None, "8", None]),
        (2023, [*head, "2023-02-01", "2023-05-01", "8", None]),
        (2024, [*head, None, None, "6", None]),
    ]

    for year, row in files:
        counties.run(place, book(tmp_path / f"{year}.xlsx", "桥县纠偏整改台账", SENT, row), year=year)

    def wanted(year: int) -> list[Any]:
        told = deviating(place, year).planning.evaluated
        return told.loc[told["unit"] == A, ["goal", "version"]].to_numpy().tolist()

    assert (wanted(2022), wanted(2023), wanted(2024)) == ([[4, 1]], [[8, 2]], [[6, 3]])
    shown = deviating(place, 2024).planning.revisions
    assert shown[["version", "value", "superseded"]].to_numpy().tolist() == [
        [1, 4, True],
        [2, 8, True],
        [3, 6, False],
    ]


def test_what_is_not_to_be_corrected_after_all_has_its_old_target_again(tmp_path: Path) -> None:
    """8 persons from 2023 on; in 2024 that is taken back: 4 as before, and nothing to be confirmed."""
    place = poor(tmp_path)
    behind = number_of("execution", "target_behind", "T1", A, 2022)
    head = [behind, "T1", "河镇", "甲村"]
    files: list[tuple[int, list[Any]]] = [
        (2023, [*head, "调整目标", "推迟", "河镇", "2023-02-01", None, "8", 2026]),
        (2024, [*head, "不予纠偏", None, None, "2024-02-01", None, None, None]),
    ]

    for year, row in files:
        counties.run(place, book(tmp_path / f"{year}.xlsx", "桥县纠偏整改台账", SENT, row), year=year)

    def wanted(year: int) -> list[Any]:
        told = deviating(place, year).planning.evaluated
        return told.loc[told["unit"] == A, ["goal", "target_year", "version"]].to_numpy().tolist()

    assert (wanted(2023), wanted(2024)) == ([[8, 2026, 2]], [[4, 2025, 3]])
    assert deviating(place, 2024).planning.revisions["reason"].tolist()[1:] == ["推迟", "不予纠偏"]
    lived = deviating(place, 2022).lived
    assert lived.loc[lived["number"] == behind, "life"].tolist() == ["decided"]


def test_a_levels_target_without_a_number_revised_for_one_unit_is_listed(tmp_path: Path) -> None:
    place = poor(tmp_path, target=None)
    (behind,) = deviating(place, 2022).found.deviations.to_dict("records")
    row = [behind["number"], behind["subject"], "河镇", "甲村", "调整目标", "推迟", "河镇", "2023-01-15"]

    counties.run(
        place, book(tmp_path / "a.xlsx", "桥县纠偏整改台账", SENT, [*row, None, "8", 2026]), year=2022
    )

    of = deviating(place, 2023).planning
    assert of.evaluated[["unit", "goal", "target_year", "version"]].to_numpy().tolist() == [
        [A, 8, 2026, 2],
        [B, 4, 2025, 1],
    ]
    assert of.revisions[["unit", "version", "value", "superseded"]].to_numpy().tolist() == [
        [A, 1, 4, True],
        [A, 2, 8, False],
    ]
    later = deviating(place, 2023).found.deviations
    assert set(later.loc[later["unit"] == A, "subject"]) == {behind["subject"]}


def test_a_correction_is_kept_under_the_year_in_which_it_is_filed(tmp_path: Path) -> None:
    """The ledger of 2022, title and 偏差年度 as povplan writes them, lies in the folder of 2023."""
    place = poor(tmp_path)
    behind = number_of("execution", "target_behind", "T1", A, 2022)
    heads = [SENT[0], "偏差年度", *SENT[1:]]
    row = [
        behind,
        2022,
        "T1",
        "河镇",
        "甲村",
        "采取措施",
        "催办",
        "河镇",
        "2023-02-01",
        "2023-03-01",
        None,
        None,
    ]

    outcome = counties.run(place, book(tmp_path / "a.xlsx", "桥县2022年纠偏整改台账", heads, row), year=2023)

    assert [one for one in counties.told(outcome) if one[0] in ("year_differs", "correction_number")] == []
    of = deviating(place, 2022)
    assert of.planning.rows_of(2023, "correction")["number"].str.lower().tolist() == [behind]
    assert of.lived.query("life != 'open'")["life"].tolist() == ["not_confirmed"]


def test_a_closed_year_takes_what_is_decided_but_no_new_value_of_a_target() -> None:
    rows = pd.DataFrame({"number": ["1", "2"], "new_value": pd.array([None, None], dtype="string")})
    decided = Part("correction", 2022, "correction", "partial", (), rows)
    valued = Part("correction", 2022, "correction", "partial", (), rows.assign(new_value="92"))

    assert restated_by([decided], [2022]) == []
    assert restated_by([decided, valued], [2022]) == [2022]
