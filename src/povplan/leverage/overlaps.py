"""Money that comes back under another name: carried over, integrated, paid for work, lent.

These are found by comparing sums within a year, a stage and a subject, not entry by entry.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from povplan.leverage.lines import Bools, Ints, grouped, of_source
from povplan.spec import Funds

PLACE = ("year", "stage", "subject")


@dataclass(frozen=True)
class Found:
    """Entries of money that stands twice, by groups of one sum each.

    `at` are positions among the lines, `group` their group, `second` those that say it again, `shares`
    those that could share the sum, `overlap` the fen that stand twice, one a group. What `counts` is
    false for was outside the ratio anyway.
    """

    at: Ints
    group: Ints
    second: Bools
    shares: Bools
    overlap: Ints
    outside: Bools | None = None

    @property
    def counts(self) -> Bools:
        """The entries that are inside the ratio."""
        return np.ones(len(self.at), np.bool_) if self.outside is None else ~self.outside


def none_found() -> Found:
    """Nothing."""
    nobody, nothing = np.empty(0, np.int64), np.empty(0, np.bool_)
    return Found(nobody, nobody, nothing, nothing, nobody)


def carried(lines: pd.DataFrame, left: Ints, funds: Funds) -> Found:
    """Money of earlier years entered as this year's plan, allocation or arrival.

    Either the line says so, or last year had the same document, payer, subject and stage with at least as
    much as all such lines up to it; what a cumulative amount grew by is new. Paying out what was carried
    over is this year's payment and is none.
    """
    early = lines["stage"].isin(_before_release(funds)).to_numpy(bool) & (left > 0)
    known = lines["document_no"].notna().to_numpy(bool) & ~lines["instalment"].to_numpy(bool)
    known &= (lines["added"] != "difference").to_numpy(bool)
    names = ("document_no", "source", "department", "household_id", "subject", "stage", "form")
    series = grouped(lines, names)
    years = lines["year"].to_numpy(np.int64)
    sums = pd.Series(left).groupby([series, years]).sum()
    before = sums.reindex(pd.MultiIndex.from_arrays([series, years - 1])).fillna(0).to_numpy()
    so_far = pd.Series(np.where(known, left, 0)).groupby([series, years]).cumsum().to_numpy()
    again = known & (before >= so_far) & (before > 0)
    return _each(np.flatnonzero(early & (lines["carried_over"].to_numpy(bool) | again)), left)


def integrated(lines: pd.DataFrame, left: Ints, funds: Funds) -> Found:
    """Integrated money beside the sector or special money it was made of, in one subject.

    Sector money is part of it where it is marked as integrated, or has the same document and amount and is
    not marked otherwise; special money only where amount or sum agree, for it often stands beside it: it
    stays lever.
    """
    renamed = {name for source in funds.sources for name in source.relabels}
    whole = of_source(lines, [bool(source.relabels) for source in funds.sources]) & (left > 0)
    part = of_source(lines, [not s.relabels and not renamed.isdisjoint({s.id, s.cls}) for s in funds.sources])
    lever = of_source(lines, [source.lever for source in funds.sources])
    place = grouped(lines, PLACE)
    mark = lines["integrated"]
    twin = part & _twins(lines, left, place, whole) & mark.fillna(True).to_numpy(bool)
    marked = part & mark.fillna(False).to_numpy(bool) & (left > 0)
    integral, sector = _sum(place, left, whole), _sum(place, left, ~lever & (marked | twin))
    overlap = np.minimum(integral, sector)
    special = _sum(place, left, lever & marked)
    exact = (special > 0) & (integral - overlap == special)
    same = np.minimum(integral - overlap, _sum(place, left, lever & twin))
    overlap = overlap + np.where(exact, special, same)
    first = (~lever & (marked | twin)) | (lever & (twin | (marked & exact[place])))
    return _by_place(place, whole, first, whole | (first & ~lever), overlap)


def labour_paid(lines: pd.DataFrame, left: Ints, funds: Funds) -> Found:
    """Villagers' labour in a subject in which public money paid for labour: that much was not given."""
    public = of_source(lines, [source.party == "government" for source in funds.sources])
    own = of_source(lines, [source.origin == "own" for source in funds.sources])
    paid = public & _pays_for_labour(lines, funds) & (left > 0)
    labour = own & (lines["form"] == "labour").fillna(False).to_numpy(bool) & (left > 0)
    place = grouped(lines, PLACE)
    overlap = np.minimum(_sum(place, left, labour), _sum(place, left, paid))
    return _by_place(place, labour, paid, labour, overlap)


def principal(lines: pd.DataFrame, left: Ints, funds: Funds) -> Found:
    """Principal of loans whose interest the fund pays, in one year, subject and, where known, household."""
    paying = of_source(lines, [bool(source.subsidises) for source in funds.sources]) & (left > 0)
    lent = {name for source in funds.sources for name in source.subsidises}
    loan = of_source(lines, [source.id in lent for source in funds.sources]) & (left > 0)
    memo = of_source(lines, [source.memo for source in funds.sources])
    subject, nobody = grouped(lines, ("year", "subject")), lines["household_id"].isna().to_numpy(bool)
    person = grouped(lines, ("year", "subject", "household_id"))
    beside = np.isin(person, person[paying]) | np.isin(subject, subject[paying & nobody])
    beside |= nobody & np.isin(subject, subject[paying])
    found = _each(np.flatnonzero(loan & beside), left)
    return Found(found.at, found.group, found.second, found.shares, found.overlap, memo[found.at])


def _before_release(funds: Funds) -> list[str]:
    stages = [stage.id for stage in funds.stages]
    ends = [stages.index(name) for name in ("released", "paid", "settled") if name in stages]
    return stages[: min(ends, default=len(stages))]


def _pays_for_labour(lines: pd.DataFrame, funds: Funds) -> Bools:
    paying = (lines["task"] == "food_for_work").fillna(False)
    for word in funds.pay_words:
        paying |= lines["purpose"].str.contains(word, regex=False).fillna(False).astype(bool)
    return paying.to_numpy(bool)


def _twins(lines: pd.DataFrame, left: Ints, place: Ints, whole: Bools) -> Bools:
    """Lines with the document and the amount of one of the `whole` in their place."""
    known = lines["document_no"].notna().to_numpy(bool) & (left > 0)
    codes = grouped(lines.assign(_place=place, _left=left), ("_place", "document_no", "_left"))
    return known & np.isin(codes, codes[whole & known])


def _sum(place: Ints, left: Ints, chosen: Bools) -> Ints:
    sums = np.zeros(place.max(initial=-1) + 1, np.int64)
    np.add.at(sums, place[chosen], left[chosen])
    return sums


def _each(at: Ints, left: Ints) -> Found:
    """Lines that are each double as a whole."""
    every = np.ones(len(at), np.bool_)
    return Found(at, np.arange(len(at)), every, every, left[at])


def _by_place(place: Ints, second: Bools, first: Bools, shares: Bools, overlap: Ints) -> Found:
    """The lines of the places in which something overlaps."""
    at = np.flatnonzero((second | first) & (overlap > 0)[place])
    group, places = pd.factorize(place[at])
    return Found(at, group.astype(np.int64), second[at], shares[at], overlap[places.astype(np.int64)])
