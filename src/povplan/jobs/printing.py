"""A name list or a cross-tab as a page to be printed: title, unit, headings, rows, totals that add, notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from povplan.crosstab import CrossTab, Line
from povplan.excel.write import write_sheets
from povplan.formulas.wording import worded
from povplan.jobs.asking import scope
from povplan.jobs.listing import Asked, NameList, Table, flagged, masked
from povplan.lists import words
from povplan.messages import Said, say
from povplan.model import NOTES
from povplan.platform import owner_only
from povplan.sheets import Sheet
from povplan.spec import NUMERIC, LedgerField

NO_ROWS = "—"
"""In a cell of a cross-tab that no row falls into; a blank cell has its reason in a note."""
YEARS = "年"
MOST_UNITS = 3
"""Units of measure that the line over the table can name; more stand in the headings."""


@dataclass(frozen=True)
class Span:
    """A rectangle of cells in the body of a page, both ends included, counted from 0."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True)
class Cell:
    """A figure with its number format, and the cells whose sum it is, if it is a plain sum of cells."""

    value: Any
    shape: str
    adds: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Page:
    """What is printed: a table with a title, its last line the total."""

    name: str
    title: str
    unit_note: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Any]]
    """A cell is a text, None, or a `Cell`."""
    notes: Sequence[str]
    footer: str = ""


def sheet_of(page: Page) -> Sheet:
    """The page as a sheet to be drawn."""
    rows = [[_drawn(cell) for cell in row] for row in page.rows]
    notes = [*page.notes, *([page.footer] if page.footer else [])]
    return Sheet(page.name, page.headings, rows, page.title, page.unit_note, notes)


def _drawn(cell: Any) -> Any:
    if isinstance(cell, Cell):
        return None if cell.value is None else (cell.value, cell.shape)
    return cell


def write_page(path: Path, page: Page) -> Path:
    """The page as a workbook that only its owner can read; where the file is open, under a new name."""
    with owner_only():
        return write_sheets(path, [sheet_of(page)])


# ---- words both pages share --------------------------------------------------------------------------


def where_in_words(asked: Asked) -> Said | None:
    """The condition as people say it."""
    return worded(asked.where, scope(asked.standing, asked.ledger)) if asked.where else None


def heading_over(asked: Asked, what: str, lang: str) -> str:
    """`清河县东岭镇2024年农户基础台账名单（脱贫状态为贫困）`."""
    county = asked.standing.workspace.settings.county.name
    units = asked.standing.units(asked.year)
    path = asked.unit or county or (units[0].split("/")[0] if units else "")
    places = path.split("/")
    values = {"label": asked.ledger.label.text(lang), "year": asked.year, "what": what}
    place = Said("".join(places), ", ".join(reversed(places))).text(lang)
    title = say("list_title", place=place, **values).text(lang)
    where = where_in_words(asked)
    return title + (say("list_title_where", where=where.text(lang)).text(lang) if where else "")


def origin(asked: Asked, lang: str) -> list[str]:
    """Year, batch and condition: what somebody must know to make the page again."""
    lines = [say("list_note_origin", year=asked.year, batch=asked.batch or "—").text(lang)]
    if where := where_in_words(asked):
        lines.append(say("list_note_where", where=where.text(lang), text=asked.where).text(lang))
    return lines


def counted(asked: Asked, number: int, lang: str) -> str:
    """`12户`: a number of rows in words."""
    return say(
        "list_counted", number=f"{number:,}", rows=say(f"rows_in_{asked.ledger.level}").text(lang)
    ).text(lang)


def shape(values: Sequence[Any], *, plain: bool = False) -> str:
    """A number format with as many decimals as the figures need, at most two, four below one."""
    known = [value for value in values if value is not None and value == value]
    if all(float(value).is_integer() for value in known):
        return "0" if plain else "#,##0"
    small = max(abs(value) for value in known) < 1
    return "#,##0.0000" if small else "#,##0.00"


def formatted(value: Any, number_format: str) -> str:
    """The figure as the format shows it; nothing where there is none."""
    if value is None or value != value:
        return ""
    if number_format.endswith("%"):
        return f"{value:.{number_format.count('0') - 1}%}"
    decimals = len(number_format.partition(".")[2])
    return f"{value:{',' if number_format.startswith('#') else ''}.{decimals}f}"


# ---- the list ----------------------------------------------------------------------------------------


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


def list_page(listed: NameList, lang: str, title: str | None = None, *, mask: bool = False) -> Page:
    """The list with running numbers, additive fields totalled, doubtful rows marked."""
    columns, asked = columns_of(listed, lang, mask=mask), listed.asked
    shapes = shapes_of(listed, columns)
    doubtful = flagged(listed).tolist()
    marked = any(doubtful)
    rows: list[list[Any]] = [
        [Cell(at + 1, "0"), *(_cell(columns[f.id][at], shapes.get(f.id)) for f in listed.fields)]
        for at in range(len(listed.frame))
    ]
    if marked:
        word = say("list_flagged").text(lang)
        rows = [[*row, word if doubt else None] for row, doubt in zip(rows, doubtful, strict=True)]
    if rows and any(value is not None for value in listed.totals.values()):
        rows.append(_total_row(listed, shapes, len(rows), lang) + ([None] if marked else []))
    unit_note, in_heading = _units(listed.fields, shapes, lang)
    return Page(
        name=say("list_sheet").text(lang),
        title=title or heading_over(asked, say("list_what").text(lang), lang),
        unit_note=unit_note,
        headings=[
            say("head_number").text(lang),
            *(_heading(field, in_heading, lang) for field in listed.fields),
            *([say("head_remark").text(lang)] if marked else []),
        ],
        rows=rows,
        notes=list_notes(listed, lang),
        footer="" if mask else say("list_internal").text(lang),
    )


def _cell(value: Any, number_format: str | None) -> Any:
    return Cell(value, number_format) if number_format else value


def _total_row(listed: NameList, shapes: dict[str, str], count: int, lang: str) -> list[Any]:
    row: list[Any] = [say("axis_total").text(lang)]
    for at, field in enumerate(listed.fields, 1):
        total = listed.totals.get(field.id)
        adds = (Span(0, at, count - 1, at),)
        row.append(None if total is None or field.id not in shapes else Cell(total, shapes[field.id], adds))
    return row


def _units(fields: Sequence[LedgerField], shapes: dict[str, str], lang: str) -> tuple[str, bool]:
    """The line of units over the table, and whether they stand in the headings instead."""
    units = [field.unit for field in fields if field.id in shapes and field.unit not in (None, YEARS)]
    named = list(dict.fromkeys(_unit(unit) for unit in units if unit))
    if len(named) > MOST_UNITS:
        return "", True
    return (say("list_unit", units="、".join(named)).text(lang) if named else ""), False


def _unit(unit: str) -> str:
    return "%" if unit == "percent" else unit


def _heading(field: LedgerField, in_heading: bool, lang: str) -> str:
    label = field.label.text(lang)
    return f"{label}({_unit(field.unit)})" if in_heading and field.unit and field.unit != YEARS else label


def list_notes(listed: NameList, lang: str) -> list[str]:
    """What must be known of the list: where it comes from, how many rows, what is not known or not added."""
    asked = listed.asked
    shown, matched = len(listed.frame), listed.matched
    count = say("list_note_rows", counted=counted(asked, matched, lang)).text(lang)
    if shown < matched:
        count += say("list_note_first", counted=counted(asked, shown, lang)).text(lang)
    notes = [*origin(asked, lang), count]
    if listed.unknown:
        notes.append(say("list_unknown", counted=counted(asked, listed.unknown, lang)).text(lang))
    if listed.unadded:
        notes.append(say("list_stages").text(lang))
    return [*notes, say("list_note_blank").text(lang)]


# ---- the cross-tab -----------------------------------------------------------------------------------


def table_page(table: Table, lang: str, title: str | None = None) -> Page:
    """The cross-tab with its margins; where the figures add up, the margins are sums of cells."""
    asked = table.asked
    names = len(table.down)
    values, number_format = table_figures(table)
    adds = table.formula.additive and not table.formula.is_ratio
    notes = table.found.grid("note")
    apart = bool((notes == "mixed_stages").any())
    rows: list[list[Any]] = []
    for at, line in enumerate(table.found.lines):
        row: list[Any] = [label.text(lang) for label in line.labels]
        for j in range(len(table.found.columns)):
            if notes[at, j] == "no_rows":
                row.append(NO_ROWS)
                continue
            spans = _adds(table.found, at, j, names) if adds and not apart else ()
            row.append(Cell(None if np.isnan(values[at, j]) else float(values[at, j]), number_format, spans))
        rows.append(row)
    return Page(
        name=say("table_sheet").text(lang),
        title=title or heading_over(asked, table_what(table, lang), lang),
        unit_note=table_unit(table, lang),
        headings=[*(field.label.text(lang) for field in table.down), *column_heads(table, lang)],
        rows=rows,
        notes=table_notes(table, lang),
        footer=say("list_internal").text(lang),
    )


def table_figures(table: Table) -> tuple[Any, str]:
    """What the cells show, lines × columns with NaN for blanks, and the number format."""
    if table.shares is not None:
        return table.shares, "0.0%"
    values = table.found.grid()
    return values, shape([float(value) for value in values.ravel()])


def column_heads(table: Table, lang: str) -> list[str]:
    """The headings of the figures: the categories across and 合计, or the figure's own name."""
    if table.across is None:
        return [value_label(table, lang)]
    return [column.labels[0].text(lang) for column in table.found.columns]


def value_label(table: Table, lang: str) -> str:
    """The figure in words: 户数 for `count()`, else the formula with labels for ids."""
    if table.value.replace(" ", "").lower() == "count()":
        return say(f"count_of_{table.asked.ledger.level}").text(lang)
    return worded(table.value, scope(table.asked.standing, table.asked.ledger)).text(lang)


def table_what(table: Table, lang: str) -> str:
    """What the table shows, for its title."""
    fields = [*table.down, *([table.across] if table.across else [])]
    by = Said("、".join(f.label.zh for f in fields), " and ".join(f.label.text("en") for f in fields))
    return say("table_what", by=by.text(lang), value=value_label(table, lang)).text(lang)


def table_unit(table: Table, lang: str) -> str:
    """The line of the unit over the table."""
    unit = "%" if table.shares is not None else table.in_unit
    return say("list_unit", units=_unit(unit)).text(lang) if unit else ""


def _adds(found: CrossTab, line: int, column: int, names: int) -> tuple[Span, ...]:
    """The cells of which a margin is the sum: those of its group or of all groups, else those of its line."""
    own = found.lines[line]
    if own.kind != "category":
        return tuple(
            Span(first, names + column, last, names + column)
            for first, last in _runs(found.lines, None if own.kind == "total" else own.group)
        )
    if found.columns[column].kind == "total" and len(found.columns) > 1:
        return (Span(line, names, line, names + len(found.columns) - 2),)
    return ()


def _runs(lines: Sequence[Line], group: int | None) -> list[tuple[int, int]]:
    """First and last of each stretch of category lines, of one group or of all."""
    places = [
        at
        for at, line in enumerate(lines)
        if line.kind == "category" and (group is None or line.group == group)
    ]
    breaks = [k for k in range(1, len(places)) if places[k] != places[k - 1] + 1]
    starts, ends = [0, *breaks], [*breaks, len(places)]
    return [(places[a], places[b - 1]) for a, b in zip(starts, ends, strict=True)] if places else []


def table_text(table: Table, lang: str, *, plain: bool) -> tuple[list[list[Any]], list[str]]:
    """The cells as texts with the names of their lines before them, and the headings.

    `plain` leaves numbers as they are and the cells without rows blank.
    """
    page = table_page(table, lang)
    cells = [[_text(cell, plain=plain) for cell in row] for row in page.rows]
    return cells, list(page.headings)


def _text(cell: Any, *, plain: bool) -> Any:
    if isinstance(cell, Cell):
        return cell.value if plain else formatted(cell.value, cell.shape)
    return None if plain and cell == NO_ROWS else cell


def table_remarks(table: Table, lang: str) -> list[Said]:
    """What must be said beside a cross-tab on a screen: rows, those left out, why cells are blank."""
    skipped = len(origin(table.asked, lang)) + 1
    return [Said(note, note) for note in table_notes(table, lang)[skipped:]]


def table_notes(table: Table, lang: str) -> list[str]:
    """What must be known of the table: source, rows, what was left out and why cells are blank."""
    asked = table.asked
    notes = origin(asked, lang)
    notes.append(say("table_note_value", value=value_label(table, lang), text=table.value).text(lang))
    notes.append(say("list_note_rows", counted=counted(asked, table.rows, lang)).text(lang))
    if table.selection.unknown:
        notes.append(say("list_unknown", counted=counted(asked, table.selection.unknown, lang)).text(lang))
    if table.left_out:
        notes.append(say("table_left_out", counted=counted(asked, table.left_out, lang)).text(lang))
    if table.shares is not None:
        notes.append(say("table_note_shares").text(lang))
    elif not (table.formula.additive and not table.formula.is_ratio):
        notes.append(say("table_note_margins").text(lang))
    if table.banded:
        notes.append(say("table_note_bands").text(lang))
    reasons = [str(note) for note in dict.fromkeys(table.found.cells["note"].dropna()) if note != "no_rows"]
    notes += [say("table_note_blank", reason=NOTES[note].text(lang)).text(lang) for note in reasons]
    if table.found.cells["note"].eq("no_rows").any():
        notes.append(say("table_note_none").text(lang))
    return notes
