"""Kinds of money: lever, others, memo, classes of source, the five tags, cash and in kind, essential."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import numpy as np
import pandas as pd

from povplan.leverage.lines import Bools, of_source
from povplan.spec import Funds, FundSource

TAGS = ("instrument", "mode", "party", "level", "origin")
"""The five combinations: 专项＋行业, 开发＋救助, 政府＋社会, 中央＋地方, 外部支持＋自身努力."""
UNSTATED = "unstated"


def headline(lines: pd.DataFrame, funds: Funds) -> dict[str, Bools]:
    """lever, others, total, memo, unclassified and, where it is outside the total, labour.

    Every line is in just one of lever, others, memo, unclassified and labour; total is the first two.
    """
    known = lines["source_code"].to_numpy(np.int64) < len(funds.sources)
    memo = of_source(lines, [source.memo for source in funds.sources])
    labour = known & ~memo & (lines["form"] == "labour").fillna(False).to_numpy(bool)
    labour &= funds.labour == "outside"
    lever = of_source(lines, [source.lever for source in funds.sources]) & ~memo & ~labour
    kinds = {
        "lever": lever,
        "others": known & ~lever & ~memo & ~labour,
        "total": known & ~memo & ~labour,
        "memo": memo,
        "unclassified": ~known,
    }
    return kinds | ({"labour": labour} if funds.labour == "outside" else {})


def by_class(lines: pd.DataFrame, funds: Funds) -> dict[str, Bools]:
    """Each class of source that some line speaks of, memo or not; labour outside the total left out."""
    inside = ~headline(lines, funds).get("labour", np.zeros(len(lines), np.bool_))
    members = {
        one.id: of_source(lines, [source.cls == one.id for source in funds.sources]) for one in funds.classes
    }
    return {name: lined & inside for name, lined in members.items() if lined.any()}


def by_form(lines: pd.DataFrame) -> dict[str, Bools]:
    """cash, in_kind (labour and goods) and its parts, unformed where nothing says; only those spoken of."""
    form = lines["form"]
    if form.isna().all():
        return {}
    kinds = {
        "cash": form == "cash",
        "in_kind": form.isin(["labour", "in_kind"]),
        "by_labour": form == "labour",
        "by_goods": form == "in_kind",
        "unformed": form.isna(),
    }
    return _spoken(kinds)


def by_relation(lines: pd.DataFrame) -> dict[str, Bools]:
    """essential, associated, and what is not told apart, where some line tells it."""
    relation = lines["relation"]
    if relation.isna().all():
        return {}
    kinds = {name: relation == name for name in ("essential", "associated")}
    return _spoken(kinds | {"unrelated": relation.isna()})


def tag_values(tag: str) -> list[str]:
    """The values of one of the five tags in their declared order, `unstated` last."""
    annotation = FundSource.model_fields[tag].annotation
    values = [value for part in get_args(annotation) for value in get_args(part)]
    return [*values, UNSTATED]


def tag_of(lines: pd.DataFrame, funds: Funds, tag: str) -> pd.Series:
    """Each line's value of a tag, `unstated` where its source has none."""
    values = [getattr(source, tag) or UNSTATED for source in funds.sources]
    return pd.Series(
        np.array([*values, UNSTATED], object)[lines["source_code"].to_numpy(np.int64)], index=lines.index
    )


def _spoken(kinds: Mapping[str, pd.Series]) -> dict[str, Bools]:
    masks = {name: chosen.fillna(False).to_numpy(bool) for name, chosen in kinds.items()}
    return {name: mask for name, mask in masks.items() if mask.any()}
