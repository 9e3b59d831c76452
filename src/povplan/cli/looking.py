"""What `look` saw, for the terminal and for machines: every line fits the terminal, no person is named."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.cells import cell_len, set_cell_size

from povplan.cli.output import print_table
from povplan.cli.showing import headings, rule_label
from povplan.jobs.looking import Looked, Question, Sighting
from povplan.jobs.passing import Passed
from povplan.jobs.turnout import Doubt, Turnout, doubts, turnout
from povplan.messages import Said, say
from povplan.model import column_letters

RULES, TOWNSHIPS, NAMES = 15, 12, 12
"""Rules, townships and villages of a township that a terminal gets to see; JSON has all."""
LABEL = 30
"""Columns of a terminal that a rule's name may take."""


def sheets(looked: Looked, lang: str) -> pd.DataFrame:
    """One row a sheet, or a file without any: file sheet what form profile year rows units agreeing totals
    hidden_rows message."""
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
            "hidden_rows": one.hidden_rows,
            "message": one.said.text(lang) if one.said else None,
        }
        for one in looked.sightings
    )


# ---- terminal --------------------------------------------------------------------------------------


def print_looked(looked: Looked, lang: str) -> None:
    """Sheets, what was left out, who reported, the commonest doubts."""
    width = shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else 160
    forms = [one for one in looked.sightings if one.form]
    if forms:
        _print_fitted(_forms(forms, lang), "file", lang, width)
    _print_list("look_left_out", _left_out(looked, lang), lang)
    if looked.assumed:
        print("\n" + say("look_assumed", year=looked.assumed).text(lang))
    for passed in looked.passed:
        _print_turnout(passed, looked, lang, width)
    found = doubts(looked.passed)
    if found:
        print()
        frame = _doubts(found[:RULES], lang)
        _print_fitted(frame, "where", lang, width)
        if len(found) > RULES:
            print(say("look_more_rules", count=len(found) - RULES).text(lang))
    elif looked.passed:
        print("\n" + say("look_no_doubt").text(lang))


def _forms(seen: Sequence[Sighting], lang: str) -> pd.DataFrame:
    """A line a sheet; the sheet is named only where a file has several."""
    several = {one.file for one, other in zip(seen, seen[1:], strict=False) if one.file == other.file}
    frame = pd.DataFrame(
        {
            "file": one.file,
            "sheet": one.sheet if one.file in several else "",
            "form": one.form.text(lang) if one.form else "",
            "year": _span(one.years) or ("" if one.what == "blank" else "?"),
            "rows": f"{one.rows:,}" if one.rows else say("look_blank").text(lang),
            "units": str(one.units or ""),
            "totals": f"{one.agreeing}/{one.totals}" if one.totals else "",
        }
        for one in seen
    )
    return frame if several else frame.drop(columns="sheet")


def _span(years: Sequence[int]) -> str:
    return f"{years[0]}–{years[-1]}" if len(years) > 2 else "、".join(map(str, years))


def _left_out(looked: Looked, lang: str) -> Iterator[str]:
    """What was not read and why, and what a reader of the figures should know."""
    colon = ": " if lang == "en" else "："
    told: set[str] = set()
    forms = {one.file for one in looked.sightings if one.form}
    for one in looked.sightings:
        at = f"{one.file} {one.sheet}" if one.sheet and one.file in forms else one.file
        words = [one.said.text(lang)] if one.said else []
        if one.hidden_rows:
            words.append(say("look_hidden_rows", count=one.hidden_rows).text(lang))
        if one.hidden and one.form:
            words.append(say("look_hidden_sheet").text(lang))
        if one.form is None and one.file not in forms:
            if one.file in told:
                continue
            told.add(one.file)
            words = [_nearest(looked, one.file).text(lang)]
        if words:
            yield f"{at}{colon}{(' ' if lang == 'en' else '；').join(words)}"
    yield from (said.text(lang) for said in looked.skipped)


def _nearest(looked: Looked, file: str) -> Said:
    """Why a file gave nothing, in one sentence: of its sheet that is most like a form."""
    of_file = [one for one in looked.sightings if one.file == file]
    return max(of_file, key=lambda one: one.found).said or say("look_empty")


def _print_list(key: str, lines: Iterable[str], lang: str) -> None:
    listed = list(lines)
    if listed:
        print("\n" + say(key).text(lang))
    for line in listed:
        print(f"  {line}")


def _print_turnout(passed: Passed, looked: Looked, lang: str, width: int) -> None:
    """How many villages reported each ledger; then by name those that did not, or in two files."""
    lines = turnout(passed)
    villages = [path for path in passed.registry.paths if path.count("/") == 2]
    if not villages or not lines:
        return
    print("\n" + _known(passed, villages).text(lang))
    frame = pd.DataFrame(
        {
            "ledger": line.ledger.label.text(lang),
            "year": "?" if line.year == looked.assumed and line.year not in looked.years else str(line.year),
            "reported": str(line.reported),
            "missing": "—" if line.missing is None else str(len(line.missing)),
            "twice": "—" if line.missing is None else str(len(line.twice)),
        }
        for line in lines
    )
    print_table(frame, headings(frame, lang))
    _print_list("look_missing", (text for line in lines for text in _missing(line, villages, lang)), lang)
    _print_list("look_twice", (text for line in lines for text in _twice(line, lang)), lang)


def _known(passed: Passed, villages: Sequence[str]) -> Said:
    townships = len({path.rsplit("/", 1)[0] for path in villages})
    names = pd.Series([path.rsplit("/", 1)[1] for path in villages])
    same = "、".join(names[names.duplicated()].unique())
    key = "look_known_listed" if passed.listed else "look_known"
    said = say(key, villages=len(villages), townships=townships)
    more = say("look_same_name", names=same) if same else Said("", "")
    return Said(said.zh + more.zh, said.en + more.en)


def _missing(line: Turnout, villages: Sequence[str], lang: str) -> Iterator[str]:
    """The villages that did not report a ledger, a line a township."""
    if not line.missing:
        return
    colon = ": " if lang == "en" else "："
    all_of = _by_township(villages)
    absent = _by_township(line.missing)
    head = f"{line.ledger.label.text(lang)} {line.year}"
    for township, names in list(absent.items())[:TOWNSHIPS]:
        whole = len(names) > 1 and len(names) == len(all_of[township])
        shown = say("look_all_villages", count=len(names)).text(lang) if whole else _some(names, lang)
        yield f"{head} {township.rsplit('/', 1)[-1]}{colon}{shown}"
    if len(absent) > TOWNSHIPS:
        yield say("look_more_townships", head=head, count=len(absent) - TOWNSHIPS).text(lang)


def _by_township(villages: Iterable[str]) -> dict[str, list[str]]:
    """Path of the township → names of its villages, in order."""
    found: dict[str, list[str]] = {}
    for path in villages:
        township, _, name = path.rpartition("/")
        found.setdefault(township, []).append(name)
    return found


def _some(names: Sequence[str], lang: str) -> str:
    """The names, of many the first few and how many there are."""
    shown = (", " if lang == "en" else "、").join(names[:NAMES])
    return shown if len(names) <= NAMES else say("look_and_more", names=shown, count=len(names)).text(lang)


def _twice(line: Turnout, lang: str) -> Iterator[str]:
    """Villages that stand in several files, gathered by files."""
    colon, comma = (": ", ", ") if lang == "en" else ("：", "、")
    by_files: dict[tuple[str, ...], list[str]] = {}
    for unit, files in line.twice:
        by_files.setdefault(files, []).append(unit.split("/", 1)[-1])
    for files, units in by_files.items():
        yield f"{line.ledger.label.text(lang)} {line.year} {_some(units, lang)}{colon}{comma.join(files)}"


def _doubts(found: Sequence[Doubt], lang: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "severity": say(f"severity_{one.severity}").text(lang),
            "count": f"{one.count:,}",
            "label": _folded(rule_label(one.rule, one.passed.config).text(lang), LABEL),
            "where": _where(one),
        }
        for one in found
    )


def _folded(text: str, width: int) -> str:
    """The text in lines of at most `width`, broken between words."""
    from rich.console import Console
    from rich.text import Text

    return "\n".join(line.plain.rstrip() for line in Text(text).wrap(Console(width=width), width))


def _where(doubt: Doubt) -> str:
    return f"{doubt.source.file} {doubt.source.sheet}!{_cell(doubt) or ''}".rstrip("!") if doubt.source else ""


def _cell(doubt: Doubt) -> str | None:
    if doubt.row is None:
        return None
    return f"{column_letters(doubt.column) if doubt.column else ''}{doubt.row}"


def _print_fitted(frame: pd.DataFrame, name: str, lang: str, width: int) -> None:
    """A table that fits the width: what is too long in the column `name` loses its middle."""
    heads = headings(frame, lang)
    shown = frame.map(str)
    wide = {
        column: max(cell_len(head), *(cell_len(line) for cell in shown[column] for line in cell.split("\n")))
        for column, head in zip(shown, heads, strict=True)
    }
    room = width - 1 - sum(wide.values()) + wide[name] - 2 * (len(wide) - 1)
    shown[name] = [_shortened(text, max(room, 16)) for text in shown[name]]
    print_table(shown, heads)


def _shortened(text: str, room: int) -> str:
    """The text with … for its middle where it is too long: files differ at both ends."""
    if cell_len(text) <= room:
        return text
    head = set_cell_size(text, (room - 1) // 2).rstrip()
    tail = set_cell_size(text[::-1], room - 1 - cell_len(head)).rstrip()[::-1]
    return f"{head}…{tail}"


# ---- the next step ---------------------------------------------------------------------------------


def next_command(looked: Looked, question: Question) -> str | None:
    """What to type next: make a workspace of these files, or take them into the one there is."""
    if not looked.passed:
        return None
    paths = " ".join(_typed(path) for path in question.given)
    years = looked.years
    if question.workspace:
        year = f" --year {years[0]}" if len(years) == 1 else ""
        return f"povplan update -w {_typed(question.workspace.root)}{year} {paths}"
    passed = max(looked.passed, key=lambda one: len(one.reports))
    counties = {path.split("/")[0] for path in passed.registry.paths} - {say("look_county").zh}
    county = counties.pop() if len(counties) == 1 else ""
    named = f" --county {_typed(county)}" if county else ""
    profile = passed.config.profile.profile
    sources = " ".join(f"--from {_typed(path)}" for path in question.given)
    return f"povplan init {_typed(county or say('look_new_folder').zh)} --profile {profile}{named} {sources}"


def _typed(path: Path | str) -> str:
    """A path as a shell takes it, on Windows too."""
    text = str(path)
    return f'"{text}"' if any(letter in " \t&()'$`;" for letter in text) else text


# ---- JSON ------------------------------------------------------------------------------------------


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
        **_both(one.said),
    }


def _units_json(passed: Passed) -> dict[str, Any]:
    return {
        "profile": passed.config.profile.profile,
        "from": "workspace" if passed.listed else "files",
        "villages": [path for path in passed.registry.paths if path.count("/") == 2],
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
        "cell": _cell(one),
        **_both(one.message),
        "hint_zh": one.hint.zh,
        "hint_en": one.hint.en,
    }
