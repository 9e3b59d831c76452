"""Raw cells of one column → values of one field, and the cells that could not be read.

A value that cannot be read becomes blank and one finding; it is never guessed. Money is exact to the
fen, rounded half-up from the decimal text of the cell.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from types import NoneType
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.grid import Value
from povplan.model import DTYPES
from povplan.spec import LEVELS, NUMERIC, CodeList, LedgerField, UnitOfMeasure
from povplan.words import Vocabulary, nearest, normal

Trouble = tuple[int, str, str]
"""(position in the column, rule id, what to show of it)."""
Read: TypeAlias = Callable[[Value], tuple[Any, str | None]]
"""A cell → its value and the rule it breaks."""
Floats: TypeAlias = npt.NDArray[np.float64]

_NOISE_FEN = 1e-4  # a millionth of a yuan
_MOST = 9e15  # beyond this a float no longer holds every whole number
_DAY_ZERO, _FIRST_SERIAL = dt.datetime(1899, 12, 30), 3654  # 1910: whoever was born before is no more
_NO_DATE = (None, "unreadable_date")


@dataclass(frozen=True)
class Reading:
    """A column read: values in the field's dtype, and the trouble met on the way."""

    values: pd.Series
    troubles: list[Trouble]


def read_column(
    cells: Sequence[Value],
    field: LedgerField,
    unit: str | None,
    vocabulary: Vocabulary,
    codes: Mapping[str, CodeList],
) -> Reading:
    """The cells as values of `field`, in its base unit; `unit` is what the sheet states, if it does."""
    if field.type in NUMERIC:
        return _numbers(cells, field, _Scale.of(field, unit, vocabulary))
    return _each(cells, _reader(field, vocabulary, codes), vocabulary.blanks, DTYPES[field.type])


def _reader(field: LedgerField, vocabulary: Vocabulary, codes: Mapping[str, CodeList]) -> Read:
    if field.type in ("choice", "choices"):
        choice = _Choice(codes[field.codes or ""])
        return choice.read_many if field.type == "choices" else choice.read_one
    if field.type == "text" and field.place in LEVELS:
        return _place_name
    if field.type == "text" and field.person:
        return _person_name
    readers: dict[str, Read] = {
        "code": _code,
        "text": _plain_text,
        "date": _date,
        "boolean": _Boolean(vocabulary),
    }
    return readers[field.type]


def unit_mismatch(field: LedgerField, unit: str | None, vocabulary: Vocabulary) -> bool:
    """Whether the sheet states a unit of another dimension than the field's: 亩 over a field in 元."""
    if unit is None or field.unit is None:
        return False
    return vocabulary.measurement[unit].dimension != vocabulary.measurement[field.unit].dimension


@dataclass(frozen=True)
class _Scale:
    """What the numbers of a column stand in, and what they are multiplied by to stand in the field's unit."""

    factor: float
    """Money in fen."""
    unit: UnitOfMeasure | None
    vocabulary: Vocabulary

    @classmethod
    def of(cls, field: LedgerField, stated: str | None, vocabulary: Vocabulary) -> _Scale:
        own = vocabulary.measurement[field.unit] if field.unit else None
        unit = vocabulary.measurement[stated] if stated else own
        if own is None or unit is None or own.dimension != unit.dimension:
            return cls(100.0 if field.type == "money" else 1.0, own, vocabulary)
        if field.type == "money":
            return cls(float(unit.factor) * 100, unit, vocabulary)
        return cls(float(unit.factor) / float(own.factor), unit, vocabulary)

    def said(self, word: str) -> Decimal | None:
        """What a number with its own unit (0.32万元, 12.5%) is multiplied by to stand as its column does."""
        name = self.vocabulary.unit(word) or self.vocabulary.unit(word.removesuffix("度"))
        unit = self.vocabulary.measurement[name] if name else None
        if unit is None or self.unit is None:
            return Decimal(1) if unit and unit.factor == 1 else None
        if unit.dimension != self.unit.dimension:
            return None
        return Decimal(repr(unit.factor)) / Decimal(repr(self.unit.factor))


def _numbers(cells: Sequence[Value], field: LedgerField, scale: _Scale) -> Reading:
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


def _plain(cells: Sequence[Value], scale: _Scale) -> tuple[Floats, list[int]]:
    """The numbers as the column states them, NaN for blanks, and where one could not be read."""
    if {type(cell) for cell in cells} <= {float, NoneType}:
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


def _number(cell: str, scale: _Scale) -> float | None:
    """A number written as text: `1,234.50`, `¥ 500`, `3200元`, `(500)`; NaN for a blank, else None."""
    if _PLAIN.fullmatch(cell):
        return float(cell)
    if normal(cell) in scale.vocabulary.blanks:
        return math.nan
    text = unicodedata.normalize("NFKC", cell).replace("−", "-").strip().lstrip("'¥$").strip()
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


def _each(cells: Sequence[Value], read: Read, blanks: AbstractSet[str], dtype: str) -> Reading:
    """Read cell by cell; equal cells are read once."""
    nothing: tuple[Any, str | None] = (None, None)
    known: dict[tuple[type, Value], tuple[Any, str | None]] = {(NoneType, None): nothing}
    keys = [(type(cell), cell) for cell in cells]
    for key in set(keys) - known.keys():
        cell = key[1]
        is_blank = normal(cell) in blanks if isinstance(cell, str) else cell != cell
        known[key] = nothing if is_blank else read(cell)
    troubles = [(i, rule, str(cells[i])) for i, key in enumerate(keys) if (rule := known[key][1])]
    return Reading(pd.Series([known[key][0] for key in keys], dtype=dtype), troubles)


_POINT_ZERO = re.compile(r"^\d+\.0$")
_AS_FORMULA = re.compile(r'^="(.*)"$')
_IN_POWERS = re.compile(r"\d(?:\.\d+E\+?|E\+)\d{1,3}")


def _code(cell: Value) -> tuple[str | None, str | None]:
    """An identifier as text. A number of 16 digits or more has lost its last ones: it is not repaired."""
    if isinstance(cell, bool):
        return None, "unreadable_code"
    if isinstance(cell, int | float):
        if abs(cell) >= 1e15:
            return None, "damaged_number"
        return (str(int(cell)) if float(cell).is_integer() else str(cell)), None
    if not isinstance(cell, str):
        return str(cell), None
    text = unicodedata.normalize("NFKC", cell).strip().lstrip("'")
    if quoted := _AS_FORMULA.match(text):
        text = quoted[1]
    text = "".join(text.split()).upper()
    if _IN_POWERS.fullmatch(text):
        return None, "damaged_number"
    return (text[:-2] if _POINT_ZERO.match(text) else text) or None, None


def _plain_text(cell: Value) -> tuple[str | None, str | None]:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell)), None
    return str(cell).strip() or None, None


_BESIDE_WIDE = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")
_DOTS = re.compile("[•・‧∙]")


def _person_name(cell: Value) -> tuple[str | None, str | None]:
    """A person's name: 张 三 is 张三, the kind of middle dot means nothing."""
    text, trouble = _plain_text(cell)
    plain = unicodedata.normalize("NFKC", text or "")
    return _DOTS.sub("·", _BESIDE_WIDE.sub("", plain)) or None, trouble


def _place_name(cell: Value) -> tuple[str | None, str | None]:
    """A place's name: inner blanks and the kind of middle dot mean nothing; `/` parts paths."""
    text, trouble = _plain_text(cell)
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text or ""))
    return _DOTS.sub("·", plain).replace("/", "-") or None, trouble


_DATE = re.compile(r"(\d{4})[-./年](\d{1,2})(?:[-./月](\d{1,2})日?)?月?(?:[ t].*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})?(?:\.0)?")
_SERIAL_TEXT = re.compile(r"\d{5}(?:\.0*)?")
_AROUND_MARKS = re.compile(r"\s*([-./年月日])\s*")


def _date(cell: Value) -> tuple[dt.datetime | None, str | None]:
    """A day in the forms that occur: a date cell, 2020-1-3, 2020年1月, 20200103, 202001, a serial day.

    A number that may be a year (2020) is no serial day.
    """
    if isinstance(cell, dt.date):
        return dt.datetime(cell.year, cell.month, cell.day), None
    text = _AROUND_MARKS.sub(r"\1", unicodedata.normalize("NFKC", str(cell)).strip().lower())
    is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
    if is_number or _SERIAL_TEXT.fullmatch(text):
        serial = float(text)
        if _FIRST_SERIAL <= serial < 80000:
            return _DAY_ZERO + dt.timedelta(days=int(serial)), None
    found = _COMPACT.fullmatch(text) or (None if is_number else _DATE.fullmatch(text))
    try:
        return (dt.datetime(int(found[1]), int(found[2]), int(found[3] or 1)), None) if found else _NO_DATE
    except ValueError:
        return _NO_DATE


class _Boolean:
    """是 / 否 in the words of the vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.yes = {normal(word) for word in vocabulary.words.yes}
        self.no = {normal(word) for word in vocabulary.words.no}

    def __call__(self, cell: Value) -> tuple[bool | None, str | None]:
        if isinstance(cell, bool):
            return cell, None
        text = normal(str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell))
        if text in self.yes:
            return True, None
        return (False, None) if text in self.no else (None, "unreadable_yes_no")


class _Choice:
    """The values of a code list by every way they are written."""

    def __init__(self, listed: CodeList) -> None:
        self.order = {value.code: i for i, value in enumerate(listed.values)}
        self.codes = {
            normal(written): value.code
            for value in listed.values
            for written in (value.code, value.label.zh, value.label.en or value.code, *value.aliases)
        }
        self.separators = re.compile("[,，、;；/|\\s]+")

    def one(self, cell: Value) -> str | None:
        """The code a cell means, None if it means none."""
        text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
        return self.codes.get(normal(text))

    def read_one(self, cell: Value) -> tuple[str | None, str | None]:
        """A single choice."""
        code = self.one(cell)
        return code, None if code is not None else "unknown_code"

    def read_many(self, cell: Value) -> tuple[str | None, str | None]:
        """A comma list in any order: the codes known, in the order of the list."""
        whole = self.one(cell)
        parts = [cell] if whole else [part for part in self.separators.split(str(cell).strip()) if part]
        codes = [self.one(part) for part in parts]
        known = sorted({code for code in codes if code}, key=self.order.__getitem__)
        return ",".join(known) or None, "unknown_code" if None in codes else None

    def suggestion(self, text: str) -> str | None:
        """The listed value most like an unknown one."""
        return nearest(normal(text), self.codes)


def suggestion(text: str, listed: CodeList) -> str | None:
    """The value of a code list most like what was written, for the finding's hint."""
    return _Choice(listed).suggestion(text)
