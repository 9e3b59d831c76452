"""What each rule could say of the rows just checked, and what a rule lacks that could say nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from povplan.jobs.statistics import never_evaluated, statistics
from tests.commands import Terminal
from tests.counties import run, workspace
from tests.test_refusing import households

ROWS = "甲村 1 3\n甲村 2 0\n乙村 3 5"


def test_passed_and_failed_are_counted_and_the_share_is_of_the_evaluated(
    tmp_path: Path,
) -> None:
    place = workspace(tmp_path / "w", profile="default")

    outcome = run(place, households(tmp_path / "a.xlsx", ROWS), year=2024, dry_run=True)
    frame = statistics(outcome.findings, place.config, "zh").set_index("rule")

    line = frame.loc["range"].to_dict()
    assert [line[name] for name in ("ledger", "rule_label", "rows_failed")] == [
        "household",
        "超出允许范围",
        1,
    ]
    assert frame["evaluated"].tolist() == (frame["rows_passed"] + frame["rows_failed"]).tolist()
    assert line["failed_share"] == pytest.approx(1 / line["evaluated"], abs=1e-6)


def test_rules_that_could_never_be_evaluated_stand_apart_with_what_they_lack(tmp_path: Path) -> None:
    place = workspace(tmp_path / "w", profile="default")

    outcome = run(place, households(tmp_path / "a.xlsx", ROWS), year=2024, dry_run=True)
    assert outcome.standing is not None
    never = never_evaluated(outcome.findings, outcome.standing, [2024], "zh").set_index("rule")["reason_zh"]

    assert never["H13"] == "没有家庭成员台账"
    assert never["H117"] == "没有“联系电话”的数据"
    assert "没有上年数据" in never["H_last_year"]
    assert not set(never.index) & set(statistics(outcome.findings, place.config, "zh")["rule"])


def test_validate_prints_both_and_as_json_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place, typed = workspace(tmp_path / "w", profile="default"), Terminal(capsys)
    file = households(tmp_path / "a.xlsx", ROWS)

    words = typed("validate", "--statistics", "--year", "2024", "-w", place.root, file)
    machine = typed("validate", "--statistics", "--year", "2024", "-w", place.root, "-f", "json", file)

    assert (words.code, machine.code) == (1, 1)
    assert "无法判断" in words.out
    assert "没有家庭成员台账" in words.out
    answer = json.loads(machine.out)
    assert {"years", "rules", "never"} == set(answer)
    assert {"rule", "evaluated", "rows_passed", "rows_failed", "failed_share"} <= set(answer["rules"][0])
