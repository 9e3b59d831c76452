"""Find the table on a sheet and say which column is which field.

A sheet has title, unit and blank rows, then one to five header rows, merged here and there. Every
declared form is tried at every place; the one that explains most columns is taken, and what it leaves
unexplained is listed. Merged cells lend their text only inside their real range: forward filling a
blank top header calls this year's income last year's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from povplan.grid import Grid, Merge
from povplan.spec import Block, Feed, Form, LedgerField
from povplan.words import Label, Vocabulary, nearest

DEEPEST_START, MOST_HEADER_ROWS = 40, 5


@dataclass(frozen=True)
class Column:
    """A column of the sheet (number from 1), its header path from top to leaf, and its unit."""

    number: int
    path: tuple[str, ...]
    unit: str | None
    dimension: str | None
    text: str

    @property
    def leaf(self) -> str:
        """The lowest header text."""
        return self.path[-1] if self.path else ""


@dataclass(frozen=True)
class Match:
    """What one feed found: field → column, block → column, compared field → column."""

    feed: Feed
    columns: Mapping[str, Column]
    blocks: tuple[tuple[Block, Column], ...]
    compare: Mapping[str, Column]
    ambiguous: Mapping[str, tuple[Column, ...]]
    missing: tuple[str, ...]

    @property
    def used(self) -> Iterator[Column]:
        """All columns this feed takes."""
        yield from self.columns.values()
        yield from self.compare.values()
        yield from (column for _, column in self.blocks)


@dataclass(frozen=True)
class Layout:
    """A form found on a sheet: its header rows, and what every column is."""

    form: Form
    top: int
    depth: int
    columns: tuple[Column, ...]
    matches: tuple[Match, ...]
    money_unit: str | None
    ignored: frozenset[str] = frozenset()

    @property
    def first_row(self) -> int:
        """The first row under the header, from 1."""
        return self.top + self.depth

    @cached_property
    def matched(self) -> frozenset[int]:
        """Numbers of the columns that are some field."""
        return frozenset(column.number for match in self.matches for column in match.used)

    @property
    def unmatched(self) -> list[Column]:
        """Columns with a header that no feed takes, in order; 序号 is nobody's."""
        return [
            column
            for column in self.columns
            if column.path
            and column.number not in self.matched
            and column.leaf not in _ORDINALS
            and not {column.leaf, "".join(column.path)} & self.ignored
        ]

    def suggestion(self, column: Column) -> str | None:
        """The declared header that was not found and is most like this column's."""
        wanted = (name for match in self.matches for name in match.missing)
        return nearest(column.leaf, wanted)


Declared = tuple[tuple[str, ...], str | None]
_ORDINALS = {"序号", "编号", "no", "排序", "行次"}


@dataclass(frozen=True)
class Candidate:
    """A form that explains some columns of a sheet, good enough or not."""

    layout: Layout
    wanted: int

    @property
    def found(self) -> int:
        """How many columns it explains."""
        return len(self.layout.matched)

    @property
    def order(self) -> tuple[int, int, int, int]:
        """Most columns first; then few header rows, a low start, a small form."""
        return (self.found, -self.layout.depth, self.layout.top, -self.wanted)


def locate(grid: Grid, forms: Iterable[Form], vocabulary: Vocabulary) -> list[Candidate]:
    """Every form with at least one column on the sheet, best first: one candidate a form."""
    heads = _Heads(grid, vocabulary)
    best: list[Candidate] = []
    for form in forms:
        tried = (_try(form, heads, top, depth) for top, depth in heads.places)
        found = [candidate for candidate in tried if candidate and candidate.found]
        if found:
            best.append(max(found, key=lambda candidate: candidate.order))
    return sorted(best, key=lambda candidate: candidate.order, reverse=True)


class _Heads:
    """The upper rows of a sheet, with merged ranges filled, read as header labels once."""

    def __init__(self, grid: Grid, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.height = min(grid.height, DEEPEST_START + MOST_HEADER_ROWS)
        self.width = grid.width
        texts = [[_text(cell) for cell in column[: self.height]] for column in grid.columns]
        self.own = texts
        self.filled = _fill(texts, grid.merges, self.height)
        self.labels: dict[str, Label] = {}
        self._declared: dict[str, Declared] = {}
        self._columns: dict[tuple[int, int], tuple[Column, ...]] = {}

    @property
    def places(self) -> Iterator[tuple[int, int]]:
        """(top row, number of rows) of every possible header, from row 1."""
        for top in range(1, min(self.height, DEEPEST_START) + 1):
            if sum(bool(column[top - 1]) for column in self.own) < 2:
                continue
            for depth in range(1, min(MOST_HEADER_ROWS, self.height - top + 1) + 1):
                yield top, depth

    def declared(self, text: str) -> Declared:
        """A declared header `A/B(户)` as the names it must be found under, and what it measures."""
        if text not in self._declared:
            labels = [self.label(part) for part in text.split("/")]
            names = tuple(label.name for label in labels)
            self._declared[text] = (names, self.dimension(labels[-1].unit))
        return self._declared[text]

    def label(self, text: str) -> Label:
        if text not in self.labels:
            self.labels[text] = self.vocabulary.label(text)
        return self.labels[text]

    def columns(self, top: int, depth: int) -> tuple[Column, ...]:
        """The header paths of a possible header."""
        place = (top, depth)
        if place not in self._columns:
            self._columns[place] = tuple(self._column(j, top, depth) for j in range(self.width))
        return self._columns[place]

    def _column(self, j: int, top: int, depth: int) -> Column:
        cells = [text for text in self.filled[j][top - 1 : top - 1 + depth] if text]
        labels = [self.label(text) for text in cells]
        path: list[str] = []
        for label in labels:
            if label.name and (not path or path[-1] != label.name):
                path.append(label.name)
        unit = next((label.unit for label in reversed(labels) if label.unit), None)
        return Column(j + 1, tuple(path), unit, self.dimension(unit), cells[-1] if cells else "")

    def dimension(self, unit: str | None) -> str | None:
        """What a unit of measure measures: 户 and 人 differ, 元 and 万元 do not."""
        return self.vocabulary.measurement[unit].dimension if unit else None

    def money_unit(self, top: int, depth: int) -> str | None:
        """What a line above the data says of the whole table: 单位：万元."""
        above = [text for column in self.own for text in column[: top - 1 + depth] if "单位" in text]
        return self.vocabulary.stated_money_unit(above)


def _text(cell: object) -> str:
    """A header cell's text; numbers and dates are no header, but a year may be one."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, int | float) and not isinstance(cell, bool) and 1949 <= cell <= 2100:
        return str(int(cell))
    return ""


def _fill(texts: Sequence[Sequence[str]], merges: Sequence[Merge], height: int) -> list[list[str]]:
    filled = [list(column) for column in texts]
    for merge in merges:
        if merge.top > height or merge.left > len(filled):
            continue
        text = filled[merge.left - 1][merge.top - 1]
        for j in range(merge.left - 1, min(merge.right, len(filled))):
            for i in range(merge.top - 1, min(merge.bottom, height)):
                filled[j][i] = text
    return filled


def _try(form: Form, heads: _Heads, top: int, depth: int) -> Candidate | None:
    columns = heads.columns(top, depth)
    matches = tuple(_match(feed, columns, heads) for feed in form.feeds)
    ignored = frozenset("".join(heads.declared(text)[0]) for feed in form.feeds for text in feed.ignore)
    layout = Layout(form, top, depth, columns, matches, heads.money_unit(top, depth), ignored)
    wanted = sum(len(feed.columns) + len(feed.compare) for feed in form.feeds)
    return Candidate(layout, wanted)


def _match(feed: Feed, columns: Sequence[Column], heads: _Heads) -> Match:
    """Give each declared header its column: the most exact claim first, one field a column."""
    wanted: dict[tuple[str, object], tuple[str, ...]] = {
        **{("column", name): texts for name, texts in feed.columns.items()},
        **{("compare", name): texts for name, texts in feed.compare.items()},
    }
    if feed.unpivot:
        wanted |= {("block", i): block.header for i, block in enumerate(feed.unpivot.columns)}
    given, ambiguous = _assign(wanted, columns, heads)
    blocks = feed.unpivot.columns if feed.unpivot else ()
    return Match(
        feed=feed,
        columns={str(name): column for (kind, name), column in given.items() if kind == "column"},
        compare={str(name): column for (kind, name), column in given.items() if kind == "compare"},
        blocks=tuple((block, given["block", i]) for i, block in enumerate(blocks) if ("block", i) in given),
        ambiguous={texts[0]: ambiguous[key] for key, texts in wanted.items() if key in ambiguous},
        missing=tuple(
            heads.label(texts[0].split("/")[-1]).name
            for key, texts in wanted.items()
            if key not in given and key not in ambiguous
        ),
    )


Claim = tuple[str, object]


def _assign(
    wanted: Mapping[Claim, tuple[str, ...]], columns: Sequence[Column], heads: _Heads
) -> tuple[dict[Claim, Column], dict[Claim, tuple[Column, ...]]]:
    named: dict[str, list[Column]] = {}
    for column in columns:
        for name in {column.leaf, "".join(column.path)} - {""}:
            named.setdefault(name, []).append(column)
    claims = [
        (rank, key, column)
        for key, texts in wanted.items()
        for column, rank in _claims([heads.declared(text) for text in texts], named).items()
    ]
    given: dict[Claim, Column] = {}
    ambiguous: dict[Claim, tuple[Column, ...]] = {}
    taken: set[int] = set()
    for rank in sorted({rank for rank, _, _ in claims}, reverse=True):
        open_claims: dict[Claim, list[Column]] = {}
        for claimed, key, column in claims:
            if claimed == rank and key not in given and key not in ambiguous and column.number not in taken:
                open_claims.setdefault(key, []).append(column)
        for key, found in open_claims.items():
            free = [column for column in found if column.number not in taken]
            if len(free) == 1:
                given[key] = free[0]
                taken.add(free[0].number)
            elif free:
                ambiguous[key] = tuple(free)
    return given, ambiguous


def _claims(declared: Sequence[Declared], named: Mapping[str, Sequence[Column]]) -> dict[Column, int]:
    """The columns that one of the declared headers names, and how exactly: the whole path most.

    低保对象(户) and 低保对象(人) share a name: the one that measures the same thing comes first.
    """
    ranks: dict[Column, int] = {}
    for names, dimension in declared:
        for column in {*named.get(names[-1], ()), *named.get("".join(names), ())}:
            rank = 10 * _rank(names, column.path)
            if rank and dimension and column.dimension:
                rank += 2 if dimension == column.dimension else -5
            ranks[column] = max(ranks.get(column, 0), rank)
    return {column: rank for column, rank in ranks.items() if rank}


def _rank(declared: tuple[str, ...], path: tuple[str, ...]) -> int:
    if declared == path:
        return 100
    if len(declared) > 1 and _ends_with(path, declared):
        return 10 + len(declared)
    if "".join(declared) == "".join(path):
        return 9
    return 8 if declared == path[-1:] else 0


def _ends_with(path: Sequence[str], declared: Sequence[str]) -> bool:
    """Whether `declared` ends in the leaf and stands, in order, in the path."""
    if not path or path[-1] != declared[-1]:
        return False
    above = iter(path[:-1])
    return all(part in above for part in declared[:-1])


def implied_headers(fields: Iterable[LedgerField]) -> dict[str, tuple[str, ...]]:
    """The headers of a ledger that has no form of its own: each field's label and aliases."""
    return {field.id: (field.label.zh, *field.aliases) for field in fields}
