"""One entry made twice, and one contribution entered under two projects.

A duplicate has the same document, payer (source and household or department), project, date and amount,
and is not marked as an instalment. A shared number alone is no duplicate.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from povplan.leverage.lines import Bools, Ints, grouped, of_source
from povplan.leverage.overlaps import Found, none_found
from povplan.spec import Funds

PAYER = ("year", "stage", "form", "source", "household_id", "department", "document_no", "date")


def same_document(lines: pd.DataFrame, left: Ints, funds: Funds) -> Found:
    """Entries that agree in document, payer, project, date and amount: all but the first are seconds.

    An entry that a negative one of its document, payer, project and amount took back is none: what was
    reversed and entered anew stands once.
    """
    asked = lines["document_no"].notna().to_numpy(bool) & _single(lines, left)
    asked &= ~_taken_back(lines, left, (*PAYER[:-1], "subject"))
    return _repeated(lines, left, asked, (*PAYER, "subject"), several="")


def two_projects(lines: pd.DataFrame, left: Ints, funds: Funds) -> Found:
    """One payer's document or household, one day, one amount, and more than one project.

    The first project by its number has the first entry. A document that gives several projects the same
    sum of public money is ordinary: public money is asked only where it was paid.
    """
    known = lines["document_no"].notna() | lines["household_id"].notna()
    asked = known & lines["project_id"].notna() & lines["date"].notna()
    public = of_source(lines, [source.party == "government" for source in funds.sources])
    asked &= ~public | lines["stage"].isin(_from_paid(funds))
    whole = left == lines["amount"].fillna(0).to_numpy(np.int64)
    whole &= ~_taken_back(lines, left, (*PAYER[:-1], "subject"))
    return _repeated(lines, left, asked.to_numpy(bool) & _single(lines, left) & whole, PAYER, "subject")


def _taken_back(lines: pd.DataFrame, left: Ints, names: tuple[str, ...]) -> Bools:
    """As many of the entries alike, the first ones, as there are negative entries of the same amount."""
    code = grouped(lines.assign(_size=np.abs(left)), (*names, "_size"))
    back = np.bincount(code, left < 0)[code] if len(code) else code
    before = pd.Series(left > 0).groupby(code).cumsum().to_numpy(np.int64)
    taken: Bools = (left > 0) & (before <= back)
    return taken


def _from_paid(funds: Funds) -> list[str]:
    """The stages from `paid` on; none where the county does not have it."""
    stages = [stage.id for stage in funds.stages]
    return stages[stages.index("paid") :] if "paid" in stages else []


def _single(lines: pd.DataFrame, left: Ints) -> Bools:
    single: Bools = (left > 0) & ~lines["instalment"].to_numpy(bool)
    return single


def _repeated(lines: pd.DataFrame, left: Ints, asked: Bools, names: tuple[str, ...], several: str) -> Found:
    """Groups of more than one line alike in `names` and amount, or of more than one `several`."""
    at = np.flatnonzero(asked)
    if not len(at):
        return none_found()
    some = lines.iloc[at]
    codes = grouped(some.assign(_left=left[at]), (*names, "_left"))
    sizes = pd.Series(some[several].to_numpy() if several else at).groupby(codes).transform("nunique")
    kept = (sizes > 1).to_numpy(bool)
    group, _ = pd.factorize(codes[kept])
    at = at[kept]
    second = pd.Series(group).duplicated().to_numpy(bool)
    overlap = np.bincount(group[second], left[at[second]], group.max(initial=-1) + 1).astype(np.int64)
    return Found(at, group.astype(np.int64), second, np.ones(len(at), np.bool_), overlap)
