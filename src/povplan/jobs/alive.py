"""`status`: how the workspace stands, and whether updates still run: the check that an unattended one needs.

An update that finds nothing new makes no batch. So each that ends well, one that changed nothing too, leaves
its time in `ledger/last_update`; a trial, and one that could take nothing, do not.
"""

from __future__ import annotations

import datetime as dt
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from povplan.errors import PovplanError
from povplan.jobs.checking import stored_findings
from povplan.jobs.restating import closed_years
from povplan.jobs.standing import Standing
from povplan.jobs.submissions import waiting
from povplan.memory import is_open
from povplan.memory.status import STATUS
from povplan.messages import say
from povplan.platform import write_whole
from povplan.store import Batch
from povplan.workspace import Workspace

SEVERITIES = ("error", "doubt", "notice")
AHEAD = dt.timedelta(hours=1)
"""So far may two clocks of one office be apart; what lies further ahead, a wrong clock told."""
_AGE = re.compile(r"([0-9]{1,6})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class YearState:
    """A year of which figures can speak."""

    year: int
    state: Literal["open", "closed"]
    findings: dict[str, int]
    """Severity → how many findings wait to be dealt with."""


@dataclass(frozen=True)
class Status:
    """How the workspace stands at a moment."""

    batch: Batch | None
    """The last one of the ledger, whatever it did."""
    updated: dt.datetime | None
    """When an update last ended well; None where none ever did."""
    age: dt.timedelta | None
    waiting: int
    """Files in `submissions/` that no batch has taken in."""
    years: tuple[YearState, ...]

    def is_within(self, most: dt.timedelta | None) -> bool:
        """Whether the last update is no older than `most`; without one, or from times to come, it is not."""
        return most is None or (self.age is not None and -AHEAD <= self.age <= most)

    @property
    def is_ahead(self) -> bool:
        """Whether the only word of an update is of times to come: it tells nothing of now."""
        return self.age is not None and self.age < -AHEAD


def ended(workspace: Workspace, now: dt.datetime) -> None:
    """Leave word that an update ended well. Where it cannot be written the check rings, as it should."""
    with suppress(OSError):
        write_whole(workspace.root / "ledger" / "last_update", [now.isoformat(timespec="seconds").encode()])


def age_of(text: str) -> dt.timedelta:
    """36h, 8d or 90m as a span; PovplanError for anything else."""
    found = _AGE.fullmatch(text.strip().lower())
    if not found:
        raise PovplanError(say("status_bad_age", given=text))
    return dt.timedelta(**{_UNITS[found[2]]: int(found[1])})


def status(workspace: Workspace, now: dt.datetime) -> Status:
    """How the workspace stands now. Nothing is written."""
    store = workspace.store
    batches, updated = store.batches(), _last(workspace, now)
    standing = Standing(workspace, workspace.config, store)
    found = stored_findings(standing, ["year", "severity", STATUS])
    found, closed = found[is_open(found)], closed_years(store)
    years = tuple(
        YearState(
            year,
            "closed" if year in closed else "open",
            {one: int(((found["year"] == year) & (found["severity"] == one)).sum()) for one in SEVERITIES},
        )
        for year in standing.figured
    )
    known = {given.sha256 for batch in batches for given in batch.inputs}
    return Status(
        batch=batches[-1] if batches else None,
        updated=updated,
        age=now - updated if updated else None,
        waiting=len(waiting(workspace.root, known).files),
        years=years,
    )


def _last(workspace: Workspace, now: dt.datetime) -> dt.datetime | None:
    """The later of the word an update left and the last batch that an update made.

    A clock that was ahead and has been set right left times that are still to come. They count only where
    there are no others, or the check would stay silent until they are reached.
    """
    told = [dt.datetime.fromisoformat(one.time) for one in workspace.store.batches() if one.kind == "update"]
    with suppress(OSError, ValueError):
        text = (workspace.root / "ledger" / "last_update").read_text("ascii").strip()
        told.append(dt.datetime.fromisoformat(text))
    told = [one if one.tzinfo else one.astimezone() for one in told]  # without a zone it is of here
    return max([one for one in told if one <= now + AHEAD] or told, default=None)
