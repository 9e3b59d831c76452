"""Findings as they are shown: gravest first, each with its cell, persons masked or in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from povplan.checks.numbers import numbers
from povplan.config import Config
from povplan.jobs.checking import Findings, stored_findings
from povplan.jobs.differing import hides_entities
from povplan.jobs.standing import Place, Standing
from povplan.messages import Said, catalogue, say
from povplan.model import Source, column_letters
from povplan.spec import Ledger
from povplan.workspace import Workspace

COLUMNS = (
    "finding", "rule", "severity", "effect", "ledger", "entity", "year",
    "file", "sheet", "cell", "message", "hint", "status", "answer",
)  # fmt: skip
"""What is shown of a finding."""
BESIDE = ("unit", "field", "rule_label")
"""What a report knows of it besides: where it belongs, which field it marks, its rule in words."""


def standing_findings(standing: Standing) -> Findings:
    """The findings that the newest batch of the ledger left behind."""
    return Findings.stored(stored_findings(standing), standing.store.sources())


def listed(
    found: Findings, years: Sequence[int], workspace: Workspace, lang: str, *, mask: bool = True
) -> pd.DataFrame:
    """COLUMNS and BESIDE of the findings of `years`: gravest first, then by rule and row."""
    frame = gravest_first(found, years)
    places = [
        place_of(found.sources, *at)
        for at in zip(frame["source"], frame["row"], frame["column"], strict=True)
    ]
    labels = {rule: rule_label(rule, workspace.config).text(lang) for rule in frame["rule"].unique()}
    shown = frame.assign(
        finding=numbers(frame),
        entity=masked(frame, workspace.config.ledgers, workspace) if mask else frame["entity"],
        file=[place[0] for place in places],
        sheet=[place[1] for place in places],
        cell=[place[2] for place in places],
        message=frame[f"message_{lang}"],
        hint=frame[f"hint_{lang}"],
        rule_label=frame["rule"].map(labels),
    )
    return shown[[*COLUMNS, *BESIDE]].reset_index(drop=True)


def gravest_first(found: Findings, years: Sequence[int]) -> pd.DataFrame:
    """FINDING_COLUMNS and `status` of the findings of `years`, then those waived, then those mended.

    Without years all that are known now.
    """
    open_ = found.of(years) if years else found
    frame = pd.concat([open_.frame, found.fixed[found.fixed["year"].isin(list(years))]], ignore_index=True)
    frame["_settled"] = frame["status"].map({"waived": 1, "fixed": 2}).fillna(0).astype(int)
    frame["_order"] = frame["severity"].map({"error": 0, "doubt": 1, "notice": 2}).astype("Int64")
    frame = frame.sort_values(["_settled", "_order", "rule", "source", "row", "column"], kind="stable")
    return frame.drop(columns=["_settled", "_order"])


def place_of(sources: Mapping[int, Source], source: Any, row: Any, column: Any) -> tuple[Any, Any, Any]:
    """File, sheet and cell of a finding, as far as it has them."""
    if pd.isna(source) or int(source) not in sources:
        return None, None, None
    at = sources[int(source)]
    if pd.isna(row):
        return at.file, at.sheet, None
    return at.file, at.sheet, f"{'' if pd.isna(column) else column_letters(int(column))}{int(row)}"


def masked(frame: pd.DataFrame, ledgers: Mapping[str, Ledger], place: Place) -> pd.Series:
    """The entities as they may be shown: units by name, households and persons by pseudonym."""
    hidden = [name for name, ledger in ledgers.items() if hides_entities(ledger, ledgers)]
    shown = frame["entity"].astype(object)
    persons = frame["ledger"].isin(hidden) & frame["entity"].notna()
    return shown.where(~persons, shown[persons].map(place.pseudonym))


def statuses(found: Findings) -> dict[str, int]:
    """How many findings have which status; fixed are those closed since the batch before."""
    counts = found.frame["status"].value_counts()
    told = {name: int(counts.get(name, 0)) for name in ("new", "persisting", "reopened", "waived")}
    return {**told, "fixed": len(found.fixed)}


def rule_label(rule: str, config: Config) -> Said:
    """A rule's name in words, whether a ledger declares it or povplan brings it."""
    for ledger in config.ledgers.values():
        for declared in ledger.checks:
            if declared.id == rule:
                return declared.label.said
    return say(f"rule_{rule}") if f"rule_{rule}" in catalogue() else Said(rule, rule)
