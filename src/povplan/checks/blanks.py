"""A column that nobody filled in: said once of the sheet, not once of every row that ought to have it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pandas as pd

from povplan.checks.areas import AT_LEAST, Areas, Bools, called
from povplan.checks.raising import of_areas
from povplan.checks.verdict import Case, Shown, Verdict
from povplan.formulas.faults import tell
from povplan.formulas.grammar import parse
from povplan.messages import Said
from povplan.spec import LEVELS, Level, Rule

LEVELS_SAID: tuple[Level, ...] = ("township", "village")
"""A sheet is spoken of township by township; where others there filled the column in, village by village."""


def once(case: Case, rule: Rule, verdict: Verdict) -> Iterator[Verdict]:
    """The verdict without the rows whose column is blank throughout, and one that speaks of all of those.

    Of ten rows or more; only of a rule that asks for nothing but a value, and holds no row back: which rows
    wait must be said of each.
    """
    names = _wanted(rule.check)
    if not names or rule.effect == "hold" or len(verdict.failed) < AT_LEAST:
        yield verdict
        return
    filled = _filled(case, names)
    for level in LEVELS_SAID:
        areas = case.sheets(level)
        whole = (areas.tally(filled) == 0) & (areas.tally(verdict.at_fault) >= AT_LEAST)
        if whole.any():
            yield _of_sheets(case, verdict, areas, whole)
            asked = np.ones(len(filled), np.bool_) if verdict.asked is None else verdict.asked
            verdict = replace(verdict, asked=asked & ~(areas.rows(whole) & verdict.at_fault))
    yield verdict


@lru_cache(maxsize=4096)
def _wanted(text: str) -> tuple[str, ...]:
    """The fields of which a formula wants one filled in and nothing else; none where it asks for more."""
    tree = parse(text).tree
    asked = tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.Or) else [tree]
    names = [_known(one) for one in asked]
    return tuple(name for name in names if name) if all(names) else ()


def _known(node: ast.expr) -> str:
    """`x` of `is_known(x)`."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        return ""
    of = node.args[0] if node.args else None
    return of.id if node.func.id.lower() == "is_known" and isinstance(of, ast.Name) else ""


def _filled(case: Case, names: tuple[str, ...]) -> Bools:
    """Rows that have something in one of the columns, be it unreadable."""
    filled: Bools = np.zeros(len(case.rows), np.bool_)
    for name in names:
        unreadable = case.unreadable(name)
        filled = filled | case.filled(name) | (False if unreadable is None else unreadable)
    return filled


def _of_sheets(case: Case, verdict: Verdict, areas: Areas, whole: Bools) -> Verdict:
    failed = areas.tally(verdict.at_fault)
    said = {
        place: tell("check_column_blank", place=called(areas.paths[place]), count=int(failed[place]))
        for place in np.flatnonzero(whole).tolist()
    }
    at = np.where(whole, areas.first(verdict.at_fault), -1)
    beside = int(failed[whole].sum()) - len(said)
    apart = Shown(Said("", ""), _told_apart(case, areas), "text")
    return of_areas(replace(verdict, shown=(), beside=beside, meant=(apart,)), areas, whole, at, said)


def _told_apart(case: Case, areas: Areas) -> pd.Series:
    """What tells the sheets of one place apart, row by row: the first village, and which such sheet it is.

    Each is a finding of its own, that is waived and mended by itself.
    """
    villages = case.areas(LEVELS[-1]).names().groupby(areas.codes).min()
    first = villages.reindex(range(len(areas))).fillna("")
    which = first.groupby([pd.Series(areas.paths), first]).cumcount()
    marks = [f"{village} {number}" for village, number in zip(first, which, strict=True)]
    return pd.Series(pd.array([*marks, None], dtype="string")).take(areas.codes).reset_index(drop=True)
