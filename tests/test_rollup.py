"""`rollup`: sum over sum over counties, and a reason where nothing can be added."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from povplan.rollup import COUNTY_COLUMNS, ROLLED_COLUMNS, rolled_up
from povplan.workspace import Workspace
from tests.commands import Terminal, commit, part, workspace

RATIO = {"indicator": "rate", "adds": "ratio"}


def line(county: str, province: str = "甲省", **given: Any) -> dict[str, Any]:
    known = {"n": 1, "left_out": 0, "year": 2024, "adds": "sum", "meaning": "m", "at_least": 1}
    return {"county": county, "province": province, "indicator": "total", **known, **given}


def rolled(*lines: dict[str, Any]) -> dict[tuple[Any, Any], dict[str, Any]]:
    """(indicator, place) → its figure, blanks as None."""
    frame = pd.DataFrame(list(lines), columns=list(COUNTY_COLUMNS))
    numbers = dict.fromkeys(("value", "numerator", "denominator"), "Float64")
    frame = frame.astype({**numbers, "note": "string", "scope": "string", "basis": "string"})
    found = rolled_up(frame, "合计")
    assert list(found.columns) == list(ROLLED_COLUMNS)
    plain = [{str(k): None if pd.isna(v) else v for k, v in one.items()} for one in found.to_dict("records")]
    return {(one["indicator"], one["unit"]): one for one in plain}


def test_a_ratio_is_sum_over_sum_never_a_mean_of_ratios() -> None:
    found = rolled(
        line("a", **RATIO, value=0.5, numerator=1, denominator=2, n=2, left_out=1),
        line("b", **RATIO, value=0.1, numerator=10, denominator=100, n=100, left_out=3),
        line("c", "乙省", **RATIO, value=0.2, numerator=2, denominator=10, n=10),
    )

    assert found["rate", "甲省"]["value"] == pytest.approx(11 / 102)
    whole = found["rate", "合计"]
    assert whole["value"] == pytest.approx(13 / 112)
    assert (whole["numerator"], whole["denominator"]) == (13, 112)
    assert (whole["n"], whole["left_out"], whole["counties"], whole["of"]) == (112, 4, 3, 3)
    assert [found["rate", one]["value"] for one in "abc"] == [0.5, 0.1, 0.2]


def test_what_a_county_does_not_know_is_no_zero_and_is_counted() -> None:
    found = rolled(
        line("a", value=5, n=3),
        line("b", value=None, note="no_rows", n=0, left_out=2),
        line("a", **RATIO, value=0.5, numerator=1, denominator=2),
        line("b", **RATIO, numerator=4, note="no_denominator"),
    )

    total, rate = found["total", "合计"], found["rate", "合计"]
    assert (total["value"], total["counties"], total["of"], total["left_out"]) == (5, 1, 2, 2)
    assert (rate["value"], rate["counties"]) == (0.5, 1), "a numerator without its denominator is in neither"


def test_without_any_county_there_is_the_reason() -> None:
    found = rolled(
        *(line(one, value=None, note="out_of_life") for one in "ab"),
        line("a", indicator="other", value=None, note="out_of_life"),
        line("b", indicator="other", value=None, note="no_rows"),
        *(line(one, **RATIO, numerator=3, denominator=0, note="no_denominator") for one in "ab"),
        *(
            line(one, indicator="leverage_others", adds="ratio", numerator=3, denominator=0, note="no_lever")
            for one in "ab"
        ),
    )

    notes = {name: found[name, "合计"]["note"] for name in ("total", "other", "rate", "leverage_others")}
    assert notes == {
        "total": "out_of_life",
        "other": "no_rows",
        "rate": "no_denominator",
        "leverage_others": "no_lever",
    }
    assert all(found[name, "合计"]["value"] is None for name in notes)


def test_money_beside_no_special_fund_counts_in_the_whole() -> None:
    of = {"indicator": "leverage_others", "adds": "ratio"}
    found = rolled(
        line("a", **of, value=2, numerator=200, denominator=100),
        line("b", **of, numerator=50, denominator=0, note="no_lever"),
    )

    assert found["leverage_others", "合计"]["value"] == 2.5


def test_what_only_rows_can_tell_is_not_added_but_stands_for_one_county() -> None:
    gini = {"indicator": "gini", "adds": "never"}
    found = rolled(
        line("a", **gini, value=0.3), line("b", **gini, value=0.4), line("c", "乙省", **gini, value=0.5)
    )

    assert [found["gini", one]["note"] for one in ("合计", "甲省", "乙省")] == [
        "not_added",
        "not_added",
        None,
    ]
    assert (found["gini", "合计"]["value"], found["gini", "乙省"]["value"]) == (None, 0.5)


def test_what_counties_define_differently_is_not_added_where_they_meet() -> None:
    found = rolled(
        line("a", value=1), line("b", value=2), line("c", "乙省", value=3, meaning="other", basis="paid")
    )

    assert (found["total", "甲省"]["value"], found["total", "乙省"]["value"]) == (3, 3)
    whole = found["total", "合计"]
    assert (whole["value"], whole["note"], whole["numerator"]) == (None, "not_alike", None)


def test_a_county_without_a_figure_of_that_name_is_counted_among_all() -> None:
    found = rolled(line("a", value=1), line("b", indicator="other", value=2))

    assert (found["total", "合计"]["counties"], found["total", "合计"]["of"]) == (1, 2)


def test_too_few_rows_over_all_counties_are_too_few() -> None:
    few, many = (
        rolled(*(line(one, **RATIO, numerator=1, denominator=2, n=n, at_least=10) for one in "ab"))
        for n in (4, 5)
    )

    assert (few["rate", "合计"]["note"], few["rate", "合计"]["value"]) == ("too_few", None)
    assert (many["rate", "合计"]["note"], many["rate", "合计"]["value"]) == (None, 0.5)


# ---- at the terminal -------------------------------------------------------------------------------


def county(root: Path, name: str, code: str, homes: list[tuple[int, int]], *years: int) -> Workspace:
    """A county with households (persons, net income in yuan), in each of the years."""
    at = workspace(root / name, "default")
    text = f"povplan: 1\nprofile: default\ncounty: {{name: {name}, code: '{code}'}}\n"
    (at.root / "povplan.yaml").write_text(text, encoding="utf-8")
    at = Workspace(at.root)
    for year in years or (2024,):
        rows = [
            {
                "entity": f"h{i}", "unit": f"{name}/河镇/村{i}", "household_id": f"h{i}",
                "persons": persons, "net_income": income * 100,
            }
            for i, (persons, income) in enumerate(homes)
        ]  # fmt: skip
        commit(at, part(at, "household", year, year, rows))
    return at


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POVPLAN_LANG", "zh")


@pytest.fixture
def three(tmp_path: Path) -> Path:
    county(tmp_path, "甲县", "130101", [(2, 10_000), (2, 30_000)], 2023, 2024)
    county(tmp_path, "乙县", "130102", [(6, 12_000)])
    county(tmp_path, "丙县", "", [(1, 9_000)])
    return tmp_path


def test_counties_stand_under_their_provinces(typed: Terminal, three: Path) -> None:
    answer = typed("rollup", three, "--by", "county", "--indicator", "register_income")

    assert answer.code == 0
    assert [row.split() for row in answer.out.splitlines()] == [
        ["指标", "单位", "数值", "县数", "说明"],
        ["在册户人均纯收入", "合计", "5,545", "3/3"],  # 61,000 yuan ÷ 11 persons, not the mean of the three
        ["在册户人均纯收入", "河北省", "5,200", "2/2"],
        ["在册户人均纯收入", "省份不详", "9,000", "1/1"],
        ["在册户人均纯收入", "甲县", "10,000", "1/1"],
        ["在册户人均纯收入", "乙县", "2,000", "1/1"],
        ["在册户人均纯收入", "丙县", "9,000", "1/1"],
    ]
    assert "2024 年，3 个县，1 个省级行政区" in answer.err


def test_a_county_that_lacks_the_year_is_named_and_left_out(typed: Terminal, three: Path) -> None:
    answer = typed("rollup", three, "--year", 2023, "-f", "json")

    assert {one["unit"] for one in answer.json["measures"]} == {"合计", "河北省"}
    assert "3 个县中有 2 个没有 2023 年的数据，没有计入：乙县、丙县" in answer.err
    assert [(one["name"], one["years"]) for one in answer.json["counties"]] == [
        ("甲县", [2023, 2024]), ("乙县", [2024]), ("丙县", [2024]),
    ]  # fmt: skip


def test_another_poverty_line_is_another_figure(typed: Terminal, three: Path) -> None:
    shipped = Workspace(three / "甲县").config
    text = next(text for name, text in shipped.texts.items() if "id: monitoring_range" in text)
    name = next(name for name, text in shipped.texts.items() if "id: monitoring_range" in text)
    own = three / "甲县" / "configs" / name
    own.parent.mkdir(parents=True)
    own.write_text(text.replace("7300", "7301"), encoding="utf-8")
    assert text.count("7300") == 1

    answer = typed("rollup", three, "--by", "county", "-f", "json")

    notes = {(one["indicator"], one["unit"]): one["note"] for one in answer.json["measures"]}
    unlike = {name for (name, unit), note in notes.items() if note == "not_alike" and unit == "合计"}
    assert unlike and all(notes[name, "乙县"] != "not_alike" for name in unlike)
    assert f"有 {len(unlike)} 个指标各县定义不同，没有相加" in answer.err
    assert notes["register_income", "合计"] is None


def test_a_figure_that_cannot_be_added_says_so(typed: Terminal, three: Path) -> None:
    answer = typed("rollup", three, "-f", "json", "--by", "all")

    gini = next(one for one in answer.json["measures"] if one["indicator"] == "income_gini")
    assert (gini["value"], gini["note"]) == (None, "not_added")


def test_all_that_is_wrong_with_the_folders_is_said_at_once(typed: Terminal, three: Path) -> None:
    twin = three / "另"
    county(twin, "甲县", "130101", [(1, 1)])
    workspace(three / "空", "default")

    answer = typed("rollup", three / "甲县", three / "空", three / "无", twin / "甲县")

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.count("\n") == 3
    assert "台账还是空的" in answer.err and "povplan.yaml" in answer.err
    assert "两个工作区是同一个县（甲县）" in answer.err


def test_a_name_or_a_year_that_no_county_knows_is_told(typed: Terminal, three: Path) -> None:
    assert (typed("rollup", three, "--year", 2020).code, typed("rollup", three, "--indicator", "x").code) == (
        3,
        2,
    )


def test_nothing_is_written_into_a_workspace(typed: Terminal, three: Path, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in three.rglob("*")}
    book = tmp_path.parent / f"{tmp_path.name}-汇总.xlsx"

    assert typed("rollup", three, "-o", book).code == 0

    assert {path: path.stat().st_mtime_ns for path in three.rglob("*")} == before
    sheet = openpyxl.load_workbook(book).active
    assert sheet is not None and sheet.max_row > 50


def test_money_in_another_currency_or_with_doubles_counted_is_other_money(
    typed: Terminal, tmp_path: Path
) -> None:
    for name, code in (("甲县", "130101"), ("乙县", "130102")):
        at = county(tmp_path, name, code, [(1, 1)])
        row = {
            "entity": "f1", "fund_id": "f1", "unit": f"{name}/河镇/村0", "source": "special",
            "stage": "paid", "amount": 10_000,
        }  # fmt: skip
        commit(at, part(at, "fund", 2024, 2025, [row]))

    def whole() -> dict[str, Any]:
        measures = typed("rollup", tmp_path, "-f", "json", "--basis", "paid").json["measures"]
        return {one["indicator"]: one for one in measures if one["unit"] == "合计" and one["scope"] == "all"}

    alike = whole()
    assert (alike["lever"]["value"], alike["lever"]["note"]) == (200, None)
    assert (alike["memo"]["value"], alike["memo"]["note"]) == (0, None), "no credit in either is none in both"
    own = tmp_path / "乙县" / "configs" / "funds.yaml"
    own.parent.mkdir(exist_ok=True)
    text = Workspace(tmp_path / "甲县").config.texts["funds.yaml"]
    for changed in (
        text + "\ncurrency: {zh: 美元, en: USD}\n",
        text.replace("same_document: leave_out", "same_document: count"),
    ):
        assert changed != text
        own.write_text(changed, encoding="utf-8")
        assert (whole()["lever"]["value"], whole()["lever"]["note"]) == (None, "not_alike")


def test_a_county_without_a_code_beside_one_of_its_name_may_be_the_same(
    typed: Terminal, tmp_path: Path
) -> None:
    county(tmp_path / "一", "甲县", "130101", [(1, 1)])
    county(tmp_path / "二", "甲县", "", [(1, 1)])

    answer = typed("rollup", tmp_path / "一", tmp_path / "二")

    assert (answer.code, answer.out) == (2, "")
    assert "两个工作区是同一个县（甲县）" in answer.err
