"""Leverage against itself: year on year, promised against delivered, at another day wage, with doubles in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from povplan.leverage.account import SCOPES, Account, in_scope
from povplan.leverage.by_unit import leverage_by_unit
from povplan.leverage.doubles import KINDS, settled
from povplan.leverage.kinds import by_class, headline
from povplan.leverage.labour import at_wages
from povplan.leverage.lines import Bools, Ints
from povplan.leverage.ratios import Money, Places, divided, stacked
from povplan.measures import placed, together
from povplan.model import MEASURE_COLUMNS
from povplan.units import Tree

MARGINAL_COLUMNS = (*MEASURE_COLUMNS, "previous", "previous_numerator", "previous_denominator")
EFFECT_COLUMNS = (
    "step",  # entered, then each kind of double taken out, one after the other, then counted
    "scope",
    "basis",
    "lever",  # yuan
    "others",
    "out_lever",  # yuan that this step took out
    "out_others",
    "leverage_others",
    "change",  # of the ratio by this step
    "note",
)
WAGE_CHANGES = (-0.25, 0.0, 0.25)


def marginal(account: Account, tree: Tree, year: int, basis: str | None = None) -> pd.DataFrame:
    """MARGINAL_COLUMNS: `leverage_marginal` = Δ other money ÷ Δ special fund against the year before.

    Beside it the average ratio of the year before, with its parts. Without rows of that year: `base_missing`;
    where the special fund did not change: `no_denominator`. Where it shrank, both parts say so by their sign.
    """
    stage = basis or account.stage_in_use([year])
    now, before = (leverage_by_unit(account, tree, [one], stage, detail=False) for one in (year, year - 1))
    now, before = (one[one["indicator"] == "leverage_others"].reset_index(drop=True) for one in (now, before))
    above, below = (now[part] - before[part] for part in ("numerator", "denominator"))
    unknown = bool(account.at(stage, [year - 1])["amount"].isna().all())
    missing = before["numerator"].isna() | unknown
    value = (above / below.where(below != 0)).mask(missing)
    note = (
        now["note"]
        .mask(now["note"] == "no_lever")
        .mask(below == 0, "no_denominator")
        .mask(missing, "base_missing")
    )
    note = note.mask(value.notna(), pd.NA)
    return now.assign(
        indicator="leverage_marginal",
        value=value,
        numerator=above,
        denominator=below,
        note=note,
        previous=before["value"],
        previous_numerator=before["numerator"],
        previous_denominator=before["denominator"],
    )[list(MARGINAL_COLUMNS)]


def delivery(
    account: Account,
    tree: Tree,
    years: Sequence[int],
    promised: str = "planned",
    delivered: str | None = None,
) -> pd.DataFrame:
    """MEASURE_COLUMNS: money delivered ÷ money promised (兑现率), all, others, lever and by class.

    To date, over all `years`: a promise of one year is often kept in the next. Only where a subject has a
    promise of that class do its deliveries count; `unpromised` is what came without one. `delivered` is by
    default the stage in use. Without any line of one of the stages: `no_stage`.
    """
    stage = delivered or account.stage_in_use(years)
    both = [account.at(one, years) for one in (promised, stage)]
    lines = pd.concat(both, ignore_index=True).assign(
        _given=np.repeat([False, True], [len(one) for one in both])
    )
    given = lines["_given"].to_numpy(bool)
    kinds = headline(lines, account.funds)
    classes = by_class(lines, account.funds)
    of_class = np.zeros(len(lines), np.int64)
    for number, mask in enumerate(classes.values(), 1):
        of_class[mask] = number
    code, _ = pd.factorize(lines["subject"].to_numpy(np.int64) * (len(classes) + 1) + of_class)
    pledged = np.zeros(code.max(initial=-1) + 1, np.int64)
    np.add.at(pledged, code[~given], lines["amount"].fillna(0).to_numpy(np.int64)[~given])
    answered = (pledged > 0)[code]
    money = Money.of(lines, Places.of_units(lines, tree))
    wanted = {name: kinds[name] for name in ("total", "others", "lever")}
    wanted |= {f"class_{name}": mask & ~kinds["unclassified"] for name, mask in classes.items()}
    figures = {}
    for name, kind in wanted.items():
        above, below = (money.amount(kind & answered & side) for side in (given, ~given))
        figures[f"delivered_{name}"] = divided(above.value, below.value, "no_denominator")
    figures["unpromised"] = money.amount(kinds["total"] & given & ~answered)
    found = together([placed(stacked(figures).assign(scope="all", basis=stage), tree, years[-1])])
    if any(one["amount"].notna().sum() == 0 for one in both) or stage == promised:
        found["value"], found["note"] = pd.NA, "no_stage"
    return found


def sensitivity(account: Account, tree: Tree, years: Sequence[int], basis: str | None = None) -> pd.DataFrame:
    """MEASURE_COLUMNS and `wage_change`: the ratio if the day wage were 25 % lower, as it is, 25 % higher.

    Only labour valued by its days moves; labour at face value does not. Doubles are looked for anew: pay out
    of the fund covers less of dearer work.
    """
    stage = basis or account.stage_in_use(years)
    frames = []
    for change in WAGE_CHANGES:
        entered = at_wages(account.lines.assign(amount=account.lines["gross"]), change)
        moved = Account(*settled(entered, account.funds), account.funds) if change else account
        figures = leverage_by_unit(moved, tree, years, stage, detail=False)
        frames.append(figures[figures["indicator"] == "leverage_others"].assign(wage_change=change))
    return pd.concat(frames, ignore_index=True)


def effect_of_doubles(account: Account, years: Sequence[int], basis: str | None = None) -> pd.DataFrame:
    """EFFECT_COLUMNS over all units: the ratio as entered, after each kind of double, and as counted."""
    stage = basis or account.stage_in_use(years)
    at = account.in_years(years) & (account.lines["stage"] == stage).fillna(False).to_numpy(bool)
    left = account.lines["gross"].fillna(0).to_numpy(np.int64).copy()
    steps = [("entered", left.copy())]
    for kind in KINDS:
        of_kind = account.found[account.found["kind"] == kind]
        np.subtract.at(left, of_kind["at"].to_numpy(np.int64), of_kind["out"].to_numpy(np.int64))
        steps.append((kind, left.copy()))
    steps.append(("counted", left))
    rows = [
        {"step": name, "scope": scope, "basis": stage, **_sums(account, at, fen, scope)}
        for scope in SCOPES
        for name, fen in steps
    ]
    frame = pd.DataFrame(rows)
    for part in ("lever", "others"):
        fall = -frame.groupby("scope", sort=False)[part].diff()
        frame[f"out_{part}"] = fall.fillna(0.0) + 0.0
    frame["change"] = frame.groupby("scope", sort=False)["leverage_others"].diff()
    note = frame["lever"].gt(0).map({True: pd.NA, False: "no_lever"})
    if not account.lines["amount"][at].notna().any():
        note[:] = "no_stage"
    return frame.assign(note=note.astype("string"))[list(EFFECT_COLUMNS)]


def _sums(account: Account, at: Bools, fen: Ints, scope: str) -> dict[str, float]:
    lines = account.lines.assign(amount=fen)[at]
    lines = in_scope(lines, account.funds, scope)
    kinds = headline(lines, account.funds)
    amount = lines["amount"].to_numpy(np.int64)
    lever, others = (int(amount[kinds[name]].sum()) / 100 for name in ("lever", "others"))
    return {"lever": lever, "others": others, "leverage_others": others / lever if lever > 0 else np.nan}
