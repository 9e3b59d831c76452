"""Keys over the years: each under the one that it has in the last of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest

from povplan.panel.following import GoesOn, followed, units_going_on


def over(
    changes: Mapping[int, GoesOn], keys: Mapping[int, Collection[str]] | None = None
) -> dict[int, dict[str, str]]:
    """The keys of 2019 and 2020 followed into 2021; `changes`: year → who is another in the next one."""
    known = keys or {}
    return followed([2019, 2020, 2021], lambda year, _: changes.get(year, {}), lambda year: known[year])


def test_where_nobody_changed_nothing_is_asked_of_the_rows() -> None:
    assert over({}) == {2019: {}, 2020: {}}


def test_a_number_changed_twice_is_followed_into_the_last_year() -> None:
    found = over({2019: {"A": "A1"}, 2020: {"A1": "A2"}}, {2019: {"A"}, 2020: {"A1"}})

    assert found == {2019: {"A": "A2", "A1": "A2"}, 2020: {"A1": "A2"}}


def test_two_that_exchanged_their_numbers_are_each_itself_without_a_look_at_the_rows() -> None:
    found = over({2020: {"A": "B", "B": "A"}})

    assert found[2019] == found[2020] == {"A": "B", "B": "A"}


def test_a_number_that_another_took_ends_with_its_year() -> None:
    assert over({2020: {"A": "B", "B": None}})[2020] == {"A": "B", "B": "B 2020"}


@pytest.mark.parametrize(("there", "expected"), [({"A", "Q"}, "Q 2019"), ({"A"}, None), ({"Q"}, None)])
def test_a_number_given_again_means_another_where_both_were_there(
    there: set[str], expected: str | None
) -> None:
    """Q, gone in 2020, is A's number from 2021 on: in 2019 it was another's if A was there beside it."""
    found = over({2020: {"A": "Q"}}, {2019: there, 2020: {"A"}})

    assert found[2019].get("Q") == expected
    assert found[2019]["A"] == found[2020]["A"] == "Q"


def test_of_units_those_renamed_go_on_and_one_whose_name_was_taken_ends() -> None:
    became = {"甲": ["乙"], "乙": ["乙一", "乙二"], "丙": ["戊"], "丁": ["戊"], "己": ["己"]}

    assert units_going_on(became) == {"甲": "乙", "乙": None}
