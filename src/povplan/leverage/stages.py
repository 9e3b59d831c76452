"""Money on its way by source and stage, execution rates and what they divide by, payment before arrival."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.leverage.account import Account
from povplan.leverage.lines import Bools, Ints, grouped
from povplan.leverage.ratios import noted
from povplan.model import UNIT

PROGRESS_COLUMNS = (
    "class",
    "source",  # NA on the row of a class, and of all classes together
    "year",
    "stage",
    "amount",  # yuan, doubles left out; NA where the ledger has no line of this stage
    "carried_in",  # yuan of earlier years entered at this stage, outside the amount
    "in_kind",  # yuan of the amount that is labour or goods, which nobody allocates
    "n",
    "left_out",
    "note",
)


def payment_progress(account: Account, years: Sequence[int]) -> pd.DataFrame:
    """PROGRESS_COLUMNS: every stage of every source with money, each class and all together first.

    Money without a known source is a class of its own, NA, and in the sum of all.
    """
    lines = account.lines[account.in_years(years)]
    carried = _carried(account)[account.in_years(years)]
    stages = [stage.id for stage in account.funds.stages]
    stage = pd.Index(stages).get_indexer(pd.Index(lines["stage"]))
    source = lines["source_code"].to_numpy(np.int64)
    count = len(account.funds.sources) + 1
    amount = lines["amount"].fillna(0).to_numpy(np.int64)
    known = lines["amount"].notna().to_numpy(bool)
    kind = lines["form"].isin(["labour", "in_kind"]).to_numpy(bool) * amount
    quantities = (amount, carried, known, ~known, kind)
    tables = [_table(stage, source, values, len(stages), count) for values in quantities]
    spoken = tables[2].sum(axis=1) > 0
    rows = [
        _row(name, own, stages, tables, members, spoken)
        for name, own, members in _members(account, tables[2].sum(axis=0) + tables[3].sum(axis=0) > 0)
    ]
    found = pd.concat(rows, ignore_index=True).assign(year=years[-1])
    return found.astype({"class": "string", "source": "string", "note": "string"})[list(PROGRESS_COLUMNS)]


def execution(progress: pd.DataFrame) -> pd.DataFrame:
    """Rates of what was paid: class, source, year, base, value, numerator, denominator, note.

    `base` is planned (labour and goods on both sides), or allocated or arrived (money only, what was carried
    in added); 预算执行率 is that of `allocated`. Of a class and of all together, what was paid by sources
    that have nothing of the base is not in the numerator: nobody allocates what households pay.
    """
    keys = ["class", "source", "year"]
    by_stage = {stage: part.set_index(keys) for stage, part in progress.groupby("stage", sort=False)}
    frames = [_rates(base, by_stage) for base in ("planned", "allocated", "arrived") if base in by_stage]
    return pd.concat(frames, ignore_index=True)


def _rates(base: str, by_stage: Mapping[Any, pd.DataFrame]) -> pd.DataFrame:
    below, paid = by_stage[base], by_stage.get("paid", by_stage[base].assign(amount=np.nan))
    without = 0 if base == "planned" else 1
    above = paid["amount"] - without * paid["in_kind"]
    whole = below["amount"] - without * below["in_kind"] + below["carried_in"]
    above = _of_members(above, whole)
    value = above / whole.where(whole > 0)
    missing = (below["note"] == "no_stage").fillna(False) | above.isna()
    note = pd.Series("no_denominator", value.index).mask(missing, "no_stage").mask(value.notna())
    columns = {"value": value, "numerator": above, "denominator": whole, "note": note.astype("string")}
    return pd.DataFrame({"base": base, **columns}).reset_index()


def _of_members(above: pd.Series, whole: pd.Series) -> pd.Series:
    """What was paid; on the rows of sums only by those of their sources that have a denominator."""
    cls, source = (above.index.get_level_values(name) for name in ("class", "source"))
    own: Bools = np.asarray(cls.isna()) | np.asarray(source.notna())
    counted = above.where((whole > 0) & own)
    all_, of_class = counted.sum(min_count=1), counted.groupby(cls).sum(min_count=1)
    sums = np.where(cls.isin([""]), all_, of_class.reindex(cls).to_numpy())
    return above.where(own | above.isna() | ~(whole > 0), sums)


def overpaid(account: Account, year: int) -> pd.DataFrame:
    """Subjects and sources of which more was paid up to the year than had arrived.

    Columns: UNIT project_id source paid arrived excess (yuan) advanced (noted as the county's advance, 垫付)
    at (position of the last payment among the lines). Only sources that have arrivals at all are asked; a
    payment without a project, and without arrivals for its unit, cannot be told ahead of anything.
    """
    lines = account.lines
    past = (lines["year"] <= year).to_numpy(bool) & (lines["form"] != "labour").fillna(True).to_numpy(bool)
    asked = lines[past & lines["stage"].isin(["arrived", "paid"]).to_numpy(bool) & lines["source"].notna()]
    arriving = asked.loc[asked["stage"] == "arrived", "source"].unique()
    asked = asked[asked["source"].isin(arriving)]
    opening = asked["carried_over"] & (asked["year"] == account.first_year)
    fen = asked["amount"].where(~opening, asked["gross"]).fillna(0).to_numpy(np.int64)
    code = grouped(asked, ("subject", "source"))
    is_paid = (asked["stage"] == "paid").to_numpy(bool)
    paid, arrived = (np.bincount(code, np.where(side, fen, 0)) for side in (is_paid, ~is_paid))
    told = asked["project_id"].notna().to_numpy(bool) | (arrived > 0)[code]
    now = is_paid & told & (asked["year"] == year).to_numpy(bool) & (paid > arrived)[code]
    last = asked.assign(at=asked.index, _code=code)[now].drop_duplicates("_code", keep="last")
    own = last["_code"].to_numpy(np.int64)
    advanced = np.bincount(code, np.where(is_paid & asked["advanced"].to_numpy(bool), fen, 0))
    sums = {"paid": paid[own] / 100, "arrived": arrived[own] / 100, "excess": (paid - arrived)[own] / 100}
    covered = (advanced >= paid - arrived)[own]
    frame = last[[UNIT, "project_id", "source", "at"]].reset_index(drop=True)
    return frame.assign(**sums, advanced=covered)


def _carried(account: Account) -> Ints:
    """Fen of each line that were left out as carried over."""
    carried = np.zeros(len(account.lines), np.int64)
    of_kind = account.found[account.found["kind"] == "carry_over"]
    np.add.at(carried, of_kind["at"].to_numpy(np.int64), of_kind["out"].to_numpy(np.int64))
    return carried


def _table(stage: Ints, source: Ints, values: npt.NDArray[Any], stages: int, sources: int) -> Ints:
    """stage × source: the values of the lines added up."""
    table = np.zeros((stages, sources), np.int64)
    here = stage >= 0
    np.add.at(table, (stage[here], source[here]), values[here].astype(np.int64))
    return table


def _members(account: Account, spoken: Bools) -> list[tuple[str | None, str | None, Bools]]:
    """All, each class, each of its sources, and what has no known source; those with any line."""
    sources = account.funds.sources
    found: list[tuple[str | None, str | None, Bools]] = [("", None, np.ones(len(sources) + 1, np.bool_))]
    for one in account.funds.classes:
        members = np.array([*(source.cls == one.id for source in sources), False], np.bool_)
        if (members & spoken).any():
            found.append((one.id, None, members))
            for number in np.flatnonzero(members & spoken):
                found.append((one.id, sources[number].id, np.arange(len(sources) + 1) == number))
    if spoken[-1]:
        found.append((None, None, np.arange(len(sources) + 1) == len(sources)))
    return found


def _row(
    name: str | None,
    own: str | None,
    stages: list[str],
    tables: list[Ints],
    members: Bools,
    spoken: Bools,
) -> pd.DataFrame:
    """Every stage of some sources together."""
    amount, carried, used, blank, kind = (table[:, members].sum(axis=1) for table in tables)
    unknown = (used == 0) & (blank > 0)
    value = np.where(spoken & ~unknown, amount / 100, np.nan)
    note = noted(~spoken, "no_stage")
    note[spoken & unknown] = "no_rows"
    columns = {
        "amount": value,
        "carried_in": carried / 100,
        "in_kind": kind / 100,
        "n": used,
        "left_out": blank,
        "note": note,
    }
    return pd.DataFrame({"class": name, "source": own, "stage": stages, **columns})
