"""Which row under a header is what: data, a total, a 其中 part, a note, a header printed again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from povplan.grid import Grid, Value
from povplan.headers import Column, Layout
from povplan.spec import NUMERIC, CodeList, Ledger, LedgerField
from povplan.typed import unit_mismatch
from povplan.words import Vocabulary, normal

Numbers = npt.NDArray[np.int64]


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
    repeats: list[int] = default(default_factory=list)
    blank: int = 0


def fields_of(layout: Layout) -> Iterator[tuple[str, Column, str]]:
    """(field, column, ledger) of every column that is some field; of a wide block, the value field."""
    for match in layout.matches:
        for name, column in (*match.columns.items(), *match.compare.items()):
            yield name, column, match.feed.ledger
        for _, column in match.blocks:
            assert match.feed.unpivot is not None
            yield match.feed.unpivot.value, column, match.feed.ledger


def unit_of(spec: LedgerField, column: Column, layout: Layout, definitions: Definitions) -> str | None:
    """The unit the column's numbers stand in: its own header's, else for money that of the table."""
    if column.unit and unit_mismatch(spec, column.unit, definitions.vocabulary):
        return None
    if column.unit or spec.type != "money":
        return column.unit
    return layout.money_unit


def classify(grid: Grid, layout: Layout, definitions: Definitions) -> Lines:
    """Sort the rows under the header into data, totals, 其中 parts, notes, repeated headers, blanks."""
    vocabulary = definitions.vocabulary
    labels = _label_columns(layout, definitions)
    filled = _filled(grid, layout)
    header = _header_texts(grid, layout)
    lines, blank, noted = Lines(), 0, False
    for row in range(layout.first_row, grid.height + 1):
        count = filled[row - 1]
        if not count:
            noted = noted or _is_aside(_texts(grid, row), vocabulary)
            blank += 1
            continue
        texts = [cell for j in labels if isinstance(cell := grid.columns[j - 1][row - 1], str)]
        if any(vocabulary.is_total(text) for text in texts if _may_be_total(text)):
            lines.totals.append(row)
        elif count <= 2 and (noted or _is_aside(texts or _texts(grid, row), vocabulary)):
            lines.asides.append(row)
            noted = True
        elif any(normal(text).startswith("其中") for text in texts):
            lines.parts.append(row)
        elif _is_header_again(grid.row(row), header) or (
            row == layout.first_row and _is_column_numbers(grid.row(row))
        ):
            lines.repeats.append(row)
        else:
            lines.data.append(row)
    return Lines(lines.data, lines.totals, lines.parts, lines.asides, lines.repeats, blank)


def _may_be_total(text: str) -> bool:
    return "计" in text or "全" in text or "总" in text


def _filled(grid: Grid, layout: Layout) -> Numbers:
    """How many matched columns are filled, by row."""
    count = np.zeros(grid.height, np.int64)
    for number in layout.matched:
        count += np.fromiter((cell is not None for cell in grid.columns[number - 1]), bool, grid.height)
    return count


def _label_columns(layout: Layout, definitions: Definitions) -> list[int]:
    """The columns in which a total or a note would be named: those left of the first number."""
    first = min(
        (
            column.number
            for name, column, ledger in fields_of(layout)
            if _is_numeric(definitions, ledger, name)
        ),
        default=len(layout.columns) + 1,
    )
    return list(range(1, first))


def _is_numeric(definitions: Definitions, ledger: str, name: str) -> bool:
    spec = definitions.ledgers[ledger].field(name)
    return spec.type in NUMERIC and name != "year"


def _texts(grid: Grid, row: int) -> list[str]:
    return [cell for cell in grid.row(row) if isinstance(cell, str) and cell.strip()]


def _is_aside(texts: Sequence[str], vocabulary: Vocabulary) -> bool:
    return bool(texts) and vocabulary.is_aside(texts[0])


def _header_texts(grid: Grid, layout: Layout) -> list[set[str]]:
    rows = range(layout.top - 1, layout.top - 1 + layout.depth)
    return [{normal(str(column[i])) for i in rows if column[i] is not None} for column in grid.columns]


def _is_header_again(cells: Sequence[Value], header: Sequence[set[str]]) -> bool:
    pairs = zip(cells, header, strict=True)
    known = [normal(cell) in texts for cell, texts in pairs if isinstance(cell, str)]
    return len(known) >= 2 and all(known)


_ORDINALS = re.compile(r"^[甲乙丙丁戊己庚辛壬癸]$")


def _is_column_numbers(cells: Sequence[Value]) -> bool:
    """The row 甲 乙 1 2 3 … under a printed header."""
    numbers = [cell for cell in cells if isinstance(cell, int | float)]
    others = [cell for cell in cells if isinstance(cell, str)]
    rising = all(b - a == 1 for a, b in pairwise(numbers))
    ordinals = all(_ORDINALS.match(cell.strip()) or cell.strip().isdigit() for cell in others)
    from_start = not numbers or numbers[0] in (0, 1, 2)
    return len(numbers) + len(others) >= 3 and ordinals and rising and from_start
