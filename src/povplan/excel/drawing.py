"""A workbook's value drawn with XlsxWriter: grouped headings, live totals with their values, a page wide."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, takewhile
from typing import IO, Any

import xlsxwriter
from xlsxwriter.utility import xl_range, xl_rowcol_to_cell

from povplan.excel.entries import EntryPage, draw_hidden
from povplan.excel.looks import GREY, PALE, Looks
from povplan.excel.widths import LINE, lines_of, room_for, row_height, width_of, widths_of
from povplan.sheets.entry import EntrySheet, HiddenSheet
from povplan.sheets.page import (
    Cell,
    Chart,
    Charts,
    Column,
    Cover,
    Live,
    QuotientOf,
    Row,
    Sheet,
    SumAcross,
    SumOf,
    Table,
    Words,
    Workbook,
    cell_of,
)

FIXED = dt.datetime(2000, 1, 1)
"""The creation time written into every workbook, so that the same figures make the same bytes."""
LONGEST = 32_000
"""Characters of text that a cell is given; Excel's own limit lies just above."""
A4, A3 = 9, 8
CHART_HEIGHT, CHART_LINES, WIDEST_CHART = 290, 15, 620
"""Points of the screen, and rows of twenty that a chart with its margin covers."""
HIGHEST = 409.0
"""Points of the highest row that Excel takes."""
TAB = 31
"""Characters of a sheet's name that Excel takes."""
PLAIN_WIDTH = 110.0
"""Places across a sheet that has no table."""


def draw(path: str | IO[bytes], workbook: Workbook) -> None:
    """Write the workbook to a path or stream. Text from the data stays text: never a formula or link."""
    options = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
    options["in_memory"] = True  # no copy of persons' data in the system's folder for temporary files
    book = xlsxwriter.Workbook(path, options)
    book.set_properties({"created": FIXED, "title": workbook.title, **dict(workbook.properties)})
    looks = Looks(book, workbook.fonts)
    sheets: list[EntrySheet | Sheet | HiddenSheet] = [*workbook.entries, *workbook.sheets, *workbook.hidden]
    names = list(tab_names(sheet.name for sheet in sheets))
    tabs = dict(zip((sheet.name for sheet in sheets), names, strict=True))
    drawn: dict[str, _Page] = {}
    pages = [book.add_worksheet(name) for name in names]
    for sheet, name, made in zip(sheets, names, pages, strict=True):
        if isinstance(sheet, HiddenSheet):
            draw_hidden(book, made, sheet)
        elif isinstance(sheet, EntrySheet):
            EntryPage(made, looks, dict(workbook.lists)).draw(sheet)
        else:
            page = _Page(book, made, name, looks, tabs, drawn)
            page.draw(sheet)
            drawn[sheet.name] = page
    book.close()


def tab_names(names: Iterable[str]) -> Iterator[str]:
    """Names that Excel takes: no signs it forbids, at most 31 characters, no two alike."""
    used: set[str] = set()
    for given in names:
        clean = _short("".join("_" if char in "[]:*?/\\" else char for char in given).strip("'"))
        name, number = clean.strip("'") or "_", 1
        while name.casefold() in used:
            number += 1
            name = f"{clean[: TAB - 1 - len(str(number))]}_{number}"
        used.add(name.casefold())
        yield name


def _short(name: str) -> str:
    """At most 31 characters: what tells a sheet from its sisters stands last and stays, if it is short."""
    if len(name) <= TAB:
        return name
    front, _, last = name.rpartition("·")
    room = TAB - len(last) - len("…·")
    return f"{front[:room]}…·{last}" if room > TAB // 2 else name[:TAB]


class _Page:
    """One sheet being drawn from its top down."""

    def __init__(
        self, book: Any, page: Any, name: str, looks: Looks, tabs: dict[str, str], before: dict[str, _Page]
    ) -> None:
        self.book, self.page, self.name, self.looks, self.tabs = book, page, name, looks, tabs
        self.before = before
        self.top = 0
        self.tables: list[tuple[Table, int]] = []
        """The tables drawn so far, with the sheet row of the first row of each."""

    def draw(self, sheet: Sheet) -> None:
        """All parts, then the page's own settings."""
        self.widths = widths_of(sheet) or [PLAIN_WIDTH / 10] * 10
        self.widths[-1] += max(room_for(_left(sheet)) - sum(self.widths), 0) * bool(sheet.home)
        for number, width in enumerate(self.widths):
            self.page.set_column(number, number, width)
        self._head(sheet)
        for part in sheet.parts:
            if isinstance(part, Table):
                self._table(part)
            elif isinstance(part, Words):
                self._words(part)
            elif isinstance(part, Charts):
                self._charts(part.charts)
            else:
                self._cover(part)
        self._setup(sheet)

    @property
    def last(self) -> int:
        """The last column."""
        return len(self.widths) - 1

    # ---- above and around ---------------------------------------------------------------------------

    def _head(self, sheet: Sheet) -> None:
        if sheet.title:
            self._wrapped(sheet.title, "title", 30)
        left, right, row = _left(sheet), sheet.right, self.top
        if left and right and (middle := self._middle(left, right)) is not None:
            self._span(row, 0, middle, left, "left")
            self._span(row, middle + 1, self.last, right, "right")
            self.top += 1
        else:
            for text, name in ((left, "left"), (right, "right")):
                if text:
                    self._wrapped(text, name)
        if sheet.home:
            self.page.write_url(row, 0, self._to(sheet.home), self.looks.named("home"), left)

    def _middle(self, left: str, right: str) -> int | None:
        """The column after which the right half of the line above a table begins; None: two lines."""
        total = sum(self.widths)
        reached = list(accumulate(self.widths[:-1]))
        room = [
            number
            for number, width in enumerate(reached)
            if width >= width_of(left) and total - width >= width_of(right)
        ]
        return min(room, key=lambda number: abs(reached[number] - total * 0.55), default=None)

    def _setup(self, sheet: Sheet) -> None:
        page = self.page
        wide = len(self.widths) > 15 or sum(self.widths) > 200
        if sheet.one_page:
            page.set_portrait()
        else:
            page.set_landscape()
        page.set_paper(A3 if wide and not sheet.one_page else A4)
        page.fit_to_pages(1, int(sheet.one_page))
        page.center_horizontally()
        page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        left = "&L" + sheet.footer.replace("&", "&&") if sheet.footer else ""
        page.set_footer(f"{left}&C{sheet.numbering}")
        page.hide_gridlines(2)
        if sheet.tab:
            page.set_tab_color(sheet.tab)
        if len(self.tables) == 1 and self.tables[0][0].rows:
            table, first = self.tables[0]
            alone = isinstance(sheet.parts[0], Table)
            if alone:
                page.freeze_panes(first, min(sheet.frozen, len(table.columns) - 1))
            page.repeat_rows(0 if alone else first - table.depth, first - 1)
        elif self.tables and isinstance(sheet.parts[-1], Table):
            table, first = self._ending()
            page.repeat_rows(first - table.depth, first - 1)

    def _ending(self) -> tuple[Table, int]:
        """The first of the tables of the same headings at the end: its heading serves all pages after it."""
        columns = [list(table.columns) for table, _ in self.tables]
        alike = len(list(takewhile(lambda one: one == columns[-1], reversed(columns))))
        return self.tables[-alike]

    # ---- parts ----------------------------------------------------------------------------------------

    def _words(self, words: Words) -> None:
        for line in words.lines:
            self._wrapped(line, "words")
        self.top += 1

    def _table(self, table: Table) -> None:
        if self.tables:
            self.top += 1
        if table.title:
            self._wrapped(table.title, "caption")
        self._headings(table)
        first = self.top
        self.tables.append((table, first))
        for row in table.rows:
            self._row(row, first)
        self._choices(table, first)
        for note in table.notes:
            self._wrapped(note, "note")

    def _choices(self, table: Table, first: int) -> None:
        """Drop-downs down the columns that have a closed list."""
        for number, column in enumerate(table.columns):
            if column.choices and table.rows:
                rule = {"validate": "list", "source": list(column.choices)}
                self.page.data_validation(first, number, self.top - 1, number, rule)

    def _headings(self, table: Table) -> None:
        """Groups merged over their columns, single headings down to the last line."""
        look, units = self.looks.heading(), any(column.unit for column in table.columns)
        deepest = table.depth - units
        heights = [LINE] * deepest
        for number, column in enumerate(table.columns):
            for level, text in enumerate(column.head):
                if level + 1 < len(column.head) and _begun(table.columns, number, level):
                    continue
                right = _end(table.columns, number, level) if level + 1 < len(column.head) else number
                bottom = level if level + 1 < len(column.head) else deepest - 1
                self._merged(self.top + level, number, self.top + bottom, right, text, look)
                room = sum(self.widths[number : right + 1])
                if bottom == level:
                    heights[level] = max(heights[level], LINE * lines_of(text, room))
            if units:
                self._unit(self.top + deepest, number, column)
        tall = max(
            (lines_of(c.head[-1], w) for c, w in zip(table.columns, self.widths, strict=False)), default=1
        )
        heights[-1] = max(heights[-1], LINE * tall - sum(heights[:-1]) * (deepest > 1))
        for level, height in enumerate(heights):
            self.page.set_row(self.top + level, height + 3)
        self.top += table.depth

    def _unit(self, row: int, number: int, column: Column) -> None:
        """The unit of measure under a heading; it bears the heading's link."""
        look = self.looks.heading(link=bool(column.link))
        if column.unit and column.link:
            self.page.write_url(row, number, self._to(column.link), look, column.unit)
        else:
            self.page.write(row, number, column.unit or None, look)

    def _row(self, row: Row, first: int) -> None:
        cells = [cell_of(given) for given in row.cells]
        across = row.look == "section"
        widths = [sum(self.widths)] if across else self.widths
        if height := row_height([cell.value for cell in cells], widths, row.level):
            self.page.set_row(self.top, height)
        if row.anchor:
            self.book.define_name(_anchor(row.anchor), f"={self._quoted(self.name)}!$A${self.top + 1}")
        if across:
            self._merged(
                self.top, 0, self.top, self.last, str(cells[0].value), self.looks.cell(cells[0], "section")
            )
        else:
            for number, cell in enumerate(cells):
                look = self.looks.cell(cell, row.look, row.level if number == 0 else 0)
                self._cell(self.top, number, cell, look, first)
        self.top += 1

    def _cell(self, row: int, column: int, cell: Cell, look: Any, first: int) -> None:
        value = cell.value
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            self.page.write_blank(row, column, None, look)
        elif cell.link:
            self.page.write_url(row, column, self._to(cell.link), look, str(value))
        elif isinstance(value, bool) or not isinstance(value, int | float):
            self.page.write_string(row, column, _cut(str(value)), look)
        elif cell.live:
            self.page.write_formula(row, column, "=" + _formula(cell.live, row, column, first), look, value)
        else:
            self.page.write_number(row, column, value, look)

    def _charts(self, charts: Sequence[Chart]) -> None:
        self.top += 1
        across = sum(int(width * 7 + 5) for width in self.widths)
        width = min(across // min(len(charts), 2) - 8, WIDEST_CHART)
        for number, chart in enumerate(charts):
            left = number % 2
            if number and not left:
                self.top += CHART_LINES
            drawn = self._chart(chart)
            drawn.set_size({"width": width, "height": CHART_HEIGHT})
            self.page.insert_chart(self.top, 0, drawn, {"x_offset": 4 + left * (width + 8)})
        self.top += CHART_LINES

    def _chart(self, chart: Chart) -> Any:
        page = self.before[chart.sheet] if chart.sheet else self
        table, first = page.tables[chart.table]
        top, bottom = first + chart.rows[0], first + chart.rows[1]
        kind = {"type": "column", "subtype": "stacked"} if chart.kind == "stacked" else {"type": chart.kind}
        drawn = self.book.add_chart(kind)
        font = {"name": self.looks.fonts.body, "size": 9}
        for column in chart.columns:
            series = {
                "name": table.columns[column].head[-1],
                "categories": [page.name, top, chart.category, bottom, chart.category],
                "values": [page.name, top, column, bottom, column],
            }
            drawn.add_series(series | ({"marker": {"type": "circle"}} if chart.kind == "line" else {}))
        drawn.set_title({"name": chart.title, "name_font": {**font, "size": 11, "bold": True}})
        drawn.set_legend({"position": "bottom", "font": font} if len(chart.columns) > 1 else {"none": True})
        axis = {"num_font": font, "line": {"color": GREY}}
        grid = {"visible": True, "line": {"color": PALE}}
        values = {**axis, "num_format": chart.shape, "major_gridlines": grid}
        drawn.set_x_axis(values if chart.kind == "bar" else axis)
        drawn.set_y_axis({**axis, "reverse": True} if chart.kind == "bar" else values)
        return drawn

    def _cover(self, cover: Cover) -> None:
        self.top = 6
        for text, name, height in ((cover.title, "cover", 84), (cover.subtitle, "cover_small", 40)):
            self._wrapped(text, name, height)
        self.top += 3
        for label, value in cover.lines:
            self._span(self.top, 1, 4, f"{label}：", "cover_label")
            self._span(self.top, 5, self.last, value, "cover_value")
            self.page.set_row(self.top, max(26, self._height(value, "cover_value", 5, self.last)))
            self.top += 1
        self.top += 3
        signing = len(cover.signatures)
        each = max((self.last - 1) // max(signing, 1), 1)
        margin = 1 + max(self.last - 1 - each * signing, 0) // 2
        for number, name in enumerate(cover.signatures):
            left = margin + number * each
            self._span(self.top, left, left + each - 1 - (each > 2), f"{name}：", "signature")
        self.page.set_row(self.top, 26)
        self.top += 1

    # ---- strokes --------------------------------------------------------------------------------------

    def _across(self, text: str, name: str) -> None:
        self._span(self.top, 0, self.last, text, name)
        self.top += 1

    def _wrapped(self, text: str, name: str, least: float = 0.0) -> None:
        self._across(text, name)
        self.page.set_row(self.top - 1, max(self._height(text, name, 0, self.last), least))

    def _height(self, text: str, name: str, left: int, right: int) -> float:
        """Points that a text takes over some columns, of letters as large as its look has them."""
        larger = self.looks.points(name) / 10
        lines = lines_of(text, sum(self.widths[left : right + 1]) / larger)
        return min(LINE * larger * lines + 2, HIGHEST)

    def _span(self, row: int, left: int, right: int, text: str, name: str) -> None:
        self._merged(row, left, row, right, text, self.looks.named(name))

    def _merged(self, top: int, left: int, bottom: int, right: int, text: str, look: Any) -> None:
        if (top, left) == (bottom, right):
            self.page.write_string(top, left, _cut(text), look)
        else:
            self.page.merge_range(top, left, bottom, right, "", look)
            self.page.write_string(top, left, _cut(text), look)

    def _to(self, name: str) -> str:
        if name.startswith("#"):
            return f"internal:{_anchor(name[1:])}"
        return f"internal:{self._quoted(self.tabs.get(name, name))}!A1"

    @staticmethod
    def _quoted(name: str) -> str:
        return "'" + name.replace("'", "''") + "'"


def _left(sheet: Sheet) -> str:
    """What stands on the left above a table: the way back, and what the sheet speaks of."""
    return "　".join(text for text in (f"← {sheet.home}" * bool(sheet.home), sheet.left) if text)


def _anchor(name: str) -> str:
    """The defined name of a row: one that Excel cannot take for a cell's address."""
    return f"povplan.{name}"


def _begun(columns: Sequence[Column], number: int, level: int) -> bool:
    """Whether the group that a heading belongs to began in a column further left."""
    own = columns[number].head[: level + 1]
    return (
        number > 0
        and len(columns[number - 1].head) > level + 1
        and columns[number - 1].head[: level + 1] == own
    )


def _end(columns: Sequence[Column], number: int, level: int) -> int:
    """The last column of the group that begins in this one."""
    own, end = columns[number].head[: level + 1], number
    while (
        end + 1 < len(columns)
        and len(columns[end + 1].head) > level + 1
        and columns[end + 1].head[: level + 1] == own
    ):
        end += 1
    return end


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _formula(live: Live, row: int, column: int, first: int) -> str:
    """A live cell as a spreadsheet writes it; `first` is the sheet row of the table's first row."""
    if isinstance(live, SumOf):
        return f"SUM({','.join(_ranges([first + one for one in live.rows], column))})"
    if isinstance(live, SumAcross):
        return f"SUM({','.join(xl_rowcol_to_cell(row, one) for one in live.columns)})"
    if isinstance(live, QuotientOf):
        return f"{xl_rowcol_to_cell(row, live.above)}/{xl_rowcol_to_cell(row, live.below)}"
    less = f"{xl_rowcol_to_cell(row, live.first)}-{xl_rowcol_to_cell(row, live.second)}"
    return less if live.times == 1 else f"({less})*{live.times}"


def _ranges(rows: Sequence[int], column: int) -> Iterator[str]:
    """Rows of a column as few ranges as there are gaps."""
    ordered = sorted(rows)
    start = 0
    for number in range(1, len(ordered) + 1):
        if number == len(ordered) or ordered[number] != ordered[number - 1] + 1:
            top, bottom = ordered[start], ordered[number - 1]
            yield xl_rowcol_to_cell(top, column) if top == bottom else xl_range(top, column, bottom, column)
            start = number
