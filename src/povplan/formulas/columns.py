"""Whole columns in which a value may be unknown, and what can be computed with them.

A column is values beside a mask of what is known; a constant has no length and spreads over the others.
Money is in fen: integers while it is only added and compared, fractions after a product or a quotient.
Truth follows Kleene: false and unknown is false, true or unknown is true, all else unknown.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Array = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int64]

NOISE = 1e-9
"""Numbers closer than this are equal: 0.1 + 0.2 is 0.3."""
FEN_NOISE = 1e-4
"""The same for money, in fen: a millionth of a yuan."""
RELATIVE_NOISE = 1e-12
TEXT = pa.large_string()


EVERYWHERE: Bools = np.asarray(True)
"""Known on every row, whatever their number: most masks cost nothing then."""


LONG = 2000
"""Rows from which on a column is worth coding; so many are looked at to see how many texts there are."""


@dataclass(frozen=True, eq=False)
class Coded:
    """Rows as places among distinct texts; a blank has the place after the last."""

    places: Positions
    distinct: pa.Array

    def spread(self, answers: Bools | Array) -> Array:
        """What is true of each distinct text, row by row; of a blank nothing is."""
        found: Array = np.append(answers, np.zeros(1, answers.dtype))[self.places]
        return found


@dataclass(frozen=True)
class Column:
    """Values and what of them is known. Text is an Arrow array or scalar, all else numpy.

    Where a value is not known, what stands in `values` means nothing.
    """

    values: Any
    known: Bools

    @cached_property
    def coded(self) -> Coded | None:
        """A long column of a few texts by its distinct ones, so that each is looked at once; else None."""
        if not isinstance(self.values, pa.Array) or len(self.values) < LONG:
            return None
        if pc.count_distinct(self.values.slice(0, LONG)).as_py() > LONG // 10:
            return None
        encoded = self.values.dictionary_encode()
        indices = pc.fill_null(encoded.indices, len(encoded.dictionary)).to_numpy(zero_copy_only=False)
        return Coded(indices, encoded.dictionary)

    @classmethod
    def constant(cls, value: Any) -> Column:
        """The same value on every row; None is unknown."""
        if isinstance(value, str):
            return cls(pa.scalar(value, TEXT), np.asarray(True))
        return cls(np.asarray(0 if value is None else value), np.asarray(value is not None))

    def take(self, positions: Positions) -> Column:
        """The rows at `positions` of a column of full length; -1 gives an unknown one."""
        if isinstance(self.values, pa.Array):
            values: Any = self.values.take(pa.array(positions, mask=positions < 0))
        else:
            values = np.append(self.values, np.zeros(1, self.values.dtype))[positions]
        return Column(values, np.append(self.known, False)[positions])

    def spread(self, rows: int) -> Column:
        """The column at full length, constants repeated."""
        if isinstance(self.values, pa.Scalar):
            values: Any = pa.array(np.full(rows, self.values.as_py(), object), TEXT)
        else:
            values = self.values if is_text(self) else np.broadcast_to(self.values, rows)
        known = self.known if self.known.ndim else np.full(rows, self.known)  # numpy is slow on views of one
        return Column(values, known)


def is_text(column: Column) -> bool:
    """Whether the values are text."""
    return isinstance(column.values, (pa.Array, pa.Scalar))


def load(series: pd.Series, kind: str) -> Column:
    """A column of a typed frame, `kind` being number, money, text, choices, boolean or date."""
    if kind in ("text", "choices"):
        text = pa.array(series.array, TEXT, from_pandas=True)
        text = text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
        return Column(text, np.asarray(pc.is_valid(text)) if text.null_count else EVERYWHERE)
    unknown = np.asarray(series.array.isna())
    known = ~unknown if unknown.any() else EVERYWHERE
    if kind == "date":
        return Column(np.where(known, series.to_numpy("datetime64[s]"), np.datetime64(0, "s")), known)
    if kind == "boolean":
        return Column(series.to_numpy(bool, na_value=False), known)
    if kind == "money" or series.dtype.kind in "iu":
        return Column(series.to_numpy("int64", na_value=0), known)
    numbers = series.to_numpy("float64", na_value=0.0)
    finite = np.isfinite(numbers)
    return Column(numbers, known if finite.all() else known & finite)


def blank(rows: int, kind: str) -> Column:
    """A column of which nothing is known."""
    dtypes = {"boolean": "bool", "date": "datetime64[s]", "money": "int64"}
    text = kind in ("text", "choices")
    values = pa.nulls(rows, TEXT) if text else np.zeros(rows, dtypes.get(kind, "float64"))
    return Column(values, np.zeros(rows, bool))


def unload(column: Column, kind: str, index: pd.Index) -> pd.Series:
    """The column as a Series in the dtype of a typed frame; money rounded to the fen."""
    column = column.spread(len(index))
    values, unknown = column.values, ~column.known
    if is_text(column):
        text = pc.if_else(pa.array(column.known), values, pa.scalar(None, TEXT))
        return pd.Series(pd.array(text, dtype="string"), index=index)
    if kind == "date":
        dates = np.where(unknown, np.datetime64("NaT", "s"), values)
        return pd.Series(dates, index=index, dtype="datetime64[s]")
    if kind == "boolean":
        return pd.Series(pd.arrays.BooleanArray(values.astype(bool), unknown), index=index)
    if kind == "money":
        fen, unknown = _whole_fen(values, unknown)
        return pd.Series(pd.arrays.IntegerArray(fen, unknown), index=index)
    return pd.Series(pd.arrays.FloatingArray(values.astype("float64"), unknown), index=index)


def _whole_fen(values: Array, unknown: Bools) -> tuple[Array, Bools]:
    if values.dtype.kind == "i":
        return values.astype("int64"), unknown
    unknown = unknown | (np.abs(values) >= 2.0**63)
    return half_up(np.where(unknown, 0, values), 0, FEN_NOISE).astype("int64"), unknown


def known_in(*columns: Column) -> Bools:
    """Where all of `columns` are known."""
    return reduce(np.logical_and, [column.known for column in columns])


def compute(operation: Callable[..., Any], *columns: Column) -> Column:
    """`operation` on the values, known where all are; a number too great to hold is unknown."""
    with np.errstate(all="ignore"):
        values = np.asarray(operation(*(column.values for column in columns)))
    known = known_in(*columns)
    if values.dtype.kind not in "fc":
        return Column(values, known)
    finite = np.isfinite(values)
    return Column(values, known) if finite.all() else Column(np.where(finite, values, 0), known & finite)


def multiply(left: Column, right: Column) -> Column:
    """The product, as a fraction: products of integers may outgrow them."""
    return compute(lambda a, b: a.astype("float64") * b, left, right)


def divide(left: Column, right: Column) -> Column:
    """The quotient; unknown where the divisor is zero."""
    something = np.abs(right.values) > NOISE
    quotient = compute(lambda a, b: a / np.where(something, b, 1), left, right)
    return Column(quotient.values, quotient.known & something)


def half_up(values: Array, digits: int, noise: float = NOISE) -> Array:
    """Rounded to `digits` decimals, a half away from zero as in Excel."""
    scale = 10.0**digits
    rounded: Array = np.sign(values) * np.floor(np.abs(values) * scale + 0.5 + noise) / scale
    return rounded


_ORDER: dict[str, Callable[[Any, Any], Any]] = {
    **{"==": operator.eq, "!=": operator.ne, "<": operator.lt},
    **{"<=": operator.le, ">": operator.gt, ">=": operator.ge},
}


_FUZZY: dict[str, Callable[[Any, Any], Any]] = {
    "==": lambda gap, slack: np.abs(gap) <= slack,
    "!=": lambda gap, slack: np.abs(gap) > slack,
    "<": lambda gap, slack: gap < -slack,
    "<=": lambda gap, slack: gap <= slack,
    ">": lambda gap, slack: gap > slack,
    ">=": lambda gap, slack: gap >= -slack,
}
"""The same of left less right, where less than the slack is nothing."""


def compare(sign: str, left: Column, right: Column, noise: float) -> Column:
    """`left sign right`; integers, dates and truth exactly, fractions up to binary noise."""
    if is_text(left) or is_text(right):
        same = _same_text(left, right)
        return Column(same if sign == "==" else ~same, left.known & right.known)
    if "f" not in left.values.dtype.kind + right.values.dtype.kind:
        return Column(np.asarray(_ORDER[sign](left.values, right.values)), left.known & right.known)
    gap = np.asarray(left.values - right.values)
    slack = noise + RELATIVE_NOISE * np.abs(right.values)
    return Column(np.asarray(_FUZZY[sign](gap, slack)), left.known & right.known)


def _same_text(left: Column, right: Column) -> Bools:
    if isinstance(right.values, pa.Scalar) and left.__dict__.get("coded") is not None:
        coded: Coded = left.__dict__["coded"]  # made for something else: now it costs nothing
        same: Bools = coded.spread(truth(pc.equal(coded.distinct, right.values)))
        return same
    return truth(pc.equal(left.values, right.values))


def truth(answer: Any) -> Bools:
    """An Arrow answer as numpy; unknown reads as false."""
    if isinstance(answer, pa.Scalar):
        return np.asarray(bool(answer.as_py()))
    found: Bools = np.asarray(pc.fill_null(answer, False) if answer.null_count else answer, dtype=bool)
    return found


def both(left: Column, right: Column) -> Column:
    """Kleene's `and`."""
    if not left.known.ndim and not right.known.ndim and left.known and right.known:
        return Column(left.values & right.values, EVERYWHERE)
    false = (left.known & ~left.values) | (right.known & ~right.values)
    return Column(left.values & right.values, (left.known & right.known) | false)


def either(left: Column, right: Column) -> Column:
    """Kleene's `or`."""
    if not left.known.ndim and not right.known.ndim and left.known and right.known:
        return Column(left.values | right.values, EVERYWHERE)
    return negate(both(negate(left), negate(right)))


def negate(column: Column) -> Column:
    """Kleene's `not`."""
    return Column(~column.values, column.known)


def select(mask: Bools, chosen: Column, other: Column) -> Column:
    """Row by row `chosen` where `mask` is true, else `other`."""
    known = np.where(mask, chosen.known, other.known)
    if is_text(chosen) or is_text(other):
        test = pa.array(mask) if mask.ndim else pa.scalar(bool(mask))
        return Column(pc.if_else(test, chosen.values, other.values), known)
    return Column(np.where(mask, chosen.values, other.values), known)


def choose(condition: Column, chosen: Column, other: Column) -> Column:
    """`chosen if condition else other`; unknown where the condition is."""
    picked = select(condition.values, chosen, other)
    return Column(picked.values, picked.known & condition.known)


def coalesce(*columns: Column) -> Column:
    """The first known of `columns`."""
    return reduce(lambda first, then: select(first.known, first, then), columns)


def sum_known(*columns: Column) -> Column:
    """The sum of what is known; unknown where nothing is."""
    total = sum(np.where(column.known, column.values, 0) for column in columns)
    return Column(np.asarray(total), reduce(np.logical_or, [column.known for column in columns]))
