"""Verdicts → the frame of findings, and the count of what each rule could say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from povplan.checks.display import Told, digests
from povplan.checks.verdict import Case, Verdict
from povplan.model import ENTITY, FINDING_COLUMNS, ROW, SOURCE, UNIT

_DTYPES: Mapping[str, str] = dict.fromkeys(("year", "source", "row", "column"), "Int64")
FINDING_DTYPES: Mapping[str, str] = {name: _DTYPES.get(name, "string") for name in FINDING_COLUMNS}
EVALUATED_COLUMNS: tuple[str, ...] = ("ledger", "rule", "passed", "failed", "not_evaluable")
MOST_SHOWN = 8
"""Values in a message; all that are involved go into its digest."""
_MARKS: Mapping[str, str] = {"entity": ENTITY, "unit": UNIT, "source": SOURCE, "row": ROW}


@dataclass(frozen=True)
class Checked:
    """What a check of one ledger gave: FINDING_COLUMNS, and EVALUATED_COLUMNS with one line a rule."""

    findings: pd.DataFrame
    evaluated: pd.DataFrame


def drawn(case: Case, verdicts: Iterable[Verdict]) -> Checked:
    """The findings in the order of the verdicts, then of the rows; rules counted in that order too.

    A verdict without a finding is let go as soon as it is counted, while its rows are still at hand.
    """
    counts: dict[str, tuple[int, int, int]] = {}
    kept: list[Verdict] = []
    for one in verdicts:
        before = counts.get(one.rule, (0, 0, 0))
        passed, failed, unknown = (old + new for old, new in zip(before, one.counts, strict=True))
        counts[one.rule] = (passed, failed, unknown)
        if len(one.failed):
            kept.append(one)
    lines = [(case.ledger.ledger, rule, *found) for rule, found in counts.items()]
    return Checked(_findings(case, kept), _counted(lines))


def together(checked: Iterable[Checked]) -> Checked:
    """Several results as one; rules of the same ledger and name are counted together."""
    parts = list(checked)
    if not parts:
        return Checked(_typed({}), _counted([]))
    findings = pd.concat([part.findings for part in parts], ignore_index=True)
    counts = pd.concat([part.evaluated for part in parts], ignore_index=True)
    return Checked(findings, _by_rule(counts))


def _findings(case: Case, verdicts: Sequence[Verdict]) -> pd.DataFrame:
    columns: dict[str, list[Any]] = {}
    for verdict in verdicts:
        for name, values in _columns(verdict).items():
            columns.setdefault(name, []).extend(values)
    positions = np.concatenate([np.empty(0, np.int64), *(verdict.failed for verdict in verdicts)])
    found = _typed(columns)
    for name, mark in _MARKS.items():
        if mark in case.rows.frame:
            found[name] = case.rows.frame[mark].iloc[positions].array
    found["ledger"], found["year"] = case.ledger.ledger, case.rows.year
    return _of_units(found, verdicts).astype(dict(FINDING_DTYPES))


def _of_units(found: pd.DataFrame, verdicts: Sequence[Verdict]) -> pd.DataFrame:
    """Findings that speak of a whole unit bear its path and no entity."""
    start = 0
    for verdict in verdicts:
        at = found.index[start : start + len(verdict.failed)]
        if verdict.of is not None:
            found.loc[at, "entity"] = pd.NA
            found.loc[at, "unit"] = verdict.of.iloc[verdict.failed].array
        start += len(at)
    return found


def _typed(columns: Mapping[str, list[Any]]) -> pd.DataFrame:
    length = len(next(iter(columns.values()), ()))
    blank = [None] * length
    given = {name: columns.get(name, blank) for name in FINDING_DTYPES}
    return pd.DataFrame({name: _array(values, FINDING_DTYPES[name]) for name, values in given.items()})


def _array(values: list[Any], dtype: str) -> Any:
    """A column; texts by way of Arrow, which takes a third of the time."""
    given: Any = pa.array(values, pa.large_string()) if dtype == "string" else values
    return pd.array(given, dtype=dtype)


def _columns(verdict: Verdict) -> dict[str, list[Any]]:
    """What a verdict itself says of each row at fault."""
    told = [Told.of(shown, verdict.failed) for shown in (*verdict.shown, *verdict.meant)]
    chinese, english = _messages(verdict, told[: len(verdict.shown)])
    constant = {
        "rule": verdict.rule,
        "severity": verdict.severity,
        "effect": verdict.effect,
        "field": next(iter(verdict.fields), None),
        "hint_zh": verdict.hint.zh,
        "hint_en": verdict.hint.en,
    }
    return {
        **{name: [value] * len(verdict.failed) for name, value in constant.items()},
        "message_zh": chinese,
        "message_en": english,
        "digest": digests(verdict.rule, told, len(verdict.failed)),
    }


def _messages(verdict: Verdict, shown: Sequence[Told]) -> tuple[list[str], list[str]]:
    """`lead：label value，label value` with the tail, row by row, in Chinese and in English."""
    lead, tails = verdict.lead, [verdict.words.get(at, verdict.tail) for at in verdict.failed.tolist()]
    if not shown:
        return [lead.zh + tail.zh for tail in tails], [lead.en + tail.en for tail in tails]
    pairs = [told.labelled() for told in shown[:MOST_SHOWN]]
    chinese = zip(tails, *(pair[0] for pair in pairs), strict=True)
    english = zip(tails, *(pair[1] for pair in pairs), strict=True)
    return (
        [f"{lead.zh}：{'，'.join(values)}{tail.zh}" for tail, *values in chinese],
        [f"{lead.en}: {', '.join(values)}{tail.en}" for tail, *values in english],
    )


def _counted(counts: list[tuple[str, str, int, int, int]]) -> pd.DataFrame:
    dtypes = {name: "string" if name in ("ledger", "rule") else "int64" for name in EVALUATED_COLUMNS}
    return pd.DataFrame(counts, columns=list(EVALUATED_COLUMNS)).astype(dtypes)


def _by_rule(counts: pd.DataFrame) -> pd.DataFrame:
    return counts.groupby(["ledger", "rule"], sort=False, as_index=False).sum()
