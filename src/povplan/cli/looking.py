"""What `look` saw, as a terminal shows it; no person is named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import pandas as pd

from povplan.cli.page import Page, folded
from povplan.jobs.doubts import rule_label
from povplan.jobs.looking import Looked, Sighting
from povplan.jobs.passing import Passed
from povplan.jobs.turnout import Doubt, Turnout, doubts, turnout

FILES, RULES, TOWNSHIPS, NAMES = 40, 15, 12, 12
"""Files left out, rules, townships, villages of a township that a terminal gets to see; JSON has all."""
LABEL = 32
"""Columns of a terminal that a rule's name may take."""


def print_looked(looked: Looked, page: Page) -> None:
    """Sheets, what was left out, who reported, the commonest doubts."""
    if looked.forms:
        page.section()
        page.table(_forms(looked.forms, page), shorten="file")
    left_out = list(_left_out(looked, page))
    if len(left_out) > FILES:
        left_out[FILES:] = [page.word("look_more_files", count=len(left_out) - FILES)]
    page.listed(page.word("look_left_out"), left_out)
    if looked.assumed:
        page.section()
        page.line(page.word("look_assumed", year=looked.assumed))
    for passed in looked.passed:
        _print_turnout(passed, page)
    _print_doubts(doubts(looked.passed), looked, page)


# ---- files -----------------------------------------------------------------------------------------


def _forms(seen: Sequence[Sighting], page: Page) -> pd.DataFrame:
    """A line a sheet; the sheet is named only where a file has several."""
    several = {one.file for one, other in pairwise(seen) if one.file == other.file}
    frame = pd.DataFrame(
        {
            "file": one.file,
            "sheet": one.sheet if one.file in several else "",
            "form": one.form.text(page.lang) if one.form else "",
            "year": _span(one.years, page) or ("" if one.what == "blank" else "?"),
            "rows": f"{one.rows:,}" if one.rows else page.word("look_blank"),
            "units": str(one.units or ""),
            "totals": f"{one.agreeing}/{one.totals}" if one.totals else "",
        }
        for one in seen
    )
    return frame if several else frame.drop(columns="sheet")


def _span(years: Sequence[int], page: Page) -> str:
    return f"{years[0]}–{years[-1]}" if len(years) > 2 else page.comma.join(map(str, years))


def _left_out(looked: Looked, page: Page) -> Iterator[str]:
    """What was not read and why, and what a reader of the figures should know."""
    forms = {one.file for one in looked.forms}
    for file, why in looked.unknown.items():
        yield f"{file}{page.colon}{why.text(page.lang)}"
    for one in looked.sightings:
        words = _words(one, page) if one.file in forms else []
        if words:
            yield f"{one.file} {one.sheet}{page.colon}{(' ' if page.lang == 'en' else '；').join(words)}"
    yield from (said.text(page.lang) for said in looked.skipped)


def _words(one: Sighting, page: Page) -> list[str]:
    """What is to be said of a sheet in a file that holds a form."""
    words = [one.said.text(page.lang)] if one.said else []
    if one.hidden_rows:
        words.append(page.word("look_hidden_rows", count=one.hidden_rows))
    if one.hidden and one.form:
        words.append(page.word("look_hidden_sheet"))
    return words


# ---- units -----------------------------------------------------------------------------------------


def _print_turnout(passed: Passed, page: Page) -> None:
    """How many villages reported each ledger; then by name those that did not, or in two files."""
    lines, villages = turnout(passed), passed.villages
    if not villages or not lines:
        return
    page.section()
    page.line(_known(passed, page))
    frame = pd.DataFrame(
        {
            "ledger": line.ledger.label.text(page.lang),
            "year": _year(line),
            "reported": str(line.reported),
            "missing": "—" if line.missing is None else str(len(line.missing)),
            "twice": "—" if line.missing is None else str(len(line.twice)),
        }
        for line in lines
    )
    page.table(frame)
    missing = (text for line in lines for text in _missing(line, villages, page))
    page.listed(page.word("look_missing"), missing)
    page.listed(page.word("look_twice"), (text for line in lines for text in _twice(line, page)))


def _year(line: Turnout) -> str:
    return "?" if line.year is None else str(line.year)


def _known(passed: Passed, page: Page) -> str:
    """How many townships and villages there are, who says so, and which names stand for several."""
    townships = _by_township(passed.villages)
    key = "look_known_listed" if passed.listed else "look_known"
    said = page.word(key, villages=len(passed.villages), townships=len(townships))
    names = pd.Series([name for names in townships.values() for name in names])
    same = page.comma.join(names[names.duplicated()].unique())
    return said + (page.word("look_same_name", names=same) if same else "")


def _missing(line: Turnout, villages: Sequence[str], page: Page) -> Iterator[str]:
    """The villages that did not report a ledger, a line a township."""
    all_of, absent = _by_township(villages), _by_township(line.missing or ())
    head = f"{line.ledger.label.text(page.lang)} {_year(line)}"
    for township, names in list(absent.items())[:TOWNSHIPS]:
        whole = len(names) > 1 and len(names) == len(all_of[township])
        shown = page.word("look_all_villages", count=len(names)) if whole else _some(names, page)
        yield f"{head} {township.rsplit('/', 1)[-1]}{page.colon}{shown}"
    if len(absent) > TOWNSHIPS:
        yield page.word("look_more_townships", head=head, count=len(absent) - TOWNSHIPS)


def _by_township(villages: Iterable[str]) -> dict[str, list[str]]:
    """Path of the township → names of its villages, in order."""
    found: dict[str, list[str]] = {}
    for path in villages:
        township, _, name = path.rpartition("/")
        found.setdefault(township, []).append(name)
    return found


def _some(names: Sequence[str], page: Page) -> str:
    """The names, of many the first few and how many there are."""
    shown = page.comma.join(names[:NAMES])
    return shown if len(names) <= NAMES else page.word("look_and_more", names=shown, count=len(names))


def _twice(line: Turnout, page: Page) -> Iterator[str]:
    """Villages that stand in several files, gathered by files."""
    by_files: dict[tuple[str, ...], list[str]] = {}
    for unit, files in line.twice:
        by_files.setdefault(files, []).append(unit.split("/", 1)[-1])
    head = f"{line.ledger.label.text(page.lang)} {_year(line)}"
    for files, units in by_files.items():
        yield f"{head} {_some(units, page)}{page.colon}{page.comma.join(files)}"


# ---- doubts ----------------------------------------------------------------------------------------


def _print_doubts(found: Sequence[Doubt], looked: Looked, page: Page) -> None:
    if not looked.passed:
        return
    page.section()
    if not found:
        page.line(page.word("look_no_doubt"))
        return
    frame = pd.DataFrame(
        {
            "severity": page.word(f"severity_{one.severity}"),
            "count": f"{one.count:,}",
            "label": "\n".join(folded(rule_label(one.rule, one.passed.config).text(page.lang), LABEL)),
            "where": _where(one),
        }
        for one in found[:RULES]
    )
    page.table(frame, shorten="where")
    if len(found) > RULES:
        page.line(page.word("look_more_rules", count=len(found) - RULES))


def _where(doubt: Doubt) -> str:
    if doubt.source is None:
        return ""
    return f"{doubt.source.file} {doubt.source.sheet}" + (f"!{doubt.cell}" if doubt.cell else "")
