"""A file looked at under every profile: what its headers are, or may be. Runs in a worker process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from povplan.grid import Grid
from povplan.jobs.reading import Plan, recognise
from povplan.model import column_letters
from povplan.reading.columns import Columns
from povplan.reading.headers import Layout, locate
from povplan.reading.heads import Column
from povplan.reading.likeness import LIKELY, OFFERED, Guess, Likeness, Names, is_personal, listed, nature
from povplan.reading.lines import classify, is_filled
from povplan.reading.stamps import stamps_of
from povplan.spec import FieldType
from povplan.words import flat

SOURCES, SOURCE = "fund_source", "source:"
"""The list of sources of money, and what a guess is called that a column holds the amounts of one."""
ROWS = 300
"""Data rows whose values are looked at, spread over the sheet."""
FORMS = 3
"""Forms tried on a sheet that is none of them for certain."""


@dataclass(frozen=True)
class HeaderSeen:
    """A column's header, the field it is by declaration, else those it may be, and what stands below it."""

    path: tuple[str, ...]
    unit: str | None
    declared: str
    """The text to declare, so that this column of the sheet is meant and no other."""
    cell: str
    field: tuple[str, str] | None
    """(ledger, field) that the header is for certain."""
    guesses: tuple[Guess, ...] = ()
    nature: FieldType = "text"
    personal: bool = False
    filled: int = 0
    twice: bool = False
    """Another column of the sheet has the very same header: no header can tell them apart."""


@dataclass(frozen=True)
class SheetSeen:
    """A sheet under one profile: the form it is or nearly is, and its headers in order."""

    sheet: str
    form: str | None = None
    recognised: bool = False
    headers: tuple[HeaderSeen, ...] = ()
    rows: int = 0
    titles: tuple[str, ...] = ()
    """Texts above the table."""

    @property
    def sure(self) -> int:
        """How many headers are some field by declaration."""
        return len({header.path for header in self.headers if header.field})

    @property
    def likely(self) -> int:
        """How many more are like one."""
        return sum(header.field is None and _best(header) >= LIKELY for header in self.headers)

    @property
    def fits(self) -> bool:
        """Whether the sheet is a table of this profile: recognised, or most headers known or likely."""
        known = self.sure + self.likely
        return self.recognised or (self.sure > 1 and known > 2 and known >= 0.5 * len(self.headers))


def _best(header: HeaderSeen) -> float:
    return header.guesses[0].confidence if header.guesses else 0.0


def study(path: Path, plans: Sequence[Plan]) -> tuple[tuple[SheetSeen, ...], ...]:
    """The file's sheets that hold anything, once for every plan. BadFile where it is no table."""
    from povplan.excel import read_workbook

    grids = [grid for grid in read_workbook(path).grids if any(map(_any_filled, grid.columns))]
    asides = stamps_of(grids).asides
    grids = [grid for grid in grids if grid.sheet not in asides]
    return tuple(tuple(study_sheet(grid, plan) for grid in grids) for plan in plans)


def _any_filled(column: Sequence[object]) -> bool:
    return any(is_filled(cell) for cell in column)  # type: ignore[arg-type]


def study_sheet(grid: Grid, plan: Plan) -> SheetSeen:
    """The sheet under its form; else under that of the first few which explains most, guesses counted."""
    layout, _ = recognise(grid, plan)
    if layout is not None:
        return _seen(grid, layout, plan, recognised=True)
    near = locate(grid, plan.tables, plan.definitions.vocabulary)[:FORMS]
    tried = [_seen(grid, candidate.layout, plan, recognised=False) for candidate in near]
    return max(tried, key=lambda seen: 2 * seen.sure + seen.likely, default=SheetSeen(grid.sheet))


def _seen(grid: Grid, layout: Layout, plan: Plan, *, recognised: bool) -> SheetSeen:
    lines = classify(grid, layout, plan.definitions)
    step = max(1, len(lines.data) // ROWS)
    sheet = Columns(grid, layout, replace(lines, data=lines.data[::step]), plan.definitions)
    headers = [*_known(sheet), *_with_sources([*_unknown(sheet, plan)], sheet, plan)]
    ordered = sorted(headers, key=lambda header: header[0].number)
    return SheetSeen(
        sheet=grid.sheet,
        form=layout.form.form,
        recognised=recognised,
        headers=tuple(seen for _, seen in ordered),
        rows=len(lines.data),
        titles=tuple(
            cell
            for row in range(1, layout.top)
            for cell in grid.row(row)
            if isinstance(cell, str) and cell.strip()
        ),
    )


def _known(sheet: Columns) -> Iterator[tuple[Column, HeaderSeen]]:
    for match in sheet.layout.matches:
        for field, column in (*match.columns.items(), *match.compare.items()):
            yield column, _header(sheet, column, (match.feed.ledger, field))
        for block, column in match.blocks:
            yield column, _header(sheet, column, (match.feed.ledger, block.header[0]))


def _unknown(sheet: Columns, plan: Plan) -> Iterator[tuple[Column, HeaderSeen]]:
    """Columns that nobody claims, or more than one field or column does, with guesses at each."""
    feeds = [feed for feed in sheet.layout.form.feeds if feed.unpivot is None] or sheet.layout.form.feeds[:1]
    ledgers = [plan.definitions.ledgers[feed.ledger] for feed in feeds]
    kin = [Likeness(sheet, Names(ledger, plan.definitions.vocabulary)) for ledger in ledgers]
    unclear = {c.number: c for m in sheet.layout.matches for found in m.ambiguous.values() for c in found}
    for column in [*sheet.layout.unmatched, *unclear.values()]:
        seen = _header(sheet, column, None)
        if not seen.twice:
            found = sorted(
                (guess for likeness in kin for guess in likeness.guesses(column)),
                key=lambda guess: -guess.confidence,
            )
            seen = replace(seen, guesses=tuple(found))
        yield column, seen


def _with_sources(
    unknown: list[tuple[Column, HeaderSeen]], sheet: Columns, plan: Plan
) -> list[tuple[Column, HeaderSeen]]:
    """A sheet with a column for each source of money: such columns are likely amounts of that source.

    Only where two or more are, and the sheet's form is not declared already.
    """
    ledger, codes = plan.definitions.ledgers.get("fund"), plan.definitions.codes.get(SOURCES)
    form = sheet.layout.form.form
    if ledger is None or codes is None or form not in plan.definitions.ledgers:
        return unknown
    names = Names(ledger, plan.definitions.vocabulary)
    alike = {
        column.number: listed(column.path, codes, names)
        for column, seen in unknown
        if not seen.twice and (seen.nature in ("money", "integer", "number") or not seen.filled)
    }
    if sum(bool(found) for found in alike.values()) < 2:
        return unknown
    return [(column, _or_source(seen, alike.get(column.number, {}))) for column, seen in unknown]


def _or_source(seen: HeaderSeen, alike: Mapping[str, float]) -> HeaderSeen:
    sources = [Guess("fund", SOURCE + code, round(share, 2)) for code, share in alike.items()]
    guesses = sorted([*sources, *seen.guesses], key=lambda guess: -guess.confidence)[:OFFERED]
    return replace(seen, guesses=tuple(guesses))


def _header(sheet: Columns, column: Column, field: tuple[str, str] | None) -> HeaderSeen:
    below = sheet.grid.columns[column.number - 1]
    cells = [below[row - 1] for row in sheet.lines.data]
    text = "/".join(column.path)
    row = _lowest(sheet, column)
    same = [other for other in sheet.layout.columns if other.path == column.path]
    return HeaderSeen(
        path=column.path,
        unit=column.unit,
        declared=_declared(column, sheet.layout),
        cell=f"{column_letters(column.number)}{row}",
        field=field,
        nature=nature(cells, column.unit, sheet.definitions.vocabulary) if field is None else "text",
        personal=is_personal(text, cells) if field is None else False,
        filled=sum(is_filled(cell) for cell in cells),
        twice=len({other.unit for other in same}) < len(same),
    )


def _lowest(sheet: Columns, column: Column) -> int:
    """The row of the column's own header text: the lowest header row with anything in it."""
    cells = sheet.grid.columns[column.number - 1]
    rows = range(sheet.layout.first_row - 1, sheet.layout.top - 1, -1)
    return next((row for row in rows if is_filled(cells[row - 1])), sheet.layout.top)


def _declared(column: Column, layout: Layout) -> str:
    """The leaf where it is this column's alone, else the whole path; with its unit where only that tells."""
    alone = sum(flat((other.leaf,)) == flat((column.leaf,)) for other in layout.columns) == 1
    text = column.leaf if alone else "/".join(column.path)
    same = [other for other in layout.columns if other.path == column.path]
    return f"{text}({column.unit})" if len(same) > 1 and column.unit else text
