"""A packed column says what the list of its cells says, to whoever asks; and so does what is read from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from povplan.grid import BLANK, NUMBER, Contents, Distinct, Packed, Value
from povplan.jobs.profiles import plan_of
from povplan.reading.lines import filled
from povplan.reading.typed import read_column
from povplan.words import Vocabulary, are_clean, is_clean
from tests.definitions import default

WORDS = "合计 小计 其中：低保户 备注 — 无 没有 不详 是 否 男 12.5% 3,200元 3200"
CODES = 'A12 a12 001 5.1E+17 ="007" 2020年1月 20200103 桥\u3000头 买买提•艾力 a/b ＡＢ'
TEXTS = st.one_of(
    st.sampled_from(WORDS.split(" ") + CODES.split(" ")),
    st.text("村桥头aZ09 .·/—ａ①計计%,²❶\u200b\u202d\u2069\ufeff", min_size=1, max_size=6),
)
CELLS = st.lists(
    st.one_of(
        st.none(),
        TEXTS,
        st.floats(-1e17, 1e17, allow_nan=False),
        st.integers(0, 99).map(float),
        st.booleans(),
        st.dates(dt.date(1950, 1, 1), dt.date(2030, 1, 1)),
    ),
    max_size=12,
)


def packed(cells: Sequence[Value]) -> Packed:
    """The cells as a column that shares its contents with others."""
    texts = sorted({cell for cell in cells if isinstance(cell, str)} | {"别列"})
    others: list[Value] = [*{cell for cell in cells if isinstance(cell, bool | dt.date)}, dt.time(1)]
    contents = Contents(pa.array(texts, pa.string()), others)
    codes = [
        BLANK if cell is None
        else NUMBER if isinstance(cell, float)
        else texts.index(cell) if isinstance(cell, str)
        else len(texts) + others.index(cell)
        for cell in cells
    ]  # fmt: skip
    numbers = [cell if isinstance(cell, float) else np.nan for cell in cells]
    return Packed(np.array(codes, np.int32), np.array(numbers, np.float64), contents)


def typed(cells: Sequence[Value]) -> list[tuple[type, Value]]:
    return [(type(cell), cell) for cell in cells]


@cache
def vocabulary() -> Vocabulary:
    return plan_of(default()).definitions.vocabulary


@settings(deadline=None)
@given(CELLS, st.integers(0, 12))
def test_it_is_the_sequence_of_its_cells(cells: list[Value], first: int) -> None:
    column = packed(cells)

    assert typed(column) == typed(cells)
    assert typed([column[at] for at in range(len(cells))]) == typed(cells)
    assert typed(column[first:]) == typed(cells[first:])
    assert typed(column.take(np.arange(len(cells))[::-1])) == typed(cells[::-1])


@settings(deadline=None)
@given(CELLS)
def test_its_distinct_values_are_those_of_the_list(cells: list[Value]) -> None:
    distinct = Distinct.of(packed(cells))

    assert typed([distinct.values[code] for code in distinct.codes]) == typed(cells)
    assert filled(packed(cells)).tolist() == filled(cells).tolist()


@settings(deadline=None)
@given(CELLS)
def test_what_is_told_at_once_is_what_is_told_one_by_one(cells: list[Value]) -> None:
    texts = Distinct.of(cells).texts
    names = are_clean(texts) & vocabulary().are_surely_names(texts)

    for text, clean, name in zip(texts.to_pylist(), are_clean(texts), names, strict=True):
        assert not clean or is_clean(text)
        assert not name or vocabulary().is_surely_name(text)


@pytest.mark.parametrize("ledger", ["household", "member"])
@settings(max_examples=30, deadline=None)
@given(cells=CELLS)
def test_every_field_reads_it_as_it_reads_the_list(ledger: str, cells: list[Value]) -> None:
    fields = default().ledgers[ledger].fields
    kinds = {(one.type, one.place, one.person, one.is_blank_if_none): one for one in fields}
    for field in kinds.values():
        of_list = read_column(cells, field, None, vocabulary(), default().codes)
        of_packed = read_column(packed(cells), field, None, vocabulary(), default().codes)

        pd.testing.assert_series_equal(of_packed.values, of_list.values)
        assert of_packed.troubles == of_list.troubles, field.id
