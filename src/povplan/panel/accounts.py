"""Two identities of a year, unit by unit 年度变化表: how register and poor came from last year's.

Register: opening + born + registered + moved in + split off + returned + other + appeared
− died − struck off − moved out − merged − other − vanished = closing.
Status: poor at opening + newly poor + fell back + entered − escaped − left = poor at closing.

Everyone is counted once, at the unit where they were or are. Moves between units of the county have columns
of their own, and so have units that did not report. What no reason explains is `appeared` and `vanished`, or
an unknown status: `unexplained`, shown and never absorbed.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.keys import positions
from povplan.model import ENTITY, UNIT
from povplan.panel.keymap import Matched
from povplan.units import Tree

Bools = npt.NDArray[np.bool_]
JOINED = {
    "birth": "born", "registered": "registered", "moved_in": "moved_in", "marriage_in": "moved_in",
    "returned": "returned", "other_in": "other_in", "split": "split_off",
}  # fmt: skip
"""Kind of event → the term that it is part of, of those who came."""
LEFT = {
    "death": "died", "struck_off": "struck_off", "moved_out": "moved_out", "marriage_out": "moved_out",
    "merged": "merged", "other_out": "other_out", "split": "moved_out",
}  # fmt: skip
"""The same of those who went. Who left a household by a split and is in no other has moved out."""
CAME = (
    "born", "registered", "moved_in", "arrived", "split_off", "returned", "other_in", "reported_again",
    "appeared",
)  # fmt: skip
WENT = ("died", "struck_off", "moved_out", "departed", "merged", "other_out", "unreported", "vanished")
POOR_CAME = (
    "newly_poor", "fell_back", "poor_entered", "arrived", "reported_again", "status_found", "appeared",
)  # fmt: skip
POOR_WENT = ("escaped", "poor_left", "departed", "unreported", "status_lost", "vanished")
REGISTER = ("opening", *CAME, *WENT, "closing", "unexplained")
STATUS = ("opening", *POOR_CAME, *POOR_WENT, "closing", "unexplained")
PUZZLING = ("appeared", "status_found", "vanished", "status_lost")
"""Terms that nothing explains."""
WITH_HOME = frozenset({"registered", "moved_in", "returned", "reported_again", "other_in"})
WITH_HOME_GONE = frozenset({"struck_off", "moved_out", "unreported", "other_out"})
"""What a household's persons do with it, where nothing is known of them alone."""


@dataclass(frozen=True, eq=False)
class Side:
    """A ledger of households or persons at one year's end."""

    frame: pd.DataFrame
    """ENTITY and UNIT, the unit as the later year calls it."""
    here: Bools
    """Which rows are in the register: those marked as left are only remembered."""
    poor: pd.Series
    """Whether poor; blank where unknown."""
    fell_back: Bools
    reasons: pd.Series
    """Kind of event that the row itself gives for its coming or going; blank where none."""
    home: pd.Series | None = None
    """Of persons: the key of their household."""
    reported: Set[str] = field(default_factory=frozenset)
    """Units that reported in the year."""


@dataclass(frozen=True, eq=False)
class Declared:
    """What is known of those who came and went: by events, and of persons by their households."""

    joined: Mapping[str, str] = field(default_factory=dict)
    left: Mapping[str, str] = field(default_factory=dict)
    """Key → kind of event."""
    homes_joined: Mapping[str, str] = field(default_factory=dict)
    homes_left: Mapping[str, str] = field(default_factory=dict)
    """Key of a household → its term."""
    fell_back: Set[str] = field(default_factory=frozenset)
    """This year's keys of which an event says so."""
    counted_in: Mapping[str, int] = field(default_factory=dict)
    counted_out: Mapping[str, int] = field(default_factory=dict)
    """Key of a household, this year's and last year's → how many persons it says joined, and left."""


@dataclass(frozen=True, eq=False)
class Moves:
    """Everyone of both years: where they were, where they are, by which term they came or went."""

    before: pd.DataFrame
    """At opening: ENTITY, `unit`, `now` (position in `after`, -1 gone), `term` (NA stayed), `poor`."""
    after: pd.DataFrame
    """At closing: ENTITY, `unit`, `was` (position in `before`, -1 new), `term`, `poor`, `fell_back`."""

    @property
    def left(self) -> dict[str, str]:
        """Last year's key → the term by which it went."""
        gone = self.before[self.before["term"].notna()]
        return dict(zip(gone[ENTITY].astype(str), gone["term"].astype(str), strict=True))

    @property
    def joined(self) -> dict[str, str]:
        """This year's key → the term by which it came."""
        new = self.after[self.after["term"].notna()]
        return dict(zip(new[ENTITY].astype(str), new["term"].astype(str), strict=True))


def moves(before: Side, now: Side, matched: Matched, declared: Declared) -> Moves:
    """What became of each row, and where each came from."""
    stock, there = _stock(before), _stock(now)
    keys = matched.keys(stock[ENTITY], values=False)
    here = positions(keys, there[ENTITY])
    taken = positions(there[ENTITY], keys)
    gone, new = here < 0, taken < 0
    stock = stock.assign(now=here, term=_gone(stock, gone, now, keys, matched, declared))
    there = there.assign(was=taken, term=_new(there, new, before, now, matched, declared))
    return Moves(stock, there.assign(fell_back=now.fell_back[now.here] | _said(there, declared)))


def _stock(side: Side) -> pd.DataFrame:
    """Those in the register, in order."""
    rows = side.frame.loc[side.here, [ENTITY, UNIT]].rename(columns={UNIT: "unit"})
    more: dict[str, Any] = {"poor": side.poor[side.here].astype("boolean")}
    if side.home is not None:
        more["home"] = side.home[side.here]
    return rows.assign(**more).reset_index(drop=True)


def _said(there: pd.DataFrame, declared: Declared) -> Bools:
    names = "home" if "home" in there else ENTITY
    said: Bools = there[names].isin(list(declared.fell_back)).to_numpy(bool)
    return said


def _gone(
    stock: pd.DataFrame,
    gone: Bools,
    now: Side,
    keys: pd.Series,
    matched: Matched,
    declared: Declared,
) -> pd.Series:
    """The term by which each went; blank of those who stayed."""
    own = stock.loc[gone, ENTITY]
    term = _looked_up(_looked_up(own, declared.left), LEFT)
    at = positions(keys[gone], now.frame[ENTITY])
    given = now.reasons.to_numpy(object)
    marked = pd.Series(np.append(given, [None])[at], own.index, dtype=object)
    term = term.fillna(_looked_up(marked, LEFT))
    term = term.mask(term.isna() & (at >= 0), "other_out" if "home" in stock else "struck_off")
    term = term.mask(term.isna() & own.isin(list(matched.into)), "merged")
    if "home" in stock:
        with_home = _looked_up(stock.loc[gone, "home"], declared.homes_left)
        term = term.fillna(with_home.where(with_home.isin(list(WITH_HOME_GONE))))
    silent = ~stock.loc[gone, "unit"].isin(list(now.reported))
    term = term.mask(term.isna() & silent, "unreported").fillna("vanished")
    if "home" in stock:
        term = _counted(term, stock.loc[gone, "home"], declared.counted_out, "vanished", "other_out")
    return term.reindex(stock.index).astype("string")


def _new(
    there: pd.DataFrame, new: Bools, before: Side, now: Side, matched: Matched, declared: Declared
) -> pd.Series:
    """The term by which each came; blank of those who were there."""
    own = there.loc[new, ENTITY]
    term = _looked_up(_looked_up(own, declared.joined), JOINED)
    term = term.mask(term.isna() & own.isin(list(matched.from_split)), "split_off")
    reasons = now.reasons[now.here].reset_index(drop=True)
    term = term.fillna(_looked_up(reasons[new], JOINED))
    if "home" in there:
        with_home = _looked_up(there.loc[new, "home"], declared.homes_joined)
        term = term.fillna(with_home.where(with_home.isin(list(WITH_HOME))))
    silent = ~there.loc[new, "unit"].isin(list(before.reported))
    term = term.mask(term.isna() & silent, "reported_again").fillna("appeared")
    if "home" in there:
        term = _counted(term, there.loc[new, "home"], declared.counted_in, "appeared", "other_in")
    return term.reindex(there.index).astype("string")


def _counted(
    term: pd.Series, homes: pd.Series, counts: Mapping[str, int], puzzling: str, otherwise: str
) -> pd.Series:
    """The terms, those that nothing explains settled where the household itself counts as many persons.

    It says how many, not why: they came or went for another reason. Where it counts fewer than there are,
    nobody can tell of whom it speaks, and all stay unexplained.
    """
    if not counts or not len(term):
        return term
    many = homes.groupby(homes).transform("size")
    enough = (many <= pd.to_numeric(homes.map(dict(counts)))).fillna(False).to_numpy(bool)
    return term.mask((term == puzzling).to_numpy(bool) & enough, otherwise)


def _looked_up(keys: pd.Series, known: Mapping[str, str]) -> pd.Series:
    """What is known of each key; blank where nothing is."""
    return keys.map(dict(known)).astype("string")


# ---- added up -------------------------------------------------------------------------------------


def register(of: Moves, tree: Tree, year: int) -> pd.DataFrame:
    """A line a unit: `unit`, `level`, `year` and REGISTER; every line balances."""
    old, new = (tree.codes(rows["unit"]) for rows in (of.before, of.after))
    counts = _Counts(tree)
    counts.add("opening", old)
    counts.add("closing", new)
    for term in CAME:
        counts.add(term, new[_is(of.after["term"], term)])
    for term in WENT:
        counts.add(term, old[_is(of.before["term"], term)])
    stayed = (of.before["now"] >= 0).to_numpy(bool)
    to = new[of.before.loc[stayed, "now"].to_numpy(np.int64)]
    counts.moved(old[stayed], to)
    return counts.table(REGISTER, CAME, WENT, year)


def status(of: Moves, tree: Tree, year: int) -> pd.DataFrame:
    """A line a unit: `unit`, `level`, `year` and STATUS, of the poor; every line balances."""
    old, new = (tree.codes(rows["unit"]) for rows in (of.before, of.after))
    was, now = (rows["poor"].fillna(False).to_numpy(bool) for rows in (of.before, of.after))
    counts = _Counts(tree)
    counts.add("opening", old[was])
    counts.add("closing", new[now])
    _poor_who_left(of, was, old, counts)
    _poor_who_came(of, now, new, counts)
    stayed = np.flatnonzero((of.before["now"] >= 0).to_numpy(bool))
    at = of.before["now"].to_numpy(np.int64)[stayed]
    then, to = of.before["poor"].iloc[stayed], of.after["poor"].iloc[at]
    new_at, old_at = new[at], old[stayed]
    poor_then, poor_now = (one.fillna(False).to_numpy(bool) for one in (then, to))
    known_then, known_now = (one.notna().to_numpy(bool) for one in (then, to))
    counts.moved(old_at[poor_then], new_at[poor_then])
    counts.add("escaped", new_at[poor_then & known_now & ~poor_now])
    counts.add("status_lost", new_at[poor_then & ~known_now])
    back = of.after["fell_back"].to_numpy(bool)[at]
    rose = known_then & ~poor_then & poor_now
    counts.add("fell_back", new_at[rose & back])
    counts.add("newly_poor", new_at[rose & ~back])
    counts.add("status_found", new_at[~known_then & poor_now])
    return counts.table(STATUS, POOR_CAME, POOR_WENT, year)


def _poor_who_left(of: Moves, was: Bools, old: npt.NDArray[np.int64], counts: _Counts) -> None:
    term = of.before["term"]
    for one in ("unreported", "vanished"):
        counts.add(one, old[_is(term, one) & was])
    rest = term.notna().to_numpy(bool) & ~_is(term, "unreported") & ~_is(term, "vanished")
    counts.add("poor_left", old[rest & was])


def _poor_who_came(of: Moves, now: Bools, new: npt.NDArray[np.int64], counts: _Counts) -> None:
    """Who was newly registered as poor is newly poor; who came otherwise entered as poor."""
    term = of.after["term"]
    named = {"reported_again": "reported_again", "appeared": "appeared", "registered": "newly_poor"}
    for one, into in named.items():
        counts.add(into, new[_is(term, one) & now])
    rest = term.notna().to_numpy(bool) & ~term.isin(list(named)).to_numpy(bool)
    counts.add("poor_entered", new[rest & now])


def _is(terms: pd.Series, term: str) -> Bools:
    same: Bools = (terms == term).fillna(False).to_numpy(bool)
    return same


class _Counts:
    """Counts by term and unit, to be added upward."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.of: dict[str, npt.NDArray[np.int64]] = {}

    def add(self, term: str, nodes: npt.NDArray[np.int64]) -> None:
        """As many more of the term as nodes are named."""
        counted = np.bincount(nodes[nodes >= 0], minlength=len(self.tree.paths)).astype(np.int64)
        self.of[term] = self.of.get(term, np.zeros(len(self.tree.paths), np.int64)) + counted

    def moved(self, old: npt.NDArray[np.int64], new: npt.NDArray[np.int64]) -> None:
        """Those who are in another unit than they were."""
        other = old != new
        self.add("departed", old[other])
        self.add("arrived", new[other])

    def table(
        self, columns: tuple[str, ...], came: tuple[str, ...], went: tuple[str, ...], year: int
    ) -> pd.DataFrame:
        """All terms summed upward: every unit is the sum of those below it, term by term."""
        tree = self.tree
        found: dict[str, Any] = {
            "unit": pd.array(list(tree.paths), "string"),
            "level": pd.array([tree.level(node) for node in range(len(tree.paths))], "string"),
            "year": year,
        }
        nothing = np.zeros(len(tree.paths), np.int64)
        total = {name: tree.add_upward(self.of.get(name, nothing)) for name in columns}
        sign = {**dict.fromkeys(came, 1), **dict.fromkeys(went, -1)}
        total["unexplained"] = sum((total[name] * sign[name] for name in PUZZLING if name in total), nothing)
        found |= {name: pd.array(total[name].tolist(), "Int64") for name in columns}
        return pd.DataFrame(found)
