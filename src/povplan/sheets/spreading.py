"""Tables spread over sheets: on the pages after its first, a sheet can print one heading, that of its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from povplan.sheets.page import Chart, Charts, Sheet, Table

PAGE = 29
"""Rows below its title that a page of A4 lying down holds where nothing is made smaller."""
LONGEST = 31
"""Characters of a sheet's name."""


def spread(sheets: Sequence[Sheet]) -> Iterator[Sheet]:
    """The sheets; where a table fills more than a page, those with other headings after it get their own.

    A sheet with other parts than tables, and one that charts are drawn from, stays whole.
    """
    charted = {chart.sheet for sheet in sheets for chart in _charts(sheet)}
    for sheet in sheets:
        whole = sheet.name in charted or len(sheet.tables) < len(sheet.parts)
        yield from [sheet] if whole else _parted(sheet)


def _charts(sheet: Sheet) -> Iterable[Chart]:
    return (chart for part in sheet.parts if isinstance(part, Charts) for chart in part.charts)


def _parted(sheet: Sheet) -> Iterator[Sheet]:
    shares: list[list[Table]] = [[]]
    for _, alike in groupby(sheet.tables, key=lambda table: list(table.columns)):
        if sum(map(_rows, shares[-1])) > PAGE:
            shares.append([])
        shares[-1] += alike
    captions = [tables[0].title for tables in shares[1:]]
    yield replace(sheet, parts=tuple(shares[0]))
    for number, tables in enumerate(shares[1:], 2):
        caption = tables[0].title
        yield _named(sheet, tables, number, caption if captions.count(caption) == 1 else "")


def _named(sheet: Sheet, tables: Sequence[Table], number: int, caption: str) -> Sheet:
    """The sheet of some of the tables, called after the first of them, if no other is called alike."""
    counted = f"({number})"
    said = f"·{caption}" if caption else counted
    name = sheet.name + said
    said_above = caption and len(tables) == 1
    alone = [replace(tables[0], title="")] if said_above else tables
    return replace(
        sheet,
        name=name if len(name) <= LONGEST else sheet.name + counted,
        title=sheet.title + said,
        parts=tuple(alone),
    )


def _rows(table: Table) -> int:
    """Rows of a sheet that a table takes: headings, rows, notes, its caption and the gap below it."""
    return len(table.rows) + table.depth + len(table.notes) + bool(table.title) + 1
