"""Formulas over many rows: at every level, sum over sum, with what was left out."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from povplan.formulas import Rows, Scope, measure_formula
from povplan.spec import FieldType, Parameter
from povplan.units import Tree
from tests.drawing import frame, ledger

TYPES: dict[str, FieldType] = {
    **{"persons": "integer", "poor": "boolean", "income": "money", "paid": "money"},
    **{"area": "number", "cause": "text", "x": "number"},
}
LINE = Parameter.model_validate(
    {"id": "line", "label": "线", "type": "money", "values": [{"from": 2014, "value": 30, "source": "文件"}]}
)
SCOPE = Scope(ledger("household", **TYPES), {}, {"line": LINE})
PLACES = {"甲": "县/东镇/甲村", "乙": "县/东镇/乙村", "丙": "县/西镇/丙村", "东": "县/东镇", "县": "县"}
TREE = Tree.of(["县/东镇/甲村", "县/东镇/乙村", "县/西镇/丙村", "县/西镇/丁村"])
COUNTY, EAST, JIA, YI, WEST, BING, DING = range(7)


def rows(drawing: str, year: int = 2020) -> Rows:
    drawn = frame(drawing, **TYPES, unit="text")
    units = drawn.pop("unit").map(PLACES).astype("string")
    return Rows(drawn.assign(_unit=units), year, dt.date(year, 12, 31))


def measured(text: str, drawing: str, where: str | None = None, year: int = 2020) -> pd.DataFrame:
    return measure_formula(text, SCOPE, where)(rows(drawing, year), TREE)


def values(text: str, drawing: str, where: str | None = None) -> list[Any]:
    """The value at 县 东镇 甲 乙 西镇 丙 丁, None where there is none."""
    return listed(measured(text, drawing, where)["value"])


def listed(column: pd.Series) -> list[Any]:
    return [None if pd.isna(cell) else cell for cell in column]


HOMES = """
    unit  persons  poor   income  paid  area
    甲    2        true   10      1     1.5
    甲    4        false  20      2     ·
    乙    4        ·      30      0     2
    丙    6        true   70      7     3
    东    8        false  90      ·     4
"""


def test_a_sum_is_added_upward_from_the_deepest_unit_of_each_row() -> None:
    assert values("sum(persons)", HOMES) == [24, 18, 6, 4, 6, 6, None]


def test_money_is_added_in_fen_and_given_in_yuan() -> None:
    found = measured("sum(income)", "unit income\n甲 0.10\n甲 0.20\n乙 90071992547409.93")

    assert found.loc[[JIA, YI], "value"].tolist() == [0.3, 90071992547409.93]
    assert measure_formula("sum(income)", SCOPE).kind == "money"


def test_a_unit_without_usable_rows_has_no_figure_and_says_why() -> None:
    found = measured("sum(paid)", HOMES)

    assert listed(found["note"]) == [None, None, None, None, None, None, "no_rows"]
    assert found["n"].tolist() == [4, 3, 2, 1, 1, 1, 0]
    assert found["left_out"].tolist() == [1, 1, 0, 0, 0, 0, 0]


def test_a_ratio_is_sum_over_sum_of_rows_on_which_both_are_known() -> None:
    found = measured("sum(income) / sum(area)", HOMES)

    assert found["numerator"].tolist()[:3] == [200, 130, 10]
    assert found["denominator"].tolist()[:3] == [10.5, 7.5, 1.5]
    assert found["value"].tolist()[:3] == [200 / 10.5, 130 / 7.5, 10 / 1.5]
    assert found["left_out"].tolist() == [1, 1, 1, 0, 0, 0, 0]


def test_a_ratio_over_nothing_is_no_number_and_keeps_its_parts() -> None:
    found = measured("sum(income) / sum(paid)", HOMES)

    assert (found.loc[YI, "note"], found.loc[YI, "numerator"], found.loc[YI, "denominator"]) == (
        "no_denominator",
        30,
        0,
    )
    assert listed(found["value"])[YI] is None
    assert listed(found.loc[DING, ["value", "numerator", "denominator"]]) == [None] * 3  # type: ignore[arg-type]


def test_a_condition_counts_where_it_is_true_over_rows_on_which_it_is_known() -> None:
    found = measured("count(poor) / count()", HOMES)

    assert listed(found["value"]) == [0.5, 1 / 3, 0.5, None, 1, 1, None]
    assert listed(found["note"])[YI] == "no_rows"
    assert found["left_out"].tolist() == [1, 1, 0, 1, 0, 0, 0]


def test_where_chooses_rows_and_leaves_out_those_it_cannot_judge() -> None:
    found = measured("sum(persons)", HOMES, where="poor")

    assert listed(found["value"]) == [8, 2, 2, None, 6, 6, None]
    assert found["n"].tolist() == [2, 1, 1, 0, 1, 1, 0]
    assert found["left_out"].tolist() == [1, 1, 0, 1, 0, 0, 0]


def test_a_blank_in_a_row_that_is_not_chosen_leaves_nothing_out() -> None:
    assert measured("sum(area)", HOMES, where="persons < 4")["left_out"].tolist() == [0] * 7


def test_a_mean_is_the_sum_over_the_rows() -> None:
    found = measured("mean(income)", HOMES)

    assert listed(found["value"]) == [44, 37.5, 15, 30, 70, 70, None]
    assert found["denominator"].tolist()[:2] == [5, 4]


def test_least_and_greatest_at_every_level() -> None:
    assert values("min(income)", HOMES) == [10, 10, 10, 30, 70, 70, None]
    assert values("max(area)", HOMES) == [4, 4, 1.5, 2, 3, 3, None]


def test_median_and_quantile_interpolate_between_neighbours() -> None:
    drawing = "unit x\n甲 1\n甲 2\n甲 4\n甲 8\n乙 16"

    assert values("median(x)", drawing) == [4, 4, 3, 16, None, None, None]
    assert values("quantile(x, 0.25)", drawing)[:4] == [2, 2, 1.75, 16]
    assert values("quantile(x, 0)", drawing)[:4] == [1, 1, 1, 16]
    assert values("quantile(x, 1)", drawing)[:4] == [16, 16, 8, 16]
    assert values("median(income)", "unit income\n甲 1\n甲 2")[JIA] == 1.5


def test_mad_is_the_median_distance_from_the_median() -> None:
    drawing = "unit x\n甲 1\n甲 1\n甲 2\n甲 2\n甲 4\n甲 6\n甲 9\n乙 5"

    assert values("mad(x)", drawing)[2:4] == [1, 0]
    assert values("mad(x)", drawing)[0] == 2


PUBLISHED = [541, 1463, 2445, 3438, 4437, 5401, 6392, 8304, 11904, 22261]
"""Ten incomes whose Gini coefficient the R package ineq prints in its reference output."""


def test_gini_agrees_with_the_published_figure() -> None:
    drawing = "unit x\n" + "\n".join(f"甲 {income}" for income in PUBLISHED)

    assert values("gini(x)", drawing)[JIA] == pytest.approx(0.4620911, abs=5e-8)
    assert values("gini(x)", drawing)[COUNTY] == pytest.approx(0.4620911, abs=5e-8)


def test_gini_is_zero_where_all_have_the_same_and_near_one_where_one_has_all() -> None:
    alone = "unit x\n" + "甲 0\n" * 99 + "甲 100"

    assert values("gini(x)", "unit x\n甲 5\n甲 5\n甲 5")[JIA] == pytest.approx(0, abs=1e-15)
    assert values("gini(x)", alone)[JIA] == pytest.approx(0.99)


def test_gini_of_nothing_at_all_is_no_number() -> None:
    found = measured("gini(x)", "unit x\n甲 0\n甲 0")

    assert listed(found["note"])[:3] == ["no_denominator"] * 3


def test_distinct_counts_each_value_once_at_every_level() -> None:
    drawing = "unit cause\n甲 因病\n甲 因病\n乙 因病\n丙 因学\n丙 ·"
    found = measured("distinct(cause)", drawing)

    assert listed(found["value"]) == [2, 1, 1, 1, 1, 1, None]
    assert found.loc[BING, "left_out"] == 1
    assert values("distinct(x)", "unit x\n甲 1\n乙 1\n乙 2")[:4] == [2, 2, 1, 2]


def test_parameters_and_numbers_stand_between_aggregates() -> None:
    assert values("sum(income) / param(line) * 2 + 1", HOMES)[JIA] == 3
    assert values("-sum(persons)", HOMES)[JIA] == -6
    assert values("count(income / persons < param(line))", HOMES)[:4] == [5, 4, 2, 1]


def test_a_parameter_not_in_force_is_said_to_be_the_reason() -> None:
    for text in ("sum(income) / param(line)", "count(income < param(line)) / count()"):
        assert listed(measured(text, HOMES, year=2000)["note"])[:2] == ["out_of_life"] * 2


def test_rows_of_unknown_unit_count_nowhere() -> None:
    drawn = rows(HOMES)
    drawn.frame.loc[0, "_unit"] = pd.NA
    drawn.frame.loc[1, "_unit"] = "别县"

    found = measure_formula("sum(persons)", SCOPE)(drawn, TREE)

    assert listed(found["value"]) == [18, 12, None, 4, 6, 6, None]
    assert found["left_out"].tolist() == [0] * 7


@pytest.mark.parametrize("text", ["sum(x)", "min(x)", "median(x)", "gini(x)", "distinct(cause)", "count()"])
def test_without_any_row_there_is_no_figure_anywhere(text: str) -> None:
    drawn = rows("unit x cause\n甲 1 a")

    found = measure_formula(text, SCOPE)(replace(drawn, frame=drawn.frame.iloc[:0]), TREE)

    assert listed(found["note"]) == ["no_rows"] * 7


@pytest.mark.parametrize(
    ("text", "additive", "is_ratio"),
    [("sum(x)", True, False), ("sum(x) - 2 * count()", True, False), ("sum(x) / 10000", True, False),
     ("SUM(x) * param(line)", True, False), ("sum(x) + 1", False, False), ("sum(x) / sum(area)", True, True),
     ("div(sum(x), count())", True, True), ("mean(x)", True, True), ("median(x) / sum(x)", False, True),
     ("sum(x) / sum(area) * 100", False, False), ("100 * sum(x) / sum(area)", True, True),
     ("max(x)", False, False), ("gini(x)", False, False), ("sum(x) * sum(x)", False, False)],
)  # fmt: skip
def test_a_measure_says_whether_it_adds_upward_and_whether_it_is_a_ratio(
    text: str, additive: bool, is_ratio: bool
) -> None:
    formula = measure_formula(text, SCOPE)

    assert (formula.additive, formula.is_ratio) == (additive, is_ratio)


def test_a_measure_names_its_fields_in_order_those_of_its_condition_last() -> None:
    formula = measure_formula("sum(paid) / sum(income)", SCOPE, where="poor and income > 1")

    assert formula.fields == ("paid", "income", "poor")


def test_the_result_has_the_columns_and_dtypes_of_a_measure() -> None:
    found = measured("sum(income) / sum(persons)", HOMES)

    assert {name: str(dtype) for name, dtype in found.dtypes.items()} == {
        **{"value": "Float64", "numerator": "Float64", "denominator": "Float64"},
        **{"n": "int64", "left_out": "int64", "note": "string"},
    }
    assert found.index.tolist() == list(range(7))


CELLS = st.tuples(st.sampled_from(list(PLACES)), st.none() | st.integers(-(10**13), 10**13))


def placed(cells: list[tuple[str, int | None]]) -> Rows:
    units = pd.Series([PLACES[place] for place, _ in cells], dtype="string")
    income = pd.Series([fen for _, fen in cells], dtype="Int64")
    return Rows(pd.DataFrame({"_unit": units, "income": income}), 2020, dt.date(2020, 12, 31))


@given(st.lists(CELLS, max_size=30))
def test_villages_add_to_townships_and_townships_to_the_county(cells: list[tuple[str, int | None]]) -> None:
    deep = [cell for cell in cells if cell[0] in ("甲", "乙", "丙")]

    found = measure_formula("sum(income)", SCOPE)(placed(deep), TREE)

    fen = [None if pd.isna(value) else round(value * 100) for value in found["value"]]
    assert fen[COUNTY] == added([fen[EAST], fen[WEST]])
    assert fen[EAST] == added([fen[JIA], fen[YI]])
    assert found.loc[COUNTY, "n"] == found.loc[[JIA, YI, BING, DING], "n"].sum()


def added(parts: list[int | None]) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if known else None


TEXTS = [f"{name}(income)" for name in ("sum", "median", "mad", "min", "distinct", "mean")]


@given(st.lists(CELLS, min_size=1, max_size=30), st.randoms(), st.sampled_from(TEXTS))
def test_the_order_of_rows_changes_nothing(
    cells: list[tuple[str, int | None]], random: Any, text: str
) -> None:
    formula = measure_formula(text, SCOPE)
    before = formula(placed(cells), TREE)

    random.shuffle(cells)

    pd.testing.assert_frame_equal(formula(placed(cells), TREE), before, check_exact=True)


@given(st.lists(CELLS, min_size=1, max_size=30), st.sampled_from([0.0, 0.1, 0.5, 0.77, 1.0]))
def test_quantiles_are_those_of_numpy(cells: list[tuple[str, int | None]], share: float) -> None:
    found = measure_formula(f"quantile(income, {share})", SCOPE)(placed(cells), TREE)["value"]

    known = [fen / 100 for _, fen in cells if fen is not None]
    if known:
        assert found[COUNTY] == pytest.approx(float(np.quantile(known, share)), abs=0.01)
    else:
        assert pd.isna(found[COUNTY])
