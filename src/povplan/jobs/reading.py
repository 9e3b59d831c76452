"""Submitted files → typed tables: what runs inside a worker process, one file at a time."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from povplan.grid import Grid
from povplan.jobs.ours import is_ours
from povplan.messages import Said, say
from povplan.reading.headers import Candidate, Layout, Match, locate
from povplan.reading.lines import Definitions, Lines, is_filled
from povplan.reading.tables import SheetTables, extract
from povplan.spec import Form, Ledger
from povplan.words import Vocabulary

LEAST = 3
"""Columns of a form below which a sheet does not even resemble it."""


@dataclass(frozen=True)
class Plan:
    """What a worker must know to read any file of a workspace."""

    definitions: Definitions
    forms: tuple[Form, ...]


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
    sheets = (read_sheet(grid, plan) for grid in book.grids if not is_empty(grid) and not is_ours(grid))
    return FileRead(path, book.kind, tuple(sheets), book.remarks)


def read_sheet(grid: Grid, plan: Plan) -> SheetRead:
    """Recognise a sheet's form and take its rows."""
    layout, refused, found = _recognised(grid, plan)
    if layout is None:
        return SheetRead(grid.sheet, found=found, refused=refused, hidden=grid.hidden)
    return SheetRead(
        sheet=grid.sheet,
        form=layout.form,
        tables=extract(grid, layout, plan.definitions),
        years=frozenset(_years_above(grid, layout, plan.definitions.vocabulary)),
        found=found,
        hidden_rows=len([row for row in grid.hidden_rows if row >= layout.first_row]),
        hidden=grid.hidden,
    )


def recognise(grid: Grid, plan: Plan) -> tuple[Layout | None, Said | None]:
    """The layout of the form that explains most of the sheet, or one sentence why there is none."""
    return _recognised(grid, plan)[:2]


def _recognised(grid: Grid, plan: Plan) -> tuple[Layout | None, Said | None, int]:
    """What `recognise` says, and how many columns the form, or the one most like the sheet, explains."""
    candidates = locate(grid, plan.forms, plan.definitions.vocabulary)
    ledgers = plan.definitions.ledgers
    usable = [c for c in candidates if _explains(c) and not _lacking(c, ledgers)]
    if usable:
        best = [c for c in usable if _strength(c) == max(map(_strength, usable))]
        if len(best) == 1:
            return best[0].layout, None, best[0].found
        names = "、".join(candidate.layout.form.label.zh for candidate in best)
        return None, say("sheet_two_forms", sheet=grid.sheet, forms=names), best[0].found
    if not candidates or candidates[0].found < LEAST:
        return None, say("sheet_no_form", sheet=grid.sheet), 0
    near = candidates[0]
    where = {"sheet": grid.sheet, "form": near.layout.form.label.zh, "found": near.found}
    if lacking := _lacking(near, ledgers):
        return None, say("sheet_almost", wanted=near.wanted, missing="、".join(lacking), **where), near.found
    return None, say("sheet_foreign", columns=_headed(near.layout), **where), near.found


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


_YEAR = re.compile(r"(?<!\d)(19[89]\d|20\d\d)\s*年(?!以来|以前|以后|底前)")


def _years_above(grid: Grid, layout: Layout, vocabulary: Vocabulary) -> Iterator[int]:
    """Years in the title; the date on which the form was filled in is none."""
    for row in range(1, layout.top):
        for cell in grid.row(row):
            if isinstance(cell, str) and not vocabulary.is_aside(cell):
                yield from (int(year) for year in _YEAR.findall(unicodedata.normalize("NFKC", cell)))


def is_empty(grid: Grid) -> bool:
    """Whether no cell of the sheet holds anything."""
    return not any(is_filled(cell) for column in grid.columns for cell in column)
