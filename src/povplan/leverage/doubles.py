"""Money that stands twice in a fund ledger: found, listed with its amounts, and counted once.

What is done with each kind is declared in `funds.yaml`. The kinds are looked for one after the other on
what the ones before left, so that nothing is taken out twice and the effects of the kinds add up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import get_args

import numpy as np
import pandas as pd

from povplan.leverage.lines import Bools, Ints
from povplan.leverage.overlaps import Found, carried, integrated, labour_paid, principal
from povplan.leverage.repeats import same_document, two_projects
from povplan.shares import apportion
from povplan.spec import Double, Funds

FINDERS: Mapping[Double, Callable[[pd.DataFrame, Ints, Funds], Found]] = {
    "same_document": same_document,
    "two_projects": two_projects,
    "carry_over": carried,
    "integrated": integrated,
    "labour_pay": labour_paid,
    "loan_principal": principal,
}
KINDS: tuple[Double, ...] = get_args(Double)
DOUBLE_COLUMNS = (
    "kind",
    "treatment",  # as declared: leave_out | attribute | count
    "group",  # entries of one sum of money have one number
    "second",  # whether this is the entry that says it again
    "at",  # position among the lines
    "double",  # fen of this entry that stand elsewhere too
    "out",  # fen of this entry that do not count
)


def settled(lines: pd.DataFrame, funds: Funds) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The lines with `amount` as it counts once and `gross` as it was, and DOUBLE_COLUMNS of what was found.

    One row an entry concerned, the first ones too; what `count` leaves in has nothing `out`.
    """
    gross = lines["amount"].fillna(0).to_numpy(np.int64)
    left, lists = gross.copy(), []
    for kind in KINDS:
        found = FINDERS[kind](lines, left, funds)
        listed = _listed(kind, found, left, funds)
        np.subtract.at(left, listed["at"].to_numpy(np.int64), listed["out"].to_numpy(np.int64))
        lists.append(listed)
    amount = pd.Series(left, index=lines.index, dtype="Int64").mask(lines["amount"].isna())
    return lines.assign(gross=lines["amount"], amount=amount), pd.concat(lists, ignore_index=True)


def shared_documents(lines: pd.DataFrame) -> pd.DataFrame:
    """Document numbers under which several subjects have money of one stage: a notice, no more.

    Columns: year document_no stage subjects lines amount (fen).
    """
    known = lines[lines["document_no"].notna() & (lines["gross"] > 0).fillna(False)]
    names = ["year", "document_no", "stage"]
    sums = known.groupby(names, dropna=False, sort=False, observed=True).agg(
        subjects=("subject", "nunique"), lines=("subject", "size"), amount=("gross", "sum")
    )
    return sums[sums["subjects"] > 1].reset_index()


def _listed(kind: Double, found: Found, left: Ints, funds: Funds) -> pd.DataFrame:
    treatment = funds.treatment(kind)
    double = _spread(found, found.second, left)
    taken = {"leave_out": found.second, "attribute": found.shares}.get(treatment)
    out = np.zeros_like(double) if taken is None else _spread(found, taken, left)
    columns = (kind, treatment, found.group, found.second, found.at, double, np.where(found.counts, out, 0))
    return pd.DataFrame(dict(zip(DOUBLE_COLUMNS, columns, strict=True)))


def _spread(found: Found, among: Bools, left: Ints) -> Ints:
    """Each group's double sum over some of its entries, pro rata; the others have nothing of it."""
    parts = np.zeros(len(found.at), np.int64)
    parts[among] = apportion(found.overlap, left[found.at[among]], found.group[among])
    return parts
