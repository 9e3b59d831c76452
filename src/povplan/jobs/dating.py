"""Of which year is a table? What its rows, its title and its folder say, when no command said it.

A template says it itself: who says otherwise contradicts it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from povplan.jobs.gathering import PLAUSIBLE
from povplan.jobs.reading import SheetRead
from povplan.messages import Said, say
from povplan.reading.templates import Filled

_YEAR = re.compile(r"(?<!\d)(?:19[5-9]\d|20\d\d)(?!\d)")

NEARLY_ALL = 0.9
"""The share of rows that must agree with the title for the others to be slips."""


@dataclass(frozen=True)
class Dated:
    """`given` is the year all rows are put under; None leaves each row its own."""

    given: int | None
    years: tuple[int, ...]
    """Years the table speaks of; empty where nobody says."""
    said: Said | None = None
    """What does not agree."""


def dated(sheet: SheetRead, given: int | None, folder: int | None) -> Dated:
    """The year of a sheet's tables: as given, else what most rows state, its title or its folder.

    A title or folder counts for all rows where nearly all that state a year agree: the others are slips
    then. A table of several years leaves each row its own.
    """
    if sheet.template:
        own = sheet.template.stamp.year
        return Dated(own, (own,), _differs(own, given or folder))
    title = next(iter(sheet.years)) if len(sheet.years) == 1 else None
    if given is not None:
        return Dated(given, (given,), _differs(given, title))
    stated = _stated(sheet)
    said = title or folder
    if not len(stated):
        odd = _differs(folder, title) if folder and title else None
        return Dated(said, (said,) if said else (), odd)
    if said is not None and (stated == said).mean() >= NEARLY_ALL:
        return Dated(said, (said,))
    years = tuple(sorted({int(year) for year in stated}))
    odd = say("look_year_differs", year=said, rows="、".join(map(str, years)))
    return Dated(None, years, odd if said is not None and said not in years else None)


def titled(sheet: SheetRead) -> int | None:
    """The year that the title names, where nearly all rows that state one agree with it."""
    title = next(iter(sheet.years)) if len(sheet.years) == 1 else None
    stated = _stated(sheet)
    return title if len(stated) and (stated == title).mean() >= NEARLY_ALL else None


def _differs(year: int, title: int | None) -> Said | None:
    return say("look_title_differs", stated=title, year=year) if title not in (None, year) else None


def vouched(sheet: SheetRead, given: int | None) -> Filled | None:
    """The sheet's template; contradicted where command, folder or its own title name another year."""
    template = sheet.template
    if template is None or template.contradicts:
        return template
    own = template.stamp.year
    title = own if own in sheet.years else max(sheet.years, default=own)
    other = next((year for year in (given, title) if year not in (None, own)), None)
    if other is None:
        return template
    return replace(template, contradicts=say("template_year", year=own, other=other))


def _stated(sheet: SheetRead) -> pd.Series:
    """Years that the rows state, those that can be."""
    for table in sheet.tables.tables if sheet.tables else ():
        if "year" in table.frame:
            years = table.frame["year"].dropna()
            return years[years.between(*PLAUSIBLE)]
    return pd.Series(dtype="Int64")


def year_of_folder(path: Path, given: Iterable[Path]) -> int | None:
    """The year in the name of the nearest folder above a file, no further up than the folder looked at."""
    path = path.resolve()
    roots = {root.resolve() if root.is_dir() else root.resolve().parent for root in given}
    for folder in path.parents:
        years = set(_YEAR.findall(folder.name))
        if len(years) == 1:
            return int(years.pop())
        if folder in roots:
            return None
    return None
