"""What a change is made of and the way of a figure where villages were renamed or split, by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from povplan.cli.tables import changing_table
from povplan.identity import Registry
from povplan.jobs import changing
from povplan.jobs.coverage import missing as silent
from povplan.jobs.standing import Standing
from tests.counties import _shipped
from tests.panels import county

VILLAGES = {
    2019: "unit poor people\n东镇/甲村 9 300\n东镇/乙村 6 200\n西镇/丙村 10 500",
    2020: "unit poor people\n东镇/甲村 5 300\n东镇/新村 4 200\n西镇/丙东村 2 300\n西镇/丙西村 0 200",
    2021: "unit poor people\n东镇/甲村 3 300\n东镇/新村 2 200\n西镇/丙东村 1 300\n西镇/丙西村 0 200",
}
CHANGES = """
    kind    old        new          weight  by
    rename  东镇/乙村  东镇/新村    ·       ·
    split   西镇/丙村  西镇/丙东村  60      人口
    split   西镇/丙村  西镇/丙西村  40      人口
    """


@pytest.fixture
def ledger(tmp_path: Path) -> Standing:
    drawn = county(tmp_path / "w", village=VILLAGES, unit_change={2020: CHANGES})
    known = {one.id: one for one in _shipped("default").indicators}
    total = known["poor_persons_total"]
    rate = known["poverty_incidence"].model_copy(update={"valid": total.valid})
    return replace(drawn, config=replace(drawn.config, indicators=(rate, total)))


def parts(found: pd.DataFrame, unit: str) -> dict[str, tuple[Any, ...]]:
    rows = found[found["unit"].str.endswith(unit)]
    return {
        str(row["part"]).rpartition("/")[2]: (
            row["presence"], row["previous"], row["value"], row["contribution"]
        )
        for _, row in rows.iterrows()
    }  # fmt: skip


def test_a_renamed_village_stays_and_a_split_one_is_compared_by_its_weights(ledger: Standing) -> None:
    """丙村 10 of 500 is 6 of 300 and 4 of 200; 东镇 goes from 15/500 to 9/500, 西镇 from 10/500 to 2/500."""
    found = changing.decomposition(ledger, 2020, 2019, ["poverty_incidence"])

    assert parts(found, "东镇") == {
        "甲村": ("both", pytest.approx(9 / 300), pytest.approx(5 / 300), pytest.approx(-4 / 500)),
        "新村": ("both", pytest.approx(6 / 200), pytest.approx(4 / 200), pytest.approx(-2 / 500)),
    }
    assert parts(found, "西镇") == {
        "丙东村": ("both", pytest.approx(6 / 300), pytest.approx(2 / 300), pytest.approx(-4 / 500)),
        "丙西村": ("both", pytest.approx(4 / 200), 0, pytest.approx(-4 / 500)),
    }
    assert found["turnover"].abs().max() == 0


def test_what_each_village_gave_to_the_change_of_a_sum_is_in_the_later_year_s_units(ledger: Standing) -> None:
    found = changing.contribution(ledger, 2020, 2019, ["poor_persons_total"])

    assert parts(found, "东镇") == {"甲村": ("both", 9, 5, -4), "新村": ("both", 6, 4, -2)}
    assert parts(found, "西镇") == {"丙东村": ("both", 6, 2, -4), "丙西村": ("both", 4, 0, -4)}


def test_a_village_without_any_poor_left_has_not_left_itself(ledger: Standing) -> None:
    found = changing.contribution(ledger, 2021, 2020, ["poor_persons_total"])

    assert parts(found, "西镇") == {"丙东村": ("both", 2, 1, -1), "丙西村": ("both", 0, 0, 0)}


def test_the_way_of_a_figure_goes_on_under_the_new_name_and_in_the_parts(ledger: Standing) -> None:
    found = changing.path(ledger, 2021, 2019, ["poverty_incidence"]).set_index("unit")

    way = {str(unit).rpartition("/")[2]: row for unit, row in found.iterrows()}
    assert (way["新村"]["first_year"], way["新村"]["compared"]) == (2019, 3)
    assert way["新村"]["first_value"] == pytest.approx(0.03)
    assert way["丙西村"]["first_value"] == pytest.approx(0.02)
    assert way["西镇"]["first_value"] == pytest.approx(0.02)
    assert "乙村" not in way


@pytest.mark.parametrize(
    ("year", "missing"),
    [(2019, ["甲村", "乙村"]), (2020, []), (2021, ["丙西村"])],
)
def test_a_village_is_asked_for_only_in_the_years_in_which_it_is_there(
    tmp_path: Path, year: int, missing: list[str]
) -> None:
    """乙村 is 新村 since 2020, 丙村 is divided, 丁村 joined 甲村, which was there before."""
    drawn = county(
        tmp_path / "w",
        village={
            2018: "unit poor\n东镇/甲村 9\n东镇/乙村 6\n西镇/丙村 10\n西镇/丁村 1",
            2019: "unit poor\n西镇/丙村 10\n西镇/丁村 1",
            2020: "unit poor\n东镇/甲村 9\n东镇/新村 6\n西镇/丙东村 1\n西镇/丙西村 2",
            2021: "unit poor\n东镇/甲村 9\n东镇/新村 6\n西镇/丙东村 1",
        },
        unit_change={2020: CHANGES + "    merge   西镇/丁村  东镇/甲村   ·       ·\n"},
    )
    every = [
        f"示例县/{path}"
        for path in (
            "东镇/甲村",
            "东镇/乙村",
            "东镇/新村",
            "西镇/丙村",
            "西镇/丙东村",
            "西镇/丙西村",
            "西镇/丁村",
        )
    ]
    there = set(drawn.reported([year]))

    found = silent(drawn, drawn.config.ledgers["village"], year, Registry(tuple(every)), there)

    assert [path.rpartition("/")[2] for path in found] == missing


def test_what_gave_nothing_to_a_change_is_printed_without_a_sign_of_loss(ledger: Standing) -> None:
    """A village that nothing moves may come out as -0 of the last binary digit."""
    found = changing.decomposition(ledger, 2020, 2019, ["poverty_incidence"])
    tiny = found.assign(between=-1e-17, turnover=-0.0, share_of_change=-1e-17)

    shown = changing_table(tiny, ledger, "decomposition", "zh")

    assert set(shown["between"]) == set(shown["turnover"]) == {"+0.000 pp"}
    assert set(shown["share_of_change"]) == {"+0.00%"}


def test_who_took_the_name_of_a_divided_village_is_not_divided(tmp_path: Path) -> None:
    """甲村, 20 of 100, is 乙村 now; the old 乙村, 30 of 300, is 乙一村 and 乙二村, half each."""
    changes = """
        kind    old        new          weight  by
        rename  东镇/甲村  东镇/乙村    ·       ·
        split   东镇/乙村  东镇/乙一村  50      人口
        split   东镇/乙村  东镇/乙二村  50      人口
        """
    ledger = county(
        tmp_path / "w",
        village={
            2019: "unit poor people\n东镇/甲村 20 100\n东镇/乙村 30 300",
            2020: "unit poor people\n东镇/乙村 10 100\n东镇/乙一村 10 100\n东镇/乙二村 20 200",
        },
        household={
            2019: "id unit status\nA 东镇/甲村 贫困\nB 东镇/乙村 贫困",
            2020: "id unit status\nA 东镇/乙村 贫困\nB 东镇/乙二村 贫困",
        },
        unit_change={2020: changes},
    )

    found = changing.contribution(ledger, 2020, 2019, ["poor_persons_total"])

    assert parts(found, "东镇") == {
        "乙村": ("both", 20, 10, -10), "乙一村": ("both", 15, 10, -5), "乙二村": ("both", 15, 20, 5)
    }  # fmt: skip
    homes = ledger.over_years.frame_in("household", 2019, 2020)
    assert dict(zip(homes["household_id"], homes["_unit"], strict=True)) == {
        "A": "示例县/东镇/乙村", "B": "示例县/东镇/乙二村"
    }  # fmt: skip
