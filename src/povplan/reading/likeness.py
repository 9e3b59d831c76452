"""Which field a header that nobody declared may mean, and how likely: by its words and by what stands below.

A guess is never more than a guess: `MOST` is the highest confidence, and whoever asks decides. Words count
by how rarely a ledger uses their characters (工资 tells more than 收入), under their merged header where both
name one. Values count by what they can be read as: words of a code list, days, identity numbers, village
names, whole numbers within a field's limits, the sum of the columns beside.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from povplan.grid import Value
from povplan.reading.columns import Columns
from povplan.reading.heads import PATH, Column
from povplan.reading.lines import is_filled
from povplan.reading.typed import read_column, unit_mismatch
from povplan.spec import LEVELS, NUMERIC, CodeList, FieldType, Ledger, LedgerField
from povplan.words import Vocabulary, flat, normal

MOST, LIKELY, POSSIBLE = 0.95, 0.6, 0.45
"""Confidence: of the best guess there is, of one worth asking about, of one worth offering."""
UNLIKE = 0.25
"""Likeness of words below which values say nothing: a number may be anything."""
OFFERED = 5
"""Guesses kept for a column."""
_ENOUGH_SUMS = 3
_UNREAD = ("unread", "unknown_code")
_IDENTITY = re.compile(r"\d{17}[\dXx]|\d{15}")
_MOBILE = re.compile(r"1\d{10}|0\d{2,3}-?\d{7,8}")
_NAME = re.compile(r"[㐀-鿿]{2,6}|[㐀-鿿]+·[㐀-鿿·]+")
_CODE = re.compile(r"[\dA-Za-z-]{4,}")


@dataclass(frozen=True)
class Guess:
    """A field that a column may be, and how likely it is."""

    ledger: str
    field: str
    confidence: float


@dataclass(frozen=True)
class Names:
    """What a ledger's fields are called, merged headers first; and how telling characters are."""

    ledger: Ledger
    vocabulary: Vocabulary

    @cached_property
    def of(self) -> dict[str, list[tuple[str, ...]]]:
        """Field → the header paths that its label and aliases stand for."""
        return {
            field.id: [self._path(text) for text in (field.label.zh, *field.aliases)]
            for field in self.ledger.fields
        }

    @cached_property
    def _rarity(self) -> Mapping[str, float]:
        """Character → how telling it is: the fewer fields use it, the more."""
        used = Counter(
            sign for paths in self.of.values() for sign in {*"".join(part for path in paths for part in path)}
        )
        return {sign: math.log(2 + len(self.of) / count) for sign, count in used.items()}

    def _path(self, text: str) -> tuple[str, ...]:
        parts = (self.vocabulary.label(part).name or normal(part) for part in PATH.split(text))
        return tuple(part for part in parts if part) or (normal(text),)

    def weight(self, text: str) -> float:
        """How much a text tells."""
        return sum(self._rarity.get(sign, 2.0) for sign in text)

    def alike(self, one: str, other: str) -> float:
        """0 to 1: shared characters by weight, their order, and whether one text is part of the other."""
        shared = "".join((Counter(one) & Counter(other)).elements())
        if not shared:
            return 0.0
        weights = self.weight(one), self.weight(other)
        common = 2 * self.weight(shared) / sum(weights)
        order = SequenceMatcher(None, one, other, autojunk=False).ratio()
        inside = min(len(one), len(other)) > 1 and (one in other or other in one)
        return max((common + order) / 2, inside * (0.5 + 0.4 * min(weights) / max(weights)))

    def likeness(self, path: tuple[str, ...], field: LedgerField) -> float:
        """How much a header is like a field's names, and its merged header like theirs if both have one."""
        return max(self._likeness(path, known, self._above(known, field)) for known in self.of[field.id])

    def _likeness(self, path: tuple[str, ...], known: tuple[str, ...], above: Sequence[str]) -> float:
        leaf = self.alike(path[-1], known[-1])
        if leaf < UNLIKE:
            return leaf
        whole = self.alike(flat(path), flat(known)) if len(path) + len(known) > 2 else 0.0
        if len(path) > 1 and above:
            leaf = 0.75 * leaf + 0.25 * max(self.alike(path[-2], name) for name in above)
        return max(whole, leaf)

    def _above(self, known: tuple[str, ...], field: LedgerField) -> Sequence[str]:
        """What the merged header over a field may be called: as declared, or as the field it is part of."""
        if len(known) > 1:
            return known[-2:-1]
        return [path[-1] for path in self.of.get(field.part_of or "", ())]


def listed(path: tuple[str, ...], codes: CodeList, names: Names) -> dict[str, float]:
    """Code → how much a header is like its label or an alias; those it is not unlike."""
    found = {
        value.code: max(
            names.alike(path[-1], names.vocabulary.label(text).name or normal(text))
            for text in (value.label.zh, *value.aliases)
        )
        for value in codes.values
    }
    return {code: min(MOST, alike) for code, alike in found.items() if alike >= LIKELY}


@dataclass(frozen=True)
class Likeness:
    """Guesses at the columns of one sheet that no header explains, for the fields that nobody has there."""

    sheet: Columns
    names: Names

    @cached_property
    def _ledger(self) -> Ledger:
        return self.names.ledger

    @cached_property
    def _placed(self) -> Mapping[str, Column]:
        """Field of this ledger → its column on the sheet."""
        found: dict[str, Column] = {}
        for match in self.sheet.layout.matches:
            if match.feed.ledger == self._ledger.ledger:
                found |= {**match.compare, **match.columns}
        return found

    def guesses(self, column: Column) -> list[Guess]:
        """The fields that the column may be, most likely first; none below `POSSIBLE`."""
        found = [
            Guess(self._ledger.ledger, field.id, round(confidence, 2))
            for field in self._ledger.fields
            if field.id not in self._placed and (confidence := self._confidence(column, field)) >= POSSIBLE
        ]
        return sorted(found, key=lambda guess: -guess.confidence)[:OFFERED]

    def _confidence(self, column: Column, field: LedgerField) -> float:
        if unit_mismatch(field, column.unit, self.sheet.definitions.vocabulary):
            return 0.0
        words = self.names.likeness(column.path, field)
        if words < UNLIKE:
            return 0.0
        if self._is_sum(column, field):
            return min(MOST, 0.6 + 0.4 * words)
        fit = self._fit(column, field)
        if fit is None:
            return min(MOST, 0.95 * words)
        weight, share = fit
        confidence = (1 - weight) * words + weight * share
        return min(MOST, confidence * (1 if share >= 0.5 else 0.4 + share) * self._within(column, field))

    def _fit(self, column: Column, field: LedgerField) -> tuple[float, float] | None:
        """(how telling the values are, share of them that may be the field's); None where there are none."""
        cells = [cell for cell in self.cells(column) if is_filled(cell)]
        if not cells:
            return None
        if field.type == "text":
            return _fit_of_text(cells, field, self.sheet.definitions.vocabulary)
        if field.type == "code":
            return _fit_of_code(cells, field)
        vocabulary, codes = self.sheet.definitions.vocabulary, self.sheet.definitions.codes
        reading = read_column(cells, field, self.sheet.unit_of(field, column), vocabulary, codes)
        unread = {at for at, rule, _ in reading.troubles if rule.startswith(_UNREAD)}
        readable = 1 - len(unread) / len(cells)
        if field.type in NUMERIC:
            return 0.25, readable * _in_limits(reading.values.dropna().astype(float), field)
        return 0.4, readable

    def _is_sum(self, column: Column, field: LedgerField) -> bool:
        """Whether the column is, row by row, the sum of the columns whose fields are parts of this one."""
        parts = [self._numbers(at, part) for part, at in self._parts(field)]
        if len(parts) < 2 or field.type not in NUMERIC:
            return False
        sums = [
            (whole, [values[i] for values in parts]) for i, whole in enumerate(self._numbers(column, field))
        ]
        known = [(whole, sum(x for x in row if x is not None)) for whole, row in sums if whole and any(row)]
        right = sum(math.isclose(whole, total, abs_tol=1) for whole, total in known)
        return len(known) >= _ENOUGH_SUMS and right >= 0.9 * len(known)

    def _parts(self, field: LedgerField) -> Iterator[tuple[LedgerField, Column]]:
        for part in self._ledger.fields:
            if part.part_of == field.id and part.id in self._placed:
                yield part, self._placed[part.id]

    def _within(self, column: Column, field: LedgerField) -> float:
        """Less than 1 where the column is more than the whole of which the field is a part."""
        if field.part_of is None or field.part_of not in self._placed:
            return 1.0
        whole = self._numbers(self._placed[field.part_of], self._ledger.field(field.part_of))
        pairs = [
            (part, most)
            for part, most in zip(self._numbers(column, field), whole, strict=True)
            if part is not None and most is not None
        ]
        return 0.6 if pairs and sum(part > most for part, most in pairs) > 0.1 * len(pairs) else 1.0

    def _numbers(self, column: Column, field: LedgerField) -> list[float | None]:
        """The column's rows as numbers of the field, None where there is none."""
        values = self.sheet.read(field, column).values.astype("Float64")
        return [
            None if missing else float(value) for value, missing in zip(values, values.isna(), strict=True)
        ]

    def cells(self, column: Column) -> list[Value]:
        """The column's cells in data rows."""
        cells = self.sheet.grid.columns[column.number - 1]
        return [cells[row - 1] for row in self.sheet.lines.data]


def _fit_of_text(cells: Sequence[Value], field: LedgerField, vocabulary: Vocabulary) -> tuple[float, float]:
    """Names of places by their endings, names of persons by their length, other words by being no numbers."""
    texts = [normal(str(cell)) for cell in cells]
    if field.place in LEVELS:
        words = vocabulary.words
        groups = (words.county_suffixes, words.township_suffixes, words.village_suffixes)
        endings = tuple(end for group in groups[LEVELS.index(field.place)] for end in group)
        return 0.35, _share(text.endswith(endings) for text in texts)
    if field.person and any(word in field.label.zh for word in ("姓名", "户主", "人")):
        return 0.35, _share(bool(_NAME.fullmatch(text)) for text in texts)
    return 0.2, _share(not isinstance(cell, int | float) for cell in cells)


def _fit_of_code(cells: Sequence[Value], field: LedgerField) -> tuple[float, float]:
    """Identity numbers, telephones, division codes by their digits; other codes by being one word."""
    texts = [str(int(cell)) if isinstance(cell, float) else str(cell).strip() for cell in cells]
    if any(word in field.label.zh for word in ("证件号", "身份证", "公民身份")):
        return 0.45, _share(bool(_IDENTITY.fullmatch(text)) for text in texts)
    if "电话" in field.label.zh:
        return 0.4, _share(bool(_MOBILE.fullmatch(text)) for text in texts)
    if field.place == "code":
        return 0.4, _share(text.isdigit() and len(text) in (6, 9, 12) for text in texts)
    return 0.25, _share(bool(_CODE.fullmatch(text)) and not _IDENTITY.fullmatch(text) for text in texts)


def _share(hits: Iterator[bool]) -> float:
    known = list(hits)
    return sum(known) / len(known)


def _in_limits(values: object, field: LedgerField) -> float:
    """Share of numbers within the field's natural limits, whole where it counts; money's are in yuan."""
    numbers = [value / 100 if field.type == "money" else value for value in values]  # type: ignore[attr-defined]
    low = field.min if field.min is not None else -math.inf
    high = field.max if field.max is not None else math.inf
    whole = field.type != "integer"
    return _share(low <= n <= high and (whole or n == int(n)) for n in numbers) if numbers else 0.0


def nature(cells: Sequence[Value], unit: str | None, vocabulary: Vocabulary) -> FieldType:
    """The type that the values of an unknown column have; text where they have none in common."""
    filled = [cell for cell in cells if is_filled(cell)]
    texts = [str(int(c)) if isinstance(c, float) and c.is_integer() else str(c).strip() for c in filled]
    if texts and _share(bool(re.fullmatch(r"[\dXx-]{7,}", text)) for text in texts) > 0.8:
        return "code"
    money = unit is not None and vocabulary.measurement[unit].dimension == "money"
    kinds: tuple[FieldType, ...] = ("money",) if money else ("boolean", "integer", "number", "date")
    for kind in kinds if filled else ():
        if _all_are(filled, kind, vocabulary):
            return kind
    return "money" if money and not filled else "text"


def _all_are(cells: Sequence[Value], kind: FieldType, vocabulary: Vocabulary) -> bool:
    if kind == "boolean" and not all(isinstance(cell, str | bool) for cell in cells):
        return False
    unit = {"in": "元"} if kind == "money" else {}
    field = LedgerField.model_validate({"id": "own", "label": "own", "type": kind, **unit})
    return len(read_column(cells, field, None, vocabulary, {}).troubles) <= 0.02 * len(cells)


def is_personal(header: str, cells: Sequence[Value]) -> bool:
    """Whether a column holds names, numbers, telephones of persons, by its header or by most of its cells."""
    if re.search("姓名|身份证|证件号|电话|手机|账号|卡号|住址|户主", header):
        return True
    texts = [str(int(c)) if isinstance(c, float) else str(c).strip() for c in cells if is_filled(c)]
    return bool(texts) and _share(bool(_IDENTITY.fullmatch(t) or _MOBILE.fullmatch(t)) for t in texts) > 0.5
