"""Draw a sheet in a test as text: cells apart by `|`, blank cells left empty, `'12` is text, 12 a number."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from openpyxl.utils import column_index_from_string

from povplan.config import load_config
from povplan.grid import Grid, Merge, Value
from povplan.jobs.reading import Plan, recognise
from povplan.reading.headers import Layout
from povplan.reading.lines import Definitions, Note
from povplan.reading.tables import SheetTables, TypedTable, extract
from povplan.spec import CodeList, Form, Ledger
from povplan.words import Vocabulary


@cache
def vocabulary() -> Vocabulary:
    """The words and units of measure that are shipped."""
    config = load_config("default")
    return Vocabulary(config.measurement, config.words)


def grid(drawing: str, *merges: str, **more: Any) -> Grid:
    """A sheet; `merges` as `A1:B2`. A line of blanks only, or a dot, is a blank row."""
    lines = [line.strip() for line in drawing.strip("\n").splitlines()]
    rows = [[_cell(text) for text in line.split("|")] for line in lines if line]
    return of_rows(rows, *merges, **more)


def of_rows(rows: Sequence[Sequence[Value]], *merges: str, **more: Any) -> Grid:
    """A sheet of raw cells, short rows filled with blanks."""
    width = max(len(row) for row in rows)
    full = [[*row, *[None] * (width - len(row))] for row in rows]
    more.setdefault("sheet", "表一")
    return Grid(columns=tuple(zip(*full, strict=True)), merges=tuple(map(_merge, merges)), **more)


def _cell(text: str) -> Value:
    text = text.strip()
    if text in ("", "."):
        return None
    if text.startswith("'"):
        return text[1:]
    try:
        return float(text)
    except ValueError:
        return text


def _merge(address: str) -> Merge:
    ends = [re.fullmatch(r"([A-Z]+)(\d+)", end) for end in address.split(":")]
    (left, top), (right, bottom) = ((column_index_from_string(end[1]), int(end[2])) for end in ends if end)
    return Merge(top, left, bottom, right)


def ledger(name: str = "village", level: str = "village", /, **fields: Any) -> Ledger:
    """A ledger; a field is its type, `type in unit`, or a mapping of its properties."""
    given = [{"id": key, "label": key, **_properties(value)} for key, value in fields.items()]
    key = {"household": ["household_id"], "person": ["person_id"]}.get(level, ["township", "village"])
    key = [each for each in key if each in fields] or [next(iter(fields))]
    return Ledger.model_validate({"ledger": name, "label": name, "level": level, "key": key, "fields": given})


def _properties(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    type_, _, unit = value.partition(" in ")
    return {"type": type_, **({"in": unit} if unit else {})}


VILLAGES = ledger(
    county={"type": "text", "place": "county"},
    township={"type": "text", "place": "township"},
    village={"type": "text", "place": "village"},
    households="integer in 户",
    persons="integer in 人",
    income="money in 元",
    area="number in 亩",
    year="integer in 年",
    note="text",
)
HEADERS: Mapping[str, Any] = {
    "township": "乡镇",
    "village": "村名",
    "households": "贫困户(户)",
    "persons": "贫困人口(人)",
    "income": "集体收入(元)",
}


def form(columns: Mapping[str, Any] = HEADERS, name: str = "form", /, **more: Any) -> Form:
    """A form with one feed of the ledger `village`; `feed_…` goes to the feed, the rest to the form."""
    feed = {key.removeprefix("feed_"): value for key, value in more.items() if key.startswith("feed_")}
    rest = {key: value for key, value in more.items() if not key.startswith("feed_")}
    feeds = [{"ledger": "village", "columns": dict(columns), **feed}]
    return Form.model_validate({"form": name, "label": name, "feeds": feeds, **rest})


def plan(
    *forms: Form, ledgers: Sequence[Ledger] = (VILLAGES,), codes: Mapping[str, CodeList] | None = None
) -> Plan:
    """What is needed to read: shipped words, these ledgers and forms."""
    known = {each.ledger: each for each in ledgers}
    return Plan(Definitions(known, codes or {}, vocabulary()), forms or (form(),))


def layout(sheet: Grid, *forms: Form, **more: Any) -> Layout:
    """The layout recognised on a sheet; fails with the refusal if there is none."""
    found, refused = recognise(sheet, plan(*forms, **more))
    assert found is not None, refused and refused.zh
    return found


def read(sheet: Grid, *forms: Form, **more: Any) -> SheetTables:
    """Everything that a recognised sheet gives."""
    return extract(sheet, layout(sheet, *forms, **more), plan(*forms, **more).definitions)


def table(sheet: Grid, *forms: Form, **more: Any) -> TypedTable:
    """The one table of a sheet."""
    (only,) = read(sheet, *forms, **more).tables
    return only


def rows(typed: TypedTable, *names: str) -> list[tuple[Any, ...]]:
    """Values of the named fields, row by row, blanks as None; money in fen."""
    frame = typed.frame[list(names)].astype(object)
    return list(frame.where(frame.notna(), None).itertuples(index=False, name=None))


def said(notes: Sequence[Note]) -> list[tuple[str, int, int]]:
    """(rule, row, column) of each note."""
    return [(note.rule, note.row, note.column) for note in notes]
