"""`log`, `diff`, `rollback`: what was done to the base ledger, what it changed, and taking it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from povplan.errors import PovplanError
from povplan.jobs.checking import Findings, check_years
from povplan.jobs.differing import changes
from povplan.jobs.faults import READING, STANDING
from povplan.jobs.gathering import Gathered
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


def state(text: str, store: Store) -> int | None:
    """The batch that `text` names: its number, or `now` for the newest (None in an empty ledger)."""
    if text == "now":
        batches = store.batches()
        return batches[-1].id if batches else None
    if not text.isdecimal():
        raise PovplanError(say("history_bad_batch", given=text))
    return store.batch(int(text)).id


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
        active = set(self.active())
        kept = [one for one in self.batches() if one.id in active and one.kind != "rollback"]
        since = [one for one in kept if one.id > self._taken]
        if all(one.kind == "recheck" for one in since):
            kept = [one for one in kept if one.id < self._taken]
        return kept[-1].id if kept else None

    def findings(self, number: int) -> pd.DataFrame:
        """What a check of the remaining ledger may carry on."""
        return super().findings(number) if self.carried is None else self.carried


def rollback(workspace: Workspace, number: int, reason: str, *, dry_run: bool = False) -> Undone:
    """Take batch `number` back and check anew what remains: two batches, under one lock.

    The findings are computed before anything is written, so that what stops them leaves the ledger as it
    is. Undoing a rollback brings its batch back.
    """
    if not reason.strip():
        raise PovplanError(say("history_no_reason", batch=number))
    if dry_run:
        return Undone(number, _undoing(workspace, number)[0])
    with workspace.store.lock():
        undone, remaining = _undoing(workspace, number)
        findings = _recheck(remaining)
        now = dt.datetime.now(dt.UTC).astimezone().isoformat(timespec="seconds")
        batch = workspace.store.rollback(number, operator(), now, reason.strip())
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
