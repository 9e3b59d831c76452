"""What a ledger that povplan sent out says of itself: ledger, year, unit, definitions, batch it is based on.

It stands twice in a template: in a line over the table, for whoever pastes the table elsewhere, and on a
hidden sheet with the field of every column. Check digits tell a slip of the pen from a stamp.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal, TypeAlias

from povplan.grid import Grid
from povplan.spec import CodeList, Ledger, LedgerField

MARK = "povplan:"
INDEX = "povplan-template"
"""The first cell of the hidden sheet."""
SHAPE = "1"
"""Version of the hidden sheet's own shape."""
HIGHEST = 12
"""Rows over a table in which its stamp is looked for."""
Role: TypeAlias = Literal["key", "carried", "asked", "last"]
"""What a column holds: who it is, what is brought along, what is asked for, last year's value to compare."""
ROLES: tuple[Role, ...] = ("key", "carried", "asked", "last")


@dataclass(frozen=True)
class Stamp:
    """Of which ledger, year and unit a template is, and from which definitions and batch it was made."""

    ledger: str
    year: int
    unit: str
    """Path of the township or village, of the county; "" where no unit was known."""
    version: str
    batch: int
    """0: blank, not made from the base ledger."""

    @property
    def text(self) -> str:
        """As it stands in the sheet."""
        body = f"{MARK}{self.ledger}/{self.year}/{self.unit or '*'}/v{self.version}/b{self.batch}"
        return f"{body}/#{_check(_plain(body))}"


_STAMP = re.compile(r"povplan:(\w+)/(\d{4})/(.+?)/v([0-9a-f]{6,})/b(\d+)/#([0-9a-f]{4})")


def parse(text: str) -> Stamp | None:
    """The stamp that a cell holds; None where it is damaged, or its check digits are wrong."""
    found = _STAMP.fullmatch(text.strip())
    if found is None or _check(_plain(text.strip().rpartition("/#")[0])) != found[6]:
        found = _STAMP.fullmatch(_plain(text))
    if found is None or _check(_plain(found[0].rpartition("/#")[0])) != found[6]:
        return None
    unit = "" if found[3] == "*" else found[3]
    return Stamp(found[1], int(found[2]), unit, found[4], int(found[5]))


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _check(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:4]


# ---- definitions ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Printed:
    """A column of a template as it was printed: its header, its field, and how the field was defined."""

    header: str
    field: str
    role: Role
    label: str
    type: str
    unit: str
    codes: str
    """Digest of its code list; "" where it has none."""

    @classmethod
    def of(cls, header: str, field: LedgerField, role: Role, codes: Mapping[str, CodeList]) -> Printed:
        """The column of a field as it is defined now."""
        listed = codes_digest(field, codes)
        return cls(header, field.id, role, field.label.zh, field.type, field.unit or "", listed)


def codes_digest(field: LedgerField, codes: Mapping[str, CodeList]) -> str:
    """What tells two states of a field's code list apart."""
    listed = codes.get(field.codes or "")
    return _digest([[value.code, value.label.zh] for value in listed.values]) if listed else ""


def version_of(ledger: Ledger, codes: Mapping[str, CodeList]) -> str:
    """The version of a ledger's definitions: whatever matters for reading a sheet of it."""
    fields = [
        [field.id, field.label.zh, field.type, field.unit, codes_digest(field, codes)]
        for field in ledger.fields
    ]
    return _digest([ledger.ledger, fields])


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()[:8]


# ---- the hidden sheet --------------------------------------------------------------------------------


def index_rows(
    sheets: Mapping[str, tuple[Stamp, Sequence[Printed], Sequence[str]]], others: Iterable[str]
) -> list[list[str]]:
    """The lines of the hidden sheet: each sheet with its stamp, columns and the fields it goes without; the
    sheets that are no table."""
    rows = [[INDEX, SHAPE]]
    for name, (stamp, columns, without) in sheets.items():
        rows.append(["sheet", name, stamp.text])
        for one in columns:
            rows.append(["column", one.header, one.field, one.role, one.label, one.type, one.unit, one.codes])
        rows += (["without", field] for field in without)
    return [*rows, *(["other", name] for name in others)]


@dataclass(frozen=True)
class Stamped:
    """What one sheet says of itself, by its hidden sheet and by the line over its table."""

    hidden: str = ""
    visible: str = ""
    columns: tuple[Printed, ...] = ()
    """From the hidden sheet; empty where the table was pasted into another workbook."""
    without: tuple[str, ...] = ()
    """Fields that were defined then and not asked for, from the hidden sheet."""

    @property
    def stamp(self) -> Stamp | None:
        """The stamp that counts: the hidden one, else the visible one; None where none can be read."""
        return parse(self.hidden) or parse(self.visible)

    @property
    def contradicts(self) -> bool:
        """Whether both can be read and say different things."""
        hidden, visible = parse(self.hidden), parse(self.visible)
        return hidden is not None and visible is not None and hidden != visible


@dataclass(frozen=True)
class Stamps:
    """The stamped sheets of a workbook, and those that belong to a template but hold no table."""

    sheets: Mapping[str, Stamped]
    asides: frozenset[str]


def stamps_of(grids: Sequence[Grid]) -> Stamps:
    """What the sheets of a workbook say of themselves; a sheet that says nothing is left out."""
    indexes = [grid for grid in grids if grid.width and grid.columns[0][0] == INDEX]
    known: dict[str, Stamped] = {}
    asides = {grid.sheet for grid in indexes}
    for grid in indexes:
        hidden, others = _index(grid)
        known |= hidden
        asides |= others
    tables = [grid for grid in grids if grid.sheet not in asides]
    visible = {grid.sheet: text for grid in tables if (text := _visible(grid))}
    found = {}
    for grid in tables:
        own = _own(grid.sheet, visible.get(grid.sheet, ""), known, {one.sheet for one in tables})
        if own.hidden or own.visible:
            found[grid.sheet] = own
    return Stamps(found, frozenset(asides - found.keys()))


def _own(sheet: str, visible: str, known: Mapping[str, Stamped], present: set[str]) -> Stamped:
    """What a sheet is: as the hidden sheet names it; if renamed, by its stamp, or the only one left."""
    if sheet in known:
        hidden = known[sheet]
    else:
        left = [one for name, one in known.items() if name not in present]
        same = [one for one in known.values() if visible and one.hidden == _plain(visible)]
        hidden = (same or (left if len(left) == len(known) == len(present) == 1 else []) or [Stamped()])[0]
    return replace(hidden, visible=visible)


def _visible(grid: Grid) -> str:
    """The first text over the table that begins like a stamp."""
    rows = range(1, min(grid.height, HIGHEST) + 1)
    cells = (cell for row in rows for cell in grid.row(row) if isinstance(cell, str))
    return next((cell for cell in cells if _plain(cell).startswith(MARK)), "")


def _index(grid: Grid) -> tuple[dict[str, Stamped], set[str]]:
    """Sheet → its hidden stamp and columns; the sheets without a table. Senseless lines are passed over."""
    stamps: dict[str, tuple[str, list[Printed], list[str]]] = {}
    others: set[str] = set()
    last = ""
    for kind, *given in _lines(grid):
        if kind == "sheet" and len(given) >= 2:
            last = given[0]
            stamps[last] = (given[1], [], [])
        elif kind == "other" and given:
            others.add(given[0])
        elif kind == "column" and last and (printed := _printed(given)):
            stamps[last][1].append(printed)
        elif kind == "without" and last and given and given[0]:
            stamps[last][2].append(given[0])
    return {
        name: Stamped(text, "", tuple(columns), tuple(without))
        for name, (text, columns, without) in stamps.items()
    }, others


def _lines(grid: Grid) -> Iterator[list[str]]:
    for row in range(2, grid.height + 1):
        yield ["" if cell is None else str(cell) for cell in islice(grid.row(row), 8)]


def _printed(given: Sequence[str]) -> Printed | None:
    header, field, role, label, type_, unit, codes = (*given, *[""] * 7)[:7]
    known = next((one for one in ROLES if one == role), None)
    return Printed(header, field, known, label, type_, unit, codes) if known and header and field else None
