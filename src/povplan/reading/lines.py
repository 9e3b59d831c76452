"""Which row under a header is what: data, a total, a 其中 part, a note, a header printed again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as default
from functools import cached_property
from itertools import pairwise, takewhile

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from povplan.grid import NUMBER, Distinct, Grid, Packed, Value
from povplan.reading.headers import Layout
from povplan.reading.heads import Column, years_in
from povplan.spec import NUMERIC, CodeList, Ledger
from povplan.words import Vocabulary, normal

Numbers = npt.NDArray[np.int64]
_DAY = re.compile(r"(?<!截至)(?<!截止)(?<!\d)(?:19|20)\d\d\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日")
MOST_TITLE_ROWS = 5
"""Rows over a header printed again that may be the title of another table."""


@dataclass(frozen=True)
class Definitions:
    """What typing needs to know of the configuration; small, so that it travels to workers."""

    ledgers: Mapping[str, Ledger]
    codes: Mapping[str, CodeList]
    vocabulary: Vocabulary


@dataclass(frozen=True)
class Note:
    """Something to say of a cell: rule id, sheet row and column from 1, field, what is shown."""

    rule: str
    row: int
    column: int
    field: str | None
    shown: str
    more: Mapping[str, str] = default(default_factory=dict)


@dataclass(frozen=True)
class Lines:
    """The sheet's rows under the header by what they are; row numbers from 1."""

    data: list[int] = default(default_factory=list)
    totals: list[int] = default(default_factory=list)
    parts: list[int] = default(default_factory=list)
    asides: list[int] = default(default_factory=list)
    left_out: list[Note] = default(default_factory=list)
    """Averages, last year's values, changes and examples of how to fill in: what is said of each."""
    repeats: list[int] = default(default_factory=list)
    blank: int = 0
    other_table: int | None = None
    """The row of a second header, with other columns: the sheet is not read from there on."""


def fields_of(layout: Layout) -> Iterator[tuple[str, Column, str]]:
    """(field, column, ledger) of every column that is some field; of a wide block, the value field."""
    for match in layout.matches:
        for name, column in (*match.columns.items(), *match.compare.items()):
            yield name, column, match.feed.ledger
        for _, column in match.blocks:
            assert match.feed.unpivot is not None
            yield match.feed.unpivot.value, column, match.feed.ledger


def classify(grid: Grid, layout: Layout, definitions: Definitions) -> Lines:
    """Sort the rows under the header into data, totals, 其中 parts, notes and what else is no row."""
    rows = _Rows(grid, layout, definitions)
    lines = Lines()
    blank, noted, last, heading = 0, False, rows.first - 1, True
    plain, doubtful = rows.at_first_sight()
    for row in doubtful:
        heading, last = heading and row == last + 1, row
        again = rows.is_header_again(row, below_header=heading)
        another = rows.title_of_another(row) if again else rows.is_other_header(row) and row
        if another:
            plain = [number for number in plain if number < row]
            return replace(lines, data=sorted(plain + lines.data), blank=blank, other_table=another)
        if again:
            lines.repeats.append(row)
            noted, heading = False, True
        elif rows.is_plain(row):
            lines.data.append(row)
            heading = False
        elif rows.is_blank(row):
            noted = noted or rows.is_aside(row, after_notes=False)
            blank += 1
        elif note := rows.left_out(row):
            lines.left_out.append(note)
        elif rows.is_total(row):
            lines.totals.append(row)
        elif rows.is_aside(row, after_notes=noted):
            lines.asides.append(row)
            noted = True
        elif rows.is_part(row):
            lines.parts.append(row)
        else:
            lines.data.append(row)
            heading = False
    return replace(lines, data=sorted(plain + lines.data), blank=blank)


class _Rows:
    """The rows of one sheet under its header. What can be told by columns is told once for all rows."""

    def __init__(self, grid: Grid, layout: Layout, definitions: Definitions) -> None:
        self.grid, self.layout, self.vocabulary = grid, layout, definitions.vocabulary
        self.first, self.height = layout.first_row, max(0, grid.height - layout.first_row + 1)
        fields = [
            (column.number, name, definitions.ledgers[ledger]) for name, column, ledger in fields_of(layout)
        ]
        self.numeric = {number for number, name, ledger in fields if _is_numeric(ledger, name)}
        self.worded = layout.matched - self.numeric
        self.upper = {
            number
            for number, name, ledger in fields
            if name in (ledger.placed("county"), ledger.placed("township"))
        }
        self.years = {number for number, name, _ in fields if name == "year"}
        bare = {column.number for column in layout.columns if not (column.unit or column.above)}
        self.bare_money = {
            ledger.field(name).unit or ""
            for number, name, ledger in fields
            if number in bare and ledger.field(name).type == "money"
        }
        """The units that amounts without one in their header are taken in."""
        keys = {number for number, name, ledger in fields if _tells_apart(ledger, name)}
        self.own = {number for number, name, ledger in fields if _is_own_name(ledger, name)}
        self.known = _header_names(definitions)
        left = range(1, min(self.numeric, default=grid.width + 1))
        self.labels = sorted(({*left} | keys | layout.ordinals) - self.numeric)

    @cached_property
    def named(self) -> Numbers:
        """How many matched columns of words are filled, by row from 0 under the header."""
        count = np.zeros(self.height, np.int64)
        for number in self.worded:
            distinct = self._distinct(number)
            count += distinct.told(distinct.clean, distinct.clean, is_filled)
        return count

    @cached_property
    def filled(self) -> Numbers:
        """How many matched columns are filled, by row from 0 under the header."""
        count = self.named.copy()
        for number in self.numeric:
            count += filled(self.body(number))
        return count

    def body(self, number: int) -> Sequence[Value]:
        """The cells of a column under the header."""
        return self.grid.columns[number - 1][self.first - 1 :]

    def _distinct(self, number: int) -> Distinct:
        return self.grid.distinct(number, self.first)

    def at_first_sight(self) -> tuple[list[int], list[int]]:
        """The rows under the header that are plain data, and those to be looked at one by one.

        Looked at is, too, what comes next after a row that is not plain: column numbers may stand there.
        """
        looks = np.array(sorted({*self.marked, *self.merged, *self.headed, self.first}), np.int64)
        is_plain = (self.filled > 2) & (self.named > 0)
        is_plain[looks[(looks >= self.first) & (looks <= self.grid.height)] - self.first] = False
        is_plain[1:] = is_plain[1:] & is_plain[:-1]
        rows = np.arange(self.first, self.grid.height + 1)
        return rows[is_plain].tolist(), rows[~is_plain].tolist()

    def is_plain(self, row: int) -> bool:
        """A row of several values with a name, and nothing that could make it anything but data."""
        special = row in self.marked or row in self.merged
        return bool(self.filled[row - self.first] > 2 and self.named[row - self.first] > 0) and not special

    @cached_property
    def marked(self) -> dict[int, list[tuple[int, str]]]:
        """Row → (column, text) of label cells that may mean something else than a name."""
        marked: dict[int, list[tuple[int, str]]] = {}
        for number in self.labels:
            cells = self.body(number)
            for i in np.flatnonzero(self._telling(self._distinct(number))).tolist():
                marked.setdefault(self.first + i, []).append((number, str(cells[i])))
        return marked

    def _telling(self, cells: Distinct) -> npt.NDArray[np.bool_]:
        """Which cells may mean something else than a name; of plain names it is told at once."""
        names = cells.clean & self.vocabulary.are_surely_names(cells.texts)
        printed = pc.is_in(pc.utf8_lower(cells.texts), pa.array(sorted(self.printed), pa.string()))
        return cells.told(names, printed.to_numpy(zero_copy_only=False), self._is_telling)

    def _is_telling(self, cell: Value) -> bool:
        words = self.vocabulary
        if not isinstance(cell, str):
            return False
        if words.is_surely_name(cell):
            return cell.lower() in self.printed
        is_word = words.is_total(cell) or words.is_aside(cell) or words.is_part(cell)
        is_left_out = words.comparison(cell) or words.example(cell)
        return is_word or bool(is_left_out) or normal(cell) in self.printed

    @cached_property
    def header(self) -> list[set[str]]:
        """The header texts of each column."""
        rows = slice(self.layout.top - 1, self.layout.first_row - 1)
        return [{_shown(cell) for cell in column[rows] if is_filled(cell)} for column in self.grid.columns]

    @cached_property
    def printed(self) -> set[str]:
        """All texts that stand above the data."""
        upper = (cell for column in self.grid.columns for cell in column[: self.layout.first_row - 1])
        return {normal(cell) for cell in upper if isinstance(cell, str)} - {""}

    def texts(self, row: int) -> list[str]:
        """The texts of a row from left to right."""
        return [cell for cell in self.grid.row(row) if isinstance(cell, str) and cell.strip()]

    def is_blank(self, row: int) -> bool:
        """Nothing in any matched column; or nothing but zeros, as formulas leave them in unused rows."""
        if not self.filled[row - self.first]:
            return True
        if self.named[row - self.first]:
            return False
        cells = [self.grid.columns[number - 1][row - 1] for number in self.numeric]
        return not any(is_filled(cell) and cell != 0 for cell in cells) and not self.texts(row)

    def is_total(self, row: int) -> bool:
        """合计 in a label column; 全村 only where the row names nothing else."""
        return any(
            not self.vocabulary.is_whole(text) or not self._names_more(row, number)
            for number, text in self.marked.get(row, ())
            if self.vocabulary.is_total(text)
        )

    def _names_more(self, row: int, number: int) -> bool:
        others = self.worded - self.upper - {number}
        return any(is_filled(self.grid.columns[other - 1][row - 1]) for other in others)

    def left_out(self, row: int) -> Note | None:
        """What to say of an example, or of a comparison that names no village and no key besides."""
        for number, text in self.marked.get(row, ()):
            compared = self.vocabulary.comparison(text)
            if compared and self._names_itself(row):
                compared = None
            if word := compared or self.vocabulary.example(text):
                return Note("not_a_row", row, number, None, word)
        return None

    def is_aside(self, row: int, *, after_notes: bool) -> bool:
        """A note, a signature line of one or several cells; below notes, any short line without numbers."""
        if self.is_banner(row):
            return True
        few = bool(self.filled[row - self.first] <= 2)
        texts = self.texts(row) if few or row in self.marked else []
        if not texts:
            return False
        if self.vocabulary.is_aside(texts[0]):
            signs = sum(map(self.vocabulary.is_aside, texts))
            return few or signs > 1 or ":" in normal(texts[0])
        return few and after_notes and not self.has_number(row) and not self._names_itself(row)

    def is_banner(self, row: int) -> bool:
        """A text merged across columns of different fields, in a row without numbers: nobody's value.

        A row that names its own village or key is data, whatever is merged across the rest of it.
        """
        return row in self.merged and not self.has_number(row) and not self._names_itself(row)

    def _names_itself(self, row: int) -> bool:
        """Whether a cell of the row's own key is filled, and is no note, nor a text spread over others.

        A word of comparison is no name either.
        """
        texts = (self.grid.columns[number - 1][row - 1] for number in self.own - self._spread(row))
        names = [str(cell) for cell in texts if is_filled(cell)]
        return not all(self.vocabulary.is_aside(name) or self.vocabulary.comparison(name) for name in names)

    def _spread(self, row: int) -> set[int]:
        """Columns of a row that lie in a merge across several fields."""
        return {
            number
            for merge in self.grid.merges
            if merge.top <= row <= merge.bottom and row in self.merged and merge.right > merge.left
            for number in range(merge.left, merge.right + 1)
        }

    def is_other_header(self, row: int) -> bool:
        """A header of another table: a row of header texts, no number among them, not this table's own."""
        known = self.headed.get(row, 0)
        if known < 3 or row == self.layout.first_row or self.has_number(row):
            return False
        return known > 0.6 * len(self.texts(row))

    @cached_property
    def headed(self) -> Counter[int]:
        """Row → how many of its cells are the text of some header."""
        upper = slice(self.layout.top - 1, self.layout.first_row - 1)
        known = self.known | {text for column in self.grid.columns for text in column[upper] if text}
        words = {text for text in known if isinstance(text, str)}
        packed = [column for column in self.grid.columns if isinstance(column, Packed)]
        among = packed[0].contents.among(words) if packed else np.zeros(0, bool)
        found: Counter[int] = Counter()
        for number in range(1, self.grid.width + 1):
            cells = self.body(number)
            if isinstance(cells, Packed):
                found.update((cells.having(among) + self.first).tolist())
            elif telling := words.intersection(cells):
                found.update(row for row, cell in enumerate(cells, self.first) if cell in telling)
        return found

    @cached_property
    def merged(self) -> set[int]:
        """Rows with a cell merged across several fields."""
        return {
            row
            for merge in self.grid.merges
            if merge.top >= self.layout.first_row
            and len(self.layout.matched & {*range(merge.left, merge.right + 1)}) > 1
            for row in range(merge.top, merge.bottom + 1)
        }

    def has_number(self, row: int) -> bool:
        """Whether a column of numbers holds one, be it as text."""
        cells = (self.grid.columns[number - 1][row - 1] for number in self.numeric)
        return any(
            cell.strip()[:1].isdigit() if isinstance(cell, str) else cell is not None for cell in cells
        )

    def is_part(self, row: int) -> bool:
        """A 其中 row."""
        return any(self.vocabulary.is_part(text) for _, text in self.marked.get(row, ()))

    def is_header_again(self, row: int, *, below_header: bool) -> bool:
        """A row of the header, or the title, printed again on the next page; column numbers below it.

        `below_header` says that no data stand between this row and a header.
        """
        if not self.filled[row - self.first]:
            return False
        if below_header and _are_column_numbers(self.grid.row(row)):
            return True
        if row in self.marked:
            return self._is_printed_above(row)
        if not below_header and 2 * self.headed.get(row, 0) < self.filled[row - self.first]:
            return False
        pairs = zip(self.grid.row(row), self.header, strict=True)
        known = [_shown(cell) in texts for cell, texts in pairs if is_filled(cell)]
        return len(known) > (not below_header) and all(known)

    def title_of_another(self, row: int) -> int | None:
        """Where the title of another table begins just over a header printed again.

        It names another year, and the rows below say none; or another unit of money than the first table's,
        for amounts without one in their header.
        """
        over = self._over(row)
        years, told = self._years_over(over), self._years_over(range(1, self.layout.top))
        is_other_year = bool(years and told) and years.isdisjoint(told) and not self._says_years(row)
        is_another = is_other_year or (bool(self.bare_money) and self._is_other_unit(over))
        return min(over) if is_another else None

    def _years_over(self, rows: Iterable[int]) -> set[int]:
        """The years that rows of text name; a day, as under a signature, is none, but 截至 a day is."""
        return {*years_in((_DAY.sub("", text) for text in self._lines(rows)), self.vocabulary)}

    def _is_other_unit(self, over: Sequence[int]) -> bool:
        """Whether rows of text over a header state other units of money than the first table is in.

        Where none stands over that, one just under its rows is its own if a title follows.
        """
        words, above = self.vocabulary, self._lines(range(1, self.layout.top))
        units, stated = (words.stated_money_units(lines) for lines in (self._lines(over), above))
        if not stated and len(over) > 1 and not words.stated_money_units(self._lines(over[:-1])):
            return False
        name = words.label(self.grid.sheet).unit
        return bool(units) and units.isdisjoint(stated or ({name} if name else self.bare_money))

    def _over(self, row: int) -> list[int]:
        """The rows of text without figures just over a row, up to the data above."""
        rows = range(row - 1, max(self.first, row - MOST_TITLE_ROWS) - 1, -1)
        free = takewhile(
            lambda other: self.filled[other - self.first] < 3 and not self.has_number(other), rows
        )
        return [other for other in free if self.texts(other)]

    def _lines(self, rows: Iterable[int]) -> list[str]:
        """The texts of rows, and of each all of them as one line."""
        return [text for row in rows for text in (*self.texts(row), " ".join(self.texts(row)))]

    def _says_years(self, row: int) -> bool:
        """Whether the rows just below say their year."""
        cells = (self.grid.columns[number - 1][row : row + MOST_TITLE_ROWS] for number in self.years)
        return any(is_filled(cell) for column in cells for cell in column)

    def _is_printed_above(self, row: int) -> bool:
        cells = self.grid.row(row)
        pairs = zip(cells, self.header, strict=True)
        known = [normal(cell) in texts for cell, texts in pairs if isinstance(cell, str) and cell.strip()]
        if len(known) > 1 and all(known):
            return True
        return len(known) == sum(map(is_filled, cells)) == 1 and normal(self.texts(row)[0]) in self.printed


def filled(cells: Sequence[Value]) -> npt.NDArray[np.bool_]:
    """Which cells have anything but blanks in them."""
    if isinstance(cells, Packed):
        return np.asarray((cells.codes == NUMBER) | cells.where(is_filled))
    if str in set(map(type, cells)):
        return np.array([is_filled(cell) for cell in cells], np.bool_)
    return np.array([cell is not None for cell in cells], np.bool_)


def is_filled(cell: Value) -> bool:
    """Whether anything but blanks stands in a cell."""
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def _is_numeric(ledger: Ledger, name: str) -> bool:
    return ledger.field(name).type in NUMERIC and name != "year"


def _tells_apart(ledger: Ledger, name: str) -> bool:
    """Whether a field names the row's thing or place: 合计 may stand there."""
    return ledger.field(name).place is not None or any(name in names for names in ledger.key)


_LETTER = re.compile(r"\(?([a-z一二三四五六七八九十])\)?")
_LETTERED = re.compile(r"\(?[a-z]\d{1,3}\)?")
_NUMBERED = r"[甲乙丙丁戊己庚辛壬癸]|\(?[a-z]?\d{1,3}\)?(?:=.*)?|栏次|栏号|列号|栏目|列次"
_COLUMN_NUMBER = re.compile(f"{_NUMBERED}|{_LETTER.pattern}")
_SERIES = ("abcdefghijklmnopqrstuvwxyz", "一二三四五六七八九十")


def _are_column_numbers(cells: Sequence[Value]) -> bool:
    """The row 甲 乙 1 2 3=1+2 …, 一 二 1 2 …, A B C … or E9 E10 … under a printed header."""
    filled = [cell for cell in cells if is_filled(cell)]
    given = [_shown(cell) for cell in filled if isinstance(cell, str | int | float)]
    if len(given) < max(3, len(filled)) or not all(map(_COLUMN_NUMBER.fullmatch, given)):
        return False
    numbers = [int(found[0]) for text in given if (found := re.search(r"\d+", text))]
    rising = all(b - a == 1 for a, b in pairwise(numbers))
    letters = "".join(found[1] for text in given if (found := _LETTER.fullmatch(text)))
    in_order = not letters or (len(letters) > 1 and any(series.startswith(letters) for series in _SERIES))
    lettered = sum(bool(_LETTERED.fullmatch(text)) for text in given)
    return rising and in_order and (not numbers or numbers[0] in (0, 1, 2) or lettered > 2)


def _shown(cell: Value) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else normal(str(cell))


def _is_own_name(ledger: Ledger, name: str) -> bool:
    """Whether a field names the row itself: its village or its key, not the units above."""
    return name in (ledger.placed("village"), ledger.placed("code")) or name in {
        key for keys in ledger.key[:1] for key in keys if ledger.field(key).place is None
    }


def _header_names(definitions: Definitions) -> set[str]:
    """Every header text that some ledger knows, as it is declared."""
    return {
        text
        for ledger in definitions.ledgers.values()
        for field in ledger.fields
        for text in (field.label.zh, *field.aliases)
    }
