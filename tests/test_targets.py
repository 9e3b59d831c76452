"""What the plan wants: read, revised, spread over units; what is wrong with it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from povplan.evaluation import from_ledger, in_force, number_in, spread
from povplan.evaluation.faults import Plan, faults
from povplan.evaluation.parties import adds_up, exploded, shares_of
from povplan.evaluation.targets import yearly_of
from povplan.model import ENTITY, UNIT
from povplan.units import Tree
from tests.definitions import default
from tests.drawing import frame

TREE = Tree.of(["桥县/河镇/甲村", "桥县/河镇/乙村", "桥县/山乡/丙村"])


def targets(drawing: str, year: int = 2021) -> pd.DataFrame:
    rows = frame(
        drawing,
        target_id="code", indicator="text", baseline_value="text", target_value="text", measured="text",
        weight="number", department="text", person="text", set_on="date", deadline="date", path="choice",
        yearly="text", target_level="choice", _unit="text",
    )  # fmt: skip
    rows[ENTITY] = pd.Series([f"T{n}" for n in range(len(rows))], dtype="string")
    if UNIT not in rows:
        rows[UNIT] = pd.Series(["桥县"] * len(rows), dtype="string")
    return in_force(from_ledger({year: rows}, default().indicators, default().measurement))


def broken(
    found: pd.DataFrame,
    baselines: list[float] | None = None,
    additive: tuple[str, ...] = (),
    rates: tuple[str, ...] = (),
) -> list[list[str]]:
    """The rules that each target breaks."""
    known = {one.id: one for one in default().indicators}
    given = pd.Series(baselines or [np.nan] * len(found), dtype="float64")
    plan = Plan(found, known, default().measurement, TREE, given, frozenset(additive), frozenset(rates))
    masks = faults(plan)
    return [
        [name.removeprefix("target_") for name, mask in masks.items() if mask[i]] for i in range(len(found))
    ]


@pytest.mark.parametrize(
    ("text", "unit", "stated", "kept"),
    [
        ("85", "percent", None, 0.85),
        ("85%", "percent", None, 0.85),
        ("57", "percent", None, 0.57),
        ("0.85", "percent", "ratio", 0.85),
        ("１２０万元", "元", None, 1_200_000.0),
        ("120", "万元", None, 1_200_000.0),
        ("1,200", "元", None, 1200.0),
        ("2.5万人", "人", None, 25_000.0),
        ("3", "人", "户", None),
        ("85人", "percent", None, None),
        ("八成", "percent", None, None),
        (None, "percent", None, None),
    ],
)
def test_a_value_is_read_in_the_unit_it_is_printed_in(
    text: str | None, unit: str, stated: str | None, kept: float | None
) -> None:
    assert number_in(text, unit, stated, default().measurement) == kept


def test_yearly_values_are_read_and_one_unreadable_makes_all_of_them_so() -> None:
    units = default().measurement

    assert yearly_of("2022:85；2023：90%", "percent", None, units) == "2022:0.85;2023:0.9"
    assert yearly_of("2022:85;明年再说", "percent", None, units) is None


def test_those_who_share_do_so_alike_or_as_stated() -> None:
    assert [(s.party, s.share, s.basis) for s in shares_of("甲局、乙局")] == [
        ("甲局", 0.5, "equal"),
        ("乙局", 0.5, "equal"),
    ]
    assert [(s.party, s.share) for s in shares_of("甲局60％；乙局 40%")] == [("甲局", 0.6), ("乙局", 0.4)]
    assert [(s.party, s.share) for s in shares_of("甲局(50%),乙局,丙局")] == [
        ("甲局", 0.5),
        ("乙局", 0.25),
        ("丙局", 0.25),
    ]
    assert [(s.party, s.basis) for s in shares_of("甲局")] == [("甲局", "sole")]
    assert shares_of("") == ()
    assert [adds_up(text) for text in ("甲局60%;乙局40%", "甲局60%;乙局50%", "甲局", "甲局60%;乙局")] == [
        True,
        False,
        True,
        True,
    ]


def test_what_nobody_answers_for_keeps_its_row_with_the_whole_share() -> None:
    given = frame("thing who\n1 甲局、乙局\n2 ·", who="text")

    found = exploded(given, "who", keep_nobody=True)

    assert found["party"].fillna("?").tolist() == ["甲局", "乙局", "?"]
    assert found["share"].tolist() == [0.5, 0.5, 1.0]
    assert exploded(given, "who")["at"].tolist() == [0, 0]


def test_a_later_version_supersedes_and_both_stay() -> None:
    found = targets("""
        target_id indicator           baseline_year baseline_value target_year target_value set_on
        T1        safe_water_coverage 2020          80             2025        95           2021-03-01
        T1        饮水安全户比例      2020          80             2025        90           2022-06-01
        ·         rural_income        2020          8000           2025        9000         ·
    """)

    assert found[["version", "superseded"]].to_numpy().tolist() == [[1, True], [2, False], [1, False]]
    assert found["indicator"].tolist() == ["safe_water_coverage"] * 2 + ["rural_income"]
    assert found["value"].tolist() == [0.95, 0.9, 9000.0]


def test_a_level_means_every_unit_of_it_but_one_that_has_a_target_of_its_own() -> None:
    found = targets("""
        _unit            indicator           target_level baseline_year target_year target_value
        桥县             safe_water_coverage 村           2020          2025        95
        桥县/山乡/丙村   safe_water_coverage ·            2020          2025        80
        桥县             safe_water_coverage ·            2020          2025        92
    """)

    each = spread(found, TREE)

    assert each[["unit", "level", "value"]].to_numpy().tolist() == [
        ["桥县", "county", 0.92],
        ["桥县/河镇/甲村", "village", 0.95],
        ["桥县/河镇/乙村", "village", 0.95],
        ["桥县/山乡/丙村", "village", 0.8],
    ]


def test_each_fault_of_a_target_is_found_and_its_near_miss_is_not() -> None:
    drawing = """
        target_id indicator FROM BASE UNTIL GOAL department      deadline   path yearly
        a1        饮水      2020 80   2025  95   甲局            ·          ·    ·
        b1        WATER     2020 80   2020  95   甲局            ·          ·    ·
        b2        WATER     2020 80   2021  95   甲局            2021-12-31 ·    ·
        c1        WATER     2020 80   2026  101  甲局            ·          ·    ·
        c2        WATER     2020 80   2027  100  甲局            ·          ·    ·
        d1        DROP      2020 1    2025  2    甲局            ·          ·    ·
        d2        DROP      2020 2    2026  1    甲局            ·          ·    ·
        e1        DROP      2020 1    2027  1    甲局            ·          ·    ·
        f1        INCOME    2020 8000 2025  9000 甲局60%;乙局50% ·          ·    ·
        f2        INCOME    2020 8000 2026  9000 甲局60%;乙局40% 2025-06-30 ·    ·
        g1        INCOME    2020 8000 2027  9000 甲局            ·          分年 ·
        g2        INCOME    2020 8000 2028  9000 甲局            ·          分年 2020:8500
        g3        INCOME    2020 8000 2029  9000 甲局            ·          分年 2022:8500
        g4        INCOME    2020 0    2030  9000 甲局            ·          等比 ·
        h1        INCOME    2020 8000 2031  9000 甲局            ·          ·    ·
        h2        INCOME    2020 8000 2031  9500 甲局            ·          ·    ·
    """
    names = {
        "WATER": "safe_water_coverage", "INCOME": "rural_income", "DROP": "dropout_rate",
        "FROM": "baseline_year", "BASE": "baseline_value", "UNTIL": "target_year", "GOAL": "target_value",
    }  # fmt: skip
    for short, name in names.items():
        drawing = drawing.replace(short, name)

    found = targets(drawing)

    assert broken(found) == [
        ["indicator"], ["years"], [], ["impossible"], [], ["direction"], [], ["met"], ["shares"],
        ["deadline"], ["path"], ["path"], [], ["path"], ["twice"], ["twice"],
    ]  # fmt: skip


def test_the_ledgers_own_figure_tells_a_wrong_baseline_and_a_target_met_already() -> None:
    found = targets("""
        target_id indicator           baseline_year baseline_value target_year target_value department
        a         safe_water_coverage 2020          80             2025        95           甲局
        b         safe_water_coverage 2020          80             2026        95           甲局
        c         safe_water_coverage 2020          ·              2027        95           甲局
        d         safe_water_coverage 2020          0.80           2028        95           甲局
    """)

    assert broken(found, [0.80004, 0.97, 0.96, 0.80]) == [[], ["met", "baseline"], ["met"], ["baseline"]]


def test_a_percentage_that_is_to_fall_and_was_typed_as_a_fraction_is_told() -> None:
    """A drop-out rate of 5 %: 0.02 for 2 % is told, a tenth of it and none at all are not."""
    found = targets("""
        target_id indicator           baseline_year baseline_value target_year target_value department
        a         dropout_rate        2020          ·              2025        0.02         甲局
        b         dropout_rate        2020          5              2026        0.02         甲局
        c         dropout_rate        2020          5              2027        0.5          甲局
        d         dropout_rate        2020          5              2028        0            甲局
        e         safe_water_coverage 2020          80             2029        0.95         甲局
    """)

    nothing = float("nan")
    assert broken(found, [0.05, nothing, nothing, nothing, nothing]) == [
        ["fraction"], ["fraction"], [], [], ["direction"],
    ]  # fmt: skip


def test_targets_of_the_units_must_make_up_the_countys_where_all_have_one() -> None:
    head = "_unit indicator baseline_year target_year target_value department"
    county = "桥县 rural_population_total 2020 2025 100 甲局"
    towns = [
        "桥县/河镇 rural_population_total 2020 2025 60 甲局",
        "桥县/山乡 rural_population_total 2020 2025 40 甲局",
    ]
    off = towns[1].replace(" 40 ", " 30 ")
    villages = [
        f"桥县/{v} rural_population_total 2020 2025 30 甲局" for v in ("河镇/甲村", "河镇/乙村", "山乡/丙村")
    ]
    additive = ("rural_population_total",)

    def sums(*lines: str) -> list[list[str]]:
        return broken(targets("\n".join([head, *lines])), additive=additive)

    assert sums(county, *towns) == [[], [], []]
    assert sums(county, towns[0], off) == [["sum"], [], []]
    assert sums(county, towns[0]) == [[], []]
    assert sums(county, *villages) == [["sum"], [], [], []]


def test_a_rate_better_than_the_best_below_cannot_be_made_of_them() -> None:
    """90 lies between 85 and 95, 95 is the best; 96 is beyond. Of houses in danger the least is the best."""
    head = "_unit indicator baseline_year target_year target_value department"

    def means(indicator: str, county: str, *towns: str) -> list[list[str]]:
        units = ("桥县", "桥县/河镇", "桥县/山乡")
        lines = [
            f"{unit} {indicator} 2020 2025 {goal} 甲局"
            for unit, goal in zip(units, (county, *towns), strict=False)
        ]
        return broken(targets("\n".join([head, *lines])), rates=(indicator,))

    water, houses = "safe_water_coverage", "dangerous_house_share"
    assert means(water, "90", "85", "95") == means(water, "95", "85", "95") == [[], [], []]
    assert means(water, "96", "85", "95") == [["mean"], [], []]
    assert means(water, "80", "85", "95") == [[], [], []]
    assert means(water, "96", "95") == [[], []]
    assert means(houses, "1", "2", "3") == [["mean"], [], []]
    assert means(houses, "2", "2", "3") == [[], [], []]


def test_a_target_of_nobody_is_one_only_if_its_indicator_has_nobody_either() -> None:
    found = targets("""
        indicator              baseline_year target_year target_value department person
        safe_water_coverage    2020          2025        95           ·          ·
        rural_population_total 2020          2025        95           ·          ·
        rural_population_total 2020          2026        95           ·          张三
    """)
    ownerless = {one.id for one in default().indicators if not one.responsible}

    assert broken(found) == [[], ["owner"] if "rural_population_total" in ownerless else [], []]
