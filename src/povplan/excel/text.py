"""Comma- and tab-separated text. Every cell is text as written: `001` stays `001`."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter

from povplan.errors import BadFile
from povplan.excel import bounds
from povplan.excel.sniff import decode
from povplan.grid import Grid
from povplan.messages import say

DELIMITERS = ",\t;|"
LINES_TRIED = 60


def read_csv(data: bytes, sheet: str) -> Grid:
    """The text as one sheet; BadFile when no delimiter makes a table of it."""
    text = decode(data)
    given = re.match(r"sep=(.)\r?\n", text)
    delimiter = given[1] if given else _delimiter(text)
    body = text[given.end() :] if given else text
    try:
        rows = list(csv.reader(io.StringIO(body, newline=""), delimiter=delimiter))
    except csv.Error:
        raise BadFile(say("read_damaged")) from None
    _refuse_open_quote(rows, delimiter)
    bounds.check_sheet(sheet, len(rows), max((len(row) for row in rows), default=0))
    return Grid(sheet=sheet, columns=bounds.to_columns(sheet, rows))


def _delimiter(text: str) -> str:
    """The delimiter under which most lines have the same width, more than one cell; BadFile if none."""
    lines = text.splitlines(keepends=True)[:LINES_TRIED]
    scored = []
    for delimiter in DELIMITERS:
        try:
            widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if len(row) > 1)
        except csv.Error:
            continue
        if widths:
            width, count = widths.most_common(1)[0]
            scored.append((count, width, delimiter))
    if not scored:
        raise BadFile(say("read_no_table"))
    return max(scored, key=lambda score: score[:2])[2]


def _refuse_open_quote(rows: list[list[str]], delimiter: str) -> None:
    """BadFile where a cell holds whole lines of the table: a quote was opened and never closed."""
    line = 1
    for row in rows:
        for cell in row:
            if "\n" in cell and delimiter in cell.split("\n", 1)[1]:
                raise BadFile(say("read_open_quote", line=line))
        line += 1 + sum(cell.count("\n") for cell in row)
