"""How far a year's figures reach: units in and missing, rows accepted, waiting and flagged."""

from __future__ import annotations

from povplan.identity import Registry, villages
from povplan.jobs.checking import Findings
from povplan.jobs.gathering import Gathered
from povplan.jobs.standing import Standing
from povplan.ledger import HELD
from povplan.model import ENTITY, UNIT, Coverage
from povplan.spec import Ledger


def cover(standing: Standing, gathered: Gathered, findings: Findings, registry: Registry) -> list[Coverage]:
    """One line for each ledger and year that the update touched."""
    return [_line(standing, gathered, findings, registry, *at) for at in gathered.rows_read]


def cover_all(standing: Standing, findings: Findings, registry: Registry) -> list[Coverage]:
    """One line for each ledger and year there is, nothing having been read."""
    return [
        _line(standing, Gathered(), findings, registry, ledger, year)
        for year in standing.years
        for ledger in standing.frames(year)
    ]


def _line(
    standing: Standing, gathered: Gathered, findings: Findings, registry: Registry, ledger: str, year: int
) -> Coverage:
    folded = standing.folded(ledger, year)
    present = set(villages(folded.frame[UNIT].dropna().unique()))
    flagged = findings.flagged(ledger, year)
    held = sum(int(p.frame[HELD].sum()) for p in gathered.parts if (p.ledger, p.year) == (ledger, year))
    read, repeated = gathered.rows_read[ledger, year], gathered.rows_repeated[ledger, year]
    waiting = held + gathered.rows_beside[ledger, year]
    return Coverage(
        ledger=ledger,
        year=year,
        read=read,
        accepted=read - repeated - waiting,
        repeated=repeated,
        waiting=waiting,
        entries=len(folded.frame),
        flagged=int(folded.frame[ENTITY].isin(flagged).sum()),
        units=len(present),
        missing=missing(standing, standing.config.ledgers[ledger], year, registry, present),
    )


def missing(
    standing: Standing, ledger: Ledger, year: int, registry: Registry, present: set[str]
) -> tuple[str, ...]:
    """Villages there in the year that did not report; without an entry of money or work none has to."""
    if ledger.level == "entry":
        return ()
    there = standing.over_years.lasting(villages(registry.paths), year)
    return tuple(path for path in there if path not in present)
