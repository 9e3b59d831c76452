"""`log`, `diff`, `rollback`: what was done to the base ledger, what it changed, and taking it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from povplan.errors import PovplanError
from povplan.jobs.checking import Findings, check_years
from povplan.jobs.differing import changes
from povplan.jobs.gathering import READING, Gathered
from povplan.jobs.standing import Standing
from povplan.jobs.update import operator
from povplan.messages import say
from povplan.model import ENTITY, Source
from povplan.store import Batch, Draft, Layer, Part, Store
from povplan.store.store import STATUS, no_findings
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

    def active(self, as_of: int | None = None, without: Collection[int] = ()) -> list[int]:
        """Batches in force, that one taken back."""
        return super().active(as_of, {*without, self._taken})


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
        findings = recheck(remaining)
        now = dt.datetime.now(dt.UTC).astimezone().isoformat(timespec="seconds")
        batch = workspace.store.rollback(number, operator(), now, reason.strip())
        again = workspace.store.commit(_recheck_draft(remaining, findings, now, number))
    return Undone(number, undone, batch, again)


def _undoing(workspace: Workspace, number: int) -> tuple[pd.DataFrame, Standing]:
    """What changes when the batch is taken back, and the ledger that remains."""
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
        findings=findings.frame,
        coverage=[],
        note=say("history_recheck_note", batch=undone).zh,
    )


# ---- checking anew ---------------------------------------------------------------------------------


def recheck(standing: Standing) -> Findings:
    """Every finding of the ledger as it stands, all years, under the definitions in force.

    What was found while reading a sheet cannot be found again without it: it is taken from the batch that
    read the sheet, as long as that batch is in force and the sheet was not sent again.
    """
    whole = Standing(standing.workspace, standing.config, Store(standing.store.root))
    years = sorted({*standing.years, *whole.years})
    reading = _all_reading(standing.store)
    units = tuple(reading["unit"].dropna().unique())
    sources = standing.store.sources()
    spoken = {(one.ledger, one.form) for one in sources.values() if one.ledger in standing.config.ledgers}
    rows = pd.DataFrame({ENTITY: pd.Series(dtype="string")})
    parts = [
        Part(ledger, year, form, "full", units, rows) for ledger, form in sorted(spoken) for year in years
    ]
    in_force = _in_force(reading, standing, sources)
    gathered = Gathered(parts=parts, findings=_records(in_force))
    found = check_years(standing, gathered, set(standing.years))
    still = found.frame["year"].isna() | found.frame["year"].isin(standing.years)
    return Findings(found.frame[still].reset_index(drop=True), found.sources, found.fixed)


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _all_reading(store: Store) -> pd.DataFrame:
    """What each batch found while reading its own sheets, with the `_batch`.

    A finding is of the first batch that names its sheet; later ones only carry it on.
    """
    known: set[int] = set()
    found = []
    for batch in store.batches():
        frame = store.findings(batch.id)
        told = frame["rule"].isin(list(READING)) & (frame["rule"] != "vanished") & frame["source"].notna()
        reading = frame[told & ~frame["source"].isin(list(known))].drop(columns="status")
        known |= set(reading["source"])
        found.append(reading.assign(_batch=batch.id))
    if not found:
        return no_findings().drop(columns=STATUS).assign(_batch=pd.Series(dtype="int64"))
    return pd.concat(found, ignore_index=True)


def _in_force(reading: pd.DataFrame, standing: Standing, sources: Mapping[int, Source]) -> pd.DataFrame:
    """Those whose batch is in force and whose sheet no later batch in force sent again."""
    store = standing.store
    reading = reading[reading["_batch"].isin(store.active())]
    forms = reading["source"].map({number: source.form for number, source in sources.items()})
    gone = np.zeros(len(reading), bool)
    for layer in _layers(standing):
        same = (reading["ledger"] == layer.ledger) & (forms == layer.form) & (reading["_batch"] < layer.batch)
        same &= reading["year"].isna() | (reading["year"] == layer.year)
        if same.fillna(False).any():
            gone |= (same & _sent_again(reading, layer)).fillna(False).to_numpy(bool)
    return reading[~gone].drop(columns="_batch")


def _layers(standing: Standing) -> Iterable[Layer]:
    return (
        layer
        for name in standing.store.ledgers()
        for year in standing.store.years(name)
        for layer in standing.store.layers(name, year)
    )


def _sent_again(reading: pd.DataFrame, layer: Layer) -> pd.Series:
    """Whether a layer speaks of what the finding speaks of."""
    if layer.mode == "full":
        spoken = reading["unit"].isin(layer.scope)
    else:
        spoken = reading["entity"].isin(layer.read([ENTITY])[ENTITY])
    return spoken | reading["unit"].isna()
