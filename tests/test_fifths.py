"""Ranks, fifths and sums: what every analysis of capacity and benefit stands on."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from povplan.fifths import bottom, concentration, fifths, fractional_rank
from povplan.spec import CalendarYear
from povplan.sums import Cases
from povplan.units import Tree
from povplan.workdays import weekends_only, working_days

TEN = [6.0, 8, 11, 15, 21, 25, 30, 40, 50, 100]
"""Incomes of the ten-person economy of Grosh and others, Revisiting Targeting in Social Assistance (2022)."""
TREE = Tree.of(["县/甲镇/一村", "县/乙镇/二村"])


def numbers(*values: float | None) -> pd.Series:
    return pd.Series(values, dtype="Float64")


def ones(count: int) -> pd.Series:
    return numbers(*[1.0] * count)


def test_a_rank_is_the_share_that_is_poorer_and_half_of_those_alike() -> None:
    rank = fractional_rank(numbers(30, 10, 20, 20, None), numbers(1, 1, 1, 1, 1))

    assert rank.tolist()[:4] == [0.875, 0.125, 0.5, 0.5]
    assert rank.isna().tolist() == [False, False, False, False, True]


def test_a_household_counts_as_many_times_as_it_has_persons() -> None:
    assert fractional_rank(numbers(10, 20), numbers(3, 1)).tolist() == [0.375, 0.875]


def test_fifths_hold_two_of_ten_each_and_nine_have_none() -> None:
    assert fifths(numbers(*TEN), ones(10)).tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert fifths(numbers(*TEN[:9]), ones(9)).isna().all()


def test_the_concentration_of_incomes_is_their_gini_as_printed() -> None:
    assert concentration(numbers(*TEN), numbers(*TEN), ones(10)) == pytest.approx([0.43595], abs=5e-6)


def test_the_same_for_everybody_leans_to_nobody() -> None:
    incomes, weights = numbers(*TEN, 40), numbers(1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 5)

    assert concentration(numbers(*[7.0] * 11), incomes, weights) == pytest.approx([0])
    assert (bottom(0.2, incomes, weights) * weights).sum() / weights.sum() == pytest.approx(0.2)


def test_all_to_the_richest_leans_the_other_way_than_all_to_the_poorest() -> None:
    poorest = concentration(numbers(9, *[0.0] * 9), numbers(*TEN), ones(10))
    richest = concentration(numbers(*[0.0] * 9, 9), numbers(*TEN), ones(10))

    assert (poorest[0], richest[0]) == pytest.approx((-0.9, 0.9))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 6), st.integers(0, 50)), min_size=2, max_size=30))
def test_order_and_splitting_of_households_change_no_concentration(
    rows: list[tuple[int, int, int]],
) -> None:
    frame = pd.DataFrame(rows, columns=["income", "persons", "each"]).astype("Float64")
    turned = frame.iloc[::-1].reset_index(drop=True)
    apart = frame.loc[frame.index.repeat(2)].assign(persons=lambda f: f["persons"] / 2).reset_index(drop=True)

    first, *others = (concentration(f["each"], f["income"], f["persons"])[0] for f in (frame, turned, apart))

    assert others == pytest.approx([first, first], nan_ok=True)


def test_villages_add_up_to_the_last_fen() -> None:
    units = pd.Series(["县/甲镇/一村", "县/乙镇/二村"] * 500, dtype="string")

    whole, *_ = Cases.at(TREE, units).total(numbers(*[0.1, 0.2] * 500))["value"]

    assert whole == 150.0


def test_a_ratio_uses_rows_that_know_both_parts_and_counts_the_rest() -> None:
    units = pd.Series(["县/甲镇/一村", "县/甲镇/一村", "县/乙镇/二村"], dtype="string")

    found = Cases.at(TREE, units).ratio(numbers(10, None, 5), numbers(100, 900, 0))

    assert found["value"].tolist()[:3] == [0.15, 0.1, 0.1]
    assert found[["n", "left_out"]].iloc[0].tolist() == [2, 1]
    assert found["note"].iloc[-1] == "no_denominator"


def test_no_quantile_of_fewer_than_ten() -> None:
    units = pd.Series(["县/甲镇/一村"] * 10 + ["县/乙镇/二村"] * 9, dtype="string")

    found = Cases.at(TREE, units).quantile(numbers(*range(19)), 0.5)

    assert found["value"].tolist()[:3] == [9.0, 4.5, 4.5]
    assert found["note"].isna().tolist()[:3] == [True, True, True]
    assert found["note"].tolist()[3:] == ["too_few", "too_few"]


# ---- working days ----------------------------------------------------------------------------------

CALENDAR = [
    CalendarYear.model_validate(
        {"year": 2024, "holidays": ["02-10..02-17"], "workdays": ["02-04", "02-18"], "source": "通知"}
    )
]


def days(*given: str) -> pd.Series:
    return pd.Series([dt.date.fromisoformat(day) for day in given]).astype("datetime64[s]")


def test_holidays_are_off_and_made_up_sundays_are_worked() -> None:
    """8 February 2024 is a Thursday; Friday is worked, then the Spring Festival until Sunday 18, worked."""
    start, end = (
        days("2024-02-08", "2024-02-08", "2024-02-18"),
        days("2024-02-09", "2024-02-18", "2024-02-08"),
    )

    assert working_days(start, end, CALENDAR).tolist() == [1, 2, -2]
    assert weekends_only(start, end, CALENDAR).tolist() == [False, False, False]


def test_a_year_without_declared_holidays_has_its_weekends_off_and_says_so() -> None:
    start, end = days("2023-05-01"), days("2023-05-08")

    assert working_days(start, end, CALENDAR).tolist() == [5]
    assert weekends_only(start, end, CALENDAR).tolist() == [True]


def test_an_unknown_day_gives_no_count() -> None:
    start = pd.Series([np.datetime64("NaT", "s")], dtype="datetime64[s]")

    assert working_days(start, days("2024-02-09"), CALENDAR).isna().all()
