"""Many findings of one rule in one unit: graver there, and said once of the unit as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from povplan.checks.areas import AT_LEAST, Areas, Bools, called
from povplan.checks.verdict import Case, Shown, Verdict
from povplan.formulas.columns import Column
from povplan.formulas.faults import tell
from povplan.messages import Said
from povplan.spec import Raise, Rule

RAISED = "widespread"
"""The finding that speaks of the unit."""


def raised(case: Case, rule: Rule, verdict: Verdict) -> Iterator[Verdict]:
    """The verdict, split where so many rows of a unit break the rule that it is graver there."""
    if rule.raised is None or not len(verdict.failed):
        yield verdict
        return
    areas = case.areas(rule.raised.per)
    failed, judged = areas.tally(verdict.at_fault), areas.tally(verdict.judged)
    many = _reached(rule.raised, failed, judged)
    there = areas.rows(many)
    asked = np.ones(len(there), np.bool_) if verdict.asked is None else verdict.asked
    yield replace(verdict, asked=asked & ~there)
    if many.any():
        yield replace(verdict, asked=asked & there, severity=rule.raised.to)
        yield _summary(case, rule, verdict, many, failed, judged)


def _reached(threshold: Raise, failed: np.ndarray, judged: np.ndarray) -> Bools:
    """Units in which the count and the share are reached; a share alone says nothing of a few rows."""
    reached: Bools = failed > 0
    if threshold.count is not None:
        reached = reached & (failed >= threshold.count)
    if threshold.share is not None:
        reached = reached & (failed >= threshold.share * judged - 1e-9)
    if threshold.count is None:
        reached = reached & (judged >= AT_LEAST)
    return reached


def _summary(
    case: Case, rule: Rule, verdict: Verdict, many: Bools, failed: np.ndarray, judged: np.ndarray
) -> Verdict:
    assert rule.raised is not None
    severity = rule.raised.to
    areas, counts = case.areas(rule.raised.per), (failed, judged)
    said = {
        place: tell(
            "check_widespread",
            place=called(areas.paths[place]),
            failed=int(failed[place]),
            judged=int(judged[place]),
            share=f"{failed[place] / judged[place]:.0%}",
            severity=tell(f"severity_{severity}"),
        )
        for place in np.flatnonzero(many).tolist()
    }
    one = Verdict(
        rule=RAISED,
        severity=severity,
        effect="flag",
        fields=rule.fields,
        lead=Said(f"{rule.id} {rule.label.zh}", f"{rule.id} {rule.label.text('en')}"),
        hint=tell("check_widespread_hint"),
        holds=case.unknown(),
        meant=tuple(
            Shown(Said("", ""), pd.Series(areas.each(n.astype("float64"))), "number") for n in counts
        ),
    )
    return of_areas(one, areas, many, areas.first(verdict.at_fault), said)


def of_areas(
    verdict: Verdict, areas: Areas, failing: Bools, at: np.ndarray, said: dict[int, Said]
) -> Verdict:
    """A verdict of whole areas: one row of each (`at`, -1 for none) stands for it and is marked."""
    asked = np.zeros(len(areas.codes), np.bool_)
    asked[at[at >= 0]] = True
    wrong = np.zeros(len(areas.codes), np.bool_)
    wrong[at[failing & (at >= 0)]] = True
    path = areas.names()
    rule = Shown(Said("", ""), pd.Series(verdict.lead.zh, index=path.index, dtype="string"), "text")
    return replace(
        verdict,
        asked=asked,
        holds=Column(~wrong, np.ones(len(wrong), np.bool_)),
        words={int(at[place]): words for place, words in said.items()},
        of=path,
        meant=(Shown(Said("", ""), path, "text"), rule, *verdict.meant),
    )
