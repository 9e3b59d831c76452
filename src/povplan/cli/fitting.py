"""Tables that fit the terminal: text is folded, numbers never; what is still too wide goes into pieces."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from itertools import takewhile
from shutil import get_terminal_size
from textwrap import fill
from typing import Any

import pandas as pd
from rich.cells import cell_len, chop_cells

from povplan.cli.typed import completed

GAP = 2
HEADING = 14
"""Columns of a terminal beyond which a heading may be broken."""
FOLDED = 10
"""Columns that text keeps where it is folded: a number of a finding, a date."""
PIPE_WIDTH = 160


def print_table(frame: pd.DataFrame, headings: Sequence[str], title: str = "") -> None:
    """A table that fits the terminal; numbers to the right; cell text is never markup.

    Where the screen cannot hold it: long headings broken, text folded, then the columns in several
    pieces, each beside the names of the lines.
    """
    wide = [_longest([head, *column]) for column, head in zip(_as_text(frame), headings, strict=True)]
    if sum(wide) + GAP * (len(wide) - 1) <= screen_width():
        _print(_as_text(frame), headings, wide, title)
    else:
        print_broken(frame, headings, title=title)


def print_broken(frame: pd.DataFrame, headings: Sequence[str], names: int = 0, title: str = "") -> None:
    """The same with long headings broken in any case; `names` columns name the lines (0: the first texts).

    A piece in which nothing stands beside the names, such as one of remarks that nobody made, is left out.
    """
    cells = _as_text(frame)
    wide = [needs(column, head) for column, head in zip(cells, headings, strict=True)]
    least = [
        most if at < names or _numeric(column) else max(min(most, FOLDED), _longest_number(column))
        for at, (column, most) in enumerate(zip(cells, wide, strict=True))
    ]
    names = names or _naming(cells, least)
    first, *more = _pieces(least, names)
    told = [piece for piece in more if any(any(cells[at]) for at in piece[names:])]
    for number, piece in enumerate([first, *told]):
        if number:
            print()
        widths = _shared([least[at] for at in piece], [wide[at] for at in piece])
        heads = [_broken(headings[at], width) for at, width in zip(piece, widths, strict=True)]
        _print([cells[at] for at in piece], heads, widths, "" if number else title)


def screen_width() -> int:
    """Columns of the terminal, or of what goes to none."""
    return get_terminal_size().columns if sys.stdout.isatty() else PIPE_WIDTH


def needs(values: Iterable[Any], heading: str) -> int:
    """Columns of the screen that a column of the table takes, its heading broken if it is long."""
    return max(_longest(values), min(cell_len(heading), HEADING))


def _as_text(frame: pd.DataFrame) -> list[list[str]]:
    """The cells of each column as they are printed."""
    return [
        ["" if value is None else completed(str(value)) for value in frame.iloc[:, at]]
        for at in range(frame.shape[1])
    ]


def _longest(values: Iterable[Any]) -> int:
    texts = ["" if value is None else str(value) for value in values]
    return max((cell_len(line) for text in texts for line in text.split("\n")), default=0)


def _longest_number(column: Iterable[str]) -> int:
    return _longest(number for text in column for number in re.findall(r"[-+−]?\d[\d,.]*%?", text))


def _broken(heading: str, room: int) -> str:
    """The heading in lines of much the same length, words kept whole where the room is enough."""
    length = cell_len(heading)
    if length <= room:
        return heading
    even = -(-length // -(-length // room))
    if not heading.isascii():
        return "\n".join(chop_cells(heading, min(room, even + even % 2)))
    return fill(heading, min(room, max(even, *map(len, heading.split()))))


def _naming(cells: Sequence[Sequence[str]], least: Sequence[int]) -> int:
    """How many columns name the lines: the texts before the first number, up to half of the screen."""
    texts = len(list(takewhile(lambda column: not _numeric(column), cells)))
    fitting = [at for at in range(1, texts + 1) if sum(least[:at]) + GAP * at <= screen_width() // 2]
    return max(fitting, default=1)


def _pieces(least: Sequence[int], names: int) -> list[list[int]]:
    """Columns in groups that each fit the screen beside the names of the lines."""
    room = screen_width() + GAP - sum(need + GAP for need in least[:names])
    pieces: list[list[int]] = [[]]
    used = 0
    for at in range(names, len(least)):
        if pieces[-1] and used + least[at] + GAP > room:
            pieces.append([])
            used = 0
        pieces[-1].append(at)
        used += least[at] + GAP
    return [[*range(names), *piece] for piece in pieces]


def _shared(least: Sequence[int], wide: Sequence[int]) -> list[int]:
    """The width of each column: what it needs at least, and an even share of what the screen has left."""
    widths = list(least)
    for _ in range(screen_width() - sum(least) - GAP * (len(least) - 1)):
        growing = [at for at, width in enumerate(widths) if width < wide[at]]
        if not growing:
            break
        widths[min(growing, key=widths.__getitem__)] += 1
    return widths


def _print(cells: Sequence[Sequence[str]], heads: Sequence[str], widths: Sequence[int], title: str) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column, head, width in zip(cells, heads, widths, strict=True):
        table.add_column(
            Text(head),
            justify="right" if _numeric(column) else "left",
            overflow="fold",
            width=min(width, _longest([head, *column])),
        )
    for row in zip(*cells, strict=True):
        table.add_row(*map(Text, row))
    needed = sum(widths) + GAP * len(widths)
    # without a height rich takes a dumb terminal to be 80 columns wide, whatever the width
    Console(width=max(screen_width(), needed), height=25, soft_wrap=False).print(table)


def _numeric(column: Iterable[str]) -> bool:
    return any(map(_is_number, column))


def _is_number(text: str) -> bool:
    text = text.replace(",", "").replace("%", "").replace("−", "-").strip()
    return bool(text) and text.lstrip("+-").replace(".", "", 1).isdigit()
