"""Rows of a list against rows of a ledger: every row of the list falls into exactly one group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.keys import positions
from povplan.matching.keys import Keys

Bools = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int64]
GROUPS = ("agree", "conflict", "blank", "theirs_only", "ambiguous", "unusable")
"""Of the rows of the list: in both and agreeing, in both and differing, in both but the ledger is blank where
it would tell, not in the ledger, one of several that it may be, of no use. The rows of the ledger that are
not on the list are the seventh, `ours_only`."""
DIFFERENCES = ("row", "ours", "field")
MEANS = "means"
"""In place of a field: what being on the list means does not hold, or is not known."""


@dataclass(frozen=True)
class Side:
    """One side: keys by row, and the values compared, fields by name; both in one order of rows."""

    keys: Keys
    values: pd.DataFrame


@dataclass(frozen=True)
class Matched:
    """What became of every row. Positions count from 0."""

    groups: pd.Series
    """Row of the list → one of GROUPS."""
    reasons: pd.Series
    """Row of the list → why it is of no use; NA elsewhere."""
    first: Positions
    """Row of the list → the row that has the same key and counts; -1 where there is none before it."""
    ours: Positions
    """Row of the list → row of the ledger; -1 where there is none."""
    differences: pd.DataFrame
    """One line a row and field that differ: row of the list, row of the ledger, field; MEANS unknown too."""
    listed: Bools
    """Rows of the ledger whose key is on the list, be its row of use or not."""
    unusable: pd.Series
    """Row of the ledger → why it cannot be on any list; NA elsewhere."""


def match(theirs: Side, ours: Side, holds: pd.Series | None, *, absent: bool, weak: bool) -> Matched:
    """Join both sides by key, and compare what both know; blank differs from nothing.

    `holds` is what being on the list means, by row of the ledger; where it is not known and nothing else
    differs, the row is `blank`. `absent`: whoever is in both is a conflict. `weak`: keys may be shared by
    chance, so that a key that either side has twice joins nothing.
    """
    known, own = theirs.keys.values, ours.keys.values
    several = own.duplicated(keep=False) & own.notna()
    at = positions(known, own)
    clash = _repeats(theirs, weak=weak)
    shared = at >= 0
    shared[shared] = several.to_numpy(bool)[at[shared]]
    reasons = _reasons_of(theirs, at, shared, clash)
    ambiguous = (shared | clash.ambiguous) & reasons.isna().to_numpy(bool)
    joined = (at >= 0) & reasons.isna().to_numpy(bool) & ~ambiguous
    differences = _differences(theirs.values, ours.values, np.where(joined, at, -1), holds, absent=absent)
    blank = unknown(differences, holds)
    differs, untold = (
        _marked(differences["row"].to_numpy(np.int64)[lines], len(known)) for lines in (~blank, blank)
    )
    found = np.select(
        [reasons.notna().to_numpy(bool), ambiguous, ~joined, differs, untold],
        ["unusable", "ambiguous", "theirs_only", "conflict", "blank"],
        "agree",
    )
    return Matched(
        groups=pd.Series(found, dtype="string"),
        reasons=reasons,
        first=clash.first,
        ours=np.where(joined, at, -1),
        differences=differences,
        listed=positions(own, known) >= 0,
        unusable=ours.keys.reasons,
    )


def unknown(differences: pd.DataFrame, holds: pd.Series | None) -> Bools:
    """The lines that say only that the ledger does not tell what being on the list means."""
    if holds is None:
        return np.zeros(len(differences), np.bool_)
    is_means = (differences["field"] == MEANS).to_numpy(bool)
    found: Bools = is_means & holds.isna().to_numpy(bool)[differences["ours"].to_numpy(np.int64)]
    return found


def _marked(rows: Positions, count: int) -> Bools:
    marked = np.zeros(count, np.bool_)
    marked[rows] = True
    return marked


@dataclass(frozen=True)
class _Repeats:
    """Rows of the list that have a key of an earlier one: `later`, or, where they contradict it, all."""

    later: Bools
    contradicting: Bools
    ambiguous: Bools
    first: Positions


def _repeats(side: Side, *, weak: bool) -> _Repeats:
    """Two cars of one person are two rows: the first stands for both, unless they tell him differently."""
    keys = side.keys.values
    twice = (keys.duplicated(keep=False) & keys.notna()).to_numpy(bool)
    nobody = np.zeros(len(keys), np.bool_)
    first = np.full(len(keys), -1, np.int64)
    if not twice.any():
        return _Repeats(nobody, nobody, nobody, first)
    if weak:
        return _Repeats(nobody, nobody, twice, first)
    places = np.flatnonzero(twice)
    codes, _ = pd.factorize(keys[twice])
    starts = np.zeros(codes.max() + 1, np.int64)
    starts[codes[::-1]] = places[::-1]
    first[places] = starts[codes]
    later = twice & (first != np.arange(len(keys)))
    first[~later] = -1
    differing = side.values[twice].groupby(codes).nunique().max(axis=1) if len(side.values.columns) else None
    contradicting = nobody.copy()
    if differing is not None:
        contradicting[places] = differing.to_numpy(np.int64)[codes] > 1
    return _Repeats(later & ~contradicting, contradicting, nobody, first)


def _reasons_of(side: Side, at: Positions, shared: Bools, clash: _Repeats) -> pd.Series:
    """Why rows are of no use: as their keys say; a number that no card has and nobody of ours; repeats."""
    reasons = side.keys.reasons.copy()
    stranger = side.keys.doubtful & (at < 0) & ~shared
    for reason, holds in (
        ("check_digit", stranger), ("contradicting", clash.contradicting), ("repeated", clash.later)
    ):  # fmt: skip
        reasons = reasons.mask(reasons.isna() & holds, reason)
    return reasons


def _differences(
    theirs: pd.DataFrame, ours: pd.DataFrame, at: Positions, holds: pd.Series | None, *, absent: bool
) -> pd.DataFrame:
    """DIFFERENCES of the rows joined, by row and then in the order of the fields; MEANS first."""
    rows = np.flatnonzero(at >= 0)
    pairs = at[rows]
    found = []
    if absent:
        found.append(_lines(rows, pairs, MEANS))
    elif holds is not None:
        fails = ~holds.fillna(False).to_numpy(bool)[pairs]
        found.append(_lines(rows[fails], pairs[fails], MEANS))
    for name in theirs.columns:
        a, b = (
            part.iloc[where].reset_index(drop=True)
            for part, where in ((theirs[name], rows), (ours[name], pairs))
        )
        unlike = (a.notna() & b.notna()).to_numpy(bool, copy=True)
        unlike[unlike] = (a[unlike] != b[unlike]).to_numpy(bool)
        found.append(_lines(rows[unlike], pairs[unlike], str(name)))
    lines = pd.concat([_lines(rows[:0], pairs[:0], MEANS), *found], ignore_index=True)
    return lines.sort_values("row", kind="stable", ignore_index=True)


def _lines(rows: Positions, ours: Positions, field: str) -> pd.DataFrame:
    names: Sequence[str] = [field] * len(rows)
    return pd.DataFrame({"row": rows, "ours": ours, "field": pd.Series(names, dtype="string")})
