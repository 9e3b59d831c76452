"""A cross-tab as cells of text and number, and as a page to be printed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from povplan.crosstab import Kind
from povplan.formulas.wording import worded
from povplan.jobs.asking import scope
from povplan.jobs.printing import (
    counted,
    formatted,
    heading_over,
    how_many,
    origin,
    printed_unit,
    shape,
    sheet_of,
    silent,
)
from povplan.jobs.tabling import Table
from povplan.messages import Said, say
from povplan.model import NOTES
from povplan.sheets.page import NOT_APPLICABLE, Cell, Given, Live, Row, RowLook, Sheet, SumAcross, SumOf
from povplan.spec import NUMERIC

MOST_RANGES = 255
"""Stretches of cells that one SUM of Excel takes; of more groups the totals are plain numbers."""
LOOKS: Mapping[Kind, RowLook] = {"category": "plain", "subtotal": "subtotal", "total": "total"}


def table_page(table: Table, lang: str, title: str | None = None) -> Sheet:
    """The cross-tab with its margins; where the figures add up, the margins are sums of cells."""
    asked = table.asked
    return sheet_of(
        name=say("table_sheet").text(lang),
        title=title or heading_over(asked, table_what(table, lang), lang),
        unit_note=table_unit(table, lang),
        headings=[*line_heads(table, lang), *column_heads(table, lang)],
        rows=_rows(table, lang),
        notes=table_notes(table, lang),
        footer=say("table_internal").text(lang),
        frozen=len(table.down),
        lang=lang,
    )


def _rows(table: Table, lang: str) -> list[Row]:
    """Each line: its labels, then its figures; a cell that no row falls into is marked, not blank."""
    values, number_format = table_figures(table)
    none = table.found.grid("note") == "no_rows"
    return [
        Row(
            [
                *(label.text(lang) for label in line.labels),
                *(
                    NOT_APPLICABLE
                    if none[at, j]
                    else Cell(_known(values[at, j]), number_format, _adds(table, at, j))
                    for j in range(len(table.found.columns))
                ),
            ],
            LOOKS[line.kind],
        )
        for at, line in enumerate(table.found.lines)
    ]


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def table_figures(table: Table) -> tuple[Any, str]:
    """What the cells show, lines × columns with NaN for blanks, and the number format."""
    if table.shares is not None:
        return table.shares, "0.0%"
    values = table.found.grid()
    return values, shape([float(value) for value in values.ravel()])


def line_heads(table: Table, lang: str) -> list[str]:
    """The headings over the names of the lines; what goes across is named there where 1, 2, 3 do not tell."""
    heads = [field.label.text(lang) for field in table.down]
    if table.across and table.across.type in (*NUMERIC, "boolean", "date") and not table.banded:
        heads[-1] = f"{heads[-1]}＼{table.across.label.text(lang)}"
    return heads


def column_heads(table: Table, lang: str) -> list[str]:
    """The headings of the figures: the categories across and 合计, or the figure's own name."""
    if table.across is None:
        return [value_label(table, lang)]
    return [column.labels[0].text(lang) for column in table.found.columns]


def value_label(table: Table, lang: str) -> str:
    """The figure in words: 户数 for `count()`, else the formula with labels for ids."""
    return worded(table.value, scope(table.asked.standing, table.asked.ledger)).text(lang)


def table_what(table: Table, lang: str) -> str:
    """What the table shows, for its title."""
    fields = [*table.down, *([table.across] if table.across else [])]
    by = Said("、".join(f.label.zh for f in fields), " and ".join(f.label.text("en") for f in fields))
    value = value_label(table, lang)
    if table.share:
        value = say(f"table_share_{table.share}", value=value).text(lang)
    return say("table_what", by=by.text(lang), value=value).text(lang)


def table_unit(table: Table, lang: str) -> str:
    """The line of the unit over the table."""
    unit = "%" if table.shares is not None else table.in_unit
    return say("list_unit", units=printed_unit(unit)).text(lang) if unit else ""


def _adds(table: Table, line: int, column: int) -> Live | None:
    """The cells of which a margin is the sum: those of its group or of all groups, else those of its line.

    None where figures do not add up, and where each line, or each column, is a whole of its own.
    """
    found, names = table.found, len(table.down)
    if not table.adds_up or len(found.places(found.lines, "subtotal")) > MOST_RANGES:
        return None
    own = found.lines[line]
    if own.kind != "category" and table.share != "row":
        group = None if own.kind == "total" else own.group
        held = found.places(found.lines, "category")
        return SumOf(tuple(at for at in held if group is None or found.lines[at].group == group))
    if found.columns[column].kind == "total" and len(found.columns) > 1 and table.share != "col":
        return SumAcross(tuple(names + at for at in found.places(found.columns, "category")))
    return None


def table_text(table: Table, lang: str, *, plain: bool) -> tuple[list[list[Any]], list[str]]:
    """The cells as texts with the names of their lines before them, and the headings.

    `plain` leaves numbers as they are and the cells without rows blank; else an outer category is named
    once for all its lines.
    """
    (page,) = table_page(table, lang).tables
    cells = [[_text(cell, plain=plain) for cell in row.cells] for row in page.rows]
    if not plain and len(table.down) > 1:
        outer = [row[0] for row in cells]
        for row, before, own in zip(cells[1:], outer, outer[1:], strict=False):
            row[0] = "" if own == before else own
    return cells, [column.head[0] for column in page.columns]


def _text(cell: Given, *, plain: bool) -> Any:
    if isinstance(cell, Cell):
        return _whole(cell.value) if plain else formatted(cell.value, cell.shape)
    return None if plain and cell == NOT_APPLICABLE else cell


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def table_remarks(table: Table, lang: str) -> list[Said]:
    """What must be said beside a cross-tab on a screen: rows, those left out, why cells are blank."""
    skipped = len(origin(table.asked, lang)) + 1
    return [Said(note, note) for note in table_notes(table, lang)[skipped:]]


def table_notes(table: Table, lang: str) -> list[str]:
    """What must be known of the table: source, rows, what was left out and why cells are blank."""
    asked = table.asked
    notes = origin(asked, lang)
    notes.append(say("table_note_value", value=value_label(table, lang), text=table.value).text(lang))
    notes.append(how_many(asked, table.rows, lang))
    if table.selection.unknown:
        notes.append(say("list_unknown", counted=counted(asked, table.selection.unknown, lang)).text(lang))
    if said := silent(asked):
        notes.append(said.text(lang))
    if table.left_out:
        notes.append(say("table_left_out", counted=counted(asked, table.left_out, lang)).text(lang))
    notes += [say("table_senseless", label=one.label.text(lang)).text(lang) for one in table.senseless]
    if table.shares is not None:
        notes.append(say("table_note_shares").text(lang))
    elif not table.adds_up:
        notes.append(say("table_note_margins").text(lang))
    if table.banded:
        notes.append(say("table_note_bands").text(lang))
    reasons = [str(note) for note in dict.fromkeys(table.found.cells["note"].dropna()) if note != "no_rows"]
    notes += [say("table_note_blank", reason=NOTES[note].text(lang)).text(lang) for note in reasons]
    if table.found.cells["note"].eq("no_rows").any():
        notes.append(say("table_note_none").text(lang))
    return notes
