"""Whoever looks in the morning learns whether the night's update ran, even one that found nothing new."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from povplan.jobs import alive
from povplan.workspace import Workspace
from tests.commands import Terminal, commit, part, workspace

A = "桥县/河镇/桥头村"
SHEET = "乡镇,行政村,总人口\n河镇,桥头村,300\n河镇,河口村,400\n"


@pytest.fixture
def at(tmp_path: Path) -> Workspace:
    return workspace(tmp_path / "县")


def taken_in(at: Workspace) -> None:
    commit(
        at,
        part(at, "household", 2024, 1, [{"entity": "h1", "unit": A, "household_id": "h1", "persons": 3}]),
    )


def aged(at: Workspace, *, hours: int) -> None:
    """As if the last update had ended so long ago."""
    alive.ended(at, dt.datetime.now(dt.UTC) - dt.timedelta(hours=hours))


def test_a_workspace_in_which_nothing_was_taken_in_is_never_alive(at: Workspace, typed: Terminal) -> None:
    plain, asked = (typed("status", "-w", at.root, *more) for more in ((), ("--max-age", "36h")))

    assert (plain.code, asked.code) == (0, 1)
    assert plain.out.startswith("还没有入库过。\n")
    assert "没有一次 update 正常结束过" in asked.err


def test_an_update_longer_ago_than_allowed_ends_with_1_and_says_how_long(
    at: Workspace, typed: Terminal
) -> None:
    taken_in(at)  # its batch is years old
    aged(at, hours=40)

    late, early = (typed("status", "-w", at.root, "-q", "--max-age", age) for age in ("36h", "2d"))

    assert (late.code, early.code) == (1, 0)
    assert "40 小时以前，超过 36h" in late.err
    assert early.err == ""


def test_an_update_that_changes_nothing_still_counts_as_a_sign_of_life(
    at: Workspace, typed: Terminal, tmp_path: Path
) -> None:
    sent = tmp_path / "村表.csv"
    sent.write_text(SHEET, encoding="utf-8")
    assert typed("update", "-w", at.root, "--year", 2024, "--no-returns", sent).code in (0, 1)
    aged(at, hours=1000)
    batches = len(at.store.batches())

    typed("update", "-w", at.root, "--year", 2024, "--dry-run", sent)
    trial = typed("status", "-w", at.root, "-f", "json").json
    typed("update", "-w", at.root, "--year", 2024, "--no-returns", sent)
    again = typed("status", "-w", at.root, "--max-age", "1h", "-f", "json")

    assert len(at.store.batches()) == batches
    assert trial["updated"] == at.store.batches()[-1].time
    assert (again.code, again.json["ok"]) == (0, True)
    assert again.json["updated"] > trial["updated"]


def test_an_update_that_could_take_nothing_is_no_sign_of_life(
    at: Workspace, typed: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "说明.docx").write_text("无", encoding="utf-8")

    refused = typed("update", "-w", at.root, "--year", 2024, tmp_path / "说明.docx")

    assert refused.code == 3
    assert typed("status", "-w", at.root, "--max-age", "1h").code == 1


def test_status_tells_years_findings_and_files_that_wait(at: Workspace, typed: Terminal) -> None:
    taken_in(at)
    typed("close", 2024, "-w", at.root)
    (at.root / "submissions" / "2025").mkdir(parents=True)
    (at.root / "submissions" / "2025" / "村表.csv").write_text(SHEET, encoding="utf-8")

    found = typed("status", "-w", at.root, "-f", "json").json

    assert found["waiting"] == 1
    assert [(one["year"], one["year_state"], one["error"]) for one in found["years"]] == [(2024, "closed", 0)]
    assert found["batch"] == 2


@pytest.mark.parametrize("given", ["36", "h", "-1h", "1.5d", "", "３h"])
def test_an_age_without_unit_or_number_is_told(at: Workspace, typed: Terminal, given: str) -> None:
    answer = typed("status", "-w", at.root, f"--max-age={given}")

    assert answer.code == 2
    assert "36h" in answer.err


@pytest.mark.skipif(os.name == "nt", reason="rights are not told by numbers there")
def test_the_word_an_update_leaves_is_its_owners_only(at: Workspace) -> None:
    taken_in(at)
    alive.ended(at, dt.datetime.now(dt.UTC))

    assert (at.root / "ledger" / "last_update").stat().st_mode & 0o777 == 0o600


def test_a_time_to_come_does_not_keep_the_check_silent(at: Workspace, typed: Terminal) -> None:
    taken_in(at)
    aged(at, hours=-24 * 365)

    late = typed("status", "-w", at.root, "--max-age", "36h")

    assert late.code == 1, "the batch is years old, and the word was left by a clock that was ahead"


def test_a_time_to_come_that_is_all_there_is_tells_nothing(at: Workspace) -> None:
    taken_in(at)
    taken = dt.datetime.fromisoformat(at.store.batches()[-1].time)

    before, just_before = (alive.status(at, taken - dt.timedelta(minutes=one)) for one in (90, 5))

    assert before.is_ahead and not before.is_within(dt.timedelta(days=9999))
    assert not just_before.is_ahead and just_before.is_within(dt.timedelta(hours=1))


def test_a_clock_that_is_wrong_is_said(
    at: Workspace, typed: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken_in(at)
    monkeypatch.setattr(alive, "_last", lambda workspace, now: now + dt.timedelta(days=1))

    answer = typed("status", "-w", at.root, "--max-age", "36h")

    assert answer.code == 1
    assert "时间还没有到" in answer.out and "请校准时钟" in answer.err


def test_a_time_without_zone_or_with_a_line_end_is_read(at: Workspace, typed: Terminal) -> None:
    taken_in(at)
    written = dt.datetime.now().replace(microsecond=0).isoformat()
    (at.root / "ledger" / "last_update").write_text(f"{written}\n", "ascii")

    assert typed("status", "-w", at.root, "--max-age", "1h").code == 0
