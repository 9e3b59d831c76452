"""The upper rows of a sheet read as headers: every cell a name and a unit, every column a path.

Merged cells lend their text inside their real range only. A cell merged across columns at the header's
lower edge belongs to the first of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

from povplan.grid import Grid, Merge, Value
from povplan.words import Label, Vocabulary, counted_by, flat, normal

DEEPEST_START, MOST_HEADER_ROWS = 40, 5
PATH = re.compile(r"/(?![^(（]*[)）])")
_YEAR = re.compile(
    r"(?<!\d)(?:(19[89]\d|20\d\d)\s*年?\s*[-—–~至到]+\s*)?(19[89]\d|20\d\d)\s*年(?!以来|以前|以后|底前)"
)
"""A year, or the first and the last of several: 2024年, 2022-2024年."""
_EARLY = re.compile(r"(?<!\d)(20\d\d)\s*年\s*0?[1-3]\s*月")
"""A day in the first months of a year: the form may be filled in then of the year before."""
_FIGURE = re.compile(r"[-\d\s.,，:/年月日%％]*\d[-\d\s.,，:/年月日%％]*")
_YEAR_HEAD = re.compile(r"((?:19|20)\d\d)年?度?[末底初]?(?:数|值|情况|实际|完成数?|计划数?|目标|预计)?")


@dataclass(frozen=True)
class Column:
    """A column of the sheet (number from 1), its header path from top to leaf, and its unit."""

    number: int
    path: tuple[str, ...]
    unit: str | None
    dimension: str | None
    text: str
    above: str | None = None
    """The unit that a cell over the header states for this and other columns."""
    per: str | None = None
    """What one of its header cells counts money by: 月 of 元/月."""
    over: frozenset[str] = frozenset()
    """All that stands over the leaf, in the header and just above it."""
    elsewhen: frozenset[str] = frozenset()
    """Parts over the leaf by which it is no figure of the table's own year: 上年, 增减, 计划, 2019年."""

    @property
    def leaf(self) -> str:
        """The lowest header text."""
        return self.path[-1] if self.path else ""

    @cached_property
    def names(self) -> frozenset[str]:
        """What the column may be called: its leaf, or its whole path as one name."""
        return frozenset({self.leaf, flat((self.leaf,)), flat(self.path)} - {""})


@dataclass(frozen=True)
class Declared:
    """A declared header `A/B(户)`: the path it is found under, and what it measures."""

    path: tuple[str, ...]
    dimension: str | None


class Heads:
    """The upper rows of a sheet, with merged ranges filled, read as header labels once."""

    def __init__(self, grid: Grid, vocabulary: Vocabulary, *, of_any_time: bool = False) -> None:
        self.grid, self.vocabulary, self.of_any_time = grid, vocabulary, of_any_time
        self.height = min(grid.height, DEEPEST_START + MOST_HEADER_ROWS)
        self.width = grid.width
        self.own = [[_text(cell) for cell in column[: self.height]] for column in grid.columns]
        self.merges = [m for m in grid.merges if m.top <= self.height and m.left <= self.width]
        self.filled = _fill(self.own, self.merges, self.height)
        self.labels: dict[str, Label] = {}
        self._declared: dict[str, Declared] = {}
        self._columns: dict[tuple[int, int], tuple[Column, ...]] = {}
        self._beside: dict[tuple[int, int], int | None] = {}
        self._told: dict[int, frozenset[int]] = {}
        self._above: dict[int, tuple[int, ...]] = {}
        self._right = {
            (row, column)
            for m in self.merges
            for row in range(m.top, min(m.bottom, self.height) + 1)
            for column in range(m.left + 1, min(m.right, self.width) + 1)
        }

    def places(self, names: AbstractSet[str]) -> Iterator[tuple[int, int]]:
        """(top row, number of rows) of every possible header, from row 1: its top row knows a name."""
        for top in range(1, min(self.height, DEEPEST_START) + 1):
            texts = [text for column in self.own if (text := column[top - 1])]
            if len(texts) < 2 or not any(self._is_known(text, names) for text in texts):
                continue
            yield from dict.fromkeys((top, depth) for depth in self._depths(top))

    def _is_known(self, text: str, names: AbstractSet[str]) -> bool:
        name = self.label(text).name
        return name in names or flat((name,)) in names

    def _depths(self, top: int) -> Iterator[int]:
        """How many rows a header may have; a row of units under it belongs to it."""
        for last in range(top, min(top + MOST_HEADER_ROWS - 1, self.height) + 1):
            if last == top or any(column[last - 1] for column in self.own):
                below = last + 1
                while below <= self.height and self._is_unit_row(below):
                    below += 1
                yield below - top

    def _is_unit_row(self, row: int) -> bool:
        """计量单位 户 人 万元: units of measure and nothing else, no number either."""
        cells = [cell for column in self.grid.columns if (cell := column[row - 1]) not in (None, "")]
        labels = [self.label(cell) for cell in cells if isinstance(cell, str) and not self._is_aside(cell)]
        asides = sum(map(self._is_aside, cells))
        only_units = all(label.unit and not label.name for label in labels)
        return bool(labels) and only_units and len(labels) + asides == len(cells)

    def _is_aside(self, cell: Value) -> bool:
        """A word before the units (计量单位), or a mark where a column has none."""
        words = self.vocabulary
        return isinstance(cell, str) and (words.is_aside(cell) or normal(cell) in words.blanks)

    def declared(self, text: str) -> Declared:
        """A declared header as path and dimension; `/` parts the path, but not inside (元/人)."""
        if text not in self._declared:
            labels = [self.label(part) for part in PATH.split(text)]
            path = tuple(label.name for label in labels if label.name) or (normal(text),)
            self._declared[text] = Declared(path, self.dimension(labels[-1].unit))
        return self._declared[text]

    def label(self, text: str) -> Label:
        """A cell as name and unit."""
        if text not in self.labels:
            self.labels[text] = self.vocabulary.label(text)
        return self.labels[text]

    def columns(self, top: int, depth: int) -> tuple[Column, ...]:
        """The header paths of a possible header."""
        place = (top, depth)
        if place not in self._columns:
            columns = [self._column(j, top, depth) for j in range(self.width)]
            self._beside[place] = self._other_table(columns, top, top + depth)
            others = range(self._beside[place] or self.width + 1, self.width + 1)
            columns[len(columns) - len(others) :] = [Column(number, (), None, None, "") for number in others]
            self._columns[place] = tuple(columns)
        return self._columns[place]

    def beside(self, top: int, depth: int) -> int | None:
        """The first column of another table that stands to the right of a possible header's own."""
        self.columns(top, depth)
        return self._beside[top, depth]

    def _other_table(self, columns: Sequence[Column], top: int, first_row: int) -> int | None:
        """Behind a blank column the first with a header, if that stands left of it too and names rows there.

        Where the columns of one name agree row by row, the name is only repeated for the reader.
        """
        known: dict[str, int] = {}
        gap = False
        for column in columns:
            if (
                gap
                and column.leaf in known
                and self._is_blank(column.number - 1, top)
                and self._names_rows(known[column.leaf], known.values(), first_row)
            ):
                twins = [(known[c.leaf], c.number) for c in columns[column.number - 1 :] if c.leaf in known]
                if not all(self._are_alike(a, b, first_row) for a, b in twins):
                    return column.number
            gap = not column.text
            if column.path:
                known.setdefault(column.leaf, column.number)
        return None

    def _names_rows(self, number: int, headed: Iterable[int], first_row: int) -> bool:
        """Whether a column is the first of its table, or neither it nor one between them has a figure."""
        behind = [other for other in sorted(headed)[1:] if other <= number]
        return not any(self._has_figures(other - 1, first_row) for other in behind)

    def _has_figures(self, j: int, first_row: int) -> bool:
        """Whether a number or a date stands in a column, be it as text."""
        cells = self.grid.distinct(j + 1, first_row).values
        return any(
            bool(_FIGURE.fullmatch(cell)) if isinstance(cell, str) else cell is not None for cell in cells
        )

    def _is_blank(self, number: int, top: int) -> bool:
        return all(cell is None or cell == "" for cell in self.grid.distinct(number, top).values)

    def _are_alike(self, number: int, other: int, first_row: int) -> bool:
        pair = (self.grid.columns[each - 1][first_row - 1 :] for each in (number, other))
        return all(a == b for a, b in zip(*pair, strict=True))

    def _column(self, j: int, top: int, depth: int) -> Column:
        """A header merged across columns belongs to the first of them."""
        written = [text for text in self.filled[j][top - 1 : top - 1 + depth] if text]
        cells = [text for text in written if normal(text) not in self.vocabulary.blanks] or written
        if not cells or (top + depth - 1, j + 1) in self._right:
            return Column(j + 1, (), None, None, cells[-1] if cells else "")
        labels = [self.label(text) for text in cells]
        path: list[str] = []
        for label in labels:
            if label.name and (not path or path[-1] != label.name):
                path.append(label.name)
        unit = next((label.unit for label in reversed(labels) if label.unit), None)
        if not path:
            path, unit = [normal(cells[-1])], None
        over = frozenset({*path[:-1], *self._over(j, top)})
        elsewhen = frozenset(part for part in over if self._is_elsewhen(part, top))
        if elsewhen and all(map(self.vocabulary.is_plan, elsewhen)) and not self._has_figures(j, top + depth):
            elsewhen = frozenset()  # 建设内容 is what it is under 计划, too
        per = next((per for text in cells if (per := counted_by(text))), None)
        dimension = self.dimension(unit)
        return Column(j + 1, tuple(path), unit, dimension, cells[-1], per=per, over=over, elsewhen=elsewhen)

    def _over(self, j: int, top: int) -> Iterator[str]:
        """The names of what stands over a column just above the header, in rows of texts without a figure."""
        for row in self._rows_over(top):
            if text := self.filled[j][row - 1]:
                yield self.label(text).name

    def _rows_over(self, top: int) -> tuple[int, ...]:
        """Those rows, from below."""
        if top not in self._above:
            rows = range(top - 1, max(0, top - 1 - MOST_HEADER_ROWS), -1)
            self._above[top] = tuple(
                takewhile(lambda row: self._is_row_of_heads(row) and not self._has_figure(row), rows)
            )
        return self._above[top]

    def _has_figure(self, row: int) -> bool:
        cells = zip(self.grid.row(row), self.own, strict=True)
        return any(isinstance(cell, int | float) and not own[row - 1] for cell, own in cells)

    def _is_row_of_heads(self, row: int) -> bool:
        """Whether a row holds several texts: a title stands alone."""
        return sum(bool(column[row - 1]) for column in self.own) > 1

    def _is_elsewhen(self, part: str, top: int) -> bool:
        """Whether what stands over columns compares, plans, or names another year than the title does."""
        if self.vocabulary.comparison(part) or self.vocabulary.is_plan(part):
            return True
        year = _YEAR_HEAD.fullmatch(part)
        return bool(year and (told := self._years(top)) and int(year[1]) not in told)

    def _years(self, top: int) -> frozenset[int]:
        """The years of the title; a cell that is a year and stands over columns tells none."""
        if top not in self._told:
            rows = range(1, top)
            heads = {row for row in rows if self._is_row_of_heads(row)}
            texts = [
                cell
                for row in rows
                for cell in self.grid.row(row)
                if not (row in heads and isinstance(cell, str) and _YEAR_HEAD.fullmatch(normal(cell)))
            ]
            years = frozenset(years_in(texts, self.vocabulary))
            self._told[top] = years | _years_before(texts, self.vocabulary)
        return self._told[top]

    def dimension(self, unit: str | None) -> str | None:
        """What a unit of measure measures: 户 and 人 differ, 元 and 万元 do not."""
        return self.vocabulary.measurement[unit].dimension if unit else None

    def unit_above(self, j: int, top: int) -> str | None:
        """The unit that the nearest merged cell over the header states: 资金投入(万元) over its parts."""
        texts = (text for text in reversed(self.filled[j][: top - 1]) if text)
        return next((unit for text in texts if (unit := self.label(text).unit)), None)

    def cut(self, top: int, depth: int) -> int:
        """How many merged cells lie across the header's lower or upper edge."""
        last = top + depth - 1
        return sum(
            top <= merge.top <= last < merge.bottom or merge.top < top <= merge.bottom
            for merge in self.merges
        )


def years_above(grid: Grid, top: int, columns: Iterable[Column], vocabulary: Vocabulary) -> frozenset[int]:
    """Years in the title over a header; the one over its columns where that is the year before a day's."""
    texts = [cell for row in range(1, top) for cell in grid.row(row)]
    over = {int(year[1]) for c in columns for part in c.over if (year := _YEAR_HEAD.fullmatch(part))}
    is_before = len(over) == 1 and over <= _years_before(texts, vocabulary)
    return frozenset(over if is_before else years_in(texts, vocabulary))


def _years_before(cells: Iterable[Value], vocabulary: Vocabulary) -> frozenset[int]:
    """Years of which a form may speak that was filled in early in the next and does not name that besides."""
    texts = [
        unicodedata.normalize("NFKC", cell)
        for cell in cells
        if isinstance(cell, str) and not vocabulary.is_aside(cell)
    ]
    early = {int(year) for text in texts for year in _EARLY.findall(text)}
    plain = {*years_in((_EARLY.sub("", text) for text in texts), vocabulary)}
    return frozenset(year - 1 for year in early - plain)


def years_in(cells: Iterable[Value], vocabulary: Vocabulary) -> Iterator[int]:
    """Years that texts name; the date on which the form was filled in is none."""
    for cell in cells:
        if isinstance(cell, str) and not vocabulary.is_aside(cell):
            for first, last in _YEAR.findall(unicodedata.normalize("NFKC", cell)):
                yield from range(min(int(first or last), int(last)), int(last) + 1)


def _text(cell: object) -> str:
    """A header cell's text; numbers and dates are no header, but a year may be one."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, int | float) and not isinstance(cell, bool) and 1949 <= cell <= 2100:
        return str(int(cell))
    return ""


def _fill(texts: Sequence[Sequence[str]], merges: Iterable[Merge], height: int) -> list[list[str]]:
    filled = [list(column) for column in texts]
    for merge in merges:
        text = filled[merge.left - 1][merge.top - 1]
        for j in range(merge.left - 1, min(merge.right, len(filled))):
            for i in range(merge.top - 1, min(merge.bottom, height)):
                filled[j][i] = text
    return filled
