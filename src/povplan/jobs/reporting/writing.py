"""Workbooks of a year: the county's, one a township or department, notices, as declared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from povplan.errors import NOTHING_ACCEPTED, PovplanError
from povplan.evaluation.parties import parties_in
from povplan.excel.write import write_workbook
from povplan.formulas import MeasureFormula, Scope, measure_formula
from povplan.jobs.reporting.facts import facts_of
from povplan.jobs.standing import Standing
from povplan.messages import say
from povplan.platform import make_folder
from povplan.sheets.book import Book
from povplan.sheets.facts import Facts
from povplan.sheets.report import notices, workbook
from povplan.sheets.scores import lines_of
from povplan.workspace import Workspace


def write_county(
    workspace: Workspace,
    standing: Standing,
    year: int,
    lang: str,
    found: pd.DataFrame | None = None,
    folder: Path | None = None,
) -> Path:
    """reports/<year>/povplan-<year>.xlsx, or a name beside it where that is open elsewhere; persons masked.

    `found` are the year's findings as `listed`, where the caller has them; else those of the newest batch.
    """
    path = county_path(workspace, year)
    facts = facts_of(workspace, standing, year, lang, standing.config.reports["county"], found)
    return _write(standing, facts, "county", folder / path.name if folder else path, lang)


def write_townships(
    workspace: Workspace, standing: Standing, year: int, lang: str, folder: Path | None = None
) -> Iterator[Path]:
    """One workbook a township in `folder`, in official order, as each is written.

    It holds that township's data only, its households and persons in full.
    """
    folder = folder or workspace.root / "reports" / str(year) / "townships"
    facts = facts_of(workspace, standing, year, lang, standing.config.reports["township"], mask=False)
    townships = [unit for unit in facts.units if unit.count("/") == 1]
    for number, unit in enumerate(townships, 1):
        path = folder / f"{number:02}-{file_name(unit.rsplit('/', 1)[-1])}.xlsx"
        yield _write(standing, facts.within(unit), "township", path, lang)


def write_departments(
    workspace: Workspace, standing: Standing, year: int, lang: str, folder: Path | None = None
) -> Iterator[Path]:
    """One workbook a department that answers for a target, project, money, correction; persons in full."""
    folder = folder or workspace.root / "reports" / str(year) / "departments"
    facts = facts_of(workspace, standing, year, lang, standing.config.reports["department"], mask=False)
    for number, name in enumerate(_departments(facts), 1):
        path = folder / f"{number:02}-{file_name(name)}.xlsx"
        yield _write(standing, facts.answered_by(name), "department", path, lang)


def write_notices(
    workspace: Workspace, standing: Standing, year: int, lang: str, folder: Path | None = None
) -> Path:
    """reports/<year>/notices-<year>.xlsx: a page a township and department; PovplanError without any."""
    report = standing.config.reports["notice"]
    facts = facts_of(workspace, standing, year, lang, report, mask=False)
    townships = [facts.within(unit) for unit in facts.units if unit.count("/") == 1]
    each = [*townships, *(facts.answered_by(name) for name in _departments(facts))]
    made = notices(report, facts, each, book_of(standing, lang))
    if not made.sheets:
        raise PovplanError(say("notice_nothing", year=year), NOTHING_ACCEPTED)
    path = (folder or workspace.root / "reports" / str(year)) / f"notices-{year}.xlsx"
    make_folder(path.parent)
    return write_workbook(path, made)


def _departments(facts: Facts) -> list[str]:
    """Those that answer for something that was done or wanted, then those that put something right.

    A township that does has a page and a workbook of its own already.
    """
    answering = [
        facts.plan[name]["department"] for name in ("evaluated", "projects", "money") if name in facts.plan
    ]
    owning = [facts.plan[name]["owner"] for name in ("deviations", "corrected") if name in facts.plan]
    units = {part for unit in facts.units for part in (unit, unit.rsplit("/", 1)[-1])}
    named = parties_in(*answering)
    return [*named, *(one for one in parties_in(*owning) if one not in units and one not in named)]


def county_path(workspace: Workspace, year: int) -> Path:
    """Where a year's workbook lies."""
    return workspace.root / "reports" / str(year) / f"povplan-{year}.xlsx"


def file_name(text: str) -> str:
    """A unit's name as a file may be called: letters and digits of it, nothing that a path could mean."""
    return re.sub(r"[^\w-]+", "_", text)[:60] or "_"


def book_of(standing: Standing, lang: str) -> Book:
    """The definitions and words that the sheets share."""
    config, formulas = standing.config, _formulas(standing)
    return Book(
        config.indicators,
        config.measurement,
        lang,
        config.ledgers,
        config.funds,
        additive=frozenset(name for name, made in formulas.items() if made.additive and not made.is_ratio),
        fields={name: frozenset(made.fields) for name, made in (formulas | _scored(standing)).items()},
        cards=config.cards,
    )


def _write(standing: Standing, facts: Facts, kind: str, path: Path, lang: str) -> Path:
    make_folder(path.parent)
    return write_workbook(path, workbook(standing.config.reports[kind], facts, book_of(standing, lang)))


def _formulas(standing: Standing) -> dict[str, MeasureFormula]:
    """Indicator → its formula, compiled."""
    scopes, indicators = _scopes(standing), standing.config.indicators
    return {one.id: measure_formula(one.value, scopes[one.ledger], one.where) for one in indicators}


def _scored(standing: Standing) -> dict[str, MeasureFormula]:
    """card/line → the formula of a score card's own line, compiled."""
    scopes = _scopes(standing)
    return {
        f"{card.card}/{line.id}": measure_formula(line.formula, scopes[str(line.ledger)], line.where)
        for card in standing.config.cards.values()
        for line in lines_of(card)
        if line.formula is not None
    }


def _scopes(standing: Standing) -> dict[str, Scope]:
    config = standing.config
    return {
        name: Scope(ledger, config.ledgers, config.parameters, config.codes)
        for name, ledger in config.ledgers.items()
    }
