"""`refuse` of povplan.yaml: a village of which too many rows must wait, waits whole, and no other does."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from povplan.errors import ConfigError
from povplan.jobs.update import Outcome
from povplan.model import ENTITY
from povplan.workspace import Workspace
from tests.counties import run, standing, told, workspace

HEADS = ("户编号", "县", "乡镇", "行政村", "户主姓名", "家庭人口数", "联系电话", "住房面积")


def households(path: Path, drawing: str) -> Path:
    """A household ledger: village, number, persons; a number that stands twice contradicts itself."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADS)
    for line in drawing.strip().splitlines():
        village, number, persons = line.split()
        sheet.append([number, "示例县", "城关镇", village, f"户{number}", int(persons), None, 90])
    book.save(path)
    return path


MIXED = """
    甲村 1 3
    甲村 1 4
    甲村 2 2
    乙村 3 3
    乙村 3 4
    乙村 4 5
    乙村 5 5
    乙村 6 5
    丙村 7 1
"""


def county(root: Path, refuse: str = "refuse: {share: 0.3}\n") -> Workspace:
    return workspace(root, profile="default", more=f"county: {{name: 示例县}}\n{refuse}")


def accepted(place: Workspace, year: int = 2024) -> set[str]:
    return set(standing(place).folded("household", year).frame[ENTITY])


def waiting(outcome: Outcome) -> tuple[int, int, int]:
    [line] = outcome.coverage
    return line.read, line.accepted, line.waiting


def test_half_a_village_waiting_makes_it_wait_and_the_others_go_on(tmp_path: Path) -> None:
    place = county(tmp_path / "w")

    outcome = run(place, households(tmp_path / "a.xlsx", MIXED), year=2024)

    assert accepted(place) == {"4", "5", "6", "7"}
    assert waiting(outcome) == (9, 4, 5)
    refused = outcome.findings.frame.query("rule == 'village_refused'")
    assert refused["message_zh"].tolist() == [
        "示例县/城关镇/甲村本表 2 行中有 1 行待核（50%，超过 30%）："
        "该村本次报送的各行都暂不入库，其他村不受影响"
    ]
    assert refused[["severity", "effect", "unit"]].values.tolist() == [
        ["error", "hold", "示例县/城关镇/甲村"]
    ]


def test_without_refuse_only_the_rows_that_must_wait_do(tmp_path: Path) -> None:
    place = county(tmp_path / "w", refuse="")

    run(place, households(tmp_path / "a.xlsx", MIXED), year=2024)

    assert accepted(place) == {"2", "4", "5", "6", "7"}


def test_the_same_village_in_another_file_goes_on(tmp_path: Path) -> None:
    place = county(tmp_path / "w")
    bad = households(tmp_path / "a.xlsx", "甲村 1 3\n甲村 1 4\n甲村 2 2")
    good = households(tmp_path / "b.xlsx", "甲村 8 3\n甲村 9 3")

    run(place, bad, good, year=2024)

    assert accepted(place) == {"8", "9"}


def test_the_same_files_again_change_nothing_and_a_mended_village_is_taken(tmp_path: Path) -> None:
    place = county(tmp_path / "w")
    file = households(tmp_path / "a.xlsx", MIXED)
    run(place, file, year=2024)

    again = run(place, file, year=2024)
    mended = run(place, households(tmp_path / "b.xlsx", "甲村 1 3\n甲村 2 2"), year=2024)

    assert (again.unchanged, told(again, "village_refused")[0][3]) == (True, "persisting")
    assert accepted(place) == {"1", "2", "4", "5", "6", "7"}
    assert told(mended, "village_refused") == []
    assert "village_refused" in set(mended.findings.fixed["rule"])


def test_a_share_that_is_no_fraction_is_refused_at_its_place(tmp_path: Path) -> None:
    place = county(tmp_path / "w", refuse="refuse: {share: 30}\n")

    with pytest.raises(ConfigError) as refused:
        assert place.settings.refuse

    [fault] = refused.value.faults
    assert (fault.line, "must be ≤ 1" in fault.said.en) == (4, True)
