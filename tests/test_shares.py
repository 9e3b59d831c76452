"""Shares add up to the whole, and reproduce the tables that offices printed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from povplan.shares import apportion, shares


def test_the_published_shares_of_the_bonds_of_gongliu_reproduce() -> None:
    bonds = [1250, 5263, 13500, 375]

    assert sum(bonds) == 20388
    assert shares(bonds).tolist() == [6.1, 25.8, 66.2, 1.9]


def test_the_plan_of_gongliu_and_the_library_of_nanhua_add_up() -> None:
    special = [8041, 2600, 600, 150, 200, 110]
    industry = [3985.44, 699.64, 1277.74, 33, 800, 726]
    library = [7521.82, 782.58, 28101.68 - 7521.82 - 782.58]

    assert sum(special) == 11701
    assert sum(special) + 6875 == 18576
    assert sum(industry) == pytest.approx(7521.82)
    assert shares(library, 2)[0] == 26.77


def test_equal_remainders_go_to_the_first_and_nothing_has_no_shares() -> None:
    assert shares([1, 1, 1]).tolist() == [33.4, 33.3, 33.3]
    assert np.isnan(shares([0, 0])).all()
    assert shares([1, np.nan, 3], 0).tolist()[::2] == [25, 75]


def test_whole_sums_are_apportioned_within_their_groups() -> None:
    assert apportion([10, 7], [1, 1, 1, 2, 5], [0, 0, 0, 1, 1]).tolist() == [4, 3, 3, 2, 5]


@given(st.lists(st.integers(0, 10**13), min_size=1, max_size=30), st.integers(0, 3))
def test_shares_always_add_up_and_stay_within_one_step_of_the_exact(parts: list[int], decimals: int) -> None:
    found = shares(parts, decimals)

    if sum(parts):
        assert round(float(found.sum()), 6) == 100
        exact = np.array(parts) / sum(parts) * 100
        assert np.abs(found - exact).max() < 10.0**-decimals + 1e-6


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 10**12)), min_size=1, max_size=20))
def test_nobody_is_given_more_than_the_weight_when_the_sum_is_no_more_than_all(
    given_: list[tuple[int, int]],
) -> None:
    groups, weights = (np.array(column) for column in zip(*given_, strict=True))
    whole = np.bincount(groups, weights, 4).astype(np.int64)

    parts = apportion(whole // 2, weights, groups)

    assert (parts <= weights).all()
    assert np.bincount(groups, parts, 4).astype(np.int64).tolist() == (whole // 2).tolist()
