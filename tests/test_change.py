"""Change between years: absolute, relative, in points, and when it must not be stated."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from povplan.change import CHANGE_COLUMNS, YearRows, change, comparable
from povplan.measures import together
from povplan.model import MEASURE_COLUMNS
from povplan.spec import Indicator
from povplan.units import Tree
from tests.drawing import frame
from tests.test_measures import ROWS, TREE, VILLAGE, indicator

INCOME = indicator("sum(income)", id="income", **{"in": "元"})


def measures(year: int, **values: float | None) -> pd.DataFrame:
    """Figures of one county: indicator = value."""
    rows = [
        {"indicator": name, "unit": "县", "level": "county", "year": year, "value": value}
        for name, value in values.items()
    ]
    return together([pd.DataFrame(rows, columns=list(MEASURE_COLUMNS))])


def one(now: float | None, before: float | None, of: Indicator = INCOME) -> pd.Series:
    found = change(measures(2020, **{of.id: now}), measures(2019, **{of.id: before}), [of])
    assert list(found.columns) == list(CHANGE_COLUMNS)
    assert len(found) == 1
    return found.iloc[0]


def test_a_change_stands_beside_both_years() -> None:
    parts = ["year", "previous_year", "value", "previous", "absolute", "relative", "points"]

    assert one(120, 100)[parts].tolist() == [2020, 2019, 120, 100, 20, 0.2, pd.NA]


def test_a_rate_changes_by_percentage_points_and_never_by_percent() -> None:
    found = one(0.10, 0.30, indicator())

    assert round(found["points"], 9) == -20
    assert found["relative"] is pd.NA


def test_a_rate_that_rose_from_zero_has_points_and_needs_no_note() -> None:
    found = one(0.10, 0.0, indicator())

    assert (found["points"], found["note"]) == (10, pd.NA)


def test_from_zero_there_is_no_relative_change() -> None:
    found = one(50, 0)

    assert found[["absolute", "relative", "note"]].tolist() == [50, pd.NA, "base_zero"]


def test_from_nothing_there_is_no_change() -> None:
    found = one(50, None)

    assert found[["absolute", "relative", "note"]].tolist() == [pd.NA, pd.NA, "base_missing"]


def test_without_this_years_figure_its_own_note_stands() -> None:
    now = measures(2020, income=None).assign(note=pd.array(["too_few"], dtype="string"))

    assert change(now, measures(2019, income=5.0), [INCOME])["note"].tolist() == ["too_few"]
    assert one(None, 5)["note"] == "no_rows"


def test_from_a_negative_base_the_sign_still_says_up_or_down() -> None:
    assert one(-50, -100)["relative"] == 0.5


@pytest.mark.parametrize("life", [{"valid": "2020.."}, {"comparable_from": 2020}])
def test_across_two_definitions_no_change_is_computed(life: dict[str, Any]) -> None:
    found = one(50, 100, indicator("sum(income)", **{"in": "元"} | life))

    assert found[["comparable", "absolute", "relative", "note"]].tolist() == [
        *(False, pd.NA, pd.NA, "not_comparable")
    ]


def test_two_years_on_the_same_side_of_a_break_are_comparable() -> None:
    assert one(50, 100, indicator("sum(income)", comparable_from=2019, **{"in": "元"}))["comparable"]
    assert one(50, 100, indicator("sum(income)", comparable_from=2021, **{"in": "元"}))["comparable"]


def test_figures_without_a_declared_indicator_are_compared_as_they_stand() -> None:
    found = change(measures(2020, leverage_others=3.0), measures(2019, leverage_others=2.0), [])

    assert found["relative"].tolist() == [0.5]


def test_the_order_of_this_year_stays_and_what_only_last_year_knew_follows() -> None:
    found = change(measures(2020, z=1.0, a=1.0), measures(2019, m=1.0, a=1.0), [])

    assert found["indicator"].tolist() == ["z", "a", "m"]
    assert found["note"].tolist() == ["base_missing", pd.NA, "no_rows"]


def test_scopes_and_bases_of_money_are_never_crossed() -> None:
    now, before = measures(2020, lever=4.0), measures(2019, lever=2.0)
    paid, planned = (pd.array([basis], dtype="string") for basis in ("paid", "planned"))

    found = change(now.assign(basis=paid), before.assign(basis=planned), [])

    assert found["relative"].isna().all()
    assert len(found) == 2


def test_measures_of_several_years_at_once_are_our_bug() -> None:
    both = together([measures(2019, income=1.0), measures(2020, income=1.0)])

    with pytest.raises(ValueError, match="one year"):
        change(both, both, [])


@settings(max_examples=40, deadline=None)
@given(st.floats(1, 1e9), st.floats(1, 1e9))
def test_the_base_and_its_relative_change_give_the_new_value(before: float, now: float) -> None:
    found = one(now, before)

    assert before * (1 + found["relative"]) == pytest.approx(now)


BEFORE = frame(
    """
    _unit        poor  persons   income
    县/甲镇/一村    20      100    500.10
    县/乙镇/三村    10      100   9000.00
    县/乙镇/五村    99      100   7000.00
    """,
    income="money",
)


def test_like_is_compared_with_like_and_the_full_totals_stand_beside() -> None:
    rate = indicator("sum(poor) / sum(persons)")
    now = YearRows(2020, date(2020, 12, 31), {"village": ROWS})
    before = YearRows(2019, date(2019, 12, 31), {"village": BEFORE})
    tree = Tree.of([*TREE.paths, "县/乙镇/五村"])

    found = comparable(now, before, [rate], {"village": VILLAGE}, {}, tree)

    parts = ["value", "previous", "full_value", "full_previous", "shared", "note"]
    by_unit = dict(zip(found["unit"], found[parts].values.tolist(), strict=True))
    assert by_unit["县"] == [10 / 200, 30 / 200, 100 / 500, 129 / 300, 2, pd.NA]
    assert by_unit["县/甲镇"] == [0.1, 0.2, 100 / 400, 0.2, 1, pd.NA]
    assert by_unit["县/乙镇/五村"] == [pd.NA, pd.NA, pd.NA, 0.99, 0, "no_rows"]


def test_without_a_year_there_is_nothing_to_compare_with() -> None:
    now = YearRows(2020, date(2020, 12, 31), {"village": ROWS})
    before = YearRows(2019, date(2019, 12, 31), {})

    found = comparable(now, before, [INCOME], {"village": VILLAGE}, {}, TREE)

    assert found["value"].isna().all()
    assert found["shared"].sum() == 0
    assert found["full_value"].iloc[0] == 7000.70


def test_a_village_blank_in_one_year_is_not_compared() -> None:
    """Only a has the figure in both years: 1,000 → 1,500, up by half; b's 9,000 would make it a fall."""
    earlier = frame("_entity _unit income\na 县/镇/a 1000\nb 县/镇/b 9000", income="money")
    later = frame("_entity _unit income\na 县/镇/a 1500\nb 县/镇/b ·", income="money")
    tree = Tree.of(["县/镇/a", "县/镇/b"])
    now = YearRows(2020, date(2020, 12, 31), {"village": later})
    before = YearRows(2019, date(2019, 12, 31), {"village": earlier})

    found = comparable(now, before, [INCOME], {"village": VILLAGE}, {}, tree).iloc[0]

    assert (found["previous"], found["value"], found["absolute"], found["relative"]) == (1000, 1500, 500, 0.5)
    assert (found["full_previous"], found["full_value"], found["shared"]) == (10000, 1500, 1)
