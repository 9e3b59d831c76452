"""Years of which nothing but events and changes of units is known: followed through them, by hand."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from povplan.jobs import changing
from povplan.jobs.accounts import remarks
from povplan.jobs.dynamics import Span, view
from povplan.jobs.standing import Standing
from tests.commands import Terminal
from tests.counties import workspace
from tests.panels import county

BEFORE = """
    id  unit       persons  status
    A   东镇/甲村  2        贫困
    B   东镇/甲村  3        已脱贫
    C   东镇/甲村  4        贫困
    """
AFTER = """
    id  unit       persons  status
    A2  东镇/甲村  2        已脱贫
    B   东镇/甲村  3        已脱贫
    C   东镇/甲村  4        贫困
    """
SAME = {("贫困", "已脱贫"): 2, ("已脱贫", "已脱贫"): 3, ("贫困", "贫困"): 4}


def moved(ledger: Standing, first: int, last: int) -> dict[tuple[str, str], int]:
    """(Status then, status now) → persons, of the whole county."""
    found = view(Span(ledger, first, last), "matrix").query("unit == '示例县' and panel == 'all'")
    some = found[found["persons"] > 0]
    return {
        (str(begin), str(end)): int(persons)
        for begin, end, persons in zip(some["begin"], some["end"], some["persons"], strict=True)
    }


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ({2021: "A A1", 2022: "A1 A2"}, SAME),
        ({2021: "A A2, B C, C B", 2022: "B C, C B"}, SAME),
        ({2021: "A A1, B C, C B", 2022: "A1 A2"}, {("贫困", "已脱贫"): 2 + 4, ("已脱贫", "贫困"): 3}),
    ],
    ids=["twice", "exchanged and back", "exchanged"],
)
def test_numbers_given_in_years_without_households_are_followed_one_after_the_other(
    tmp_path: Path, events: dict[int, str], expected: dict[tuple[str, str], int]
) -> None:
    """B and C exchange their numbers in 2021, and back in 2022; A becomes A2 at once, or over A1."""
    drawn = {
        year: "kind from to\n" + "\n".join(f"renumbered {pair}" for pair in pairs.split(", "))
        for year, pairs in events.items()
    }
    ledger = county(tmp_path / "w", household={2020: BEFORE, 2022: AFTER}, event=drawn)

    assert moved(ledger, 2020, 2022) == expected


def test_a_household_that_was_given_a_number_before_others_joined_it_goes_on(tmp_path: Path) -> None:
    after = "id unit persons status\nA2 东镇/甲村 5 已脱贫\nC 东镇/甲村 4 贫困"
    one_year = {2021: "kind from to\nrenumbered A A2\nmerged B A2"}
    two_years = {2021: "kind from to\nrenumbered A A2", 2022: "kind from to\nmerged B A2"}
    for name, events, year in (("one", one_year, 2021), ("two", two_years, 2022)):
        ledger = county(tmp_path / name, household={2020: BEFORE, year: after}, event=events)

        assert moved(ledger, 2020, year) == {
            ("贫困", "已脱贫"): 2, ("已脱贫", "absent"): 3, ("贫困", "贫困"): 4
        }  # fmt: skip


def test_a_household_that_was_given_a_number_and_split_goes_on_under_it(tmp_path: Path) -> None:
    after = AFTER.replace("A2  东镇/甲村  2", "A2  东镇/甲村  1") + "    D   东镇/甲村  1        贫困\n"
    events = {2021: "kind from to\nrenumbered A A2\nsplit A D"}
    ledger = county(tmp_path / "w", household={2020: BEFORE, 2021: after}, event=events)

    assert moved(ledger, 2020, 2021) == SAME | {("absent", "贫困"): 1}


def test_a_village_renamed_twice_is_compared_over_the_year_without_its_row(tmp_path: Path) -> None:
    """乙村 is 丁村 in 2021, of which no row tells, and 戊村 in 2022; 东镇 is 南镇 in 2022."""
    ledger = county(
        tmp_path / "w",
        village={
            2020: "unit poor people\n东镇/甲村 9 300\n东镇/乙村 6 200",
            2022: "unit poor people\n南镇/甲村 5 300\n南镇/戊村 4 200",
        },
        unit_change={
            2021: "kind old new document\nrename 东镇/乙村 东镇/丁村 文1",
            2022: "kind old new document\nrename 东镇/丁村 南镇/戊村 文2\nrename 东镇 南镇 文3",
        },
    )

    found = changing.yearly(ledger, 2022, 2020).set_index("unit")

    places = ["示例县/南镇", "示例县/南镇/甲村", "示例县/南镇/戊村"]
    assert found.loc[places, ["previous", "value", "shared"]].astype(int).to_numpy().tolist() == [
        [15, 9, 2], [9, 5, 1], [6, 4, 1]
    ]  # fmt: skip
    assert not [remark for year in (2021, 2022) for remark in ledger.over_years.panel(year).remarks()]


def test_a_year_with_events_alone_is_no_year_to_compare_with(tmp_path: Path) -> None:
    ledger = county(
        tmp_path / "w", household={2020: BEFORE, 2022: AFTER}, event={2021: "kind from to\nrenumbered A A2"}
    )

    gap = changing.missing_base(ledger, 2022, None)

    assert gap and gap.zh.startswith("台账缺 2021 年，没有上年可比")
    assert "2021" in remarks(ledger, 2022)[0].zh
    assert ledger.figured == [2020, 2022]


def test_events_and_changes_of_units_of_a_year_may_come_before_any_row_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are stored without a complaint; nothing is reported of the year, which is not the last one."""
    monkeypatch.setenv("POVPLAN_LANG", "zh")
    place = workspace(tmp_path / "w", "default", "county: {name: 示例县}\n")
    typed, w = Terminal(capsys), ("-w", place.root)
    homes: list[list[object]] = [
        ["县", "乡镇", "行政村", "户编号", "户主姓名", "家庭人口数", "年纯收入", "年份"]
    ]
    homes.append(["示例县", "东镇", "乙村", "A", "样本甲", 2, 8000, 2020])
    events: list[list[object]] = [["变动类型", "原户编号", "现户编号", "年度"]]
    events.append(["户编号变更", "A", "A1", 2021])
    units: list[list[object]] = [["区划变更类型", "原单元", "现单元", "生效年度", "批复文件"]]
    units.append(["更名", "东镇/乙村", "东镇/丁村", 2021, "文1"])
    book(tmp_path / "2020.xlsx", 农户=homes)
    book(tmp_path / "2021.xlsx", 变动登记=events, 区划变更=units)

    first = typed("update", *w, "--year", 2021, tmp_path / "2021.xlsx")
    typed("update", *w, "--year", 2020, tmp_path / "2020.xlsx")
    again = typed("change", *w, "--indicator", "register_income", "--format", "json")
    refused = typed("change", *w, "--year", 2021)
    listed = typed("list", "event", "--year", 2021, *w, "--format", "json")

    assert first.code == 0, first.err
    assert "还没有台账数据" in first.err
    assert again.json["year"] == 2020
    assert refused.code == 3
    assert (
        refused.err.strip() == "2021 年只有变动登记、区划变更等登记，还没有台账数据。有台账数据的年份：2020。"
    )
    assert listed.json["matched"] == 1


def book(path: Path, **sheets: list[list[object]]) -> Path:
    """A workbook with these sheets."""
    written = openpyxl.Workbook()
    written.remove(written.active)  # type: ignore[arg-type]
    for name, rows in sheets.items():
        sheet = written.create_sheet(name)
        for row in rows:
            sheet.append(row)
    written.save(path)
    return path


def test_a_template_that_returns_after_a_value_printed_in_it_was_amended_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = workspace(tmp_path / "w", "default", "county: {name: 示例县}\n")
    typed, w = Terminal(capsys), ("-w", place.root)
    homes: list[list[object]] = [["县", "乡镇", "行政村", "户编号", "户主姓名", "脱贫状态", "年份"]]
    homes += [["示例县", "东镇", "乙村", name, "样本甲", "贫困", 2020] for name in ("A", "B")]
    typed("update", *w, "--year", 2020, book(tmp_path / "2020.xlsx", 农户=homes))
    typed("template", "household", *w, "--year", 2021, "-o", tmp_path / "t")
    (issued,) = (tmp_path / "t").glob("*.xlsx")
    filled = openpyxl.load_workbook(issued)
    sheet = filled["农户基础台账"]
    (persons,) = [at for at, cell in enumerate(sheet[3], 1) if str(cell.value).startswith("家庭人口数")]
    for row in range(5, sheet.max_row + 1):
        if sheet.cell(row, 2).value in ("A", "B"):
            sheet.cell(row, persons).value = 3
    filled.save(issued)
    told = ("--from", "贫困", "--to", "已脱贫", "--evidence", "来电", "--year", 2020)
    typed("fix", "household", "B", "poverty_status", *told, *w)

    found = typed("update", *w, "--year", 2021, issued, "--format", "json").json["findings"]

    (older,) = [one for one in found if one["rule"] == "older_base"]
    assert (older["entity"], older["cell"][-1]) == (place.pseudonym("B"), "6")
    assert "脱贫状态" in older["message"] and "批次 1" in older["message"] and "批次 2" in older["message"]
