"""Answers 答复: what villages and county wrote beside the findings sent down, and what follows from it.

A right value becomes an amendment, the county's consent a waiver; both are rows of those registers, whose
cells are the answer's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from povplan.memory.registers import (
    ANSWER_LEDGER,
    YEAR,
    Remark,
    as_numbers,
    as_rows,
    field_called,
    remark,
    rows_called,
)
from povplan.memory.values import written
from povplan.memory.waivers import Scene
from povplan.messages import Said, say
from povplan.model import ROW, SOURCE, UNIT

FIELDS = (
    "number", "result", "field", "new", "explanation", "verifier", "verified_on",
    "opinion", "approver", "expires_on",
)  # fmt: skip
MENDED, TRUE, UNVERIFIED = "已更正", "情况属实", "无法核实"
CONSENT, REFUSAL = "同意豁免", "不同意"
AWAITING, REFUSED = "awaiting", "refused"
"""In place of TRUE: the county has not spoken; the county refused."""


def given(register: pd.DataFrame) -> pd.DataFrame:
    """The answers of the register that say anything, blanks None, each number as it is made."""
    rows = as_rows(register, FIELDS)
    rows = rows[rows["result"].notna() | rows["opinion"].notna()]
    plain = rows.astype(object).where(rows.notna(), None)
    return plain.assign(number=as_numbers(rows["number"]).astype(object))


def answered(rows: pd.DataFrame, scene: Scene) -> dict[int, str]:
    """Finding (index of `Scene.findings`) → the answer to it, in one word."""
    told = zip(rows["number"], rows["result"], rows["opinion"], strict=True)
    return {
        scene.at[n]: _word(result, opinion)
        for n, result, opinion in told
        if n in scene.at and pd.notna(result)
    }


def _word(result: str, opinion: Any) -> str:
    if result != TRUE or (pd.notna(opinion) and opinion == CONSENT):
        return result
    return AWAITING if pd.isna(opinion) else REFUSED


def judged(rows: pd.DataFrame, scene: Scene) -> Iterator[Remark]:
    """What is wrong with answers: to no finding, or said to be mended what is not."""
    for _, row in rows.iterrows():
        number = row["number"]
        if number in scene.at:
            if pd.isna(scene.finding(scene.at[number])["year"]) and row["result"] != UNVERIFIED:
                yield _unknown(row, say("idle_undated"))
            elif row["result"] == MENDED:
                key = "note_answer_not_mended" + ("_value" if pd.notna(row["new"]) else "")
                yield _told("answer_not_mended", row, "new", say(key))
        elif not _is_settled(row, scene):
            yield _unknown(row, scene.why_not(number, "answer_changed_to"))


def _unknown(row: pd.Series, reason: Said) -> Remark:
    zh = say("note_answer_unknown", reason=reason.zh).zh
    said = Said(zh, say("note_answer_unknown", reason=reason.en).en)
    return _told("answer_unknown", row, "number", said, reason.zh)


def _is_settled(row: pd.Series, scene: Scene) -> bool:
    """Whether the finding went as the answer says: mended, and nothing else is wrong there now."""
    number = row["number"]
    return row["result"] == MENDED and number in scene.gone and scene.changed_to(number) is None


def _told(rule: str, row: pd.Series, field: str, said: Said, value: str = "") -> Remark:
    return remark(rule, ANSWER_LEDGER, row, field, said, say(f"hint_{rule}"), f"{row['number']}|{value}")


# ---- what follows ------------------------------------------------------------------------------------


def amendments(rows: pd.DataFrame, scene: Scene) -> pd.DataFrame:
    """Rows of the register of amendments that right values ask for, old value as it stands in the scene."""
    found = []
    for _, row in rows.iterrows():
        if row["result"] == MENDED and pd.notna(row["new"]) and row["number"] in scene.at:
            finding = scene.finding(scene.at[row["number"]])
            if pd.notna(finding["entity"]) and pd.notna(finding["year"]):
                found.append(_amendment(row, finding, scene))
    return pd.DataFrame(found)


def _amendment(row: pd.Series, finding: pd.Series, scene: Scene) -> dict[str, Any]:
    ledger, year = str(finding["ledger"]), int(finding["year"])
    spec = scene.definitions.ledgers[ledger]
    asked = row["field"] if pd.notna(row["field"]) else finding["field"]
    name = field_called(asked, spec)
    explanation = "" if pd.isna(row["explanation"]) else row["explanation"]
    return {
        **_marks(row, year),
        "answered": row["number"],
        "target": ledger,
        "object": finding["entity"],
        "field": asked if name is None else name,
        "old": None if name is None else present(finding, name, scene),
        "new": row["new"],
        "caller": row["verifier"],
        "registered_on": row["verified_on"],
        "evidence": say("answer_evidence", number=row["number"], explanation=explanation).zh.strip(),
    }


def present(finding: pd.Series, name: str, scene: Scene) -> str | None:
    """What stands in the field of the finding's row, as a register holds it."""
    ledger = scene.definitions.ledgers[str(finding["ledger"])]
    frame = scene.frames(ledger.ledger, int(finding["year"]))
    at = rows_called(pd.Series([finding["entity"]]), frame, ledger)[0]
    if at < 0 or name not in frame:
        return None
    return written(frame[name].iloc[at], ledger.field(name), scene.definitions)


def waivers(rows: pd.DataFrame, scene: Scene) -> pd.DataFrame:
    """Rows of the register of waivers that the county's consent asks for."""
    found = []
    for _, row in rows.iterrows():
        consents = row["result"] == TRUE and row["opinion"] == CONSENT and pd.notna(row["approver"])
        if consents and row["number"] in scene.at:
            finding = scene.finding(scene.at[row["number"]])
            if pd.notna(finding["year"]):
                found.append(_waiver(row, finding))
    return pd.DataFrame(found)


def _waiver(row: pd.Series, finding: pd.Series) -> dict[str, Any]:
    return {
        **_marks(row, int(finding["year"])),
        "number": row["number"].upper(),
        "rule": finding["rule"],
        "target": finding["ledger"],
        "object": finding["entity"],
        "field": finding["field"],
        "reason": row["explanation"] if pd.notna(row["explanation"]) else TRUE,
        "approver": row["approver"],
        "approved_on": row["verified_on"],
        "expires_on": row["expires_on"],
    }


def _marks(row: pd.Series, year: int) -> dict[str, Any]:
    return {YEAR: year, UNIT: row[UNIT], SOURCE: row[SOURCE], ROW: row[ROW]}
