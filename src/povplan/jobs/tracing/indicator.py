"""The trace of an indicator."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from povplan.config import Config
from povplan.formulas import MeasureFormula, Rows, measure_formula
from povplan.formulas.wording import worded
from povplan.jobs.asking import unit_named
from povplan.jobs.explaining import entries
from povplan.jobs.facts import Fact, fact, scope_of
from povplan.jobs.standing import Standing
from povplan.jobs.tracing.cells import cells_of, none, shown
from povplan.jobs.tracing.rows import aside, below, entities_of, flagged, masker, reasons
from povplan.jobs.tracing.values import PART_COLUMNS, STATES, Trace
from povplan.measures import measure
from povplan.messages import say
from povplan.model import UNIT
from povplan.spec import Indicator, Ledger
from povplan.units import Tree


@dataclass(frozen=True, eq=False)
class Ground:
    """What one indicator of one year rests on, and nothing else: its ledger, those its formula looks at."""

    standing: Standing
    indicator: Indicator
    year: int

    @property
    def ledger(self) -> Ledger:
        """The ledger whose rows are counted."""
        return self.standing.config.ledgers[self.indicator.ledger]

    @cached_property
    def formula(self) -> MeasureFormula:
        """The indicator's formula."""
        scope = scope_of(self.standing.config, self.ledger)
        return measure_formula(self.indicator.value, scope, self.indicator.where)

    @cached_property
    def rows(self) -> Rows:
        """The rows of its ledger, with last year's and others' only if the formula asks for them."""
        own, standing = self.ledger.ledger, self.standing
        previous = self.year - 1 if self.formula.uses_previous else None
        known = previous is not None and previous in standing.store.years(own, standing.as_of)
        return Rows(
            standing.folded(own, self.year).frame,
            self.year,
            standing.day(self.year),
            standing.folded(own, self.year - 1).frame if known else None,
            {name: standing.folded(name, self.year).frame for name in sorted(self.formula.needs)},
        )

    @cached_property
    def paths(self) -> list[str]:
        """The units that the ledger names, in official order: the county's list, else as first reported."""
        listed = self.standing.workspace.registry(()).paths
        seen = self.rows.frame[UNIT].dropna().unique()
        before: Sequence[str] = () if listed else self._a_year_before
        present = set(seen)
        return list(dict.fromkeys([*listed, *(one for one in before if one in present), *seen]))

    @property
    def _a_year_before(self) -> list[str]:
        """Units that the ledger named the year before, without reading more of it than that."""
        layers = self.standing.store.layers(self.ledger.ledger, self.year - 1, self.standing.as_of)
        return list(
            dict.fromkeys(one for layer in layers for one in layer.read([UNIT])[UNIT].dropna().unique())
        )

    def unit(self, name: str | None) -> str:
        """The unit asked for, else the county."""
        if name:
            return unit_named(self.standing, self.year, name, Tree.of(self.paths).paths)
        roots = list(dict.fromkeys(path.split("/")[0] for path in self.paths))
        return roots[0] if roots else str(self.standing.workspace.registry(()).county)

    def measured(self, unit: str) -> pd.DataFrame:
        """Its figure at the unit and all units right below it, as every report has it."""
        config, rows = self.standing.config, self.rows
        frames = {**rows.others, self.ledger.ledger: rows.frame}
        frames = {name: frame for name, frame in frames.items() if len(frame)}
        before = None if rows.previous is None else {self.ledger.ledger: rows.previous}
        tree = Tree.of([unit, *self.paths])
        found = measure(
            [self.indicator], frames, config.ledgers, config.parameters, self.year, rows.as_of, tree,
            previous=before, codes=config.codes,
        )  # fmt: skip
        depth = unit.count("/") + 1
        near = (found["unit"] == unit) | (
            found["unit"].str.startswith(f"{unit}/") & (found["unit"].str.count("/") == depth)
        )
        return found[near].reset_index(drop=True)

    def itself(self, unit: str) -> pd.DataFrame:
        """The figure of rows that name the unit and nothing below it; none where there are no such rows."""
        own = (self.rows.frame[UNIT] == unit).fillna(False).to_numpy(bool)
        if not own.any():
            return pd.DataFrame(columns=list(PART_COLUMNS))
        groups = np.where(own, 0, -1).astype(np.int64)
        return self.formula.grouped(self.rows, groups, 1).assign(unit=None)[list(PART_COLUMNS)]


def trace_indicator(
    standing: Standing, indicator: Indicator, year: int, unit: str | None, limit: int, lang: str
) -> Trace:
    """Where an indicator's figure of a unit and year comes from."""
    ground = Ground(standing, indicator, year)
    at = ground.unit(unit)
    measured = ground.measured(at)
    whole, parts = measured[measured["unit"] == at], measured[measured["unit"] != at]
    lines = [parts[list(PART_COLUMNS)], ground.itself(at)] if len(parts) else []
    rows = _rows(ground, at, limit, lang)
    return Trace(
        id=indicator.id,
        label=indicator.label.said,
        unit=at,
        level=str(whole["level"].iloc[0]),
        year=year,
        batch=standing.newest,
        facts=tuple(_facts(ground)),
        figure={name: whole[name].iloc[0] for name in PART_COLUMNS[1:]},
        parts=_together(lines),
        adds=ground.formula.additive,
        counts=rows.counts,
        rows=rows.frame,
        more=rows.more,
        cells=_cells(ground, rows.entities),
        fields=[ground.ledger.field(name) for name in ground.formula.fields],
        indicator=indicator,
    )


def _together(lines: Sequence[pd.DataFrame]) -> pd.DataFrame:
    some = [one.astype(object) for one in lines if len(one)]
    return pd.concat(some, ignore_index=True) if some else pd.DataFrame(columns=list(PART_COLUMNS))


# ---- the definition ----------------------------------------------------------------------------------


def _facts(ground: Ground) -> Iterator[Fact]:
    """What `explain` says of the indicator, its formula in words, and the version of its file."""
    config, indicator = ground.standing.config, ground.indicator
    scope = scope_of(config, ground.ledger)
    found = next(one for one in entries(config) if (one.kind, one.id) == ("indicator", indicator.id))
    for one in found.explain().facts:
        yield one
        if one.name == "formula":
            yield fact("worded", worded(indicator.value, scope))
        if one.name == "where" and indicator.where:
            yield fact("where_worded", worded(indicator.where, scope))
        if one.name == "fields" and ground.formula.needs:
            needed = (config.ledgers[name].label.said for name in sorted(ground.formula.needs))
            yield fact("needs", *needed)
    yield version(config, f"id: {indicator.id}", "indicators")


def version(config: Config, mark: str, folder: str) -> Fact:
    """The digest of the file that defines it, and of all definitions together."""
    texts = (text for name, text in config.texts.items() if name.startswith(folder) and mark in text)
    own = next((hashlib.sha256(text.encode()).hexdigest()[:12] for text in texts), "—")
    return fact("version", say("trace_version", file=own, all=config.digest[:12]))


# ---- rows and cells ----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Rows:
    frame: pd.DataFrame
    entities: list[str]
    counts: dict[str, int]
    more: int


def _rows(ground: Ground, unit: str, limit: int, lang: str) -> _Rows:
    """The rows of the unit: those used, then those that could not be, at most `limit`."""
    rows, ledger, names = ground.rows, ground.ledger, ground.formula.fields
    inside = below(rows.frame[UNIT], unit).to_numpy(bool)
    known = rows.frame.assign(_state=ground.formula.row_by_row(rows).astype(object))[inside]
    apart = aside(ground.standing.folded(ledger.ledger, ground.year), unit)
    everything = pd.concat([known, apart], ignore_index=True) if len(apart) else known.reset_index(drop=True)
    states = everything["_state"].astype(object)
    counts = {name: int((states == name).sum()) for name in STATES}
    meant = everything[states != "out"]
    order = meant["_state"].map({name: at for at, name in enumerate(STATES)})
    some = meant.loc[order.sort_values(kind="stable").index].head(limit).reset_index(drop=True)
    mask, entities = masker(ground.standing, ledger), entities_of(some)
    return _Rows(
        told(ground.standing, ledger, ground.year, some, names, mask, lang), entities, counts,
        len(meant) - len(some),
    )  # fmt: skip


def told(
    standing: Standing,
    ledger: Ledger,
    year: int,
    rows: pd.DataFrame,
    names: Sequence[str],
    mask: Any,
    lang: str,
) -> pd.DataFrame:
    """Rows with their `_state` as they are shown: key masked, state, why not, doubtful or not, fields."""
    entities = entities_of(rows)
    numbered = rows.set_axis([str(at) for at in range(len(rows))])
    labels = list(numbered.index)
    return pd.DataFrame(
        {
            "entity": [mask(one) for one in entities],
            "unit": rows[UNIT].astype(object).to_numpy(),
            "state": rows["_state"].astype(object).to_numpy(),
            "why": reasons(rows, rows["_state"], ledger, names, lang),
            "flagged": flagged(standing, ledger.ledger, year, entities),
            **{
                name: pd.Series(shown(numbered, ledger, name, labels, standing), dtype=object)
                for name in names
            },
        }
    ).astype(object)


def _cells(ground: Ground, entities: Sequence[str]) -> pd.DataFrame:
    """The cells of the fields used; of the year before too, where the formula looks at it."""
    mask, names = masker(ground.standing, ground.ledger), ground.formula.fields
    years = [ground.year, *([ground.year - 1] if ground.rows.previous is not None else [])]
    found = [cells_of(ground.standing, ground.ledger, year, entities, names, mask) for year in years]
    some = [frame for frame in found if len(frame)]
    return pd.concat(some, ignore_index=True) if some else none()
