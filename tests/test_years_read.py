"""What a command opens of a ledger of many years: of a year it does not need only the names of units."""

from __future__ import annotations

import importlib
from pathlib import Path

import openpyxl
import pytest

from povplan.store.values import Layer
from povplan.workspace import Workspace
from tests.commands import Terminal, commit
from tests.counties import workspace
from tests.panels import COUNTY, part

opened = importlib.import_module("opened")
YEARS = range(2018, 2025)


@pytest.fixture
def county(tmp_path: Path) -> Workspace:
    """Seven years of two villages; every year a household is renumbered and a village renamed."""
    place = workspace(tmp_path / "w", "default", f"county: {{name: {COUNTY}}}\n")
    number = 0
    for year in YEARS:
        drawn = {
            "village": f"unit poor people\n东镇/甲村 9 300\n东镇/乙{year} 6 200",
            "household": f"id unit persons income\nA 东镇/甲村 2 4000\nB{year} 东镇/乙{year} 3 9000",
            "member": f"id home unit name\nP1 A 东镇/甲村 样本甲\nP2 B{year} 东镇/乙{year} 样本乙",
        }
        if year > YEARS[0]:
            drawn["event"] = f"kind from to\nrenumbered B{year - 1} B{year}"
            drawn["unit_change"] = f"kind old new document\nrename 东镇/乙{year - 1} 东镇/乙{year} 文"
        parts = [part(name, year, text, number + at) for at, (name, text) in enumerate(drawn.items(), 1)]
        number += len(parts)
        commit(place, *parts)
    return place


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        (["change", "--year", 2022], {2021, 2022}),
        (["change", "--year", 2022, "--what", "decomposition"], {2021, 2022}),
        (["change", "--year", 2022, "--what", "contribution"], {2021, 2022}),
        (["change", "--year", 2022, "--what", "path", "--from", 2020], {2020, 2021, 2022}),
        (["accounts", "--year", 2022], {2021, 2022}),
        (["dynamics", "--to", 2022], {2021, 2022}),
        (["trace", "register_income", "--year", 2022, "--unit", "甲村"], {2022}),
    ],
    ids=lambda given: "-".join(map(str, given)) if isinstance(given, list) else "",
)
def test_no_year_is_read_that_the_answer_does_not_need(
    county: Workspace,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: list[object],
    needed: set[int],
) -> None:
    monkeypatch.setattr(Layer, "read", Layer.read)
    found = opened.noted()

    answer = Terminal(capsys)(*words, "-w", county.root)

    assert answer.code == 0, answer.err
    assert opened.whole(found) == needed


def test_one_more_year_reads_it_and_the_year_before(
    county: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "2025.xlsx"
    book = openpyxl.Workbook()
    for row in (
        ["县", "乡镇", "行政村", "户编号", "户主姓名", "家庭人口数", "脱贫状态", "年份"],
        [COUNTY, "东镇", "甲村", "A", "样本甲", 2, "贫困", 2025],
        [COUNTY, "东镇", "乙2024", "B2024", "样本乙", 3, "已脱贫", 2025],
    ):
        book.worksheets[0].append(row)
    book.save(file)
    monkeypatch.setattr(Layer, "read", Layer.read)
    found = opened.noted()

    answer = Terminal(capsys)("update", "-w", county.root, "--year", 2025, file, "--dry-run")

    assert answer.code == 0, answer.err
    assert opened.whole(found) == {2024}
