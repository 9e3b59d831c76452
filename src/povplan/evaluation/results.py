"""What came of it, by who answers: targets by state, projects by state, money paid over money planned.

Twice: `split`, where what several share is divided as declared and the parts add up to the whole, and
`whole`, where everybody who answers for a thing has all of it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from povplan.evaluation.attained import STATES
from povplan.evaluation.parties import exploded

RESULTS = (
    "kind",  # department or person
    "party", "view",  # split or whole
    "targets", *STATES,
    "attainment",  # weighted by the targets' weights, each between 0 and 1
    "attainment_weight", "reached_share", "on_path_share",
    "projects", "projects_done", "projects_overdue", "projects_marked",
    "money_planned", "money_paid", "money_rate", "note",
)  # fmt: skip
VIEWS = ("split", "whole")
NOBODY = ""
"""Stands for a blank party while groups are made."""
DONE = ("finished", "passed", "operating")


def results(
    evaluation: pd.DataFrame,
    projects: pd.DataFrame,
    money: pd.DataFrame,
    nobody: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """RESULTS by department and by person, each split and whole; the parties in order of first appearance.

    `evaluation` is EVALUATION, `projects` PROGRESS with its own `department` and `person`, `money` lines with
    `planned` and `paid` in yuan and their `department` and `person`. What nobody answers for has a blank
    party, so that split parts add up to the whole.
    """
    frames = [
        _of(kind, view, evaluation, projects, money) for kind in ("department", "person") for view in VIEWS
    ]
    numbers = dict.fromkeys(RESULTS, "Float64") | dict.fromkeys(("kind", "party", "view", "note"), "string")
    return pd.concat(frames, ignore_index=True).reindex(columns=list(RESULTS)).astype(numbers)


def judged(evaluation: pd.DataFrame) -> pd.DataFrame:
    """`weight`, `met`, `attained` (between 0 and 1) and `kept` (on or ahead of the path) of each target.

    Targets that cannot be judged weigh nothing, nor does one of a weight below zero, which is a finding. One
    that equals its baseline is met or not.
    """
    known = (evaluation["verdict"] != "not_evaluable").to_numpy(bool)
    met = (evaluation["verdict"] == "reached").to_numpy(bool)
    kept = evaluation["verdict"].isin(["reached", "ahead", "on_path"]).to_numpy(bool)
    attained = evaluation["attainment"].to_numpy("float64", na_value=np.nan)
    attained = np.where(np.isnan(attained), met, np.clip(attained, 0, 1))
    weight = np.where(known, evaluation["weight"].fillna(1).clip(lower=0).to_numpy("float64"), 0.0)
    return pd.DataFrame(
        {"weight": weight, "met": met, "attained": attained, "kept": kept}, index=evaluation.index
    )


def weighted(evaluation: pd.DataFrame, by: pd.Series, share: pd.Series | None = None) -> pd.DataFrame:
    """Four figures by group, each a sum of weights over a sum of weights: see RESULTS."""
    of = judged(evaluation)
    weight = of["weight"] * (1.0 if share is None else share.to_numpy("float64"))
    parts = {name: weight * of[name] for name in ("attained", "met", "kept")} | {"weight": weight}
    sums = pd.DataFrame(parts).groupby(by.to_numpy(), dropna=False, sort=False).sum()
    base = sums["weight"].where(sums["weight"] > 0)
    return pd.DataFrame(
        {
            "attainment": sums["attained"] / base,
            "attainment_weight": sums["weight"],
            "reached_share": sums["met"] / base,
            "on_path_share": sums["kept"] / base,
        }
    )


def _of(
    kind: str, view: str, evaluation: pd.DataFrame, projects: pd.DataFrame, money: pd.DataFrame
) -> pd.DataFrame:
    """One kind of party in one view."""
    given = [exploded(frame, kind, keep_nobody=True) for frame in (evaluation, projects, money)]
    given = [frame.assign(party=frame["party"].fillna(NOBODY).astype(object)) for frame in given]
    if view == "whole":
        given = [frame.assign(share=1.0) for frame in given]
    wanted, works, sums = given
    parties = pd.unique(pd.concat([frame["party"] for frame in given], ignore_index=True))
    found = pd.DataFrame(index=pd.Index(parties, dtype="object"))
    found["targets"] = _add(wanted["share"], wanted)
    for state in STATES:
        found[state] = _add(wanted["share"].where((wanted["verdict"] == state).fillna(False), 0.0), wanted)
    if len(wanted):
        means = weighted(wanted.reset_index(drop=True), wanted["party"], wanted["share"])
        found = found.join(means)
    done = works["phase"].isin(list(DONE))
    overdue = works["marks"].fillna("").str.contains(r"\boverdue\b", regex=True)
    found["projects"] = _add(works["share"], works)
    for name, mask in (("done", done), ("overdue", overdue), ("marked", works["marks"].notna())):
        found[f"projects_{name}"] = _add(works["share"].where(mask, 0.0), works)
    for name in ("planned", "paid"):
        found[f"money_{name}"] = _add(sums[name].fillna(0) * sums["share"], sums)
    planned = found["money_planned"].where(found["money_planned"] > 0)
    found["money_rate"] = found["money_paid"] / planned
    found["note"] = pd.Series("no_denominator", index=found.index).where(planned.isna())
    ordered = found.iloc[np.argsort(found.index == NOBODY, kind="stable")]
    named = ordered.rename_axis("party").reset_index()
    return named.assign(party=named["party"].mask(named["party"] == NOBODY), kind=kind, view=view)


def _add(values: pd.Series, frame: pd.DataFrame) -> pd.Series:
    return values.astype("float64").groupby(frame["party"].to_numpy(), dropna=False, sort=False).sum()
