"""How much a submitted file may ask of us, and what is said when it asks for more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from zipfile import ZipInfo

from povplan.errors import BadFile
from povplan.messages import say

if TYPE_CHECKING:
    from povplan.grid import Value

FILE_BYTES = 256 << 20
"""A county of 200,000 households in one workbook is about 50 MiB."""
PACKAGE_BYTES = 3 << 30
"""Inflated size of a whole package; the same county is about 0.9 GiB."""
PACKAGE_RATIO = 250
"""Inflated over packed; asked only of packages above `SMALL_PACKAGE`, real sheets are at 10 to 40."""
SMALL_PACKAGE = 200 << 20
MEMBERS = 20_000
SHEETS = 500
CELLS = 20_000_000
"""Height times width of one sheet."""


def check_package(members: Iterable[ZipInfo]) -> None:
    """Refuse a package that would inflate out of all proportion, from its directory alone.

    A directory that understates a size gains nothing: no reader inflates past the declared size.
    """
    members = list(members)
    inflated = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    blown = inflated > SMALL_PACKAGE and inflated > PACKAGE_RATIO * packed
    if len(members) > MEMBERS or inflated > PACKAGE_BYTES or blown:
        raise BadFile(say("read_bomb", mib=inflated >> 20))


def check_sheet(sheet: str, height: int, width: int) -> None:
    """Refuse a sheet whose used range is out of scale (a stray cell in the last row is the usual cause)."""
    if height * width > CELLS:
        raise BadFile(say("read_sheet_too_large", sheet=sheet, rows=height, columns=width))


def to_columns(
    sheet: str, rows: Sequence[Sequence[Value]], at_least: tuple[int, int] = (0, 0)
) -> list[list[Value]]:
    """Equally long columns from rows of any length; '' is blank; trailing blank rows and columns go.

    `at_least` (height, width) keeps blank cells that something is known about.
    """
    height = max(at_least[0], _used_height(rows))
    rows = rows[:height]
    width = max((len(row) for row in rows), default=0)
    check_sheet(sheet, height, max(width, at_least[1]))
    padded = (row if len(row) == width else [*row, *[None] * (width - len(row))] for row in rows)
    missing = [None] * (height - len(rows))
    columns: list[list[Value]] = [
        [None if cell == "" else cell for cell in column] + missing for column in zip(*padded, strict=True)
    ]
    while len(columns) > at_least[1] and not any(cell is not None for cell in columns[-1]):
        columns.pop()
    columns += [[None] * height for _ in range(at_least[1] - len(columns))]
    return columns


def _used_height(rows: Sequence[Sequence[Value]]) -> int:
    for number in range(len(rows), 0, -1):
        if any(cell is not None and cell != "" for cell in rows[number - 1]):
            return number
    return 0
