"""`log`, `close`, `tag`, `rollback`: what was done to the base ledger, what is final, taking it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from povplan.errors import PovplanError
from povplan.jobs.checking import Findings, check_years
from povplan.jobs.differing import changes
from povplan.jobs.faults import READING, STANDING
from povplan.jobs.gathering import Gathered
from povplan.jobs.restating import (
    NOW,
    Tag,
    closed_years,
    closings,
    demand_revision,
    note,
    revision_note,
    revisions,
    state,
    tags,
)
from povplan.jobs.standing import Standing
from povplan.jobs.update import operator
from povplan.memory import known
from povplan.messages import say
from povplan.model import ENTITY
from povplan.store import Batch, Draft, Layer, Store
from povplan.store.store import no_findings
from povplan.workspace import Workspace


def log(store: Store) -> list[tuple[Batch, int | None]]:
    """Every batch, oldest first, with the rollback in force that undoes it."""
    batches, active = store.batches(), set(store.active())
    undone = {batch.undoes: batch.id for batch in batches if batch.undoes and batch.id in active}
    return [(batch, undone.get(batch.id)) for batch in batches]


def close(workspace: Workspace, year: int, reason: str = "", *, reopen: bool = False) -> Batch:
    """The year closed, or opened again, as a batch. PovplanError for a year without data or already so."""
    with workspace.store.lock():
        demand_closable(workspace, year, reason, reopen=reopen)
        told = note(year=year, reason=reason.strip())
        return workspace.store.mark("reopen" if reopen else "close", operator(), _now(), told)


def demand_closable(workspace: Workspace, year: int, reason: str = "", *, reopen: bool = False) -> None:
    """PovplanError where the year cannot be closed, or opened again. Nothing is written."""
    store = workspace.store
    known = Standing(workspace, workspace.config, store).years
    if year not in known:
        years = "、".join(map(str, known)) or "—"
        raise PovplanError(say("no_data_for_year", year=year, years=years))
    if reopen != (year in closed_years(store)):
        raise PovplanError(say("year_not_closed" if reopen else "year_already_closed", year=year))
    if reopen and not reason.strip():
        raise PovplanError(say("reopen_no_reason", year=year))


def tag(workspace: Workspace, batch: str, name: str, year: int | None = None) -> Tag:
    """The state after a batch under a name, as a batch; `year` is that whose figures it froze, else the last.

    PovplanError for a name that is taken, or that could be mistaken for a batch or year.
    """
    store = workspace.store
    with store.lock():
        name, number, of = naming(workspace, batch, name, year)
        made = store.mark("tag", operator(), _now(), note(name=name, batch=number, year=of))
    return Tag(name, number, of, made)


def naming(workspace: Workspace, batch: str, name: str, year: int | None = None) -> tuple[str, int, int]:
    """Name, batch and year of a tag that may be given; PovplanError as for `tag`. Nothing is written."""
    store, name = workspace.store, name.strip()
    number = state(batch, store)
    if number is None:
        raise PovplanError(say("history_empty"))
    if not name or name == NOW or name.isdecimal() or len(name) > LONGEST_NAME or not name.isprintable():
        raise PovplanError(say("tag_bad_name", name=name[:LONGEST_NAME], most=LONGEST_NAME))
    taken = {one.name: one for one in tags(store)}
    if name in taken:
        raise PovplanError(say("tag_taken", name=name, batch=taken[name].batch))
    years = Standing(workspace, workspace.config, store, number).years
    if not years or (year is not None and year not in years):
        said = say("no_data_for_year", year=year or "", years="、".join(map(str, years)) or "—")
        raise PovplanError(said)
    return name, number, years[-1] if year is None else year


def years(workspace: Workspace) -> pd.DataFrame:
    """Every year with data or a closing: year, year_state, since which batch, why, by what restated."""
    store = workspace.store
    closed, revised = closings(store), revisions(store)
    known = sorted({*Standing(workspace, workspace.config, store).years, *closed})
    lines = []
    for year in known:
        one = closed.get(year)
        state_ = "open" if one is None else "closed" if one.closed else "reopened"
        batch, reason = (None, "") if one is None else (one.recorded.id, one.reason)
        by = "、".join(str(batch.id) for batch in revised.get(year, ()))
        lines.append((year, state_, batch, reason, by))
    columns = ["year", "year_state", "batch", "closing_reason", "revised_by"]
    return pd.DataFrame(lines, columns=columns, dtype=object)


def tag_list(workspace: Workspace) -> pd.DataFrame:
    """Every tag: name, batch, year, when and by whom it was given."""
    lines = [
        {
            "tag": one.name,
            "batch": one.batch,
            "year": one.year,
            "time": one.recorded.time.replace("T", " ")[:19],
            "operator": one.recorded.operator,
        }
        for one in tags(workspace.store)
    ]
    return pd.DataFrame(lines, columns=["tag", "batch", "year", "time", "operator"], dtype=object)


def _now() -> str:
    return dt.datetime.now(dt.UTC).astimezone().isoformat(timespec="seconds")


LONGEST_NAME = 40
"""Characters of a tag."""


@dataclass(frozen=True)
class Undone:
    """What taking a batch back changes; `batch` and `recheck` are None where it was only tried."""

    number: int
    changes: pd.DataFrame
    batch: Batch | None = None
    recheck: Batch | None = None


class _Without(Store):
    """The base ledger as it would be with one batch taken back. To be read only."""

    def __init__(self, root: Path, number: int) -> None:
        super().__init__(root)
        self._taken = number
        self.carried: pd.DataFrame | None = None
        """Findings that stand in for those of the newest batch, once they are known."""

    def active(self, as_of: int | None = None, without: Collection[int] = ()) -> list[int]:
        """Batches in force, that one taken back."""
        return super().active(as_of, {*without, self._taken})

    @property
    def remembering(self) -> int | None:
        """The batch whose findings tell what was known before: none that rests on the one taken back alone.

        Rechecks since then judged what it brought; only a batch that brought something itself counts.
        """
        kept = [one for one in self.in_force() if one.checked]
        since = [one for one in kept if one.id > self._taken]
        if all(one.kind == "recheck" for one in since):
            kept = [one for one in kept if one.id < self._taken]
        return kept[-1].id if kept else None

    def findings(self, number: int, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """What a check of the remaining ledger may carry on."""
        return super().findings(number, columns) if self.carried is None else self.carried


def rollback(
    workspace: Workspace, number: int, reason: str, *, dry_run: bool = False, revise: bool = False
) -> Undone:
    """Take batch `number` back and check anew what remains: two batches, under one lock.

    The findings are computed before anything is written, so that what stops them leaves the ledger as it
    is. Undoing a rollback brings its batch back. What changes a closed year must be meant to (`revise`).
    """
    if not reason.strip():
        raise PovplanError(say("history_no_reason", batch=number))
    if dry_run:
        return Undone(number, _undoing(workspace, number)[0])
    with workspace.store.lock():
        undone, remaining = _undoing(workspace, number)
        restated = {int(year) for year in undone["year"].unique()} & set(closed_years(workspace.store))
        demand_revision(restated, revise=revise, reason=reason)
        findings = _recheck(remaining)
        now = _now()
        batch = workspace.store.rollback(number, operator(), now, revision_note(restated, reason))
        again = workspace.store.commit(_recheck_draft(remaining, findings, now, number))
    return Undone(number, undone, batch, again)


def _undoing(workspace: Workspace, number: int) -> tuple[pd.DataFrame, Standing]:
    """What changes when the batch is taken back, and the ledger that remains, its store a `_Without`."""
    store = workspace.store
    store.batch(number)
    by = {batch.id: rollback for batch, rollback in log(store)}[number]
    if by is not None:
        raise PovplanError(say("store_already_undone", id=number, by=by))
    now = Standing(workspace, workspace.config, store)
    then = Standing(workspace, workspace.config, _Without(store.root, number))
    return changes(now, then), then


def _recheck_draft(standing: Standing, findings: Findings, now: str, undone: int) -> Draft:
    config, workspace = standing.config, standing.workspace
    return Draft(
        kind="recheck",
        time=now,
        operator=operator(),
        as_of={year: workspace.as_of(year).isoformat() for year in standing.years},
        config_digest=config.digest,
        config_texts=config.texts,
        profile=config.profile.profile,
        inputs=(),
        sources=(),
        parts=(),
        findings=findings.kept,
        coverage=[],
        note=say("history_recheck_note", batch=undone).zh,
    )


# ---- checking anew ---------------------------------------------------------------------------------


def _recheck(standing: Standing) -> Findings:
    """Every finding of the ledger that remains, all years, under the definitions in force.

    What was found while reading a sheet cannot be found again without it, nor can what holds a row back:
    both are taken from the batch that read the sheet, if it is in force and the row was not sent again.
    """
    store = standing.store
    assert isinstance(store, _Without)
    newest = known(store.findings(base) if (base := store.remembering) else no_findings())
    read = known(_in_force(_read_by_batch(store), standing)).assign(status="persisting")
    remembered = newest[~_needs_its_sheet(newest) | (newest["status"] == "fixed")]
    store.carried = pd.concat([remembered, read[newest.columns]], ignore_index=True)
    found = check_years(standing, Gathered(), set(standing.years))
    still = found.frame["year"].isna() | found.frame["year"].isin(standing.years)
    return Findings(found.frame[still].reset_index(drop=True), found.sources, found.closed)


def _needs_its_sheet(findings: pd.DataFrame) -> pd.Series:
    """Findings that the stored rows cannot tell."""
    reading = findings["rule"].isin(list(READING.keys() - STANDING))
    return reading | ((findings["effect"] == "hold") & ~findings["rule"].isin(list(STANDING)))


def _read_by_batch(store: Store) -> pd.DataFrame:
    """What each batch found in its own sheets, with the `_batch`: the first that names a sheet read it."""
    seen: set[int] = set()
    found = [no_findings().assign(_batch=pd.Series(dtype="int64"))]
    for batch in store.batches():
        frame = Store(store.root).findings(batch.id)
        told = _needs_its_sheet(frame) & frame["source"].notna() & (frame["status"] != "fixed").fillna(True)
        own = frame[told & ~frame["source"].isin(list(seen))]
        seen |= set(own["source"])
        found.append(own.assign(_batch=batch.id))
    return pd.concat(found, ignore_index=True)


def _in_force(read: pd.DataFrame, standing: Standing) -> pd.DataFrame:
    """Those whose batch is in force and whose row no later batch in force sent again."""
    sources = standing.store.sources()
    read = read[read["_batch"].isin(standing.store.active())]
    forms = read["source"].map({number: source.form for number, source in sources.items()})
    gone = np.zeros(len(read), bool)
    for layer in _layers(standing):
        same = (read["ledger"] == layer.ledger) & (forms == layer.form) & (read["_batch"] < layer.batch)
        same &= read["year"] == layer.year
        if same.fillna(False).any():
            gone |= (same & _sent_again(read, layer)).fillna(False).to_numpy(bool)
    return read[~gone]


def _layers(standing: Standing) -> Iterator[Layer]:
    store = standing.store
    for name in store.ledgers():
        for year in store.years(name):
            yield from store.layers(name, year)


def _sent_again(read: pd.DataFrame, layer: Layer) -> pd.Series:
    """Whether a layer speaks of what the finding speaks of; of a whole sheet, any later one does."""
    named = read["entity"].isin(layer.read([ENTITY])[ENTITY])
    if layer.mode != "full":
        return named | read["entity"].isna()
    return read["unit"].isin(layer.scope) | named | (read["unit"].isna() & read["entity"].isna())
