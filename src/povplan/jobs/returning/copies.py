"""Marked copies: each submitted file with its findings shown in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from povplan.excel.marking import SEVERITIES, Copy, Doubt, Listing, marked_copy
from povplan.excel.widths import room_for
from povplan.jobs.checking import Findings
from povplan.jobs.returning.senders import Sender
from povplan.messages import catalogue, say
from povplan.model import Source
from povplan.sheets.book import lines

COLUMNS = {
    "severity": 8,
    "number": 13,
    "place": 20,
    "entity": 24,
    "name": 10,
    "message": 48,
    "hint": 40,
    "rule": 14,
    "status": 8,
}
VANISHED = "vanished"
"""The finding that has no cell in the file it is about: its cell lies in an earlier one."""
LINK = list(COLUMNS).index("place")
WHOLE = (LINK, list(COLUMNS).index("rule"))


@dataclass(frozen=True)
class Copying:
    """The marked copy of one file: all that a worker process needs to make it."""

    sender: Sender
    mine: pd.DataFrame
    """Its findings, as `told`."""
    sources: Mapping[int, Source]
    lang: str

    def __call__(self, path: Path) -> Copy:
        """The file at the path, marked. BadFile where it cannot be read again."""
        doubts = list(_doubts(self.mine, self.sender, self.sources, self.lang))
        return marked_copy(path, _listing(self.sender, self.mine, doubts, self.lang))


def copying(sender: Sender, findings: pd.DataFrame, found: Findings, lang: str) -> Copying | None:
    """How the marked copy of a file is made; None where nothing is found in it. `findings` as `told`."""
    mine = _of(sender, findings)
    if not len(mine):
        return None
    return Copying(sender, mine, {at: found.sources[at] for at in sender.sources}, lang)


def _of(sender: Sender, findings: pd.DataFrame) -> pd.DataFrame:
    """Open and excused findings in the file, and rows of its units that an earlier file had and it lacks."""
    absent = findings["rule"] == VANISHED
    here = findings["source"].isin(list(sender.sources)) & ~absent
    missing = pd.Series(False, index=findings.index)
    for ledger, units in sender.current.items():
        missing |= absent & (findings["ledger"] == ledger) & findings["unit"].isin(list(units))
    return findings[(here | missing) & (findings["status"] != "fixed")]


def _doubts(mine: pd.DataFrame, sender: Sender, sources: Mapping[int, Source], lang: str) -> Iterator[Doubt]:
    for line in lines(mine):
        here = line.rule != VANISHED and line.source is not pd.NA and line.source in sender.sources
        sheet, row, column = _place(line, sources) if here else (None, None, None)
        where = f"{sheet}!{line.cell}" if sheet and _text(line.cell) else sheet or ""
        cells = (
            _word("severity", line.severity, lang),
            line.number,
            where,
            *(_text(value) for value in (line.entity, line.name, line.message, line.hint, line.rule)),
            _word("status", line.status, lang),
        )
        values = {"severity": cells[0], "number": line.number, "message": _text(line.message)}
        note = say("returns_note", **values, hint=_text(line.hint), row="{row}").text(lang)
        yield Doubt(line.severity, cells, note, sheet, row, column, open=bool(line.is_open))


def _place(line: Any, sources: Mapping[int, Source]) -> tuple[str, int | None, int | None]:
    """The cell of a finding; of one that speaks of a whole row its first cell that was read."""
    source = sources[int(line.source)]
    row = None if line.row is pd.NA else int(line.row)
    if line.column is not pd.NA:
        return source.sheet, row, int(line.column)
    return source.sheet, row, min(source.columns.values(), default=1)


def _listing(sender: Sender, mine: pd.DataFrame, doubts: Sequence[Doubt], lang: str) -> Listing:
    counts = mine[mine["is_open"]]["severity"].value_counts()
    said = {name: int(counts.get(name, 0)) for name in ("error", "doubt", "notice")}
    return Listing(
        sheet=say("returns_copy_sheet").text(lang),
        title=say("returns_copy_title", name=Path(sender.name).stem).text(lang),
        lines=[say("returns_copy_counts", **said).text(lang), say("returns_copy_how").text(lang)],
        headings=[say(f"returns_copy_{name}").text(lang) for name in COLUMNS],
        widths=[_width(at, width, doubts) for at, width in enumerate(COLUMNS.values())],
        link=LINK,
        doubts=doubts,
        author=say("returns_author").text("zh"),
        begins="|".join(map(_beginning, ("zh", "en"))),
        more=say("returns_copy_more", count="{count}").text(lang),
        unlinked=say("returns_copy_silent", count="{count}").text(lang),
        protected=say("returns_copy_protected").text(lang),
        footer="&L" + say("list_internal").text(lang) + "&C" + say("page_numbering").text(lang),
    )


def _width(at: int, width: float, doubts: Sequence[Doubt]) -> float:
    """How wide a column of the list is: places and rules, which are not broken, have room for the longest."""
    if at not in WHOLE:
        return width
    return max([width, *(room_for(doubt.cells[at]) for doubt in doubts)])


@cache
def _beginning(lang: str) -> str:
    """How a comment begins, as a regular expression: the severity in words, then the finding's number."""
    note = say("returns_note", severity="\ue000", number="\ue001", message="", hint="", row="").text(lang)
    words = "|".join(re.escape(_word("severity", severity, lang)) for severity in SEVERITIES)
    first = re.escape(note.partition("\n")[0])
    return first.replace("\ue000", f"(?:{words})").replace("\ue001", "[0-9a-f]{10}") + r"\s"


def _word(kind: str, code: str, lang: str) -> str:
    key = f"{kind}_{code}"
    return say(key).text(lang) if key in catalogue() else code


def _text(value: Any) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value)
