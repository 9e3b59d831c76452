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
        """Whether the last update is no older than `most`; without one it is not."""
        return most is None or (self.age is not None and self.age <= most)


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
    batches, updated = store.batches(), _last(workspace)
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


def _last(workspace: Workspace) -> dt.datetime | None:
    """The later of the word an update left and the last batch that an update made."""
    told = [dt.datetime.fromisoformat(one.time) for one in workspace.store.batches() if one.kind == "update"]
    with suppress(OSError, ValueError):
        text = (workspace.root / "ledger" / "last_update").read_text("ascii")
        told.append(dt.datetime.fromisoformat(text))
    return max(told, default=None)
