"""Leverage at every unit: both ratios, both scopes, by class of source, cash and in kind, essential."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from povplan.leverage.account import SCOPES, Account, in_scope
from povplan.leverage.kinds import by_class, by_form, by_relation, headline
from povplan.leverage.labour import Wages
from povplan.leverage.lines import Bools, Yearly
from povplan.leverage.ratios import Figure, Money, Places, stacked
from povplan.measures import placed, together
from povplan.spec import Funds
from povplan.units import Tree


def leverage(
    funds_rows: pd.DataFrame,
    funds: Funds,
    tree: Tree,
    year: int,
    basis: str | None = None,
    by_class: bool = True,
    *,
    earlier: Yearly | None = None,
    wages: Wages | None = None,
) -> pd.DataFrame:
    """MEASURE_COLUMNS of one year from its rows; `earlier` years difference what is cumulative."""
    account = Account.of({**(earlier or {}), year: funds_rows}, funds, wages)
    return leverage_by_unit(account, tree, [year], basis, by_class)


def leverage_by_unit(
    account: Account, tree: Tree, years: Sequence[int], basis: str | None = None, detail: bool = True
) -> pd.DataFrame:
    """MEASURE_COLUMNS at every unit over all `years` together, `year` being the last of them.

    `leverage_others` is other money ÷ special fund, `leverage_total` all money ÷ special fund; `lever`,
    `others`, `total`, `memo`, `unclassified` (no known source, outside the ratio) and, where labour is
    outside the total, `labour` are yuan.
    With `detail`, `leverage_<class>` and `amount_<class>` for every class that some line speaks of: the
    first add up to `leverage_others`, the second to `total` and `memo`. Where lines tell them apart,
    `leverage_cash`, `leverage_in_kind` (of which by_labour, by_goods) and `unformed` add up to it as well,
    and so do `essential`, `associated` and `unrelated`; `money_<kind>` are their yuan, in `total`.
    In scope `all` only, and only where there is any: `unstaged` (stage not known), `doubled` (taken out as
    counted already), `unverified` (labour without days), `opening` (a cumulative amount's earlier years).
    """
    stage = basis or account.stage_in_use(years)
    staged = account.at(stage, years)
    known = staged["amount"].notna().any()
    frames = [
        _scope(in_scope(staged, account.funds, scope), account.funds, tree, detail, years[-1], scope)
        for scope in SCOPES
    ]
    found = together(frames).assign(basis=stage)
    if not known:
        found["value"], found["note"] = pd.NA, "no_stage"
    return together([found, *_beside(account, staged, tree, years, stage if known else None)])


def _scope(
    lines: pd.DataFrame, funds: Funds, tree: Tree, detail: bool, year: int, scope: str
) -> pd.DataFrame:
    money = Money.of(lines, Places.of_units(lines, tree))
    kinds = headline(lines, funds)
    lever, others = kinds["lever"], kinds["others"]
    figures = {
        "leverage_others": money.ratio(others, lever),
        "leverage_total": money.total_ratio(others, lever),
        **{name: money.amount(kind) for name, kind in kinds.items()},
    }
    if detail:
        for name, kind in by_class(lines, funds).items():
            figures |= _kind(name, "amount", money, kind, others, lever)
        for name, kind in (by_form(lines) | by_relation(lines)).items():
            figures |= _kind(name, "money", money, kind & kinds["total"], others, lever)
    return placed(stacked(figures).assign(scope=scope), tree, year)


def _kind(
    name: str, prefix: str, money: Money, kind: Bools, others: Bools, lever: Bools
) -> dict[str, Figure]:
    """The ratio of one kind of other money, where there is any, and its amount in yuan."""
    moved = {f"leverage_{name}": money.ratio(kind & others, lever)} if (kind & others).any() else {}
    return moved | {f"{prefix}_{name}": money.amount(kind)}


def _beside(
    account: Account, staged: pd.DataFrame, tree: Tree, years: Sequence[int], stage: str | None
) -> list[pd.DataFrame]:
    """What a total contains or leaves out that a reader would not expect, each where there is any."""
    out = staged["gross"] - staged["amount"]
    parts = {
        "doubled": staged.assign(amount=out)[(out > 0).fillna(False).to_numpy(bool)],
        "unverified": staged[((staged["form"] == "labour") & (staged["valued"] == "face")).fillna(False)],
        "opening": staged[staged["added"] == "opening"],
    }
    frames = [
        _drawn(name, lines, tree, years[-1]).assign(basis=stage)
        for name, lines in parts.items()
        if len(lines)
    ]
    unstaged = account.unstaged(years)
    return [*frames, *([_drawn("unstaged", unstaged, tree, years[-1])] if len(unstaged) else [])]


def _drawn(name: str, lines: pd.DataFrame, tree: Tree, year: int) -> pd.DataFrame:
    money = Money.of(lines, Places.of_units(lines, tree))
    figure = money.amount(np.ones(len(lines), np.bool_))
    return placed(stacked({name: figure}).assign(scope="all"), tree, year)
