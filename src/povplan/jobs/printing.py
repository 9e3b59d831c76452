"""A page to be printed: title, unit, headings, rows, totals that add, notes; and how figures look on it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from povplan.errors import PovplanError
from povplan.excel.write import write_sheets
from povplan.formulas.wording import worded
from povplan.jobs.asking import Asked, scope
from povplan.messages import Said, say
from povplan.sheets.page import Column, Row, Sheet, Table

MOST_ROWS = 1_000_000
"""Rows that a sheet holds, titles and notes beside them."""
MOST_NAMED = 10
"""Villages that a note names."""
LONGEST_IN_TITLE = 30
"""Characters of a condition that a title still holds; a longer one stands in the notes only."""


def sheet_of(
    name: str,
    title: str,
    headings: Sequence[str],
    rows: Sequence[Row],
    *,
    unit_note: str = "",
    notes: Sequence[str] = (),
    footer: str = "",
    frozen: int = 1,
    lang: str = "zh",
) -> Sheet:
    """One table to be printed: title over it, unit at the right, notes under it, the footer on every page."""
    table = Table(Column.plain(*headings), rows, notes=notes)
    pages = say("page_numbering").text(lang)
    return Sheet(name, (table,), title=title, right=unit_note, footer=footer, numbering=pages, frozen=frozen)


def write_page(path: Path, sheet: Sheet) -> Path:
    """The sheet as a workbook that only its owner can read; where the file is open, under a new name."""
    rows = len(sheet.tables[0].rows)
    if rows > MOST_ROWS:
        raise PovplanError(say("page_too_long", count=f"{rows:,}", most=f"{MOST_ROWS:,}"))
    return write_sheets(path, [sheet])


# ---- words both pages share --------------------------------------------------------------------------


def where_in_words(asked: Asked) -> Said | None:
    """The condition as people say it."""
    return worded(asked.where, scope(asked.standing, asked.ledger)) if asked.where else None


def heading_over(asked: Asked, what: str, lang: str) -> str:
    """`清河县东岭镇2024年农户基础台账名单（脱贫状态为贫困）`; a long condition stands in the notes only."""
    county = asked.standing.workspace.registry(()).county
    units = asked.standing.units(asked.year)
    path = asked.unit or county or (units[0].split("/")[0] if units else "")
    places = path.split("/")
    values = {"label": asked.ledger.label.text(lang), "year": asked.year, "what": what}
    place = Said("".join(places), ", ".join(reversed(places))).text(lang)
    title = say("list_title", place=place, **values).text(lang)
    where = where_in_words(asked)
    where = where if where and len(where.zh) <= LONGEST_IN_TITLE else None
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


def silent(asked: Asked) -> Said | None:
    """That villages did not report, which ones, if any did not."""
    names = [path.split("/", 1)[1] for path in asked.missing]
    if not names:
        return None
    more = "…" if len(names) > MOST_NAMED else ""
    return say("list_missing", count=len(names), villages="、".join(names[:MOST_NAMED]) + more)


def how_many(asked: Asked, number: int, lang: str) -> str:
    """How many rows meet the condition, or how many there are."""
    key = "list_note_rows" if asked.where else "list_all"
    return say(key, counted=counted(asked, number, lang)).text(lang)


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


def printed_unit(unit: str) -> str:
    """A unit of measure as it is printed."""
    return "%" if unit == "percent" else unit
