"""Leverage by anything that lines can be told apart by: source, class, tag, project, department, year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from povplan.leverage.account import SCOPES, Account, in_scope
from povplan.leverage.kinds import TAGS, headline, tag_of, tag_values
from povplan.leverage.ratios import Money, Places
from povplan.shares import shares
from povplan.spec import Funds

GROUP_COLUMNS = (
    "by",  # source | class | instrument … origin | form | relation | project | category | department | year
    "group",  # its value; NA where the line does not say
    "year",  # the last of the years added up
    "basis",
    "scope",  # all | with_lever
    "lever",  # yuan, like the five after it
    "others",
    "total",
    "memo",
    "unclassified",
    "labour",  # that stands outside the total; 0 where the taxonomy has labour inside
    "share",  # of the total, in percent with one decimal, adding up to 100 over the groups
    "leverage_others",  # other money of the group ÷ special fund (of the group, or of all: `denominator`)
    "leverage_total",
    "denominator",  # yuan of special fund divided by
    "n",
    "left_out",
    "note",  # why there is no ratio
)
PARTS = ("source", "class", *TAGS, "form", "relation")
"""Parts of the money itself: their ratios have all the special fund below them and add up."""
WHOLES = ("project", "category", "department", "year")
"""What money is spent on: each has a special fund of its own, or none."""


def leverage_by_group(
    account: Account,
    years: Sequence[int],
    by: str,
    basis: str | None = None,
    of_project: Mapping[str, pd.Series] | None = None,
) -> pd.DataFrame:
    """GROUP_COLUMNS, one row a group and scope, in the order of the taxonomy, else of first appearance.

    `by` is one of PARTS, WHOLES, or `tag` for the five tags below each other. A project's category and
    department come from `of_project` (name → project number → value); a line without a project has the
    department it gives itself.
    """
    stage = basis or account.stage_in_use(years)
    staged = account.at(stage, years)
    names = TAGS if by == "tag" else (by,)
    frames = [
        _groups(in_scope(staged, account.funds, scope), account.funds, name, of_project or {}).assign(
            scope=scope
        )
        for scope in SCOPES
        for name in names
    ]
    found = pd.concat(frames, ignore_index=True).assign(year=years[-1], basis=stage)
    return found.astype({"basis": "string", "note": "string", "group": "string"})[list(GROUP_COLUMNS)]


def _groups(lines: pd.DataFrame, funds: Funds, by: str, of_project: Mapping[str, pd.Series]) -> pd.DataFrame:
    values, order = _values(lines, funds, by, of_project)
    found, names = pd.factorize(values)
    spoken = {str(name): number for number, name in enumerate(names)}
    listed = [name for name in dict.fromkeys([*order, *spoken]) if name in spoken]
    place = np.empty(len(names) + 1, np.int64)
    place[[spoken[name] for name in listed]] = np.arange(len(listed))
    place[-1] = len(listed)
    codes, blank = place[found], found < 0
    size = len(listed) + int(blank.any())
    money = Money.of(lines, Places(codes, size))
    kinds = headline(lines, funds)
    nothing = np.zeros(len(lines), np.bool_)
    shown = ("lever", "others", "total", "memo", "unclassified", "labour")
    amounts = {name: money.amount(kinds.get(name, nothing)) for name in shown}
    sums = {name: np.nan_to_num(figure.value) for name, figure in amounts.items()}
    everything = np.ones(len(lines), np.bool_)
    lines_of = money.amount(everything)
    below = np.full(size, sums["lever"].sum()) if by in PARTS else amounts["lever"].value
    frame = pd.DataFrame({name: figure.value for name, figure in amounts.items()})
    ratio = np.divide(amounts["others"].value, below, where=below > 0, out=np.full(size, np.nan))
    whole = np.divide(amounts["total"].value, below, where=below > 0, out=np.full(size, np.nan))
    note = np.where(below > 0, amounts["others"].note, "no_lever")
    return frame.assign(
        by=by,
        group=pd.Series([*listed, None], dtype="string").iloc[:size].array,
        share=shares(sums["total"]),
        leverage_others=ratio,
        leverage_total=whole,
        denominator=below,
        n=lines_of.n,
        left_out=lines_of.left_out,
        note=note,
    )


def _values(
    lines: pd.DataFrame, funds: Funds, by: str, of_project: Mapping[str, pd.Series]
) -> tuple[pd.Series, list[str]]:
    """Each line's group, and the order that the taxonomy gives."""
    if by in TAGS:
        return tag_of(lines, funds, by), tag_values(by)
    if by == "class":
        classes = {source.id: source.cls for source in funds.sources}
        return lines["source"].map(classes), [one.id for one in funds.classes]
    if by == "source":
        listed = [source.id for source in funds.sources]
        return lines["source"].where(lines["source"].isin(listed)), listed
    if by == "form":
        return lines["form"], ["cash", "labour", "in_kind"]
    if by == "relation":
        return lines["relation"], ["essential", "associated"]
    if by == "year":
        return lines["year"].astype(str), sorted({str(year) for year in lines["year"]})
    if by == "project":
        return lines["project_id"], sorted(lines["project_id"].dropna().unique())
    given = of_project.get(by)
    of_it = pd.Series(pd.NA, lines.index, dtype="string")
    if given is not None:
        of_it = lines["project_id"].map(given[given.notna() & ~given.index.duplicated()]).astype("string")
    if by == "department":
        of_it = of_it.fillna(lines["department"])
    return of_it, sorted(of_it.dropna().unique())
