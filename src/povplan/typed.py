"""Raw cells of one column → values of one field, and the cells that could not be read.

A value that cannot be read becomes blank and one finding; it is never guessed. Money is exact to the
fen, rounded half-up from the decimal text of the cell.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

import numpy as np
import pandas as pd

from povplan.grid import Value
from povplan.model import DTYPES
from povplan.spec import CodeList, LedgerField
from povplan.words import Vocabulary, nearest, normal

Trouble = tuple[int, str, str]
"""(position in the column, rule id, what to show of it)."""

_NOISE_FEN = 1e-4  # a millionth of a yuan
_MOST = 9e15  # beyond this a float no longer holds every whole number
_FIRST_DAY = dt.datetime(1899, 12, 30)


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
    cells = _blanks(cells, vocabulary)
    if field.type in ("integer", "number", "money"):
        return _numbers(cells, field, _factor(field, unit, vocabulary), vocabulary)
    if field.type == "choice":
        return _choices(cells, _Choice(codes[field.codes or ""]), many=False)
    if field.type == "choices":
        return _choices(cells, _Choice(codes[field.codes or ""]), many=True)
    readers: dict[str, Callable[[Value], tuple[Any, str | None]]] = {
        "code": _code,
        "text": _place_name if field.place in ("county", "township", "village") else _plain_text,
        "date": _date,
        "boolean": _Boolean(vocabulary),
    }
    return _each(cells, readers[field.type], DTYPES[field.type])


def unit_mismatch(field: LedgerField, unit: str | None, vocabulary: Vocabulary) -> bool:
    """Whether the sheet states a unit of another dimension than the field's: 亩 over a field in 元."""
    if unit is None or field.unit is None:
        return False
    return vocabulary.measurement[unit].dimension != vocabulary.measurement[field.unit].dimension


def _factor(field: LedgerField, unit: str | None, vocabulary: Vocabulary) -> float:
    """What a stated number is multiplied by to stand in the field's own unit; money in fen."""
    own = vocabulary.measurement[field.unit] if field.unit else None
    stated = vocabulary.measurement[unit] if unit else own
    if own is None or stated is None or own.dimension != stated.dimension:
        return 100.0 if field.type == "money" else 1.0
    if field.type == "money":
        return float(stated.factor) * 100
    return float(stated.factor) / float(own.factor)


def _blanks(cells: Sequence[Value], vocabulary: Vocabulary) -> list[Value]:
    """Cells with empty text and the words that stand for nothing (`—`, `/`) as None."""
    blank = {"", *vocabulary.words.blank}
    if not any(isinstance(cell, str) for cell in cells):
        return list(cells)
    return [None if isinstance(cell, str) and cell.strip() in blank else cell for cell in cells]


def _numbers(cells: list[Value], field: LedgerField, factor: float, vocabulary: Vocabulary) -> Reading:
    troubles: list[Trouble] = []
    plain = np.full(len(cells), np.nan)
    for i, cell in enumerate(cells):
        if cell is None:
            continue
        if type(cell) is float or type(cell) is int:
            plain[i] = cell
        else:
            number = _number(cell, vocabulary)
            if number is None:
                troubles.append((i, "unreadable_number", str(cell)))
            else:
                plain[i] = number
    too_big = np.abs(plain * factor) > _MOST
    troubles += [(int(i), "unreadable_number", str(cells[i])) for i in np.flatnonzero(too_big)]
    plain[too_big | np.isinf(plain)] = np.nan
    if field.type == "money":
        return Reading(_fen(plain, factor, cells, troubles), troubles)
    values = plain if factor == 1 else plain * factor
    if field.type == "number":
        return Reading(_nullable(values, "Float64"), troubles)
    whole = np.rint(values)
    broken = np.abs(values - whole) > 1e-9
    troubles += [(int(i), "not_whole", str(cells[i])) for i in np.flatnonzero(broken)]
    whole[broken] = np.nan
    return Reading(_nullable(whole, "Int64"), troubles)


def _nullable(values: np.ndarray[Any, np.dtype[np.float64]], dtype: str) -> pd.Series:
    known = ~np.isnan(values)
    if dtype == "Int64":
        whole = np.where(known, values, 0).astype(np.int64)
        return pd.Series(pd.arrays.IntegerArray(whole, ~known))
    return pd.Series(pd.arrays.FloatingArray(np.where(known, values, 0.0), ~known))


def _fen(
    plain: np.ndarray[Any, np.dtype[np.float64]], factor: float, cells: list[Value], troubles: list[Trouble]
) -> pd.Series:
    """Yuan (or what `factor` says) → fen: noise is silent, a true third decimal is rounded and said."""
    fen = plain * factor
    whole = np.rint(fen)
    for i in np.flatnonzero(np.abs(fen - whole) > _NOISE_FEN):
        exact = Decimal(repr(float(plain[i]))) * Decimal(repr(factor))
        whole[i] = float(exact.quantize(Decimal(1), ROUND_HALF_UP))
        troubles.append((int(i), "third_decimal", str(cells[i])))
    return _nullable(whole, "Int64")


_TAIL = re.compile(r"^([-+]?[\d.]+(?:e[-+]?\d+)?)\s*(.*)$", re.IGNORECASE)
_GROUPED = re.compile(r"^[-+]?\d{1,3}(,\d{3})+(\.\d+)?\D*$")
_ACCOUNTING = re.compile(r"^\(([\d.,]+)\)$")


def _number(cell: Value, vocabulary: Vocabulary) -> float | None:
    """A number written as text: `1,234.50`, `３２００`, `¥ 500`, `3200元`, `(500)`; else None."""
    if not isinstance(cell, str):
        return None
    text = unicodedata.normalize("NFKC", cell).strip().lstrip("'¥￥$").strip()
    if accounting := _ACCOUNTING.match(text):
        text = "-" + accounting[1]
    if "," in text:
        if not _GROUPED.match(text):
            return None
        text = text.replace(",", "")
    tail = _TAIL.match(text)
    if not tail:
        return None
    try:
        number = float(Decimal(tail[1]))
    except InvalidOperation:
        return None
    if not tail[2]:
        return number
    unit = vocabulary.unit(tail[2])
    return number if unit and vocabulary.measurement[unit].factor == 1 else None


def _each(cells: list[Value], read: Callable[[Value], tuple[Any, str | None]], dtype: str) -> Reading:
    """Read cell by cell; equal cells are read once."""
    values: list[Any] = [None] * len(cells)
    troubles: list[Trouble] = []
    known: dict[tuple[type, Value], tuple[Any, str | None]] = {}
    for i, cell in enumerate(cells):
        if cell is None:
            continue
        key = (type(cell), cell)
        if key not in known:
            known[key] = read(cell)
        values[i], trouble = known[key]
        if trouble:
            troubles.append((i, trouble, str(cell)))
    return Reading(pd.Series(values, dtype=dtype), troubles)


_POINT_ZERO = re.compile(r"^\d+\.0$")
_AS_FORMULA = re.compile(r'^="(.*)"$')


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
    if re.fullmatch(r"\d\.?\d*E\+\d+", text):
        return None, "damaged_number"
    return (text[:-2] if _POINT_ZERO.match(text) else text) or None, None


def _plain_text(cell: Value) -> tuple[str | None, str | None]:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell)), None
    return str(cell).strip() or None, None


def _place_name(cell: Value) -> tuple[str | None, str | None]:
    """A place or person's name: inner blanks and the kind of middle dot mean nothing; `/` parts paths."""
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(cell)))
    return re.sub("[•・‧∙]", "·", text).replace("/", "-") or None, None


_DATE = re.compile(r"^(\d{4})[-./年](\d{1,2})(?:[-./月](\d{1,2})日?)?月?(?:[ t].*)?$")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})?(?:\.0)?$")


def _date(cell: Value) -> tuple[dt.datetime | None, str | None]:
    """A date in the forms that occur: a date cell, 2020-1-3, 2020年1月, 20200103, 202001, a serial day."""
    if isinstance(cell, dt.datetime):
        return cell, None
    if isinstance(cell, dt.date):
        return dt.datetime(cell.year, cell.month, cell.day), None
    if isinstance(cell, int | float) and not isinstance(cell, bool) and 1 <= cell < 80000:
        return _FIRST_DAY + dt.timedelta(days=int(cell)), None
    text = unicodedata.normalize("NFKC", str(cell)).strip().lower()
    found = _DATE.match(text) or _COMPACT.match(text)
    if found:
        try:
            return dt.datetime(int(found[1]), int(found[2]), int(found[3] or 1)), None
        except ValueError:
            pass
    return None, "unreadable_date"


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


def _choices(cells: list[Value], choice: _Choice, *, many: bool) -> Reading:
    return _each(cells, choice.read_many if many else choice.read_one, "string")


def suggestion(text: str, listed: CodeList) -> str | None:
    """The value of a code list most like what was written, for the finding's hint."""
    return _Choice(listed).suggestion(text)
