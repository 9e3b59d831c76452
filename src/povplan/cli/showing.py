"""What a run found, as frames and JSON for people and machines: persons masked, cells named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from povplan.cli.fitting import print_table
from povplan.cli.options import Format
from povplan.cli.output import Voice, emit_frame, emit_json, records
from povplan.config import Config
from povplan.jobs import figures
from povplan.jobs.coverage import unsent
from povplan.jobs.doubts import COLUMNS, listed, rule_label, statuses
from povplan.jobs.statistics import NEVER, never_evaluated, statistics
from povplan.jobs.update import Outcome, as_json
from povplan.memory import is_open
from povplan.messages import Said, say
from povplan.spec import Level
from povplan.workspace import Workspace

SHOWN = 30
"""Findings that a terminal gets to see; the rest are in the workbook and in the other formats."""


def heading(name: str, lang: str) -> str:
    """The heading of a column of output."""
    return say(f"head_{name}").text(lang)


def headings(frame: pd.DataFrame, lang: str) -> list[str]:
    """The headings of all columns of a frame."""
    return [heading(str(name), lang) for name in frame.columns]


def refusal(name: str, said: Said) -> Said:
    """A refused file, named once."""
    return said if name in said.zh else Said(f"{name}：{said.zh}", f"{name}: {said.en}")


# ---- findings --------------------------------------------------------------------------------------


def findings(outcome: Outcome, workspace: Workspace, lang: str) -> pd.DataFrame:
    """The findings of the years touched, persons masked: `doubts.COLUMNS`, and what a report needs beside."""
    return listed(outcome.findings, outcome.years, workspace, lang)


def findings_table(found: pd.DataFrame, lang: str) -> pd.DataFrame:
    """The findings as a terminal shows them: how grave, where, what, what to do."""
    shown = found.head(SHOWN)
    where = shown["sheet"].fillna("") + "!" + shown["cell"].fillna("")
    return pd.DataFrame(
        {
            "finding": shown["finding"],
            "severity": [
                _severity(*one, lang) for one in zip(shown["severity"], shown["status"], strict=True)
            ],
            "file": shown["file"],
            "cell": where.str.strip("!"),
            "entity": shown["entity"],
            "message": shown["message"],
            "hint": shown["hint"],
        }
    ).fillna("")


def _severity(severity: str, status: str, lang: str) -> str:
    """How grave; of one that does not wait to be dealt with, why not."""
    word = say(f"severity_{severity}").text(lang)
    if status not in ("fixed", "waived"):
        return word
    return say("severity_settled", severity=word, status=say(f"status_{status}").text(lang)).text(lang)


def by_rule(found: pd.DataFrame, config: Config, lang: str) -> pd.DataFrame:
    """How many findings each rule has, gravest first."""
    open_ = found[is_open(found)]
    counts = open_.groupby(["severity", "rule"], sort=False).size().reset_index(name="count")
    return pd.DataFrame(
        {
            "severity": [say(f"severity_{severity}").text(lang) for severity in counts["severity"]],
            "rule": counts["rule"],
            "label": [rule_label(rule, config).text(lang) for rule in counts["rule"]],
            "count": counts["count"],
        }
    )


# ---- a run as a whole ------------------------------------------------------------------------------


def intake_json(
    outcome: Outcome, workspace: Workspace, found: pd.DataFrame, level: Level | None
) -> dict[str, Any]:
    """The one object that `validate` and `update` print."""
    return {
        "batch": outcome.batch.id if outcome.batch else None,
        "unchanged": outcome.unchanged,
        "years": list(outcome.years),
        "findings": records(found[list(COLUMNS)]),
        "statuses": statuses(outcome.findings.of(outcome.years)),
        "coverage": [as_json(line) for line in outcome.coverage],
        "refused": [{"file": name, **_both(said)} for name, said in outcome.refused],
        "remarks": [_both(said) for said in (*outcome.remarks, *_unsent(outcome))],
        "measures": records(measures(outcome, workspace, level)),
    }


def emit_statistics(
    outcome: Outcome, workspace: Workspace, voice: Voice, format: Format, output: Path | None
) -> None:
    """What each rule could say; then, apart, the rules that could say nothing, and why."""
    found, lang = outcome.findings.of(outcome.years), voice.lang
    asked = statistics(found, workspace.config, lang)
    never = pd.DataFrame(columns=list(NEVER))
    if outcome.standing is not None:
        never = never_evaluated(found, outcome.standing, outcome.years, lang)
    if format == "json":
        emit_json({"years": list(outcome.years), "rules": records(asked), "never": records(never)}, output)
        return
    told = never.drop(columns=["reason_zh", "reason_en"]).assign(reason=never[f"reason_{lang}"])
    if format != "table":
        whole = pd.concat([asked, told], ignore_index=True)
        emit_frame(whole, format, output, headings(whole, lang))
        return
    for frame in (asked, told):
        if len(frame):
            print_table(frame, headings(frame, lang))
            print()


def _both(said: Said) -> dict[str, str]:
    return {"message_zh": said.zh, "message_en": said.en}


def measures(outcome: Outcome, workspace: Workspace, level: Level | None) -> pd.DataFrame:
    """Indicators and leverage of the years touched, as the ledger would stand."""
    standing = outcome.standing
    if standing is None:
        return pd.DataFrame()
    frames = [figures.all_figures(standing, year) for year in outcome.years if year in standing.figured]
    return figures.at_level(pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(), level)


def _unsent(outcome: Outcome) -> list[Said]:
    return unsent(outcome.standing, outcome.years) if outcome.standing else []


def print_summary(outcome: Outcome, found: pd.DataFrame, config: Config, voice: Voice) -> None:
    """Coverage by ledger, then the findings by rule."""
    lang = voice.lang
    lines = pd.DataFrame([as_json(line) for line in outcome.coverage])
    if len(lines):
        lines["ledger"] = [config.ledgers[name].label.text(lang) for name in lines["ledger"]]
        lines["missing"] = lines["missing"].map(len)
        print_table(lines, headings(lines, lang))
    for said in _unsent(outcome):
        voice(said)
    if len(rules := by_rule(found, config, lang)):
        print()
        print_table(rules, headings(rules, lang))
    counts = statuses(outcome.findings.of(outcome.years))
    if any(counts.values()):
        voice(say("findings_statuses", **counts))
