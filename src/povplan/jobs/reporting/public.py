"""The public version of a year's report: which figures are of too few people; the workbook without them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from povplan.disclosure import People, alike, bound_to_people, counts, hidden, small
from povplan.errors import PovplanError
from povplan.excel.write import write_workbook
from povplan.jobs.reporting.facts import facts_of
from povplan.jobs.reporting.writing import book_of, county_path
from povplan.jobs.standing import Standing
from povplan.messages import say
from povplan.platform import make_folder
from povplan.sheets.public import Withheld, published
from povplan.sheets.report import workbook
from povplan.spec import in_force
from povplan.workspace import Workspace

LEAST = "publish_least"
"""The parameter: fewer households or persons than this are not published."""


def write_public(
    workspace: Workspace, standing: Standing, year: int, lang: str, folder: Path | None = None
) -> Path:
    """reports/<year>/povplan-<year>-public.xlsx: the county's report as it may be put up for all to read."""
    report = standing.config.reports["public"]
    withheld = withheld_of(standing, year)
    said = "money" if withheld.money_by_unit else "money_of_county"
    facts = published(facts_of(workspace, standing, year, lang, report), withheld)
    usual = county_path(workspace, year)
    path = (folder or usual.parent) / f"{usual.stem}-public{usual.suffix}"
    make_folder(path.parent)
    return write_workbook(
        path,
        workbook(report, facts, replace(book_of(standing, lang), least=withheld.least, public_money=said)),
    )


def withheld_of(standing: Standing, year: int) -> Withheld:
    """Which figures of the year are not published, indicator by indicator; PovplanError without a threshold.

    A figure that is of too few people in the county in any year so far is published in none, for a report
    shows the county's years beside each other.
    """
    config = standing.config
    least = in_force(config.parameters, LEAST, year)
    if np.isnan(least) or least < 2:
        raise PovplanError(say("public_no_threshold", name=LEAST, year=year))
    people = People.of(config.indicators, config.ledgers, config.parameters, config.codes, config.measurement)
    tree = standing.tree(year)
    size = len(tree.paths)
    found = _counted(people, standing, year)
    for past in [one for one in standing.figured if one < year]:
        for name, of_past in _counted(people, standing, past).items():
            county = of_past[:, :1]
            known = found.get(name, np.zeros((len(of_past), size)))
            found[name] = np.hstack([known, county])
    units: dict[str, frozenset[str]] = {one.indicator.id: frozenset() for one in people}
    for group in alike(people, found, config.ledgers, least):
        before = any(small(found[name][:, size:], least).any() for name in group)
        together = np.vstack([found[name][:, :size] for name in group])
        off = hidden(together, tree, least, [0] if before else [])
        silent = frozenset(path for path, is_off in zip(tree.paths, off, strict=True) if is_off)
        units |= dict.fromkeys(group, silent)
    return Withheld(int(np.ceil(least)), units, not _money_of_households(standing, year))


def _money_of_households(standing: Standing, year: int) -> bool:
    """Whether a line of the year's money belongs to a household or person."""
    if "fund" not in standing.config.ledgers:
        return False
    ledger = standing.config.ledgers["fund"]
    names = bound_to_people(ledger, standing.config.ledgers)
    rows = standing.folded("fund", year).frame
    return any(bool(rows[name].notna().any()) for name in names if name in rows)


def _counted(people: list[People], standing: Standing, year: int) -> dict[str, np.ndarray]:
    """What the year's indicators count of people, at its own units."""
    frames = standing.frames(year)
    looking = any(one.formula.uses_previous for one in people)
    before = standing.before(year) if looking else None
    return counts(people, frames, year, standing.day(year), standing.tree(year), before)
