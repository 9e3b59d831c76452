"""`diff TAG now --figures`: from each reported figure to today's, step by step, each step replayed.

    as reported ─ late units ─ amendments ─ events ─ each later batch ─ definitions ─ as it is now

A step is the figure with one thing more than the step before, never an estimate, so the parts add up to the
whole difference by construction. What the order of steps decides (two things that work together) falls to
the later of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from povplan.jobs.figures import all_figures
from povplan.jobs.restating import SILENT
from povplan.jobs.standing import Standing
from povplan.keys import among
from povplan.ledger import Folded
from povplan.memory.registers import AMENDMENT
from povplan.model import DTYPES, ENTITY, UNIT
from povplan.spec import Level
from povplan.store import Batch

EVENTS = frozenset({"event", "unit_change"})
"""Ledgers that declare what became of households, persons and units."""
BRIDGE_COLUMNS = (
    "indicator",
    "unit",
    "level",
    "scope",
    "step",  # reported, late_units, amendments, events, forms, submissions, rollback, definitions, rest, now
    "batch",  # of a later submission; NA elsewhere
    "value",  # the figure after the step
    "difference",  # from the step before; NA where either is missing. They add up to now − reported
    "note",  # why there is no value
)
KEYS = ["indicator", "unit", "level", "scope"]
Frames = Callable[[str, int], pd.DataFrame]


@dataclass(eq=False)
class Replayed(Standing):
    """A ledger as it never stood: each ledger's rows of a year as `mixed` makes them."""

    mixed: Frames = lambda ledger, year: pd.DataFrame()
    known: Collection[int] = ()
    named: Callable[[int], list[str]] = lambda year: []
    """Year → the ledgers that either end has of it."""
    _made: dict[tuple[str, int], Folded] = field(default_factory=dict)

    def folded(self, ledger: str, year: int) -> Folded:
        """The rows of the mixture; none wait or have vanished."""
        at = (ledger, year)
        if at not in self._made:
            frame = self.mixed(ledger, year)
            self._made[at] = Folded(frame, frame.iloc[:0], frame.iloc[:0], frame.iloc[:0], (), ())
        return self._made[at]

    def sent(self, year: int) -> list[str]:
        """The ledgers of both ends: one that was taken back since is still in the report."""
        return self.named(year)

    @property
    def years(self) -> list[int]:
        """The years of both ends."""
        return sorted(self.known)


@dataclass(frozen=True)
class Step:
    """One state on the way, and what it has more than the one before."""

    name: str
    standing: Standing
    batch: int | None = None


def bridge(
    reported: Standing,
    now: Standing,
    year: int,
    level: Level | None = "county",
    indicators: Collection[str] | None = None,
) -> pd.DataFrame:
    """BRIDGE_COLUMNS of every figure of the year, those of one level; all steps, also those without effect.

    `reported` and `now` are the two ends, each with the definitions of its time.
    """
    frames = [_figures(step, year, level, indicators) for step in steps(reported, now, year, indicators)]
    keys = pd.concat([frame[KEYS] for frame in frames]).drop_duplicates()
    wide = [keys.merge(frame, how="left", on=KEYS) for frame in frames]
    for before, after in zip([None, *wide[:-1]], wide, strict=True):
        after["difference"] = pd.NA if before is None else after["value"] - before["value"]
    last = wide[-1].assign(step="now", batch=None, difference=wide[-1]["value"] - wide[0]["value"])
    lines = pd.concat([*wide, last], ignore_index=True)
    lines["_at"] = np.tile(np.arange(len(keys)), len(wide) + 1)
    lines = lines.sort_values("_at", kind="stable", ignore_index=True)
    for name in ("step", "batch"):
        lines[name] = lines[name].astype(object)
    return lines[list(BRIDGE_COLUMNS)]


def moving(lines: pd.DataFrame) -> pd.DataFrame:
    """Only figures that differ between the ends, and of their steps only those that did something."""
    now = lines["step"] == "now"
    first = lines["step"] == "reported"
    ends = lines[first][[*KEYS, "value"]].merge(lines[now][[*KEYS, "value"]], on=KEYS, suffixes=("", "_now"))
    same = (ends["value"] == ends["value_now"]) | (ends["value"].isna() & ends["value_now"].isna())
    moved = pd.MultiIndex.from_frame(ends.loc[~same.fillna(False).astype(bool), KEYS])
    own = pd.MultiIndex.from_frame(lines[KEYS]).isin(moved)
    idle = (lines["difference"] == 0).fillna(False).astype(bool) | _still_missing(lines)
    return lines[own & ~(idle & ~now & ~first).to_numpy(bool)].reset_index(drop=True)


def _still_missing(lines: pd.DataFrame) -> pd.Series:
    """Steps before and after which there is no figure."""
    before = lines.groupby(KEYS, sort=False, dropna=False)["value"].shift()
    return lines["value"].isna() & before.isna()


def _figures(step: Step, year: int, level: Level | None, indicators: Collection[str] | None) -> pd.DataFrame:
    found = all_figures(step.standing, year)
    found = found[found["level"] == level] if level else found
    found = found[found["indicator"].isin(list(indicators))] if indicators is not None else found
    told = found[[*KEYS, "value", "note"]].reset_index(drop=True)
    return told.assign(step=step.name, batch=step.batch)


# ---- the way from one end to the other ---------------------------------------------------------------


def steps(
    reported: Standing, now: Standing, year: int, indicators: Collection[str] | None = None
) -> Iterator[Step]:
    """The states on the way. Definitions stay those of the report until the last step."""
    first, last = (_narrowed(one, indicators) for one in (reported, now))
    yield Step("reported", first)
    same = first.config.digest == last.config.digest
    rows = replace_rows(first, last.as_of, last if same else None)
    batches = _later(first, rows, year)
    mixture = _Mixture(first, rows)
    if batches:
        yield Step("late_units", mixture.standing(lambda at: mixture.with_late(first.folded(*at).frame, at)))
        yield Step("amendments", mixture.standing(lambda at: mixture.amended(first.folded(*at).frame, at)))
        if EVENTS & set(first.config.ledgers):
            eventful = mixture.standing(lambda at: mixture.amended(first.folded(*at).frame, at), events=True)
            yield Step("events", eventful)
    for batch in batches:
        if batch.kind == "amendment":
            continue
        then = replace_rows(first, batch.id)
        new_forms = _comes_by_new_forms(first, batch, year)
        name = "rollback" if batch.kind == "rollback" else "forms" if new_forms else "submissions"
        yield Step(name, mixture.standing(_after(mixture, then), events=True), batch.id)
    yield Step("rest" if same else "definitions", last)


def _after(mixture: _Mixture, then: Standing) -> Callable[[tuple[str, int]], pd.DataFrame]:
    return lambda at: mixture.amended(then.folded(*at).frame, at)


def _narrowed(standing: Standing, indicators: Collection[str] | None) -> Standing:
    """The same ledger with the indicators asked for only."""
    if indicators is None:
        return standing
    some = tuple(one for one in standing.config.indicators if one.id in indicators)
    config = replace(standing.config, indicators=some)
    return Standing(standing.workspace, config, standing.store, standing.as_of, days=standing.days)


def replace_rows(first: Standing, as_of: int | None, same: Standing | None = None) -> Standing:
    """The rows of another batch under the definitions of `first`; `same` where that is known already."""
    return same or Standing(first.workspace, first.config, first.store, as_of, days=first.days)


def _later(first: Standing, last: Standing, year: int) -> list[Batch]:
    """The batches after the report that can have changed a figure of the year, rollbacks too."""
    since, until = first.as_of or 0, last.as_of or 0
    batches = {one.id: one for one in first.store.batches()}
    found = []
    for batch in batches.values():
        undone = batches.get(batch.undoes or 0)
        held = first.store.held(undone.id if undone else batch.id)
        speaks = any(at <= year and ledger not in SILENT for ledger, at in held)
        if since < batch.id <= until and speaks:
            found.append(batch)
    return found


def _comes_by_new_forms(first: Standing, batch: Batch, year: int) -> bool:
    """Whether all that a batch brings of the year comes by forms that the report did not know of."""
    brought = [
        (name, layer.form)
        for name, at in first.store.held(batch.id)
        if at == year and name not in (*SILENT, AMENDMENT)
        for layer in first.store.layers(name, at, batch.id)
        if layer.batch == batch.id
    ]
    ledgers = {name for name, _ in brought}
    known = {(name, one.form) for name in ledgers for one in first.store.layers(name, year, first.as_of)}
    return bool(brought) and all(one not in known and any(k[0] == one[0] for k in known) for one in brought)


class _Mixture:
    """Rows of two ends put together."""

    def __init__(self, first: Standing, last: Standing) -> None:
        self._first = first
        self._last = last
        self._years = sorted({*first.years, *last.years})

    def standing(
        self, frames: Callable[[tuple[str, int]], pd.DataFrame], *, events: bool = False
    ) -> Replayed:
        """A ledger whose rows are as `frames` makes them; events are those of the last end, or the first."""
        of_events = self._last if events else self._first

        def mixed(ledger: str, year: int) -> pd.DataFrame:
            at = (ledger, year)
            return of_events.folded(*at).frame if ledger in EVENTS else frames(at)

        one = self._first
        return Replayed(
            one.workspace,
            one.config,
            one.store,
            self._last.as_of,
            days=one.days,
            mixed=mixed,
            known=self._years,
            named=self._sent,
        )

    def _sent(self, year: int) -> list[str]:
        """The ledgers of which either end has anything of the year, in the order of the definitions."""
        sent = {*self._first.sent(year), *self._last.sent(year)}
        return [ledger for ledger in self._first.config.ledgers if ledger in sent]

    def with_late(self, frame: pd.DataFrame, at: tuple[str, int]) -> pd.DataFrame:
        """The rows of units that had reported, and of those that had not as they are in the end."""
        late, rows = self._late(at), self._last.folded(*at).frame
        kept = frame[~frame[UNIT].isin(late)]
        more = rows[rows[UNIT].isin(late)]
        more = more[~among(more[ENTITY], kept[ENTITY]).to_numpy(bool)]
        if not len(more):
            return kept
        return self._typed(pd.concat([kept, more], ignore_index=True), at[0]) if len(kept) else more

    def _late(self, at: tuple[str, int]) -> list[str]:
        """Units without any row in the report, with some in the end."""
        before, after = (
            set(one.folded(*at).frame[UNIT].dropna().unique()) for one in (self._first, self._last)
        )
        return sorted(after - before)

    def amended(self, frame: pd.DataFrame, at: tuple[str, int]) -> pd.DataFrame:
        """The same, every cell that an amendment ever gave its value as it is in the end."""
        found = self.with_late(frame, at).reset_index(drop=True)
        cells = self._cells(at)
        final = self._last.folded(*at).frame.set_index(ENTITY)
        position = pd.Index(found[ENTITY])
        for name, entities in cells.items():
            known = [one for one in entities if one in position and one in final.index]
            if known and name in final:
                column = found[name].copy() if name in found else self._blank(at[0], name, len(found))
                column.iloc[position.get_indexer(known)] = final.loc[known, name].array
                found = found.assign(**{name: column})
        return found

    def _cells(self, at: tuple[str, int]) -> dict[str, list[str]]:
        """Field → entities whose cell was amended at either end."""
        found: dict[str, dict[str, None]] = {}
        for end in (self._first, self._last):
            cells = end.folded(*at).amended
            if cells is not None:
                for entity, name in zip(cells[ENTITY], cells["field"], strict=True):
                    found.setdefault(str(name), {})[str(entity)] = None
        return {name: list(entities) for name, entities in found.items()}

    def _blank(self, ledger: str, name: str, count: int) -> pd.Series:
        dtype: Any = DTYPES[self._first.config.ledgers[ledger].field(name).type]
        return pd.Series(pd.NA, index=range(count)).astype(dtype)

    def _typed(self, frame: pd.DataFrame, ledger: str) -> pd.DataFrame:
        """The frame in the types of its fields, which a column that one side lacks would lose."""
        wanted: dict[str, Any] = {
            one.id: DTYPES[one.type] for one in self._first.config.ledgers[ledger].fields
        }
        lost = {name: wanted[name] for name in frame if name in wanted and frame[name].dtype != wanted[name]}
        return frame.astype(lost) if lost else frame
