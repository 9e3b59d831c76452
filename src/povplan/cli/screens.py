"""Name lists and cross-tabs on a screen: as much as its width holds, and words about the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from povplan.cli.fitting import GAP, needs, print_broken, screen_width
from povplan.cli.output import Voice
from povplan.jobs.asking import Asked
from povplan.jobs.listing import NameList, is_cut, names_persons
from povplan.jobs.listpage import columns_of, first_listed, shapes_of
from povplan.jobs.printing import counted, formatted, heading_over, silent
from povplan.jobs.tablepage import table_remarks, table_text, table_what
from povplan.jobs.tabling import MANY_VALUES, Table
from povplan.messages import Said, say

SHOWN = 50
"""Rows that a terminal gets to see."""


def show_list(found: NameList, voice: Voice) -> None:
    """As many rows and columns as a screen holds, with the totals of the whole list; nothing of no rows."""
    if not len(found.frame):
        return
    lang = voice.lang
    some = replace(found, frame=found.frame.head(SHOWN))
    columns = columns_of(some, lang, mask=True)
    shapes = shapes_of(some, columns)
    numbers = [str(at + 1) for at in range(len(some.frame))]
    cells = {
        name: [formatted(value, shapes[name]) if name in shapes else value for value in values]
        for name, values in columns.items()
    }
    if any(name in shapes and total is not None for name, total in found.totals.items()):
        below = {"axis_subtotal": found.subtotals} if is_cut(found) else {}
        for label, totals in (below | {"axis_total": found.totals}).items():
            numbers.append(say(label).text(lang))
            for name, values in cells.items():
                known = name in shapes and totals.get(name) is not None
                values.append(formatted(totals[name], shapes[name]) if known else None)
    heads = {"": say("list_number").text(lang)} | {f.id: f.label.text(lang) for f in found.fields}
    frame = pd.DataFrame({"": numbers, **cells}, dtype=object)
    shown, hidden = _fitting(frame, heads)
    print_broken(frame[shown], [heads[name] for name in shown])
    if hidden:
        voice(say("list_hidden_columns", columns="、".join(heads[name] for name in hidden)))


def _fitting(frame: pd.DataFrame, heads: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The columns that fit the width of the screen, and those that do not; at least two are shown."""
    left = screen_width()
    shown: list[str] = []
    hidden: list[str] = []
    for name in frame.columns:
        need = needs(frame[name].tolist(), heads[name])
        fits = need <= left or len(shown) < 2
        (shown if fits else hidden).append(name)
        left -= need + GAP if fits else 0
    return shown, hidden


def tell_none(asked: Asked, voice: Voice) -> None:
    """That no row meets the condition."""
    rows = say(f"rows_in_{asked.ledger.level}")
    voice.insist(say("list_none", rows=rows.text(voice.lang)))


def tell_list(found: NameList, voice: Voice, *, on_screen: bool) -> None:
    """How many there are, how many cannot be told, what is not shown and how to have it."""
    asked, lang, shown = found.asked, voice.lang, len(found.frame)
    cut, more = is_cut(found), on_screen and shown > SHOWN
    if more and not cut:
        voice(say("list_more", counted=counted(asked, shown, lang), shown=SHOWN))
    elif not shown:
        tell_none(asked, voice)
    else:
        voice(say("list_all", counted=counted(asked, found.matched, lang)))
    if cut:
        voice(first_listed(found, lang))
    if cut and more:
        voice(say("list_on_screen", shown=SHOWN))
    if found.unknown:
        voice(say("list_unknown", counted=counted(asked, found.unknown, lang)))
    if missing := silent(asked):
        voice(missing)
    if found.unadded and shown:
        voice(say("list_stages"))
    if on_screen and shown and names_persons(found):
        voice(say("list_masked"))


def show_table(found: Table, voice: Voice) -> None:
    """The cross-tab under its title, in as many pieces as the width of the screen asks for."""
    cells, heads = table_text(found, voice.lang, plain=False)
    frame = pd.DataFrame(cells, columns=range(len(heads)), dtype=object)
    voice(_said(heading_over(found.asked, table_what(found, voice.lang), voice.lang)))
    print_broken(frame, heads, len(found.down))


def tell_table(found: Table, voice: Voice) -> None:
    """How many rows there are, which are left out and why cells are blank."""
    if not found.rows:
        tell_none(found.asked, voice)
        if not found.selection.unknown:
            return
    for note in table_remarks(found, voice.lang):
        voice(note)
    for field in found.crowded:
        voice(say("table_crowded", label=field.label.text(voice.lang), most=MANY_VALUES))


def _said(text: str) -> Said:
    return Said(text, text)
