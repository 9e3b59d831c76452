"""The facts of a report that anybody may read: no line of a household or person, no figure of a few of them.

What is not to be shown is taken from the facts, so that no sheet, sentence or chart can show it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from povplan.model import MEASURE_COLUMNS
from povplan.sheets.book import WITHHELD as WITHHELD_NOTES
from povplan.sheets.book import Book
from povplan.sheets.facts import Facts
from povplan.sheets.indicators import titled
from povplan.sheets.page import Sheet, Words
from povplan.spec import PUBLIC_VIEWS, ReportSheet

WITHHELD, PART = WITHHELD_NOTES
"""The notes of a figure of too few people, and of a change over part of the units."""
FIGURES = tuple(name for name in ("value", "numerator", "denominator", "n", "left_out")
                if name in MEASURE_COLUMNS)  # fmt: skip
COMPARED = ("value", "previous", "change_base", "absolute", "relative", "points", "shared")
"""Columns of a change that speak of the units that reported in both years."""
FULL = ("full_value", "full_previous")
SAME = 1e-9


@dataclass(frozen=True)
class Withheld:
    """What a public report keeps to itself."""

    least: int
    """Fewer households or persons than this are not published."""
    units: Mapping[str, frozenset[str]]
    """Indicator that tells of people → units whose figure of it is not published, in any year."""

    money_by_unit: bool = True
    """Whether units show their money: not where lines of it belong to single households."""

    def of(self, indicators: pd.Series, units: pd.Series) -> pd.Series:
        """Line by line, whether the figure is not published."""
        pairs = zip(indicators, units, strict=True)
        told = [unit in self.units.get(str(name), frozenset()) for name, unit in pairs]
        return pd.Series(told, index=indicators.index, dtype=bool)


def published(facts: Facts, withheld: Withheld) -> Facts:
    """What of the facts anybody may know.

    Units below the county have this year's figures only: of the years before and of the change, the
    county's. Of the plan stay the county's targets, without who answers; findings, registers, score cards,
    lists, the names of files are left out.
    """
    return replace(
        facts,
        figures=_figures(_money(facts.figures, facts.unit, withheld), withheld),
        changes=_changes(_own(facts.changes, facts.unit), withheld),
        earlier={year: _figures(_own(frame, facts.unit), withheld) for year, frame in facts.earlier.items()},
        coverage=(),
        findings=facts.findings.iloc[:0],
        money={name: facts.money[name] for name in ("tag", "stages", "execution") if name in facts.money},
        views={name: facts.views[name] for name in PUBLIC_VIEWS if name in facts.views},
        beyond={},
        registers={},
        plan=_plan(facts.plan, facts.unit, withheld),
        coded=frozenset(),
        scores={},
        restated=None,
        provenance=replace(facts.provenance, origins=()) if facts.provenance else None,
    )


def public_sheet(spec: ReportSheet, facts: Facts, book: Book) -> Iterator[Sheet]:
    """What is withheld and how, and what a public report does not hold."""
    if book.least is None:
        return
    told = [book.word(f"public_{name}", least=book.least) for name in
            ("lines", "small", "beside", "years", "change", "without", book.public_money)]  # fmt: skip
    yield Sheet(
        spec.name.text(book.lang), (Words(told),), title=titled(spec, facts, book),
        left=book.word("report_left", unit=facts.name, year=facts.year),
    )  # fmt: skip


def _own(frame: pd.DataFrame, unit: str) -> pd.DataFrame:
    return frame[(frame["unit"] == unit).fillna(False).astype(bool)].reset_index(drop=True)


def _without(
    frame: pd.DataFrame, at: pd.Series, names: Collection[str], note: str = WITHHELD
) -> pd.DataFrame:
    """The frame with no value in the columns where `at` says so, and the note that says why."""
    gone = {name: frame[name].mask(at) for name in names if name in frame}
    return frame.assign(**gone, note=frame["note"].mask(at, note))


def _money(frame: pd.DataFrame, unit: str, withheld: Withheld) -> pd.DataFrame:
    """The figures, those of money of the county alone where units may not show theirs."""
    told = frame["scope"].isna() | (frame["unit"] == unit).fillna(False) | withheld.money_by_unit
    return frame[told.astype(bool)].reset_index(drop=True)


def _figures(frame: pd.DataFrame, withheld: Withheld) -> pd.DataFrame:
    at = withheld.of(frame["indicator"], frame["unit"])
    return _without(frame, at, FIGURES)


def _changes(frame: pd.DataFrame, withheld: Withheld) -> pd.DataFrame:
    """The county's changes; one over part of its units only would tell the rest's figure beside the whole."""
    if "full_value" not in frame:
        return frame
    at = withheld.of(frame["indicator"], frame["unit"])
    whole = _same(frame["value"], frame["full_value"]) & _same(frame["previous"], frame["full_previous"])
    of_people = frame["indicator"].isin(list(withheld.units))
    narrowed = _without(frame, of_people & ~whole, COMPARED, PART)
    return _without(narrowed, at, (*COMPARED, *FULL))


def _same(one: pd.Series, other: pd.Series) -> pd.Series:
    close = ((one - other).abs() <= SAME * other.abs().clip(lower=1)).fillna(False)
    return close.astype(bool) | (one.isna() & other.isna())


def _plan(plan: Mapping[str, pd.DataFrame], unit: str, withheld: Withheld) -> dict[str, pd.DataFrame]:
    """The county's own targets of what is published of it."""
    if "evaluated" not in plan:
        return {}
    mine = _own(plan["evaluated"], unit)
    at = withheld.of(mine["indicator"], mine["unit"])
    nobody = pd.Series(pd.NA, index=mine.index, dtype="string")
    shown = mine.assign(person=nobody)[~at].reset_index(drop=True)
    return {"evaluated": shown, "revisions": plan["revisions"].iloc[:0]}
