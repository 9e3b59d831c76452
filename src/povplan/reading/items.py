"""A sheet on which the items run down the rows, turned: a row a village and year, a column an item.

    编号  填表项目    单位  数量                  行政村  总户数(户)  村级集体经济收入(万元)
    B1   总户数       户    320          →        甲子村   320         5.6
    B2   集体经济收入  万元   5.6

What is turned reads like any other table: headers, units, totals, findings. Every cell of it knows the cell
that it came from. Blocks side by side go together; their columns of figures are units or years, or one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import takewhile

from povplan.grid import Grid, Value
from povplan.reading.heads import DEEPEST_START
from povplan.reading.lines import is_filled
from povplan.reading.placing import Told, told_above
from povplan.spec import LEVELS, Form, Items, Ledger, Level
from povplan.words import Vocabulary, normal

Cell = tuple[int, int]
"""Row and column from 1."""
LEAST, MOST = 3, 2000
"""Items below which a sheet is none of these; rows above which it is a table of entries."""


@dataclass(frozen=True)
class Figure:
    """A column of figures and whose they are; None where its header does not say."""

    column: int
    unit: str | None = None
    year: int | None = None

    @property
    def whose(self) -> tuple[str | None, int | None]:
        """What tells it from other columns."""
        return self.unit, self.year


@dataclass(frozen=True)
class Block:
    """One header of a sheet: its columns."""

    top: int
    bottom: int
    item: int
    unit: int | None
    number: int | None
    figures: tuple[Figure, ...]
    unknown: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Item:
    """One row of a block: what it is called, under what, in which unit, and the words of its codes."""

    row: int
    block: Block
    name: str
    above: str
    unit: str
    words: Mapping[str, str]


@dataclass(frozen=True)
class Turned:
    """The turned sheet, and for each of its cells where the value stands."""

    grid: Grid
    cells: Mapping[Cell, Cell]
    heads: Mapping[int, Cell]
    """Column of the turned sheet → the cell that names it."""
    unknown: tuple[tuple[Cell, str], ...] = ()
    """Columns with a header that is neither year, village nor figure."""
    top: int = 1
    items: int = 0
    figures: Mapping[int, Cell] = field(default_factory=dict)
    """Column of the turned sheet → where its first figure would stand."""


def turned(grid: Grid, form: Form, ledger: Ledger, vocabulary: Vocabulary) -> Turned | None:
    """The sheet turned, if it has a header of such a form and items below it."""
    assert form.items is not None
    if grid.height > MOST:
        return None
    blocks = _blocks(grid, form.items, _endings(ledger, vocabulary), vocabulary)
    items = [item for block in blocks for item in _items(grid, block, form.items, vocabulary)]
    if len(items) < LEAST:
        return None
    names = {texts: name for name in form.feeds[0].columns for texts in form.feeds[0].columns[name]}
    told = told_above(grid, blocks[0].top, form, ledger, vocabulary)
    inside = {names.get(item.name) for item in items}
    places = {name: one for name, one in told.items() if name not in inside}
    return _turned(grid, form, ledger, blocks, items, places)


# ---- the header --------------------------------------------------------------------------------------


def level_of(ledger: Ledger) -> Level:
    """The level of the units that a sheet's columns may be."""
    return next((level for level in LEVELS if level == ledger.level), "village")


def _endings(ledger: Ledger, vocabulary: Vocabulary) -> tuple[str, ...]:
    """How the names of such units end."""
    groups = vocabulary.words.unit_suffixes[LEVELS.index(level_of(ledger))]
    return tuple(ending for group in groups for ending in group)


def _blocks(grid: Grid, words: Items, endings: tuple[str, ...], vocabulary: Vocabulary) -> list[Block]:
    """The blocks of the first row that has a header with figures beside the items."""
    named = {_word(text) for text in words.item}
    for row in range(1, min(grid.height, DEEPEST_START) + 1):
        at = [j for j, cell in enumerate(grid.row(row), 1) if isinstance(cell, str) and _word(cell) in named]
        if at:
            found = [block for block in _beside(grid, row, at, words, endings, vocabulary) if block.figures]
            if found:
                return found
    return []


def _word(text: str) -> str:
    """A header without brackets and colon."""
    return re.sub(r"[(\[].*", "", normal(text)).strip(":")


def _beside(
    grid: Grid, row: int, at: Sequence[int], words: Items, endings: tuple[str, ...], vocabulary: Vocabulary
) -> Iterator[Block]:
    """A block for each column of items: up to the next one, or to the first column without a header."""
    aside, unit = {_word(text) for text in words.aside}, {_word(text) for text in words.unit}
    bottom = _bottom(grid, row, at[0])
    heads = {j: _head(grid, row, bottom, j) for j in range(1, grid.width + 1)}
    for number, item in enumerate(at):
        end = at[number + 1] - 1 if number + 1 < len(at) else grid.width
        nameless = _nameless_units(grid, bottom, item + 1, vocabulary) if not heads.get(item + 1) else None
        columns = [*takewhile(heads.__getitem__, range(item + 1 + (nameless is not None), end + 1))]
        before = item - 1 if item > 1 and _word(heads[item - 1]) in aside else None
        units = [j for j in columns if _word(heads[j]) in unit]
        rest = [j for j in columns if j not in units and _word(heads[j]) not in aside]
        figures, unknown = _figures({j: heads[j] for j in rest}, words, endings, vocabulary)
        yield Block(row, bottom, item, units[0] if units else nameless, before, figures, unknown)


def _nameless_units(grid: Grid, bottom: int, column: int, vocabulary: Vocabulary) -> int | None:
    """The column, if it has no header and nothing but units of measure below."""
    if column > grid.width:
        return None
    texts = [cell for cell in grid.columns[column - 1][bottom:] if is_filled(cell)]
    known = [cell for cell in texts if isinstance(cell, str) and vocabulary.unit(_bare(cell))]
    return column if known and len(known) >= 0.5 * len(texts) else None


def _bottom(grid: Grid, row: int, column: int) -> int:
    """The last row of a header cell, which may be merged downwards."""
    spans = (m for m in grid.merges if m.left <= column <= m.right and m.top == row)
    return max((m.bottom for m in spans), default=row)


def _head(grid: Grid, top: int, bottom: int, column: int) -> str:
    """The texts of a column's header, from the top; merged cells lend theirs."""
    texts: list[str] = []
    for row in range(top, bottom + 1):
        cell = _lent(grid, row, column)
        text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell or "").strip()
        if text and text not in texts:
            texts.append(text)
    return " ".join(texts)


def _lent(grid: Grid, row: int, column: int) -> Value:
    for merge in grid.merges:
        inside = merge.top <= row <= merge.bottom and merge.left <= column <= merge.right
        if inside and merge.top <= grid.height:
            return grid.columns[merge.left - 1][merge.top - 1]
    return grid.columns[column - 1][row - 1] if row <= grid.height else None


_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)\s*年?度?(?:末|底)?")


def _figures(
    heads: Mapping[int, str], words: Items, endings: tuple[str, ...], vocabulary: Vocabulary
) -> tuple[tuple[Figure, ...], tuple[tuple[int, str], ...]]:
    """Columns of figures: headed so, by a year, by a unit, by both; and those that are none."""
    named = {_word(text) for text in words.value}
    figures, unknown = [], []
    for column, text in heads.items():
        plain = unicodedata.normalize("NFKC", text)
        year = _YEAR.search(plain)
        parts = [part for part in _YEAR.sub(" ", plain).split() if _word(part) not in named]
        unit = "".join(parts)
        if not unit or unit.endswith(endings) or vocabulary.is_total(unit):
            figures.append(Figure(column, unit or None, int(year[1]) if year else None))
        else:
            unknown.append((column, text))
    return tuple(figures), tuple(unknown)


# ---- the items ---------------------------------------------------------------------------------------


_NUMBERING = re.compile(r"^\s*(?:[A-Za-z]?\d+(?:[.．-]\d+)+|[A-Za-z]\d+)[\s.．、]*")
_CODES = re.compile(r"[\s:：(（]*(?<!\d)1\s*[.．、]\s*[^\d]{1,12}?\s*2\s*[.．、].*$")
_CODE = re.compile(r"(?<!\d)(\d)\s*[.．、]\s*([^\d\s;；,，。、)）]+)")


def _items(grid: Grid, block: Block, words: Items, vocabulary: Vocabulary) -> Iterator[Item]:
    """The rows of a block that are items; a row without number, unit and figures names those below it.

    A figure beside no item is nobody's: it is called by its row, so that it is listed as unknown.
    """
    again = {_word(text) for text in words.item}
    unitless = {normal(text) for text in words.unitless} | vocabulary.blanks
    section = whole = ""
    for row in range(block.bottom + 1, grid.height + 1):
        text = grid.columns[block.item - 1][row - 1]
        if not isinstance(text, str) or not text.strip():
            if any(isinstance(grid.columns[one.column - 1][row - 1], int | float) for one in block.figures):
                yield Item(row, block, f"行{row}", "", "", {})
            continue
        if _word(text) in again:
            continue
        unit = _beside_item(grid, row, block.unit)
        stated = "" if normal(unit) in unitless else unit
        has_figure = any(is_filled(grid.columns[one.column - 1][row - 1]) for one in block.figures)
        if vocabulary.is_aside(text) and not unit and not has_figure:
            continue
        if _is_section(grid, row, block, unit) and not has_figure:
            section = whole = _plain(text)
            continue
        is_part = vocabulary.is_part(_NUMBERING.sub("", text))
        name = _plain(text)
        yield Item(row, block, name, whole if is_part else section, stated, _words(text))
        whole = whole if is_part else name


def _is_section(grid: Grid, row: int, block: Block, unit: str) -> bool:
    """Neither unit nor number, where the block has columns for them."""
    number = _beside_item(grid, row, block.number)
    return (block.unit is not None or block.number is not None) and not unit and not number


def _beside_item(grid: Grid, row: int, column: int | None) -> str:
    cell = grid.columns[column - 1][row - 1] if column else None
    return _bare(str(cell)) if is_filled(cell) else ""


def _bare(text: str) -> str:
    """A unit without the brackets it may stand in."""
    plain = text.strip()
    return plain[1:-1].strip() if plain[:1] in "(（" and plain[-1:] in ")）" else plain


def _plain(text: str) -> str:
    """An item without its number and the list of its codes: `B3 是否通客运班车：1.是2.否`."""
    return _CODES.sub("", _NUMBERING.sub("", text.strip())).strip()


def _words(text: str) -> Mapping[str, str]:
    """Code → word, where an item lists its codes."""
    listed = _CODES.search(text)
    return dict(_CODE.findall(listed[0])) if listed else {}


# ---- turning -----------------------------------------------------------------------------------------


def _turned(
    grid: Grid,
    form: Form,
    ledger: Ledger,
    blocks: Sequence[Block],
    items: Sequence[Item],
    places: Mapping[str, Told],
) -> Turned:
    """Texts above, then two rows of headers, then a row for each village and year that has a figure."""
    above = _above(grid, blocks[0].top)
    rows = [whose for whose in _whose(blocks) if _has_figure(grid, items, whose)]
    first = len(above) + 3
    columns: list[list[Value]] = []
    cells: dict[Cell, Cell] = {}
    heads: dict[int, Cell] = {}
    figures: dict[int, Cell] = {}
    for name in _placed(form, ledger, rows, places):
        columns.append([*[None] * len(above), None, form.feeds[0].columns[name][0]])
        heads[len(columns)] = places[name].cell if name in places else (blocks[0].top, blocks[0].item)
        for at, whose in enumerate(rows):
            value, cell = _place(name, ledger, whose, places, blocks)
            columns[-1].append(value)
            cells[first + at, len(columns)] = cell
    for item in items:
        unit = f"({item.unit})" if item.unit and item.unit not in item.name else ""
        columns.append([*[None] * len(above), item.above or None, item.name + unit])
        heads[len(columns)] = (item.row, item.block.item)
        by = {one.whose: one.column for one in item.block.figures}
        figures[len(columns)] = (item.row, item.block.figures[0].column)
        for at, whose in enumerate(rows):
            column = by.get(whose)
            columns[-1].append(
                _worded(grid.columns[column - 1][item.row - 1], item.words) if column else None
            )
            if column:
                cells[first + at, len(columns)] = (item.row, column)
    for at, text in enumerate(above):
        columns[0][at] = text
    return Turned(
        grid=_grid(grid, columns, cells),
        cells=cells,
        heads=heads,
        unknown=tuple(((block.top, j), text) for block in blocks for j, text in block.unknown),
        top=blocks[0].top,
        items=len(items),
        figures=figures,
    )


def _above(grid: Grid, top: int) -> list[str]:
    """The texts over the header: they name years and units of money."""
    rows = (grid.row(row) for row in range(1, top))
    return [cell for row in rows for cell in row if isinstance(cell, str) and cell.strip()][
        : DEEPEST_START - 10
    ]


def _whose(blocks: Sequence[Block]) -> list[tuple[str | None, int | None]]:
    """The villages and years of all columns of figures, each once, in order."""
    return list(dict.fromkeys(figure.whose for block in blocks for figure in block.figures))


def _has_figure(grid: Grid, items: Sequence[Item], whose: tuple[str | None, int | None]) -> bool:
    return any(
        is_filled(grid.columns[figure.column - 1][item.row - 1])
        for item in items
        for figure in item.block.figures
        if figure.whose == whose
    )


def _placed(
    form: Form, ledger: Ledger, rows: Sequence[tuple[str | None, int | None]], places: Mapping[str, Told]
) -> list[str]:
    """The fields of place and year that are no items: told above, or by the columns' headers."""
    own = ledger.placed(level_of(ledger))
    by_column = {"year"} if any(year for _, year in rows) else set()
    wanted: AbstractSet[str | None] = {*places, *by_column, own}
    return [name for name in form.feeds[0].columns if name in wanted]


def _place(
    name: str,
    ledger: Ledger,
    whose: tuple[str | None, int | None],
    places: Mapping[str, Told],
    blocks: Sequence[Block],
) -> tuple[Value, Cell]:
    """Where, or of which year, a row is: by its column's header, else by what is told above."""
    unit, year = whose
    header = next(
        (block.bottom, one.column) for block in blocks for one in block.figures if one.whose == whose
    )
    if name == ledger.placed(level_of(ledger)) and unit:
        return unit, header
    if name == "year" and year:
        return float(year), header
    told = places.get(name)
    return (told.text, told.cell) if told else (None, header)


def _worded(cell: Value, words: Mapping[str, str]) -> Value:
    """A code as the word that its item gives it."""
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
    return words.get(text, cell)


def _grid(grid: Grid, columns: Sequence[Sequence[Value]], cells: Mapping[Cell, Cell]) -> Grid:
    back = {real: at for at, real in cells.items()}
    return Grid(
        sheet=grid.sheet,
        columns=columns,
        errors={back[cell]: word for cell, word in grid.errors.items() if cell in back},
        uncached=frozenset(back[cell] for cell in grid.uncached if cell in back),
        shown={back[cell]: one for cell, one in grid.shown.items() if cell in back},
        hidden=grid.hidden,
    )
