"""Raw cells of one column → values of one field, and the cells that could not be read.

A value that cannot be read becomes blank and one finding; it is never guessed.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from povplan.grid import Distinct, Value
from povplan.model import DTYPES
from povplan.reading.typed.amounts import Reading, Scale, read_numbers
from povplan.spec import LEVELS, NUMERIC, CodeList, LedgerField
from povplan.words import Vocabulary, half_width, is_clean, is_mark, nearest, normal, visible

Read: TypeAlias = Callable[[Value], tuple[Any, str | None]]
"""A cell → its value and the rule it breaks."""
_DAY_ZERO, _FIRST_SERIAL = dt.datetime(1899, 12, 30), 3654  # 1910: whoever was born before is no more
_NO_DATE = (None, "unreadable_date")


def read_column(
    cells: Sequence[Value] | Distinct,
    field: LedgerField,
    unit: str | None,
    vocabulary: Vocabulary,
    codes: Mapping[str, CodeList],
) -> Reading:
    """The cells as values of `field`, in its base unit; `unit` is what the sheet states, if it does."""
    if field.type in NUMERIC:
        assert not isinstance(cells, Distinct)
        return read_numbers(cells, field, Scale.of(field, unit, vocabulary))
    distinct = cells if isinstance(cells, Distinct) else Distinct.of(cells)
    blanks = vocabulary.nones if field.is_blank_if_none else vocabulary.blanks
    return _each(distinct, _reader(field, vocabulary, codes), blanks, DTYPES[field.type])


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


def _each(cells: Distinct, read: Read, blanks: AbstractSet[str], dtype: str) -> Reading:
    """Read value by value, and spread what was read over the cells."""
    of_clean = _OF_CLEAN.get(read)
    told = cells.clean if of_clean else np.zeros(len(cells.values), bool)
    left = np.flatnonzero(~told)
    asked = cells.those(left)
    seen = (visible(cell) if isinstance(cell, str) else cell for cell in asked)
    readings = [(None, None) if _is_blank(cell, blanks) else read(cell) for cell in seen]
    values = pd.Series([value for value, _ in readings], dtype=dtype).array
    if of_clean and told.any():
        values = _with_clean(cells.texts, told, of_clean, blanks, values)
    broken = {
        place: (rule, str(cell))
        for place, cell, (_, rule) in zip(left.tolist(), asked, readings, strict=True)
        if rule is not None
    }
    at = np.flatnonzero(np.isin(cells.codes, [*broken])).tolist() if broken else []
    troubles = [(i, *broken[int(cells.codes[i])]) for i in at]
    return Reading(pd.Series(values.take(cells.codes)), troubles)


def _with_clean(
    texts: pa.Array,
    told: Any,
    of_clean: Callable[[pa.Array], pa.Array],
    blanks: AbstractSet[str],
    others: Any,
) -> Any:
    """The values of clean texts, told at once, among those of `others` in their order."""
    is_blank = pc.is_in(pc.utf8_lower(texts), pa.array(sorted(blanks), pa.string()))
    values = pc.if_else(is_blank, None, of_clean(texts)).cast(pa.large_string())
    if len(others):
        values = pc.replace_with_mask(values, pa.array(~told), pa.array(others, pa.large_string()))
    return pd.array(pa.chunked_array([values]), dtype=DTYPES["text"])


def _is_blank(cell: Value, blanks: AbstractSet[str]) -> bool:
    if isinstance(cell, str):
        return normal(cell) in blanks
    return cell is None or cell != cell


_POINT_ZERO = re.compile(r"^\d+\.0$")
_AS_FORMULA = re.compile(r'^="(.*)"$')
_IN_POWERS = re.compile(r"\d(?:\.\d+E\+?|E\+)\d{1,3}")


def _code(cell: Value) -> tuple[str | None, str | None]:
    """An identifier as text. A number of 16 digits or more has lost its last ones: it is not repaired.

    9901① is no identifier: with its mark read as a digit it would be that of another.
    """
    if isinstance(cell, bool):
        return None, "unreadable_code"
    if isinstance(cell, int | float):
        if abs(cell) >= 1e15:
            return None, "damaged_number"
        return (str(int(cell)) if float(cell).is_integer() else str(cell)), None
    if not isinstance(cell, str):
        return str(cell), None
    if any(map(is_mark, cell)):
        return None, "unreadable_code"
    if is_clean(cell):
        return cell.upper(), None
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
    if isinstance(cell, str) and is_clean(cell):
        return cell, None
    text, trouble = _plain_text(cell)
    plain = unicodedata.normalize("NFKC", text or "")
    return _DOTS.sub("·", _BESIDE_WIDE.sub("", plain)) or None, trouble


def _place_name(cell: Value) -> tuple[str | None, str | None]:
    """A place's name: inner blanks and the kind of middle dot mean nothing; `/` parts paths."""
    if isinstance(cell, str) and is_clean(cell):
        return cell, None
    text, trouble = _plain_text(cell)
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text or ""))
    return _DOTS.sub("·", plain).replace("/", "-") or None, trouble


def _as_it_is(texts: pa.Array) -> pa.Array:
    return texts


_OF_CLEAN: Mapping[Read, Callable[[pa.Array], pa.Array]] = {
    _code: pc.utf8_upper,
    _plain_text: _as_it_is,
    _person_name: _as_it_is,
    _place_name: _as_it_is,
}
"""What these readers make of clean texts, said of many at once."""

_DATE = re.compile(r"(\d{4})[-./年](\d{1,2})(?:月|[-./月](\d{1,2})[日号]?)?[.。]?(?:[ t].*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})?(?:\.0)?")
_SERIAL_TEXT = re.compile(r"\d{5}(?:\.0*)?")
_AROUND_MARKS = re.compile(r"\s*([-./年月、—–―]+)\s*|\s+(?=[日号])")
_LIKE_HYPHENS = re.compile(r"(\d{4})([、—–―\s]+)(\d{1,2})\2(?=\d)")
"""Marks that part a day's numbers where both are the same: 2024年3—5月 is no day."""


def _date(cell: Value) -> tuple[dt.datetime | None, str | None]:
    """A day in the forms that occur: a date cell, 2020-1-3, 2020、1、3, 2020年1月, 20200103, a serial day.

    A number that may be a year (2020) is no serial day.
    """
    if isinstance(cell, dt.date):
        return dt.datetime(cell.year, cell.month, cell.day), None
    text = _AROUND_MARKS.sub(r"\1", half_width(str(cell)).strip().lower())
    text = _LIKE_HYPHENS.sub(r"\1-\3-", text, count=1)
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
