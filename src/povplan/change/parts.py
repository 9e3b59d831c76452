"""What a change is made of: of a rate, what units did and what their weights did; of a sum, whose it is.

The parts add up to the change. A ratio R is Σ a with a = numerator ÷ all denominators, s a unit's share of
those. Of a unit in both years Δa = ½(s₀+s₁)Δr (*within*) + ½(r₀+r₁)Δs; since the shares add to one, R₀
times their changes adds to nothing and is taken off each, so that a unit with the mean rate that grows moves
nothing: *between* = (½(r₀+r₁) − R₀)Δs. One that came adds s₁(r₁ − R₀), one that left −s₀(r₀ − R₀)
(*turnover*). Where no unit came or left, between is Σ ½(r₀+r₁)Δs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.spec import LEVELS, Indicator
from povplan.units import Codes, Tree

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
DECOMPOSED: tuple[str, ...] = (
    "indicator",
    "unit",  # whose change it is
    "level",
    "year",
    "previous_year",
    "absolute",  # the change of the whole
    "by",  # unit | source
    "part",  # a unit right below (`own`: rows of no unit below), or a field; `rest`: what no source explains
    "presence",  # both | entered | left; of sources always both
    "previous",  # the part's own figure
    "value",
    "within",
    "between",
    "turnover",
    "contribution",  # within + between + turnover; of sums and sources the part's own change
    "share_of_change",  # of the whole's change; blank where that is nothing
    "note",
)
NONE = 1e-12
"""A change smaller than this, against the figure itself, is none: nothing is shared out."""


@dataclass(frozen=True)
class Sides:
    """Numerator and denominator of a year at every node of a tree; 0 where there is none."""

    above: Floats
    below: Floats
    there: Bools
    """Where the year has a figure at all: one that is 0 is there."""


def decomposition(
    now: pd.DataFrame,
    before: pd.DataFrame,
    indicators: Iterable[Indicator],
    additive: Mapping[str, bool],
    tree: Tree,
) -> pd.DataFrame:
    """DECOMPOSED by units right below, of every unit that has some; both frames are measures over this tree.

    `additive`: indicator → whether it is a ratio, for those whose sums add upward. One that is not there, or
    whose definitions differ between the years, has one row that says so in its note.
    """
    year, previous_year = int(now["year"].iloc[0]), int(before["year"].iloc[0])
    parts = []
    for one in indicators:
        if (note := _why_not(one, additive, year, previous_year)) is not None:
            parts.append(_refused(one, tree, note))
            continue
        ends = [_sides(frame, one.id, tree, ratio=additive[one.id]) for frame in (before, now)]
        parts.append(_by_unit(ends[0], ends[1], tree, ratio=additive[one.id]).assign(indicator=one.id))
    return _typed(parts, year, previous_year)


def _why_not(one: Indicator, additive: Mapping[str, bool], year: int, previous_year: int) -> str | None:
    if one.id not in additive:
        return "not_additive"
    return None if one.is_same_in(year, previous_year) else "not_comparable"


def _refused(one: Indicator, tree: Tree, note: str) -> pd.DataFrame:
    roots = [path for path, parent in zip(tree.paths, tree.parents, strict=True) if parent < 0]
    return pd.DataFrame({"unit": roots, "level": "county", "note": note}).assign(indicator=one.id)


def _sides(measures: pd.DataFrame, indicator: str, tree: Tree, *, ratio: bool) -> Sides:
    """The parts of one indicator; of a sum the sum itself, over nothing."""
    some = measures[measures["indicator"] == indicator]
    at = tree.codes(some["unit"])
    found = []
    for name in ("numerator", "denominator") if ratio else ("value", None):
        column = np.zeros(len(tree.paths))
        if name is not None:
            column[at[at >= 0]] = some[name].to_numpy("float64", na_value=0.0)[at >= 0]
        found.append(column)
    there = np.zeros(len(tree.paths), bool)
    there[at[at >= 0]] = some["value"].notna().to_numpy(bool)[at >= 0]
    return Sides(found[0], found[1], there)


@dataclass(frozen=True)
class Family:
    """Nodes with the node above each; rows of a unit that lie in none below are a part of their own."""

    part: Codes
    """Node of the part; -1 for what lies in no unit below."""
    whole: Codes
    """Node above it."""

    @classmethod
    def of(cls, tree: Tree) -> Family:
        """Every unit that has units below it, those one after the other, its own rows last."""
        below = np.flatnonzero(tree.parents >= 0)
        wholes = np.unique(tree.parents[below])
        part = np.append(below, np.full(len(wholes), -1))
        whole = np.append(tree.parents[below], wholes)
        order = np.lexsort((np.where(part < 0, len(tree.paths), part), whole))
        return cls(part[order], whole[order])

    def of_parts(self, values: Floats) -> Floats:
        """The value of each part; what the units below leave over for the rows of none."""
        own = np.where(self.part < 0, 0.0, values[self.part])
        below = np.bincount(self.whole, own, len(values))
        return np.where(self.part < 0, values[self.whole] - below[self.whole], own)

    def has(self, there: Bools, own: Floats) -> Bools:
        """Whether each part is there; what lies in no unit below only where it amounts to something."""
        return np.where(self.part < 0, own != 0, there[self.part])


def _by_unit(before: Sides, now: Sides, tree: Tree, *, ratio: bool) -> pd.DataFrame:
    """DECOMPOSED of every part that has anything in either year."""
    family = Family.of(tree)
    if not ratio:
        old, new = family.of_parts(before.above), family.of_parts(now.above)
        whole = now.above - before.above
        here, here_now = family.has(before.there, old), family.has(now.there, new)
        return _table(family, tree, (old, here), (new, here_now), {"contribution": new - old}, whole)
    n0, d0, n1, d1 = (family.of_parts(side) for side in (before.above, before.below, now.above, now.below))
    whole0, whole1 = before.below[family.whole], now.below[family.whole]
    base, rate = _over(before.above, before.below), _over(now.above, now.below)
    a0, s0, a1, s1 = _over(n0, whole0), _over(d0, whole0), _over(n1, whole1), _over(d1, whole1)
    r0, r1, r = _over(n0, d0), _over(n1, d1), base[family.whole]
    both = (d0 != 0) & (d1 != 0)
    within = np.where(both, (s0 + s1) / 2 * (r1 - r0), 0.0)
    between = np.where(both, ((r0 + r1) / 2 - r) * (s1 - s0), 0.0)
    turnover = np.where(both, 0.0, (a1 - r * s1) - (a0 - r * s0))
    moved = {"within": within, "between": between, "turnover": turnover}
    total = {**moved, "contribution": within + between + turnover}
    lone = (before.below == 0) | (now.below == 0)
    known = {name: np.where(lone[family.whole], np.nan, values) for name, values in total.items()}
    ends = (_over(n0, d0, np.nan), d0 != 0), (_over(n1, d1, np.nan), d1 != 0)
    return _table(family, tree, *ends, known, rate - base)


def _table(
    family: Family,
    tree: Tree,
    before: tuple[Floats, Bools],
    now: tuple[Floats, Bools],
    moved: Mapping[str, Floats],
    whole: Floats,
) -> pd.DataFrame:
    """The parts there in one of the years; of each year their figures, and whether they are there."""
    (old, here), (new, here_now) = before, now
    change = whole[family.whole]
    small = np.abs(change) <= NONE
    share = np.divide(moved["contribution"], change, out=np.full(len(old), np.nan), where=~small)
    names = np.append(np.array(tree.paths, dtype=object), "own")
    found = pd.DataFrame(
        {
            "unit": names[family.whole],
            "level": np.array(LEVELS, dtype=object)[tree.depths[family.whole]],
            "by": "unit",
            "part": names[family.part],
            "presence": np.where(here & here_now, "both", np.where(here_now, "entered", "left")),
            "absolute": change,
            "previous": np.where(here, old, np.nan),
            "value": np.where(here_now, new, np.nan),
            **moved,
            "share_of_change": share,
        }
    )
    some: pd.DataFrame = found[here | here_now]
    return some


def contributions(
    now: pd.DataFrame,
    before: pd.DataFrame,
    indicator: Indicator,
    tree: Tree,
    *,
    ratio: bool,
    sources: Mapping[int, Mapping[str, pd.DataFrame]],
) -> pd.DataFrame:
    """DECOMPOSED by source at every unit: how much of the change of a sum or mean each source made.

    `sources`: year → source → its measures, a plain sum over the same rows (negative where it is taken off).
    A mean's sources are divided by its own denominator. What they do not explain is the part `rest`.
    """
    year, previous_year = int(now["year"].iloc[0]), int(before["year"].iloc[0])
    if not indicator.is_same_in(year, previous_year):
        return _typed([_refused(indicator, tree, "not_comparable")], year, previous_year)
    ends = {y: _sides(f, indicator.id, tree, ratio=ratio) for y, f in ((previous_year, before), (year, now))}
    figures = {y: _figure(side, side.above, ratio) for y, side in ends.items()}
    change = figures[year] - figures[previous_year]
    parts, explained = [], {y: np.zeros(len(tree.paths)) for y in ends}
    names = list(sources[year])
    for name in (*names, "rest"):
        own = {}
        for y, side in ends.items():
            if name == "rest":
                own[y] = figures[y] - explained[y]
            else:
                measured = sources[y][name]
                sums = _sides(measured, str(measured["indicator"].iloc[0]), tree, ratio=False).above
                own[y] = _figure(side, sums, ratio)
                explained[y] = explained[y] + own[y]
        parts.append(_source(name, own[previous_year], own[year], change, tree))
    whole = pd.concat(parts, ignore_index=True).assign(indicator=indicator.id)
    order = np.lexsort((np.repeat(np.arange(len(names) + 1), len(tree.paths)), tree.codes(whole["unit"])))
    whole = whole.iloc[order]
    return _typed([whole[whole["absolute"].notna()]], year, previous_year)


def _figure(side: Sides, sums: Floats, ratio: bool) -> Floats:
    return _over(sums, side.below, np.nan) if ratio else sums


def _source(name: str, old: Floats, new: Floats, change: Floats, tree: Tree) -> pd.DataFrame:
    moved = new - old
    small = ~(np.abs(change) > NONE)
    return pd.DataFrame(
        {
            "unit": np.array(tree.paths, dtype=object),
            "level": np.array(LEVELS, dtype=object)[tree.depths],
            "by": "source",
            "part": name,
            "presence": "both",
            "absolute": change,
            "previous": old,
            "value": new,
            "contribution": moved,
            "share_of_change": np.divide(moved, change, out=np.full(len(old), np.nan), where=~small),
        }
    )


def _over(above: Floats, below: Floats, nothing: float = 0.0) -> Floats:
    """The quotient, `nothing` where there is no denominator."""
    found: Floats = np.divide(above, below, out=np.full(len(above), nothing), where=below != 0)
    return found


def _typed(parts: list[pd.DataFrame], year: int, previous_year: int) -> pd.DataFrame:
    some = [part for part in parts if len(part)]
    whole = pd.concat(some, ignore_index=True) if some else pd.DataFrame()
    whole = whole.assign(year=year, previous_year=previous_year).reindex(columns=list(DECOMPOSED))
    texts = ("indicator", "unit", "level", "by", "part", "presence", "note")
    numbers = [name for name in DECOMPOSED if name not in (*texts, "year", "previous_year")]
    typed: pd.DataFrame = whole.astype(
        {**dict.fromkeys(texts, "string"), **dict.fromkeys(numbers, "Float64")}
    )
    return typed
