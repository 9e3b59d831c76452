"""How far a year's figures reach: units in and missing, rows accepted, waiting and flagged."""

from __future__ import annotations

from collections.abc import Iterable

from povplan.identity import Registry, villages
from povplan.jobs.checking import Findings
from povplan.jobs.gathering import Gathered
from povplan.jobs.standing import Standing
from povplan.ledger import HELD
from povplan.messages import Said, say
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


def unsent(standing: Standing, years: Iterable[int]) -> list[Said]:
    """A word on each year of which nobody has sent a ledger that there is of the year before.

    What happens or does not (registers, events, changes of units) is not missed.
    """
    told = []
    for year in sorted({*years} & {*standing.figured}):
        now, before = (
            [name for name in standing.figuring if at in standing.years_of([name])] for at in (year, year - 1)
        )
        ledgers = [standing.config.ledgers[name].label for name in before if name not in now]
        if ledgers:
            zh, en = "、".join(one.zh for one in ledgers), ", ".join(one.text("en") for one in ledgers)
            told.append(say("ledgers_unsent", year=year, ledgers=zh, ledgers_en=en))
    return told
