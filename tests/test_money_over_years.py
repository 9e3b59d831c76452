"""Money of several years where units changed between them, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from povplan.jobs import figures, money
from povplan.jobs.standing import Standing
from tests import panels
from tests.commands import Terminal, commit
from tests.counties import _shipped, workspace

VILLAGES = {
    2022: "unit people\n东镇/甲村 100\n东镇/乙村 100",
    2023: "unit people\n东镇/新村 100\n东镇/乙村 100",
}
RENAMED = {2023: "kind old new\nrename 东镇/甲村 东镇/新村"}
MONEY = {
    2022: """
        unit       source           stage  amount
        东镇/甲村  special_central  paid   10000
        东镇/甲村  donation         paid   20000
        东镇/乙村  special_central  paid   10000
        东镇/乙村  donation         paid   10000
        """,
    2023: """
        unit       source           stage  amount
        东镇/新村  special_central  paid   20000
        东镇/新村  donation         paid   50000
        东镇/乙村  special_central  paid   20000
        东镇/乙村  donation         paid   30000
        """,
}


@pytest.fixture(autouse=True)
def funds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The county of the panels, with a ledger of funds."""
    config = _shipped("default")
    names = (*panels.LEDGERS, "fund")
    shown = tuple(one for one in config.indicators if one.id == "poor_persons_total")
    some = replace(config, ledgers={name: config.ledgers[name] for name in names}, indicators=shown)
    monkeypatch.setattr(panels, "default", lambda: some)


def county(root: Path, changes: dict[int, str], fund: dict[int, str] = MONEY, **more: object) -> Standing:
    told = {"unit_change": changes} if changes else {}
    return panels.county(root / "w", fund=fund, **{"village": VILLAGES, **told, **more})  # type: ignore[arg-type]


def of(frame: pd.DataFrame, indicator: str, unit: str, column: str = "value") -> float | None:
    some = frame[(frame["scope"] == "all") & (frame["indicator"] == indicator)]
    value = some.loc[some["unit"].str.endswith(unit), column].iloc[0]
    return None if pd.isna(value) else float(value)


@pytest.mark.parametrize("changes", [RENAMED, {}], ids=["declared", "undeclared"])
def test_marginal_leverage_of_the_county_has_all_money_of_both_years(
    tmp_path: Path, changes: dict[int, str]
) -> None:
    found = money.by_unit(county(tmp_path, changes), 2023, "paid", compare=True)

    for unit in ("示例县", "示例县/东镇"):
        parts = [of(found, "leverage_marginal", unit, name) for name in ("value", "numerator", "denominator")]
        assert parts == [2.5, 50_000, 20_000]
        assert of(found, "leverage_marginal", unit, "previous") == 1.5


def test_a_renamed_village_is_compared_with_itself_where_that_is_declared(tmp_path: Path) -> None:
    declared = money.by_unit(county(tmp_path / "a", RENAMED), 2023, "paid", compare=True)
    silent = money.by_unit(county(tmp_path / "b", {}), 2023, "paid", compare=True)

    assert of(declared, "leverage_marginal", "新村") == 3.0
    assert not declared["unit"].str.endswith("甲村").any()
    assert of(silent, "leverage_marginal", "新村") is None


def test_a_cumulative_amount_of_a_renamed_village_is_not_counted_twice(tmp_path: Path) -> None:
    drawn = "unit source stage amount amount_kind\n东镇/{0} special_central paid {1} cumulative\n"
    drawn += "东镇/{0} donation paid {2} cumulative"
    fund = {2022: drawn.format("甲村", 10000, 20000), 2023: drawn.format("新村", 15000, 40000)}

    found = money.by_unit(county(tmp_path, RENAMED, fund), 2023, "paid", cumulative=True)

    assert [of(found, name, "示例县") for name in ("lever", "others")] == [15_000, 40_000]
    assert [of(found, name, "新村") for name in ("lever", "others")] == [15_000, 40_000]


def test_money_of_a_village_split_without_weights_stays_in_the_township(tmp_path: Path) -> None:
    villages = {2022: VILLAGES[2022], 2023: "unit people\n东镇/新村 50\n东镇/丁村 50\n东镇/乙村 100"}
    changes = {2023: "kind old new\nsplit 东镇/甲村 东镇/新村\nsplit 东镇/甲村 东镇/丁村"}

    found = money.by_unit(county(tmp_path, changes, village=villages), 2023, "paid", compare=True)

    assert of(found, "leverage_marginal", "示例县") == 2.5
    assert of(found, "leverage_marginal", "东镇") == 2.5
    assert (of(found, "leverage_marginal", "新村"), of(found, "leverage_marginal", "丁村")) == (None, None)


def test_leverage_of_an_earlier_year_stands_in_a_trend_in_the_units_of_the_later(tmp_path: Path) -> None:
    found = figures.in_units_of(county(tmp_path, RENAMED), 2022, 2023)

    assert of(found, "leverage_others", "新村") == 2.0
    assert of(found, "leverage_others", "示例县") == 1.5


SPLIT = {
    2023: """
        kind    old        new        weight  by
        rename  东镇/甲村  东镇/新村  ·       ·
        split   东镇/乙村  东镇/乙村  60      人口
        split   东镇/乙村  东镇/丙村  40      人口
        """
}


def numbered(year: int) -> str:
    """The money of a year with a number for each entry."""
    header, *lines = MONEY[year].strip().splitlines()
    return "\n".join([f"fund_id {header}", *(f"Z{year}{at} {line}" for at, line in enumerate(lines, 1))])


def test_what_leverage_says_of_units_placed_anew_and_its_trace_agree_with_its_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """乙村 is divided 60 to 40, its money is not: that of 2022 lies in 东镇, where it stays comparable."""
    place = workspace(tmp_path / "w", "default", f"county: {{name: {panels.COUNTY}}}\n")
    villages = VILLAGES[2023] + "\n东镇/丙村 40"
    drawn = [
        ("village", 2022, VILLAGES[2022]),
        ("fund", 2022, numbered(2022)),
        ("village", 2023, villages),
    ]
    drawn += [("fund", 2023, numbered(2023)), ("unit_change", 2023, SPLIT[2023])]
    commit(place, *(panels.part(*one, at) for at, one in enumerate(drawn, 1)))
    typed, w = Terminal(capsys), ("-w", place.root)

    told = typed("leverage", "--year", 2023, "--compare", *w)
    found = pd.DataFrame(
        typed("leverage", "--year", 2023, "--compare", *w, "--format", "json").json["measures"]
    )
    plain = typed("leverage", "--year", 2023, *w)
    traced = typed("trace", "leverage_others", "--year", 2023, "--unit", "新村", *w, "--format", "json").json

    assert "以前年度有 2 个单元按区划变更归到现单元比较：" in told.err
    assert "东镇/甲村 → 东镇/新村" in told.err and "东镇/乙村 → 东镇/乙村、东镇/丙村" in told.err
    assert "以前年度" not in plain.err
    assert [of(found, "leverage_marginal", unit) for unit in ("示例县", "东镇", "新村", "乙村", "丙村")] == [
        2.5, 2.5, 3.0, None, None
    ]  # fmt: skip
    assert of(found, "leverage_others", "新村") == traced["figure"]["value"] == 2.5
    assert {row["unit"] for row in traced["rows"]} == {"示例县/东镇/新村"}
    assert sorted(cell["value"] for cell in traced["cells"] if cell["field"] == "amount") == [20000, 50000]
