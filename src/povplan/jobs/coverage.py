"""How far a year's figures reach: units in and missing, rows accepted, waiting and flagged."""

from __future__ import annotations

from povplan.identity import Registry, villages
from povplan.jobs.checking import Findings
from povplan.jobs.gathering import Gathered
from povplan.jobs.standing import Standing
from povplan.model import UNIT, Coverage


def cover(standing: Standing, gathered: Gathered, findings: Findings, registry: Registry) -> list[Coverage]:
    """One line for each ledger and year that the update touched."""
    touched = dict.fromkeys((part.ledger, part.year) for part in gathered.parts)
    return [_line(standing, gathered, findings, registry, *at) for at in touched]


def _line(
    standing: Standing, gathered: Gathered, findings: Findings, registry: Registry, ledger: str, year: int
) -> Coverage:
    folded = standing.folded(ledger, year)
    present = set(villages(folded.frame[UNIT].dropna().unique()))
    flagged = findings.flagged(ledger, year)
    return Coverage(
        ledger=ledger,
        year=year,
        read=gathered.rows_read.get((ledger, year), 0),
        accepted=len(folded.frame),
        waiting=len(folded.waiting),
        flagged=int(folded.frame["_entity"].isin(flagged).sum()),
        units=len(present),
        missing=tuple(path for path in villages(registry.paths) if path not in present),
    )
