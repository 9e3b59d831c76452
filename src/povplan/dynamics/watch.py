"""Households to look after, by village: fallen back, at risk, out of poverty with a guarantee unmet.

Each stands with its reasons in words. A household of which a reason is unknown and none is known to hold
is not listed but counted: nothing is said of it either way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from povplan.dynamics.counting import Bools, Counter, stacked
from povplan.dynamics.flows import got_out
from povplan.dynamics.panel import OUT, POOR, UNKNOWN, Panel
from povplan.messages import Said, say
from povplan.units import Tree

LISTED: tuple[str, ...] = (
    "household",
    "head_name",
    "unit",
    "persons",
    "status",
    "income",
    "cause",
    "reasons",  # ids of the reasons, joined by ","
    "reason_zh",
    "reason_en",
)
COUNTED: tuple[str, ...] = (
    "unit",
    "level",
    "listed_for",  # `any`, then each reason
    "households",
    "of_households",  # those whom it may concern
    "rate",
    "persons",
    "of_persons",
    "persons_rate",
    "unknown",  # households of which it cannot be said
    "note",
)
ANY = "any"


@dataclass(frozen=True)
class Reason:
    """Why a household is on a list: on which rows it holds (blank: unknown), and what is said of each."""

    id: str
    holds: pd.Series
    words: Callable[[np.ndarray], Mapping[int, Said]]
    """Places of rows on which it holds → what is said of each: only of those listed is anything said."""


@dataclass(frozen=True)
class Watched:
    """A list with what it was drawn from: `of` says whom of the year's rows it may concern."""

    rows: pd.DataFrame
    """SNAPSHOT of the year."""
    of: Bools
    reasons: Sequence[Reason]

    @property
    def count(self) -> int:
        """How many households are on the list."""
        return int(self._any().sum())

    def listed(self, tree: Tree, most: int | None = None) -> pd.DataFrame:
        """LISTED, village by village in the official order, the poorest of each first.

        Of more than `most` households those of the lowest income stay, an unknown one counted as the highest.
        """
        some = np.flatnonzero(self._any())
        income = self.rows["income"].iloc[some].to_numpy("float64", na_value=np.inf)
        poorest = np.sort(np.argsort(income, kind="stable")[:most])
        some, income = some[poorest], income[poorest]
        some = some[np.lexsort((income, _last(tree.codes(self.rows["unit"].iloc[some]))))]
        found = self.rows[["head_name", "unit", "persons", "status", "income", "cause"]].iloc[some]
        held = [self._holding(reason)[some] for reason in self.reasons]
        pairs = [
            [reason for reason, holds in zip(self.reasons, held, strict=True) if holds[at]]
            for at in range(len(some))
        ]
        words = {
            reason.id: reason.words(some[holds]) for reason, holds in zip(self.reasons, held, strict=True)
        }
        joined = [
            _joined([words[reason.id][int(place)] for reason in said])
            for said, place in zip(pairs, some, strict=True)
        ]
        found = found.assign(
            household=self.rows["entity"].iloc[some],
            reasons=[",".join(one.id for one in said) for said in pairs],
            reason_zh=[said.zh for said in joined],
            reason_en=[said.en for said in joined],
        )
        return found.reset_index(drop=True)[list(LISTED)]

    def counted(self, tree: Tree) -> pd.DataFrame:
        """COUNTED at every unit: households on the list, and by each reason, of those it may concern."""
        counter = Counter.at(tree, tree.codes(self.rows["unit"]), self.rows["persons"])
        parts = [self._count(counter, ANY, self._any(), self.unknown)]
        for reason in self.reasons:
            unknown = self.of & reason.holds.isna().to_numpy(bool)
            parts.append(self._count(counter, reason.id, self._holding(reason), unknown))
        return stacked(parts, tree, COUNTED)

    @property
    def unknown(self) -> Bools:
        """Whom it may concern, none of the reasons known to hold and one or more unknown."""
        blank = [reason.holds.isna().to_numpy(bool) for reason in self.reasons]
        found: Bools = self.of & ~self._any() & np.logical_or.reduce([np.zeros(len(self.of), bool), *blank])
        return found

    def _count(self, counter: Counter, name: str, part: Bools, unknown: Bools) -> pd.DataFrame:
        labels = {"listed_for": name, "unknown": counter.households(unknown)}
        return counter.share(part, self.of & ~unknown, **labels)

    def _any(self) -> Bools:
        held = [self._holding(reason) for reason in self.reasons]
        found: Bools = np.logical_or.reduce([np.zeros(len(self.of), bool), *held])
        return found

    def _holding(self, reason: Reason) -> Bools:
        found: Bools = reason.holds.fillna(False).to_numpy(bool) & self.of
        return found


def _joined(said: Sequence[Said]) -> Said:
    return Said("；".join(one.zh for one in said), "; ".join(one.en for one in said))


def _last(nodes: np.ndarray) -> np.ndarray:
    """Nodes as an order in which the unknown come last."""
    return np.where(nodes < 0, np.iinfo(np.int64).max, nodes)


def fallen_back(panel: Panel, causes: Mapping[str, Said]) -> Watched:
    """Who is poor again in the last year of the panel, and what says so.

    *Seen*: an earlier year shows it out of poverty, after being in or recorded as having left. *Recorded*: no
    earlier year shows it, but this year's status says that it fell back. `causes`: code → its label.
    """
    rows, own, state = panel.latest
    at, year = len(panel.years) - 1, panel.years[-1]
    since = _out_since(panel, at)[own]
    again = _poor_from(panel, since, own)
    fallen = rows["fallen"].fillna(False).to_numpy(bool)
    unknown = state == UNKNOWN

    def said(key: str) -> Callable[[np.ndarray], Mapping[int, Said]]:
        @cache
        def of(code: str | None, out: int, back: int) -> Said:
            return _said(key, _cause(code, causes), out=out, back=back, year=year)

        def words(places: np.ndarray) -> Mapping[int, Said]:
            codes = rows["cause"].iloc[places].astype(object).where(rows["cause"].iloc[places].notna(), None)
            pairs = zip(places, codes, strict=True)
            return {int(at): of(code, int(since[at]), int(again[at])) for at, code in pairs}

        return words

    reasons = [
        Reason("seen", _known(since > 0, unknown), said("dynamics_seen")),
        Reason("recorded", _known(fallen & (since == 0), unknown), said("dynamics_recorded")),
    ]
    return Watched(rows, (state == POOR) | unknown, reasons)


def at_risk(panel: Panel, reasons: Sequence[Reason]) -> Watched:
    """Who of the last year, not known to be poor or struck off, has one of these reasons to become poor.

    A status left blank does not take a household off: the marginal ones have none.
    """
    rows, _, state = panel.latest
    return Watched(rows, (state == OUT) | (state == UNKNOWN), reasons)


def unmet(panel: Panel, reasons: Sequence[Reason]) -> Watched:
    """Who is recorded in the last year as having left poverty, with one of these guarantees unmet."""
    rows, _, _ = panel.latest
    return Watched(rows, rows["escaped"].fillna(False).to_numpy(bool), reasons)


def _known(holds: Bools, unknown: Bools) -> pd.Series:
    return pd.Series(holds, dtype="boolean").mask(unknown)


def _out_since(panel: Panel, at: int) -> np.ndarray:
    """Household → the last year before this place in which it was out of poverty after being in; 0: none.

    An earlier year that has it as having left poverty says that it had been in.
    """
    last = np.zeros(len(panel.households), np.int64)
    for place in range(at):
        escaped = panel.column("escaped", panel.years[place]).fillna(False).to_numpy(bool)
        out = panel.states[:, place] == OUT
        last = np.where(out & (escaped | got_out(panel, place)), panel.years[place], last)
    return last


def _poor_from(panel: Panel, since: np.ndarray, own: np.ndarray) -> np.ndarray:
    """The first year after the one in `since` in which each of some households is poor."""
    found = np.full(len(own), panel.years[-1], np.int64)
    for place in reversed(range(len(panel.years))):
        year = panel.years[place]
        found = np.where((year > since) & (panel.states[own, place] == POOR), year, found)
    return found


def _cause(code: object, causes: Mapping[str, Said]) -> Said:
    """The main cause in words, or that none is stated."""
    return causes.get(code, Said(code, code)) if isinstance(code, str) else say("dynamics_no_cause")


def _said(key: str, why: Said, **values: object) -> Said:
    return say(key, cause=why.zh, cause_en=why.en, **values)
