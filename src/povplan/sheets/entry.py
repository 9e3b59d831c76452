"""A form to be filled in, as a value: columns with what may be written in them, rows begun, room for more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from povplan.reading.stamps import Role

Written: TypeAlias = str | float | int | dt.date | None
"""What a cell of a form holds; text is never a formula."""
Number: TypeAlias = float | int | dt.date


@dataclass(frozen=True)
class Limit:
    """What may be written in a column, and what is said to whoever writes it."""

    kind: Literal["list", "whole", "decimal", "date", "length", "any"]
    title: str
    prompt: str
    error: str = ""
    low: Number = 0
    high: Number = 0
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class EntryColumn:
    """A column: its header, what it is to the reader, its number format, what may be written."""

    head: str
    role: Role
    width: float
    shape: str = ""
    """Number format; "@" is text, "" whatever is typed."""
    limit: Limit | None = None
    totalled: bool = False
    required: bool = False


@dataclass(frozen=True)
class EntrySheet:
    """A table to be filled in: title, stamp, headers, a live total, rows begun, blank rows, who signs."""

    name: str
    title: str
    stamp: str
    unit_note: str
    columns: Sequence[EntryColumn]
    rows: Sequence[Sequence[Written]]
    room: int
    """Blank rows under those begun."""
    frozen: int
    """Columns that stay in sight and are printed on every page."""
    number: str = "序号"
    total: str = "合计"
    signatures: str = ""
    footer: str = ""
    numbering: str = ""


@dataclass(frozen=True)
class HiddenSheet:
    """A sheet for programs: texts only, out of sight; `names` are its columns from 0 as named ranges."""

    name: str
    rows: Sequence[Sequence[str]]
    names: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Name → (column from 0, how many cells from the top)."""
