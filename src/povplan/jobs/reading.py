"""Submitted files → typed tables: what runs inside a worker process, one file at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from povplan.excel.workers import at_sheet
from povplan.formulas.faults import tell
from povplan.grid import Grid
from povplan.jobs.ours import is_ours
from povplan.messages import Said, say
from povplan.reading.headers import Candidate, Layout, Match, locate
from povplan.reading.heads import years_above
from povplan.reading.items import Turned, turned
from povplan.reading.itemtables import item_tables
from povplan.reading.lines import Definitions, Lines, filled
from povplan.reading.stamps import Stamped, stamps_of
from povplan.reading.tables import SheetTables, extract, told_of_others
from povplan.reading.templates import Filled, form_of, settle
from povplan.spec import Form, Ledger

LEAST = 3
"""Columns of a form below which a sheet does not even resemble it."""


@dataclass(frozen=True)
class Plan:
    """What a worker must know to read any file of a workspace."""

    definitions: Definitions
    forms: tuple[Form, ...]

    @cached_property
    def tables(self) -> tuple[Form, ...]:
        """The forms with an entry a row."""
        return tuple(form for form in self.forms if form.items is None)

    @cached_property
    def lists(self) -> tuple[Form, ...]:
        """The forms with an item a row."""
        return tuple(form for form in self.forms if form.items is not None)


@dataclass(frozen=True)
class SheetRead:
    """One sheet: its form and tables, or why there are none."""

    sheet: str
    form: Form | None = None
    tables: SheetTables | None = None
    years: frozenset[int] = frozenset()
    """Years that the rows above the table name."""
    found: int = 0
    """How many columns its form explains; without one, the form most like it."""
    refused: Said | None = None
    hidden_rows: int = 0
    hidden: bool = False
    template: Filled | None = None
    """What it says of itself, where povplan made it."""
    said: Said | None = None
    """Why a sheet that seems to be a template was read by its headers."""

    @property
    def lines(self) -> Lines:
        """The rows by what they are; none where the sheet was not recognised."""
        return self.tables.lines if self.tables else Lines()


@dataclass(frozen=True)
class FileRead:
    """One file: what its content is, and its sheets that hold anything."""

    path: Path
    kind: str
    sheets: tuple[SheetRead, ...]
    remarks: tuple[str, ...] = ()

    @property
    def recognised(self) -> bool:
        """Whether any sheet is a form of this workspace."""
        return any(sheet.form for sheet in self.sheets)


def read_file(path: Path, plan: Plan) -> FileRead:
    """Read one file whole. BadFile where it is no table; a sheet that is no known form says so."""
    from povplan.excel import read_workbook

    book = read_workbook(path)
    return FileRead(path, book.kind, tuple(read_sheets(book.grids, plan)), book.remarks)


def read_sheets(grids: Iterable[Grid], plan: Plan) -> Iterator[SheetRead]:
    """Every sheet that holds anything; those of a template that hold no table are passed over.

    Of amounts without a unit it is said if others of the form in the file have one: a 续表 lacks it.
    """
    sheets = list(_each(grids, plan))
    for sheet in sheets:
        if sheet.form and sheet.tables and sheet.tables.money.bare:
            others = [one.tables for one in sheets if one.form == sheet.form and one.tables]
            sheet = replace(sheet, tables=told_of_others(sheet.tables, others))
        yield sheet


def _each(grids: Iterable[Grid], plan: Plan) -> Iterator[SheetRead]:
    given = [grid for grid in grids if not is_empty(grid) and not is_ours(grid)]
    stamps = stamps_of(given)
    for grid in given:
        if grid.sheet not in stamps.asides:
            with at_sheet(grid.sheet):
                read = read_sheet(grid, plan, stamps.sheets.get(grid.sheet))
            yield read


def read_sheet(grid: Grid, plan: Plan, stamped: Stamped | None = None) -> SheetRead:
    """Recognise a sheet's form and take its rows; a template is read as it says itself."""
    layout = _as_stamped(grid, plan, stamped)
    if stamped and layout:
        return _of_template(grid, layout, plan, stamped)
    layout, refused, found = _recognised(grid, plan)
    said = say("template_damaged", sheet=grid.sheet) if stamped else None
    items = _of_items(grid, plan)
    if items and (layout is None or items.found > found):
        return _read_items(grid, items, plan) if items.layout else _not_read(grid, items)
    if layout is None:
        return SheetRead(grid.sheet, found=found, refused=refused, hidden=grid.hidden, said=said)
    return replace(_read(grid, layout, extract(grid, layout, plan.definitions), plan), found=found, said=said)


def _as_stamped(grid: Grid, plan: Plan, stamped: Stamped | None) -> Layout | None:
    """The layout of a template, by its own columns; None where its stamp says nothing that can be used."""
    stamp = stamped.stamp if stamped else None
    ledger = plan.definitions.ledgers.get(stamp.ledger) if stamp else None
    if stamped is None or ledger is None:
        return None
    for candidate in locate(grid, [form_of(stamped, ledger)], plan.definitions.vocabulary):
        if _explains(candidate) and not _lacking(candidate, plan.definitions.ledgers):
            return None if _names_only(candidate.layout, plan.definitions.ledgers) else candidate.layout
    return None


def _of_template(grid: Grid, layout: Layout, plan: Plan, stamped: Stamped) -> SheetRead:
    tables, filled = settle(grid, extract(grid, layout, plan.definitions), stamped, plan.definitions)
    return replace(_read(grid, layout, tables, plan), found=len(layout.matched), template=filled)


def _read(grid: Grid, layout: Layout, tables: SheetTables, plan: Plan) -> SheetRead:
    return SheetRead(
        sheet=grid.sheet,
        form=layout.form,
        tables=tables,
        years=_years(grid, layout, plan),
        hidden_rows=len([row for row in grid.hidden_rows if row >= layout.first_row]),
        hidden=grid.hidden,
    )


def _years(grid: Grid, layout: Layout, plan: Plan) -> frozenset[int]:
    used = [column for match in layout.matches for column in match.used]
    return years_above(grid, layout.top, used, plan.definitions.vocabulary)


def recognise(grid: Grid, plan: Plan) -> tuple[Layout | None, Said | None]:
    """The layout of the form that explains most of the sheet, or one sentence why there is none."""
    layout, refused, found = _recognised(grid, plan)
    items = _of_items(grid, plan)
    if items and (layout is None or items.found > found):
        return items.layout, items.refused
    return layout, refused


# ---- an item a row ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Listed:
    """A sheet with an item a row under the form that explains most of it, or why none does."""

    form: Form
    turned: Turned
    layout: Layout | None
    refused: Said | None
    found: int


def _of_items(grid: Grid, plan: Plan) -> _Listed | None:
    """The sheet under the best of the forms with an item a row; None where it has no such header."""
    tried = [one for form in plan.lists if (one := _listed(grid, form, plan))]
    return max(tried, key=lambda one: (one.layout is not None, one.found), default=None)


def _listed(grid: Grid, form: Form, plan: Plan) -> _Listed | None:
    definitions = plan.definitions
    ledger = definitions.ledgers[form.feeds[0].ledger]
    sheet = turned(grid, form, ledger, definitions.vocabulary)
    if sheet is None:
        return None
    candidates = locate(sheet.grid, [form], definitions.vocabulary)
    best = candidates[0] if candidates else None
    if best and _explains(best) and best.found >= LEAST and not _lacking(best, definitions.ledgers):
        return _Listed(form, sheet, best.layout, None, best.found)
    found = best.found if best else 0
    where = {"sheet": grid.sheet, "items": sheet.items, "found": found}
    said = tell("sheet_items", form=form.label.said, **where)
    return _Listed(form, sheet, None, said, found)


def _not_read(grid: Grid, items: _Listed) -> SheetRead:
    """Items run down the sheet, but too few of them are known."""
    return SheetRead(grid.sheet, found=max(1, items.found), refused=items.refused, hidden=grid.hidden)


def _read_items(grid: Grid, items: _Listed, plan: Plan) -> SheetRead:
    """The villages of the sheet. Another layout of a ledger's own form counts as that form."""
    assert items.layout is not None
    ledger = items.form.feeds[0].ledger
    known = ledger if any(form.form == ledger for form in plan.tables) else items.form.form
    return SheetRead(
        sheet=grid.sheet,
        form=items.form,
        tables=item_tables(items.turned, items.layout, plan.definitions, known),
        years=_years(items.turned.grid, items.layout, plan),
        found=items.found,
        hidden_rows=len([row for row in grid.hidden_rows if row > items.turned.top]),
        hidden=grid.hidden,
    )


# ---- an entry a row -----------------------------------------------------------------------------------


def _recognised(grid: Grid, plan: Plan) -> tuple[Layout | None, Said | None, int]:
    """What `recognise` says, and how many columns the form, or the one most like the sheet, explains."""
    candidates = locate(grid, plan.tables, plan.definitions.vocabulary)
    ledgers = plan.definitions.ledgers
    keyed = [c for c in candidates if _explains(c) and not _lacking(c, ledgers)]
    usable = [c for c in keyed if not _names_only(c.layout, ledgers)]
    if keyed and not usable:
        names = "、".join(c.leaf for c in keyed[0].layout.columns if c.number in keyed[0].layout.matched)
        return None, say("sheet_names_only", sheet=grid.sheet, columns=names), keyed[0].found
    if usable:
        best = [c for c in usable if _strength(c) == max(map(_strength, usable))]
        if len(best) == 1:
            return best[0].layout, None, best[0].found
        labels = [candidate.layout.form.label.said for candidate in best]
        forms = Said("、".join(one.zh for one in labels), ", ".join(one.en for one in labels))
        return None, tell("sheet_two_forms", sheet=grid.sheet, forms=forms), best[0].found
    other = _of_another_time(grid, plan) if any(c.layout.elsewhen for c in candidates) else None
    if other:
        return None, *other
    if not candidates or candidates[0].found < LEAST:
        return None, say("sheet_no_form", sheet=grid.sheet), 0
    near = candidates[0]
    where = {"sheet": grid.sheet, "form": near.layout.form.label.said, "found": near.found}
    lacking = _lacking(near, ledgers)
    if lacking and near.found <= LEAST and near.found * 4 < near.wanted:
        return None, say("sheet_no_form", sheet=grid.sheet), 0
    if lacking:
        return None, tell("sheet_almost", wanted=near.wanted, missing="、".join(lacking), **where), near.found
    return None, tell("sheet_foreign", columns=_headed(near.layout), **where), near.found


def _of_another_time(grid: Grid, plan: Plan) -> tuple[Said, int] | None:
    """That a sheet would be a form, and of how many columns, if its figures were this year's and no plans."""
    for candidate in locate(grid, plan.tables, plan.definitions.vocabulary, of_any_time=True):
        if _explains(candidate) and not _lacking(candidate, plan.definitions.ledgers):
            used = (column for match in candidate.layout.matches for column in match.used)
            columns = {column.number: column for column in used if column.elsewhen}
            shown = "、".join(columns[number].leaf for number in sorted(columns))
            above = "、".join(sorted({part for column in columns.values() for part in column.elsewhen}))
            form = candidate.layout.form.label.said
            where = {"sheet": grid.sheet, "form": form}
            return tell("sheet_other_time", columns=shown, above=above, **where), candidate.found
    return None


def _strength(candidate: Candidate) -> tuple[int, bool, int]:
    """Most columns explained, told apart by headers of its own, fewest columns missing."""
    return candidate.found, bool(candidate.layout.form.recognise), -candidate.wanted


def _headed(layout: Layout) -> int:
    """How many columns a form has to explain: those with a header, row numbers and ignored ones apart."""
    return len(layout.matched) + len(layout.unmatched)


def _explains(candidate: Candidate) -> bool:
    """Whether a form has enough of a sheet to be its form."""
    layout = candidate.layout
    enough = candidate.found >= min(LEAST, candidate.wanted)
    return enough and (bool(layout.form.recognise) or candidate.found >= 0.5 * _headed(layout))


def _names_only(layout: Layout, ledgers: Mapping[str, Ledger]) -> bool:
    """Whether the sheet says which units there are and nothing of them: a list of units is no ledger."""
    return not any(match.blocks or match.compare for match in layout.matches) and all(
        name == "year" or ledgers[match.feed.ledger].field(name).place
        for match in layout.matches
        for name in match.columns
    )


def _lacking(candidate: Candidate, ledgers: Mapping[str, Ledger]) -> list[str]:
    """Headers without which the sheet is not this form: those that tell it apart, and its key."""
    layout = candidate.layout
    lacking = [text for text, found in candidate.telling.items() if not found]
    for match in layout.matches:
        lacking += _lacking_key(match, ledgers[match.feed.ledger])
    return list(dict.fromkeys(lacking))


def _lacking_key(match: Match, ledger: Ledger) -> list[str]:
    """Labels of key fields that stand nowhere, if no alternative of the key can be built.

    Of alternatives that lack equally much the last: people know a village's name, not its code.
    """
    present = {*match.columns, *match.feed.constants}
    if match.feed.unpivot:
        present |= {match.feed.unpivot.value, *(name for block, _ in match.blocks for name in block.set)}
        if not match.blocks:
            return [block.header[0] for block in match.feed.unpivot.columns][:3]
    lacks = [_lacks(names, present, ledger, last=names is ledger.key[-1]) for names in ledger.key]
    shortest = min(reversed(lacks), key=len)
    return [ledger.field(name).label.zh for name in shortest]


def _lacks(names: Iterable[str], present: set[str], ledger: Ledger, *, last: bool) -> list[str]:
    """What an alternative lacks. County and township may be known from elsewhere; a last one may gap."""
    above = {ledger.placed("county"), ledger.placed("township")}
    wanted = [name for name in names if name not in above]
    missing = [name for name in wanted if name not in present]
    village = ledger.placed("village")
    if last and len(missing) < len(wanted) - 1 and village not in missing:
        return []
    return missing


def is_empty(grid: Grid) -> bool:
    """Whether no cell of the sheet holds anything."""
    return not any(filled(column).any() for column in grid.columns)
