"""What `look` saw, for machines, and the command to type next; no person is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from povplan.jobs.doubts import rule_label
from povplan.jobs.looking import Looked, Question, Sighting
from povplan.jobs.passing import Passed
from povplan.jobs.turnout import Doubt, Turnout, doubts, turnout
from povplan.messages import Said, say
from povplan.reading.templates import Filled


def next_command(looked: Looked, question: Question) -> str | None:
    """What to type next: make a workspace of these files, or take them into the one there is."""
    if not looked.passed:
        return None
    if question.workspace:
        year = f" --year {looked.years[0]}" if len(looked.years) == 1 else ""
        paths = " ".join(map(_typed, question.given))
        return f"povplan update -w {_typed(question.workspace.root)}{year} {paths}"
    passed = max(looked.passed, key=lambda one: len(one.reports))
    return learn_command(question, passed.county, passed.config.profile.profile)


def learn_command(question: Question, county: str = "", profile: str = "") -> str:
    """A workspace of the files looked at, of the county and profile where they are known."""
    folder = _typed(county or say("look_new_folder").zh)
    known = "".join(
        f" --{name} {_typed(value)}" for name, value in (("profile", profile), ("county", county)) if value
    )
    sources = " ".join(f"--from {_typed(path)}" for path in question.given)
    return f"povplan init {folder}{known} {sources}"


def _typed(path: Path | str) -> str:
    """A path as a shell takes it, on Windows too."""
    text = str(path)
    return f'"{text}"' if any(letter in " \t&()'$`;" for letter in text) else text


def sheets(looked: Looked, lang: str) -> pd.DataFrame:
    """One row a sheet, or a file without any.

    Columns: file sheet what form profile year rows units agreeing totals hidden_rows message.
    """
    return pd.DataFrame(
        {
            "file": one.file,
            "sheet": one.sheet,
            "what": say(f"look_what_{one.what}").text(lang),
            "form": one.form.text(lang) if one.form else None,
            "profile": one.profile,
            "year": "、".join(map(str, one.years)) or None,
            "rows": one.rows if one.form else None,
            "units": one.units if one.form else None,
            "agreeing": one.agreeing if one.form else None,
            "totals": one.totals if one.form else None,
            "hidden_rows": one.hidden_rows if one.form else None,
            "message": one.said.text(lang) if one.said else None,
        }
        for one in looked.sightings
    )


def as_json(looked: Looked, question: Question) -> dict[str, Any]:
    """The one object that `look` prints."""
    return {
        "files": [_sighting_json(one) for one in looked.sightings],
        "skipped": [_both(said) for said in looked.skipped],
        "years": looked.years,
        "assumed_year": looked.assumed,
        "units": [_units_json(passed) for passed in looked.passed],
        "turnout": [_turnout_json(line, one) for one in looked.passed for line in turnout(one)],
        "doubts": [_doubt_json(one) for one in doubts(looked.passed)],
        "next": next_command(looked, question),
    }


def _both(said: Said | None) -> dict[str, str | None]:
    return {"message_zh": said.zh if said else None, "message_en": said.en if said else None}


def _sighting_json(one: Sighting) -> dict[str, Any]:
    return {
        "file": one.file,
        "sheet": one.sheet,
        "what": one.what,
        "form": one.form.zh if one.form else None,
        "profile": one.profile,
        "years": list(one.years),
        "rows": one.rows,
        "units": one.units,
        "totals": {"printed": one.totals, "agreeing": one.agreeing},
        "hidden_rows": one.hidden_rows,
        "hidden_sheet": one.hidden,
        "template": _template_json(one.template) if one.template else None,
        **_both(one.said),
    }


def _template_json(template: Filled) -> dict[str, Any]:
    stamp = template.stamp
    return {
        "ledger": stamp.ledger,
        "year": stamp.year,
        "unit": stamp.unit or None,
        "version": stamp.version,
        "batch": stamp.batch or None,
        "filled": template.filled,
        "unfilled": template.unfilled,
        "left": template.left,
    }


def _units_json(passed: Passed) -> dict[str, Any]:
    return {
        "profile": passed.config.profile.profile,
        "from": "workspace" if passed.listed else "files",
        "villages": passed.villages,
    }


def _turnout_json(line: Turnout, passed: Passed) -> dict[str, Any]:
    return {
        "profile": passed.config.profile.profile,
        "ledger": line.ledger.ledger,
        "year": line.year,
        "reported": line.reported,
        "missing": None if line.missing is None else list(line.missing),
        "twice": [{"unit": unit, "files": list(files)} for unit, files in line.twice],
    }


def _doubt_json(one: Doubt) -> dict[str, Any]:
    label = rule_label(one.rule, one.passed.config)
    return {
        "rule": one.rule,
        "label_zh": label.zh,
        "label_en": label.en,
        "severity": one.severity,
        "ledger": one.ledger,
        "count": one.count,
        "year": one.year,
        "file": one.source.file if one.source else None,
        "sheet": one.source.sheet if one.source else None,
        "cell": one.cell,
        **_both(one.message),
        "hint_zh": one.hint.zh,
        "hint_en": one.hint.en,
    }
