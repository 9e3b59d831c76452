"""Keys as sets say what `Series.isin` says, only sooner."""

from __future__ import annotations

import pandas as pd
import pytest

from povplan.grid import Distinct, Value
from povplan.keys import among


def texts(*values: str | None) -> pd.Series:
    return pd.Series(list(values), dtype="string")


@pytest.mark.parametrize(
    ("keys", "known"),
    [
        (texts("a", "b", "a", None), texts("a", "c")),
        (texts("a", None), texts("b", None)),
        (texts("a", "b"), texts()),
        (texts(), texts("a")),
        (pd.concat([texts("a", "b"), texts("c")]), pd.concat([texts("c"), texts("a")])),
    ],
)
def test_known_keys_are_those_that_isin_finds(keys: pd.Series, known: pd.Series) -> None:
    found = among(keys, known)

    pd.testing.assert_series_equal(found, keys.isin(known), check_names=False)


def test_rows_keep_their_index() -> None:
    keys = texts("a", "b", "c")[[False, True, True]]

    assert among(keys, texts("c")).index.tolist() == [1, 2]


def test_one_and_true_and_one_as_text_are_distinct_values() -> None:
    cells: list[Value] = [1, 1.0, True, "1", None, 1, "1"]

    distinct = Distinct.of(cells)

    assert [(type(value), value) for value in distinct.values] == [
        *((int, 1), (float, 1.0), (bool, True), (str, "1"), (type(None), None)),
    ]
    assert distinct.codes.tolist() == [0, 1, 2, 3, 4, 0, 3]


def test_what_is_so_of_a_value_is_so_of_all_its_cells() -> None:
    distinct = Distinct.of(["甲", None, "甲", "乙"])

    assert distinct.where(lambda value: value == "甲").tolist() == [True, False, True, False]
    assert distinct.where(lambda value: value is None).tolist() == [False, True, False, False]
