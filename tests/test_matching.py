"""A list against a ledger: numbers as keys, every row in one group, what differs, who is missing."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd
import pytest

from povplan.matching import Side, identity_keys, match, name_keys, plain_keys
from povplan.matching.groups import MEANS
from tests.drawing import frame

ONE, TWO, THREE = "11010519491231002X", "440524188001010014", "99060019200508011X"
"""Examples of GB 11643: nobody's numbers."""


def numbers(*given: str | None) -> pd.Series:
    return pd.Series(given, dtype="string")


def keys(*given: str | None, damaged: tuple[int, ...] = ()) -> Any:
    mask = np.zeros(len(given), np.bool_)
    mask[list(damaged)] = True
    return identity_keys(numbers(*given), mask)


def listed(series: pd.Series) -> list[Any]:
    return series.astype(object).where(series.notna(), None).tolist()


def side(drawing: str) -> Side:
    """`key` and the fields compared."""
    drawn = frame(drawing, key="text")
    values = drawn.drop(columns="key")
    return Side(plain_keys(drawn["key"], np.zeros(len(drawn), np.bool_)), values)


def groups(theirs: str, ours: str, holds: list[bool | None] | None = None, **how: bool) -> Any:
    known = None if holds is None else pd.Series(holds, dtype="boolean")
    return match(
        side(theirs), side(ours), known, absent=how.get("absent", False), weak=how.get("weak", False)
    )


# ---- keys --------------------------------------------------------------------------------------------


def test_a_disability_card_is_the_identity_card_with_more_behind_it() -> None:
    found = keys(ONE, ONE + "42", ONE + "42B1")

    assert listed(found.values) == [ONE, ONE, ONE]
    assert listed(found.reasons) == [None, None, None]


def test_what_is_no_number_has_its_reason_and_no_key() -> None:
    given = (None, None, "440524188001010000", "999999201501010011", "440524880101001", "4405241880", ONE)

    found = keys(*given, damaged=(1,))

    wanted = ["blank", "damaged", "damaged", "placeholder", "old_number", "length", None]
    assert listed(found.reasons) == wanted
    assert found.values.notna().tolist() == [reason is None for reason in wanted]


def test_a_wrong_check_digit_still_joins_to_the_very_same_number() -> None:
    found = keys("440524188001010015", TWO)

    assert found.doubtful.tolist() == [True, False]
    assert found.values.notna().all()


def test_name_and_village_are_a_key_only_together() -> None:
    found = name_keys(numbers("张三", "张三", None), numbers("县/镇/甲", None, "县/镇/甲"))

    assert listed(found.values) == ["张三|县/镇/甲", None, None]
    assert listed(found.reasons) == [None, "blank", "blank"]


# ---- groups ------------------------------------------------------------------------------------------

OURS = """
    key  name  persons
    a    甲     3
    b    乙     4
    c    丙     ·
    d    丁     2
"""


def test_every_row_of_the_list_is_in_one_group() -> None:
    theirs = """
        key  name  persons
        a    甲     3
        b    乙     5
        x    外     1
        ·    无     1
        c    丙     7
    """

    found = groups(theirs, OURS)

    assert found.groups.tolist() == ["agree", "conflict", "theirs_only", "unusable", "agree"]
    assert found.ours.tolist() == [0, 1, -1, -1, 2]
    assert found.differences.to_numpy().tolist() == [[1, 1, "persons"]]
    assert found.listed.tolist() == [True, True, True, False]


def test_a_field_that_one_side_lacks_throughout_differs_nowhere() -> None:
    theirs = side("key on\na 是\nb 否")
    ours = Side(
        side("key on\na 是\nb 是").keys, pd.DataFrame({"on": pd.Series([pd.NA, pd.NA], dtype="boolean")})
    )
    texts = Side(ours.keys, ours.values.astype(object))

    found = [match(theirs, one, None, absent=False, weak=False).groups.tolist() for one in (ours, texts)]
    turned = match(texts, Side(ours.keys, pd.DataFrame({"on": [1, 2]}, dtype="Int64")), None,
                   absent=False, weak=False)  # fmt: skip

    assert found == [["agree", "agree"]] * 2
    assert turned.groups.tolist() == ["agree", "agree"]


def test_two_rows_of_one_number_stand_for_one_unless_they_contradict() -> None:
    theirs = """
        key  name  persons
        a    甲     3
        a    甲     ·
        b    乙     4
        b    别     4
    """

    found = groups(theirs, OURS)

    assert found.groups.tolist() == ["agree", "unusable", "unusable", "unusable"]
    assert listed(found.reasons) == [None, "repeated", "contradicting", "contradicting"]
    assert found.first.tolist() == [-1, 0, -1, 2]
    assert found.listed.tolist() == [True, True, False, False]


def test_a_key_that_the_ledger_has_twice_is_not_decided() -> None:
    ours = """
        key  name
        a    甲
        a    乙
        b    丙
    """

    found = groups("key name\na 甲\nb 丙", ours)

    assert found.groups.tolist() == ["ambiguous", "agree"]
    assert found.ours.tolist() == [-1, 2]


def test_namesakes_on_a_list_without_numbers_join_nothing() -> None:
    found = groups("key\n张三|甲\n张三|甲\n李四|甲", "key\n张三|甲\n李四|甲", weak=True)

    assert found.groups.tolist() == ["ambiguous", "ambiguous", "agree"]


def test_for_whom_it_does_not_hold_is_a_conflict_and_where_it_is_not_known_the_ledger_is_blank() -> None:
    theirs = "key\na\nb\nc"

    found = groups(theirs, OURS, [True, False, None, False])

    assert found.groups.tolist() == ["agree", "conflict", "blank"]
    assert found.differences["field"].tolist() == [MEANS, MEANS]


def test_who_differs_is_a_conflict_whatever_else_is_not_known() -> None:
    found = groups("key sex\na 女\nb 男", "key sex\na 男\nb 男", [None, None])

    assert found.groups.tolist() == ["conflict", "blank"]


def test_whoever_is_on_a_list_of_the_dead_and_in_the_ledger_is_a_conflict() -> None:
    found = groups("key\na\nx", OURS, absent=True)

    assert found.groups.tolist() == ["conflict", "theirs_only"]


def test_a_number_that_no_card_has_is_of_no_use_unless_the_ledger_has_it_too() -> None:
    wrong = "440524188001010015"
    theirs = Side(keys(wrong, wrong[:-1] + "6"), pd.DataFrame(index=range(2)))
    ours = Side(keys(wrong), pd.DataFrame(index=range(1)))

    found = match(theirs, ours, None, absent=False, weak=False)

    assert found.groups.tolist() == ["agree", "unusable"]
    assert listed(found.reasons) == [None, "check_digit"]


@pytest.mark.parametrize("seed", range(3))
def test_groups_add_up_and_do_not_hang_on_the_order_of_rows(seed: int) -> None:
    random = np.random.default_rng(seed)
    names = np.array(["甲", "乙", None], object)

    def drawn(count: int) -> pd.DataFrame:
        key = pd.Series(random.integers(0, 60, count).astype(str)).mask(random.random(count) < 0.1)
        return pd.DataFrame({"key": key, "name": names[random.integers(0, 3, count)]}).astype("string")

    def as_side(rows: pd.DataFrame) -> Side:
        keys_ = plain_keys(rows["key"].reset_index(drop=True), np.zeros(len(rows), np.bool_))
        return Side(keys_, rows[["name"]].reset_index(drop=True))

    theirs, ours = drawn(80), drawn(50)
    shuffled = theirs.iloc[random.permutation(80)]

    first = match(as_side(theirs), as_side(ours), None, absent=False, weak=False)
    second = match(as_side(shuffled), as_side(ours), None, absent=False, weak=False)

    assert first.groups.notna().all()
    assert len(first.groups) == 80
    loose = ["agree", "conflict"]  # of rows that repeat each other the first counts, whichever it is
    count = [
        one.groups.where(~one.groups.isin(loose), "both").value_counts().to_dict() for one in (first, second)
    ]
    assert count[0] == count[1]
    assert (first.listed == second.listed).all()


def test_two_hundred_thousand_rows_join_in_a_moment() -> None:
    count = 200_000
    own = pd.Series(
        np.char.add("44052419880", np.char.zfill(np.arange(count).astype(str), 7)), dtype="string"
    )
    other = own.iloc[::-1].reset_index(drop=True)
    sexes = pd.DataFrame({"sex": pd.Series(np.where(np.arange(count) % 7, "男", "女"), dtype="string")})
    nothing = np.zeros(count, np.bool_)

    began = time.process_time()
    theirs, ours = Side(identity_keys(other, nothing), sexes), Side(identity_keys(own, nothing), sexes)
    found = match(theirs, ours, None, absent=False, weak=False)
    took = time.process_time() - began

    assert (found.ours == np.arange(count)[::-1]).sum() == (found.groups.isin(["agree", "conflict"])).sum()
    assert took < 4
