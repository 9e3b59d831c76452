"""Cells of a column of numbers → numbers in the field's unit; money exact to the fen.

Amounts are rounded half-up from the decimal text of the cell: binary noise is silent, a true third decimal
is said. A cell may state its own unit: 0.32万元 in a column of 元.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from types import NoneType
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.grid import Packed, Value
from povplan.spec import LedgerField, UnitOfMeasure
from povplan.words import Vocabulary, counted_by, half_width, normal, visible

Trouble = tuple[int, str, str]
"""(position in the column, rule id, what to show of it)."""
Floats: TypeAlias = npt.NDArray[np.float64]

_NOISE_FEN = 1e-4  # a millionth of a yuan
_MOST = 9e15  # beyond this a float no longer holds every whole number


@dataclass(frozen=True)
class Reading:
    """A column read: values in the field's dtype, and the trouble met on the way."""

    values: pd.Series
    troubles: list[Trouble]


@dataclass(frozen=True)
class Scale:
    """What the numbers of a column stand in, and what they are multiplied by to stand in the field's unit."""

    factor: float
    """Money in fen."""
    unit: UnitOfMeasure | None
    vocabulary: Vocabulary
    field: LedgerField

    @classmethod
    def of(cls, field: LedgerField, stated: str | None, vocabulary: Vocabulary) -> Scale:
        """The scale of a field's column, in the unit that the sheet states, if it does."""
        own = vocabulary.measurement[field.unit] if field.unit else None
        unit = vocabulary.measurement[stated] if stated else own
        if own is None or unit is None or own.dimension != unit.dimension:
            return cls(100.0 if field.type == "money" else 1.0, own, vocabulary, field)
        if field.type == "money":
            return cls(float(unit.factor) * 100, unit, vocabulary, field)
        return cls(float(unit.factor) / float(own.factor), unit, vocabulary, field)

    def said(self, word: str) -> Decimal | None:
        """What a number with its own unit (0.32万元, 12.5%) is multiplied by to stand as its column does.

        300元/月 is no amount of a year.
        """
        if (per := counted_by(word)) and not counts_by(per, self.field):
            return None
        name = self.vocabulary.unit(word) or self.vocabulary.unit(word.removesuffix("度"))
        unit = self.vocabulary.measurement[name] if name else None
        if unit is None or self.unit is None:
            return Decimal(1) if unit and unit.factor == 1 else None
        if unit.dimension != self.unit.dimension:
            return None
        return Decimal(repr(unit.factor)) / Decimal(repr(self.unit.factor))


def counts_by(per: str, field: LedgerField) -> bool:
    """Whether a field is an amount by that: 人均 by 人, 月 by 月; 元/月 over a year's income is none."""
    alike = "日天" if per in "日天" else per
    return any(mark in text for text in (field.label.zh, *field.aliases) for mark in alike)


def read_numbers(cells: Sequence[Value], field: LedgerField, scale: Scale) -> Reading:
    """The cells as whole numbers, numbers or fen. What is no number is blank and said."""
    plain, unread = _plain(cells, scale)
    values = plain * scale.factor
    too_big = np.abs(values) > _MOST
    values[too_big] = plain[too_big] = np.nan
    troubles = [(i, "unreadable_number", str(cells[i])) for i in (*unread, *np.flatnonzero(too_big).tolist())]
    if field.type == "number":
        return Reading(_nullable(values, "Float64"), sorted(troubles))
    whole = np.rint(values)
    noise = 2 * np.spacing(np.abs(np.nan_to_num(values)))
    if field.type == "money":
        finer = np.flatnonzero(np.abs(values - whole) > np.maximum(_NOISE_FEN, noise)).tolist()
        whole[finer] = [_half_up(plain[i], scale.factor) for i in finer]
        troubles += [(i, "third_decimal", str(cells[i])) for i in finer]
    else:
        broken = np.flatnonzero(np.abs(values - whole) > np.maximum(1e-9, noise)).tolist()
        whole[broken] = np.nan
        troubles += [(i, "not_whole", str(cells[i])) for i in broken]
    return Reading(_nullable(whole, "Int64"), sorted(troubles))


def _plain(cells: Sequence[Value], scale: Scale) -> tuple[Floats, list[int]]:
    """The numbers as the column states them, NaN for blanks, and where one could not be read."""
    if isinstance(cells, Packed):
        return _plain_packed(cells, scale)
    if set(map(type, cells)) <= {float, NoneType}:
        return np.array(cells, np.float64), []
    known = {cell: _number(cell, scale) for cell in {cell for cell in cells if isinstance(cell, str)}}
    plain = np.full(len(cells), np.nan)
    unread = []
    for i, cell in enumerate(cells):
        number = known[cell] if isinstance(cell, str) else _bare_number(cell)
        if number is None:
            unread.append(i)
        else:
            plain[i] = number
    return plain, unread


def _plain_packed(cells: Packed, scale: Scale) -> tuple[Floats, list[int]]:
    """As `_plain`: what is no number is asked for once, however often it stands in the column."""
    plain = cells.numbers.copy()
    if cells.has_only_numbers:
        return plain, []
    plain[np.abs(plain) >= _MOST] = math.inf
    known = [_number(text, scale) if isinstance(text, str) else None for text in cells.own]
    at = np.flatnonzero(cells.codes >= 0)
    codes = cells.own_codes[at]
    plain[at] = np.array([math.nan if number is None else number for number in known])[codes]
    return plain, at[np.array([number is None for number in known])[codes]].tolist()


def _bare_number(cell: Value) -> float | None:
    if cell is None:
        return math.nan
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return None
    return float(cell) if abs(cell) < _MOST else math.inf


def _half_up(number: float, factor: float) -> float:
    """Rounded to whole fen from the 15 digits that a spreadsheet shows."""
    exact = Decimal(f"{number:.15g}") * Decimal(repr(factor))
    return float(exact.quantize(Decimal(1), ROUND_HALF_UP))


def _nullable(values: Floats, dtype: str) -> pd.Series:
    known = ~np.isnan(values)
    if dtype == "Int64":
        whole = np.where(known, values, 0).astype(np.int64)
        return pd.Series(pd.arrays.IntegerArray(whole, ~known))
    return pd.Series(pd.arrays.FloatingArray(np.where(known, values, 0.0), ~known))


_PLAIN = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]+)?")
_TAIL = re.compile(r"^([-+]?[\d.]+(?:e[-+]?\d+)?)\s*(.*)$", re.IGNORECASE)
_GROUPED = re.compile(r"^[-+]?\d{1,3}(,\d{3})+(\.\d+)?\D*$")
_ACCOUNTING = re.compile(r"^\(([\d.,]+)\)$")


def _number(cell: str, scale: Scale) -> float | None:
    """A number written as text: `1,234.50`, `¥ 500`, `3200元`, `(500)`; NaN for a blank, else None.

    12.5① is no number: whether ① is a footnote or a slip, it is no digit.
    """
    if _PLAIN.fullmatch(cell):
        return float(cell)
    if normal(cell) in scale.vocabulary.blanks:
        return math.nan
    text = half_width(visible(cell)).replace("−", "-").strip().lstrip("'¥$").strip()
    if accounting := _ACCOUNTING.match(text):
        text = "-" + accounting[1]
    if "," in text:
        if not _GROUPED.match(text):
            return None
        text = text.replace(",", "")
    tail = _TAIL.match(text)
    factor = (scale.said(tail[2]) if tail[2] else Decimal(1)) if tail else None
    if tail is None or factor is None:
        return None
    try:
        return float(Decimal(tail[1]) * factor)
    except ArithmeticError:
        return None
