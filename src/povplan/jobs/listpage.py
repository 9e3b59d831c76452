"""A name list as cells of text and number, and as a page to be printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from povplan.jobs.listing import NameList, flagged, is_cut, is_totalled, masked, names_persons
from povplan.jobs.printing import (
    counted,
    heading_over,
    how_many,
    origin,
    printed_unit,
    shape,
    sheet_of,
    silent,
)
from povplan.lists import words
from povplan.messages import Said, say
from povplan.sheets.page import Cell, Given, Row, Sheet, SumOf
from povplan.spec import NUMERIC, LedgerField

YEARS = "年"
"""A number in this unit names a year: not grouped by thousands, not named over the table."""
MOST_UNITS = 3
"""Units of measure that the line over the table can name; more stand in the headings."""


def columns_of(listed: NameList, lang: str, *, mask: bool) -> dict[str, list[Any]]:
    """Field id → what its cells say: texts, numbers, None."""
    frame, codes = masked(listed) if mask else listed.frame, listed.asked.standing.config.codes
    blank = [None] * len(frame)
    return {
        field.id: words(frame[field.id], field, codes.get(field.codes or ""), lang)
        if field.id in frame
        else blank
        for field in listed.fields
    }


def shapes_of(listed: NameList, columns: dict[str, list[Any]]) -> dict[str, str]:
    """Numeric field → its number format, that of its total included."""
    return {
        field.id: shape([*columns[field.id], listed.totals.get(field.id)], plain=field.unit == YEARS)
        for field in listed.fields
        if is_number(field, columns[field.id])
    }


def is_number(field: LedgerField, values: Sequence[Any]) -> bool:
    """Whether the field is printed as a number: not where it is masked."""
    return field.type in NUMERIC and not any(isinstance(value, str) for value in values)


def list_page(listed: NameList, lang: str, title: str | None = None, *, mask: bool = False) -> Sheet:
    """The list with running numbers, additive fields totalled, doubtful rows marked."""
    columns, asked = columns_of(listed, lang, mask=mask), listed.asked
    shapes = shapes_of(listed, columns)
    doubtful = flagged(listed).tolist()
    marked = any(doubtful)
    rows: list[list[Given]] = [
        [Cell(at + 1, "0"), *(_cell(columns[f.id][at], shapes.get(f.id)) for f in listed.fields)]
        for at in range(len(listed.frame))
    ]
    if marked:
        word = say("list_flagged").text(lang)
        rows = [[*row, word if doubt else None] for row, doubt in zip(rows, doubtful, strict=True)]
    lines = [Row(row) for row in rows]
    if rows and is_totalled(listed):
        totals = _total_rows(listed, shapes, len(rows), lang)
        lines += [Row([*total, *([None] if marked else [])], look="total") for total in totals]
    unit_note, in_heading = _units(listed.fields, shapes, lang)
    return sheet_of(
        name=say("list_sheet").text(lang),
        title=title or heading_over(asked, say("list_what").text(lang), lang),
        unit_note=unit_note,
        headings=[
            say("list_number").text(lang),
            *(_heading(field, in_heading, lang) for field in listed.fields),
            *([say("list_remark").text(lang)] if marked else []),
        ],
        rows=lines,
        notes=list_notes(listed, lang),
        footer="" if mask else say("list_internal" if names_persons(listed) else "table_internal").text(lang),
        lang=lang,
    )


def _cell(value: Any, number_format: str | None) -> Given:
    return Cell(value, number_format) if number_format else value


def _total_rows(listed: NameList, shapes: dict[str, str], count: int, lang: str) -> list[list[Given]]:
    """The total, live; of a list that was cut, the live subtotal of its rows, then the total as it is."""
    live = SumOf(tuple(range(count)))
    if not is_cut(listed):
        return [_total_row("axis_total", listed.totals, live, listed, shapes, lang)]
    return [
        _total_row("axis_subtotal", listed.subtotals, live, listed, shapes, lang),
        _total_row("axis_total", listed.totals, None, listed, shapes, lang),
    ]


def _total_row(
    name: str,
    totals: Mapping[str, Any],
    live: SumOf | None,
    listed: NameList,
    shapes: dict[str, str],
    lang: str,
) -> list[Given]:
    row: list[Given] = [say(name).text(lang)]
    for field in listed.fields:
        total = totals.get(field.id)
        row.append(None if total is None or field.id not in shapes else Cell(total, shapes[field.id], live))
    return row


def _units(fields: Sequence[LedgerField], shapes: dict[str, str], lang: str) -> tuple[str, bool]:
    """The line of units over the table, and whether they stand in the headings instead."""
    units = [field.unit for field in fields if field.id in shapes and field.unit not in (None, YEARS)]
    named = list(dict.fromkeys(printed_unit(unit) for unit in units if unit))
    if len(named) > MOST_UNITS:
        return "", True
    return (say("list_unit", units="、".join(named)).text(lang) if named else ""), False


def _heading(field: LedgerField, in_heading: bool, lang: str) -> str:
    label = field.label.text(lang)
    return (
        f"{label}({printed_unit(field.unit)})" if in_heading and field.unit and field.unit != YEARS else label
    )


def first_listed(listed: NameList, lang: str) -> Said:
    """How many rows of a list that was cut are in it, and what its totals are of."""
    shown = counted(listed.asked, len(listed.frame), lang)
    return say("list_note_first_totals" if is_totalled(listed) else "list_note_first", counted=shown)


def list_notes(listed: NameList, lang: str) -> list[str]:
    """What must be known of the list: where it comes from, how many rows, what is not known or not added."""
    asked = listed.asked
    count = how_many(asked, listed.matched, lang)
    if is_cut(listed):
        count += " " * (lang == "en") + first_listed(listed, lang).text(lang)
    notes = [*origin(asked, lang), count]
    if listed.unknown:
        notes.append(say("list_unknown", counted=counted(asked, listed.unknown, lang)).text(lang))
    if said := silent(asked):
        notes.append(said.text(lang))
    if listed.unadded:
        notes.append(say("list_stages").text(lang))
    return [*notes, say("list_note_blank").text(lang)]
