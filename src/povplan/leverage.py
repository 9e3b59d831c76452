"""How much other money each yuan of the special fund moved (撬动比 1:x), and how much money there was.

Sum over sum, as the Global Environment Facility counts co-financing; a mean of ratios answers another
question. Money is summed in whole fen and divided once, at the end. Only one stage of money counts
(planned, allocated, arrived, paid), never a mixture, and it is named.

A fund ledger lists lines of money. Where a unit has lines but none of some kind, there was no such money:
that is 0. A line with a blank amount is unknown: it is left out and counted, and where nothing else of its
kind is known there is no figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.measures import placed, together
from povplan.model import UNIT
from povplan.spec import Funds
from povplan.units import Tree

AMOUNT, ORIGIN, STAGE, PROJECT = "amount", "source", "stage", "project_id"
"""The fields of the ledger `fund` that are read; `project_id` may be missing."""

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Kinds = Mapping[str, Bools]
"""Kind of money → the sources it is made of, one truth value a source and a last one for none known."""


def leverage(
    funds_rows: pd.DataFrame,
    funds: Funds,
    tree: Tree,
    year: int,
    basis: str | None = None,
    by_class: bool = True,
) -> pd.DataFrame:
    """MEASURE_COLUMNS at every unit, for all money and for what stands beside special money.

    `leverage_others` is other money ÷ special fund, `leverage_total` all money ÷ special fund; `lever`,
    `others`, `total`, `memo` and `unclassified` (no known source, outside the ratio) are yuan.
    With `by_class`, `leverage_<class>` and `amount_<class>` for every class that some line speaks of:
    the first add up to `leverage_others`, the second to `total` and `memo` together.
    `unstaged`, given if there is any, is money whose stage is not known. Scope `with_lever` keeps only
    subjects with special money: the line's project, else its unit.
    """
    stage = basis or stage_in_use(funds_rows, funds)
    lines = _Lines.read(funds_rows, funds, tree)
    staged = lines.where(_is(funds_rows[STAGE], [stage] if stage else []))
    kinds = _kinds(funds, staged if by_class else None)
    scopes = {"all": staged, "with_lever": staged.beside(kinds["lever"])}
    found = together(
        _drawn(counted.sums(tree).figures(kinds), tree, year, scope) for scope, counted in scopes.items()
    ).assign(basis=stage)
    if not staged.known.any():
        found["value"], found["note"] = pd.NA, "no_stage"
    unstaged = lines.where(~_is(funds_rows[STAGE], [one.id for one in funds.stages]))
    return together([found, *_unstaged(unstaged, tree, year)])


def stage_in_use(funds_rows: pd.DataFrame, funds: Funds) -> str | None:
    """The first stage of `funds.basis` at which any amount is known; None if there is none."""
    present = set(funds_rows.loc[funds_rows[AMOUNT].notna(), STAGE].dropna().unique())
    return next((stage for stage in funds.basis if stage in present), None)


@dataclass(frozen=True)
class _Lines:
    """Lines of money as numbers: node of the unit (-1 unknown), source, subject, fen, whether known."""

    node: Ints
    source: Ints
    subject: Ints
    fen: Ints
    known: Bools
    sources: int

    @classmethod
    def read(cls, rows: pd.DataFrame, funds: Funds, tree: Tree) -> _Lines:
        """A source that is blank or not in the taxonomy takes the last place."""
        listed = pd.Index([source.id for source in funds.sources])
        source = listed.get_indexer(pd.Index(rows[ORIGIN])).astype(np.int64)
        amount = rows[AMOUNT]
        return cls(
            tree.codes(rows[UNIT]),
            np.where(source < 0, len(listed), source),
            _subjects(rows),
            amount.fillna(0).to_numpy(np.int64),
            amount.notna().to_numpy(bool),
            len(listed) + 1,
        )

    def where(self, kept: Bools) -> _Lines:
        """Some of the lines."""
        return replace(
            self,
            node=self.node[kept],
            source=self.source[kept],
            subject=self.subject[kept],
            fen=self.fen[kept],
            known=self.known[kept],
        )

    def beside(self, lever: Bools) -> _Lines:
        """The lines of subjects that have special money."""
        special = np.zeros(self.subject.max(initial=-1) + 1, np.int64)
        np.add.at(special, self.subject, np.where(lever[self.source], self.fen, 0))
        return self.where(special[self.subject] > 0)

    def sums(self, tree: Tree) -> _Sums:
        """By node and source, what lies below each node added up."""
        return _Sums(
            self._by_node(self.fen, tree), self._by_node(self.known, tree), self._by_node(~self.known, tree)
        )

    def _by_node(self, values: npt.NDArray[np.generic], tree: Tree) -> Ints:
        table = np.zeros((len(tree.paths), self.sources), np.int64)
        here = self.node >= 0
        np.add.at(table, (self.node[here], self.source[here]), values[here])
        return tree.add_upward(table).astype(np.int64)


@dataclass(frozen=True)
class _Figure:
    """One indicator at every node: yuan or a ratio, its parts (not a number where unknown), and the note."""

    value: Floats
    numerator: Floats
    denominator: Floats
    n: Ints
    left_out: Ints
    note: npt.NDArray[np.object_]


@dataclass(frozen=True)
class _Sums:
    """node × source: fen of the known amounts, lines with a known and with a blank amount."""

    fen: Ints
    used: Ints
    blank: Ints

    def amount(self, kind: Bools) -> _Figure:
        """Yuan of one kind of money at every node, and why it is missing where it is."""
        used, blank = self.used @ kind, self.blank @ kind
        none_listed = (used == 0) & (blank == 0) & (self.used.sum(axis=1) > 0)
        known = (used > 0) | none_listed
        yuan = np.where(known, (self.fen @ kind) / 100, np.nan)
        nothing = np.full(len(yuan), np.nan)
        note = np.full(len(yuan), None, dtype=object)
        note[~known] = "no_rows"
        return _Figure(yuan, yuan, nothing, used, blank, note)

    def ratio(self, kind: Bools, lever: Bools) -> _Figure:
        """One kind of money for each yuan of special fund; without special fund, none."""
        above, below = self.amount(kind), self.amount(lever)
        special = below.value > 0
        value = np.divide(above.value, below.value, where=special, out=np.full(len(special), np.nan))
        note = np.where(special, above.note, "no_lever")
        both = kind | lever
        return _Figure(value, above.value, below.value, self.used @ both, self.blank @ both, note)

    def total_ratio(self, kinds: Kinds) -> _Figure:
        """All money for each yuan of special fund; unknown where the other money is."""
        found = self.ratio(kinds["total"], kinds["lever"])
        others = self.ratio(kinds["others"], kinds["lever"])
        return replace(found, value=np.where(np.isnan(others.value), np.nan, found.value), note=others.note)

    def figures(self, kinds: Kinds) -> dict[str, _Figure]:
        """Every indicator in the order it is shown."""
        found = {
            "leverage_others": self.ratio(kinds["others"], kinds["lever"]),
            "leverage_total": self.total_ratio(kinds),
        }
        for name, kind in kinds.items():
            moved = kind & kinds["others"]
            if name.startswith("amount_") and moved.any():
                found["leverage_" + name.removeprefix("amount_")] = self.ratio(moved, kinds["lever"])
            found[name] = self.amount(kind)
        return found


def _drawn(figures: Mapping[str, _Figure], tree: Tree, year: int, scope: str) -> pd.DataFrame:
    """All indicators of one scope as MEASURE_COLUMNS."""
    names = [field.name for field in fields(_Figure)]
    columns = {name: np.concatenate([getattr(one, name) for one in figures.values()]) for name in names}
    stacked = pd.DataFrame(columns).assign(scope=scope, indicator=np.repeat(list(figures), len(tree.paths)))
    return placed(stacked, tree, year)


def _kinds(funds: Funds, lines: _Lines | None) -> dict[str, Bools]:
    """The kinds of money in the order they are shown; classes only where `lines` speak of them."""
    memo = _mask([source.memo for source in funds.sources])
    lever = _mask([source.lever for source in funds.sources]) & ~memo
    known = _mask([True for _ in funds.sources])
    kinds = {
        "lever": lever,
        "others": known & ~lever & ~memo,
        "total": known & ~memo,
        "memo": memo,
        "unclassified": ~known,
    }
    if lines:
        spoken = np.isin(np.arange(lines.sources), lines.source)
        for one in funds.classes:
            members = _mask([source.cls == one.id for source in funds.sources])
            if (members & spoken).any():
                kinds["amount_" + one.id] = members
    return kinds


def _mask(of_sources: list[bool]) -> Bools:
    return np.array([*of_sources, False], np.bool_)


def _is(values: pd.Series, listed: list[str]) -> Bools:
    return values.isin(listed).fillna(False).to_numpy(bool)


def _subjects(rows: pd.DataFrame) -> Ints:
    """What a line is spent on, as a number: its project where that is given, else its unit."""
    unit, _ = pd.factorize(rows[UNIT], use_na_sentinel=False)
    if PROJECT not in rows:
        return unit.astype(np.int64)
    project, _ = pd.factorize(rows[PROJECT])
    return np.where(project >= 0, project, project.max(initial=-1) + 1 + unit).astype(np.int64)


def _unstaged(lines: _Lines, tree: Tree, year: int) -> list[pd.DataFrame]:
    """The money whose stage is not known, as a figure of its own, if there is any."""
    if not len(lines.fen):
        return []
    amount = lines.sums(tree).amount(np.ones(lines.sources, np.bool_))
    return [_drawn({"unstaged": amount}, tree, year, "all")]
