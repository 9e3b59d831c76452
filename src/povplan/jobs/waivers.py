"""The registers as people read them: waivers with what became of each, answers that wait, amendments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from povplan.jobs.checking import Findings, stored_findings
from povplan.jobs.differing import hides_entities
from povplan.jobs.doubts import rule_label
from povplan.jobs.memory import rows_of, scene_of
from povplan.jobs.standing import Standing
from povplan.memory import answers
from povplan.memory.amendments import FIELDS as OF_AMENDMENTS
from povplan.memory.registers import (
    AMENDMENT,
    ANSWER_LEDGER,
    WAIVER,
    YEAR,
    as_numbers,
    as_rows,
    each_row,
    field_called,
    ledger_called,
    rows_called,
    rule_called,
)
from povplan.memory.waivers import FIELDS, Scene, excuse
from povplan.messages import Said, say
from povplan.model import ENTITY
from povplan.spec import hidden_fields

LISTED = (
    "finding", "waiver_state", "rule", "rule_label", "ledger", "year", "entity", "field",
    "waiver_reason", "approver", "waived_on", "expires_on", "why",
)  # fmt: skip
"""What is told of a waiver; `why`: why it excuses nothing, or what it waits for."""
AMENDED = (
    "ledger", "year", "entity", "field", "old", "new", "amendment_state",
    "clerk", "registered_on", "evidence",
)  # fmt: skip
"""What is told of an amendment; who called is a person."""
MASK = "***"


def kept(standing: Standing) -> Scene:
    """The findings of the newest batch and what it closed, for registers to be held against."""
    found = Findings.stored(stored_findings(standing).reset_index(drop=True), {})
    return scene_of(standing, found.frame, found.closed)


def listed_waivers(standing: Standing, lang: str) -> pd.DataFrame:
    """LISTED of every waiver, then of answers that await the county's word; persons masked."""
    scene = kept(standing)
    lines = [*_waivers(standing, scene), *_awaiting(standing, scene)]
    return pd.DataFrame([_shown(line, standing, scene, lang) for line in lines], columns=list(LISTED))


def _waivers(standing: Standing, scene: Scene) -> list[dict[str, Any]]:
    rows = as_rows(rows_of(standing, WAIVER), FIELDS)
    excused = excuse(rows, scene)
    lines = []
    for at, row in each_row(rows):
        number = as_numbers(pd.Series([row["number"]], dtype="string")).iloc[0]
        lines.append(
            {
                **{name: row[name] for name in ("rule", "field", "approver", "expires_on")},
                "waived_on": row["approved_on"],
                "finding": row["bound"] if pd.isna(number) else number,
                "waiver_state": excused.states[at],
                "ledger": row["target"],
                "year": row[YEAR],
                "entity": row["object"],
                "waiver_reason": row["reason"],
                "why": excused.reasons.get(at),
            }
        )
    return lines


def _awaiting(standing: Standing, scene: Scene) -> list[dict[str, Any]]:
    told = answers.given(rows_of(standing, ANSWER_LEDGER))
    waiting = {at for at, word in answers.answered(told, scene).items() if word == answers.AWAITING}
    lines = []
    for _, row in each_row(told):
        if scene.at.get(row["number"]) in waiting:
            finding = scene.finding(scene.at[row["number"]])
            lines.append(
                {
                    **{name: finding[name] for name in ("rule", "ledger", "year", "entity", "field")},
                    "finding": row["number"],
                    "waiver_state": "awaiting",
                    "waiver_reason": row["explanation"],
                    "why": say("waive_awaits"),
                }
            )
    return lines


def _shown(line: Mapping[str, Any], standing: Standing, scene: Scene, lang: str) -> dict[str, Any]:
    """A line in ids, words and pseudonyms; of a number that is known, what its finding says of itself."""
    line = _filled(line, scene)
    ledgers = standing.config.ledgers
    ledger = ledger_called(line["ledger"], ledgers)
    rule = rule_called(line["rule"], scene.rules)
    why = line.get("why")
    return {
        **{name: _plain(value) for name, value in line.items()},
        "rule": rule or _plain(line["rule"]),
        "rule_label": rule_label(rule, standing.config).text(lang) if rule else None,
        "ledger": ledger or _plain(line["ledger"]),
        "entity": _entity(line["entity"], ledger, int(line["year"]), standing),
        "field": _field(line["field"], ledger, standing, lang),
        "why": why.text(lang) if isinstance(why, Said) else None,
    }


def _filled(line: Mapping[str, Any], scene: Scene) -> dict[str, Any]:
    number = line["finding"]
    known = pd.notna(number) and str(number) in scene.at
    if not known:
        return dict(line)
    finding = scene.finding(scene.at[str(number)])
    names = ("rule", "ledger", "entity", "field")
    return {**line, **{name: finding[name] for name in names if pd.isna(line[name])}}


def _entity(name: Any, ledger: str | None, year: int, standing: Standing) -> Any:
    """The thing as it may be shown: by its key's pseudonym, however the register wrote the key."""
    if pd.isna(name):
        return None
    ledgers = standing.config.ledgers
    if ledger is None:
        return MASK
    frame = standing.folded(ledger, year).frame
    at = int(rows_called(pd.Series([name]), frame, ledgers[ledger])[0])
    key = str(frame[ENTITY].iloc[at]) if at >= 0 else str(name)
    return standing.workspace.pseudonym(key) if hides_entities(ledgers[ledger], ledgers) else key


def _field(name: Any, ledger: str | None, standing: Standing, lang: str) -> Any:
    if pd.isna(name) or ledger is None:
        return None if pd.isna(name) else str(name)
    spec = standing.config.ledgers[ledger]
    known = field_called(name, spec)
    return spec.field(known).label.text(lang) if known else str(name)


def _plain(value: Any) -> Any:
    """A value as it is printed; days without the hour."""
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return None if value is None or value is pd.NaT or value is pd.NA else value


# ---- amendments ------------------------------------------------------------------------------------


def listed_amendments(standing: Standing, lang: str, years: list[int] | None = None) -> pd.DataFrame:
    """AMENDED of every amendment of the years, in the order in which they apply; persons masked."""
    lines = []
    for year in standing.years if years is None else years:
        given = standing.proposals(year) if AMENDMENT in standing.config.ledgers else None
        if given is None:
            continue
        ends: dict[str, str] = {}
        for name in given.ledgers:
            ends |= dict(standing.amended(name, year).ends)
        rows = as_rows(given.frame, (*OF_AMENDMENTS, "clerk", "evidence"))
        lines += [_amendment(row, ends, year, standing, lang) for _, row in each_row(rows)]
    return pd.DataFrame(lines, columns=list(AMENDED))


def _amendment(
    row: pd.Series, ends: Mapping[str, str], year: int, standing: Standing, lang: str
) -> dict[str, Any]:
    ledgers = standing.config.ledgers
    ledger = ledger_called(row["target"], ledgers)
    name = field_called(row["field"], ledgers[ledger]) if ledger else None
    hidden = ledger is None or name is None or name in hidden_fields(ledgers[ledger], ledgers)
    return {
        **{of: _plain(row[of]) for of in ("clerk", "registered_on", "evidence")},
        "ledger": ledger or _plain(row["target"]),
        "year": year,
        "entity": _entity(row["object"], ledger, year, standing),
        "field": _field(row["field"], ledger, standing, lang),
        **{of: MASK if hidden and pd.notna(row[of]) else _plain(row[of]) for of in ("old", "new")},
        "amendment_state": ends.get(str(row[ENTITY]), "ledger"),
    }
