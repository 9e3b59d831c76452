"""The workbook that a township or village fills in: its ledgers, blank or begun with last year's rows.

Everything on it is made from the definitions: headers with their units, drop-downs, limits, notes; and on a
hidden sheet what the workbook is, so that it is read back without a question.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from povplan.lists import words
from povplan.messages import say
from povplan.model import UNIT
from povplan.reading.lines import Definitions
from povplan.reading.stamps import Printed, Role, Stamp, index_rows, version_of
from povplan.reading.templates import role_of
from povplan.sheets.entry import EntryColumn, EntrySheet, HiddenSheet, Written
from povplan.sheets.limits import Limits, factor_of, unit_shown
from povplan.sheets.page import BROAD, Column, Row, Sheet, Table, Words, Workbook
from povplan.spec import LEVELS, NUMERIC, CodeList, Ledger, LedgerField

ROOM = {"village": 3, "township": 3, "county": 3}
"""Blank rows in a ledger of units, whose rows are known; other ledgers get more."""
ROOM_BEGUN, ROOM_BLANK = 50, 200
INLINE = 255
WIDEST, LONGEST_WORDS, NARROWEST = 22.0, 40.0, 9.0
"""Places of a header's line, of what stands below it, and of any column."""


@dataclass(frozen=True, eq=False)
class Part:
    """One ledger for one unit: its rows of last year (none: blank), and who it is for."""

    ledger: Ledger
    year: int
    unit: str
    batch: int
    """0: blank, rows hold places only."""
    rows: pd.DataFrame
    villages: tuple[str, ...] = ()
    """Names of the unit's villages, to choose from."""
    new: frozenset[str] = frozenset()
    """Fields that no form of last year had: they come last."""
    known: bool = False
    """Whether those are left out."""

    @property
    def blank(self) -> bool:
        """Whether nothing is brought along."""
        return not self.batch

    @property
    def room(self) -> int:
        """Blank rows under those begun."""
        return ROOM.get(self.ledger.level, ROOM_BLANK if self.blank else ROOM_BEGUN)


def template(parts: Sequence[Part], definitions: Definitions) -> Workbook:
    """The workbook of one unit."""
    sheets = [_Form(part, definitions) for part in parts]
    lists = _long_lists(sheets)
    entries = [one.sheet(name) for one, name in zip(sheets, _names(parts), strict=True)]
    guide = _guide(sheets)
    hidden = [_index(sheets, entries, [guide.name, *([say("template_choices").zh] if lists else [])])]
    if lists:
        hidden.append(_choices(lists))
    title = entries[0].title
    return Workbook((guide,), title=title, entries=entries, hidden=hidden, lists=tuple(lists.items()))


def _names(parts: Sequence[Part]) -> list[str]:
    return [part.ledger.label.zh[:31] for part in parts]


@dataclass(frozen=True)
class _Place:
    """A column to be printed: the field, its role, its header."""

    field: LedgerField
    role: Role
    head: str


class _Form:
    """One ledger of a template, its columns laid out."""

    def __init__(self, part: Part, definitions: Definitions) -> None:
        self.part, self.definitions = part, definitions
        self.ledger, self.codes = part.ledger, definitions.codes
        self.stamp = Stamp(
            part.ledger.ledger, part.year, part.unit, version_of(part.ledger, self.codes), part.batch
        )
        self.limits = Limits(part.ledger, part.year, part.unit, part.villages, definitions)
        self.places = list(self._places())

    def _places(self) -> Iterator[_Place]:
        """Last year's value stands to the left of what is asked for, where anybody could give it."""
        for field in self._fields:
            role = role_of(field, self.ledger, blank=self.part.blank)
            head = heading(field, self.definitions)
            if role == "asked" and not self.part.blank and field.id not in self.part.new:
                yield _Place(field, "last", f"{self._last_year}\n{head}")
            yield _Place(field, role, head)

    @property
    def _fields(self) -> list[LedgerField]:
        """Who the row is about, what is known from last year, what nobody reported then."""
        first, new = self.first, self.part.new
        others = [field for field in self.ledger.fields if field not in first]
        late = [] if self.part.known else [field for field in others if field.id in new]
        return [*first, *(field for field in others if field.id not in new), *late]

    @property
    def _last_year(self) -> str:
        """How the header of last year's column begins, so that it is known without the hidden sheet too."""
        return next(iter(self.definitions.vocabulary.words.last_year), say("template_last").zh)

    @property
    def first(self) -> list[LedgerField]:
        """Village, number and name: what stays in sight."""
        ledger = self.ledger
        wanted = {ledger.placed("village"), *ledger.key[0], *(f.id for f in ledger.fields if f.required)}
        above = {ledger.placed("county"), ledger.placed("township")} if ledger.placed("village") else set()
        return [field for field in ledger.fields if field.id in wanted - above - {"year"}][:4]

    @property
    def printed(self) -> list[Printed]:
        """The columns as the hidden sheet tells them."""
        return [Printed.of(place.head, place.field, place.role, self.codes) for place in self.places]

    @property
    def without(self) -> list[str]:
        """The fields that have no column."""
        printed = {place.field.id for place in self.places}
        return [name for name in self.ledger.names if name not in printed]

    def sheet(self, name: str) -> EntrySheet:
        """The form as a value."""
        part = self.part
        unit = part.unit.replace("/", "")
        return EntrySheet(
            name=name,
            title=f"{unit}{part.year}年{self.ledger.label.zh}",
            stamp=self.stamp.text,
            unit_note=self._unit_note(),
            columns=[self._column(place) for place in self.places],
            rows=self._rows(),
            room=part.room,
            frozen=len(self.first) + sum(p.role == "last" and p.field in self.first for p in self.places),
            number=say("template_number").zh,
            total=say("template_total").zh,
            signatures=say("template_signatures").zh,
            footer=say("template_footer").zh if self.ledger.holds_persons else "",
            numbering=say("template_page").zh,
        )

    def _unit_note(self) -> str:
        """单位：元, where all amounts are in one unit; and what the colours mean."""
        money = {field.unit for field in self.ledger.fields if field.type == "money" and field.unit}
        said = say("template_money_unit", unit=next(iter(money))).zh if len(money) == 1 else ""
        return said + say("template_legend_blank" if self.part.blank else "template_legend").zh

    def _column(self, place: _Place) -> EntryColumn:
        field = place.field
        shape = self._shape(field)
        # two lines of a header are no hardship, three are
        lines = _broken(place.head).split("\n")
        head = max(max(-(-_width(line) // 2) for line in lines), _width(lines[-1]) // 2)
        return EntryColumn(
            head=("*" if field.required and place.role != "last" else "") + _broken(place.head),
            role=place.role,
            width=max(min(head + 2.0, WIDEST), self._room(field, shape), NARROWEST),
            shape=shape,
            limit=None if place.role == "last" else self.limits.of(field),
            totalled=self._is_summed(field),
            required=field.required and place.role != "last",
        )

    def _room(self, field: LedgerField, shape: str) -> float:
        """Places of the longest words, which may be broken, and of the longest number or its total."""
        values = [value for value in self._values(field) if value is not None]
        numbers = [float(value) for value in values if isinstance(value, int | float)]
        longest = [max(numbers), min(numbers), *[sum(numbers)] * self._is_summed(field)] if numbers else []
        words = (str(value) for value in values[:200] if not isinstance(value, int | float))
        wanted = min(max(map(_room_for, words), default=0.0), LONGEST_WORDS)
        return max([wanted, *(_room_for(_told(one, shape)) for one in longest)])

    def _shape(self, field: LedgerField) -> str:
        if field.type == "money":
            return "#,##0.00" if field.unit == "元" else "#,##0.00####"
        return {"code": "@", "integer": "0", "date": "yyyy-mm-dd", "text": "@"}.get(field.type, "")

    def _is_summed(self, field: LedgerField) -> bool:
        measurement = self.definitions.vocabulary.measurement
        is_rate = field.unit is not None and measurement[field.unit].dimension == "ratio"
        return field.type in NUMERIC and field.additive and not is_rate and field.id != "year"

    def _rows(self) -> list[list[Written]]:
        columns = [self._values(place.field) if _is_begun(place) else None for place in self.places]
        blank: list[Written] = [None] * len(self.part.rows)
        return [list(row) for row in zip(*(column or blank for column in columns), strict=True)]

    def _values(self, field: LedgerField) -> list[Written]:
        """Last year's values of a field as they are written; the year is the one asked for."""
        rows = self.part.rows
        if field.id == "year":
            return [self.part.year] * len(rows)
        values = self._placed(field) if field.place in LEVELS else rows.get(field.id)
        if values is None:
            return [None] * len(rows)
        if field.type == "date":
            return [None if pd.isna(day) else dt.date(day.year, day.month, day.day) for day in values]
        told = words(values, field, self.codes.get(field.codes or ""), "zh")
        if field.type == "money":
            factor = factor_of(field, self.definitions)
            return [None if value is None else value / factor for value in told]
        return told

    def _placed(self, field: LedgerField) -> pd.Series | None:
        """The names of units as the rows have them, else as the county knows their unit."""
        rows, level = self.part.rows, LEVELS.index(field.place or "")
        given = rows.get(field.id)
        if UNIT not in rows:
            return given
        names = [str(path).split("/") for path in rows[UNIT].fillna("")]
        known = pd.Series([(*path, "", "", "")[level] or pd.NA for path in names], rows.index, dtype="string")
        return known if given is None else given.fillna(known)


def _is_begun(place: _Place) -> bool:
    return place.role != "asked"


def heading(field: LedgerField, definitions: Definitions) -> str:
    """A field's header with its unit, 收入(元), unless its name has one already or it is the year."""
    label = field.label.zh
    if not field.unit or field.id == "year" or definitions.vocabulary.label(label).unit:
        return label
    shown = unit_shown(field, definitions)
    fits = definitions.vocabulary.label(f"{label}({shown})").unit == field.unit
    return f"{label}({shown})" if fits else label


def _broken(head: str) -> str:
    """The unit of a header on a line of its own, so that its brackets stay together."""
    name, bracket, unit = head.rpartition("(")
    return f"{name}\n({unit}" if bracket and name and head.endswith(")") else head


def _told(number: float, shape: str) -> str:
    """A number about as its format shows it."""
    if "." not in shape:
        return f"{round(number, 6):.12g}"
    whole, _, decimals = f"{number:,.6f}".partition(".")
    return f"{whole}.{decimals[:2]}" + decimals[2:].rstrip("0") * shape.endswith("#")


def _room_for(text: str) -> float:
    """Places that a text takes with its margins, its letters and digits in a broad font."""
    width = _width(text)
    return max(width + 2, width + (BROAD - 1) * (2 * len(text) - width) + 1)


def _width(text: str) -> int:
    return sum(1 if char.isascii() else 2 for char in text)


# ---- sheets beside the tables -------------------------------------------------------------------------


def _long_lists(forms: Sequence[_Form]) -> dict[tuple[str, ...], str]:
    """Choices that Excel takes only from cells → the name of their range."""
    found: dict[tuple[str, ...], str] = {}
    for form in forms:
        for place in form.places:
            choices = form.limits.choices(place.field)
            if choices and choices not in found and _is_long(choices):
                found[choices] = f"povplan_{len(found) + 1}"
    return found


def _is_long(choices: tuple[str, ...]) -> bool:
    return len(",".join(choices)) > INLINE or any(sign in one for one in choices for sign in ',"')


def _choices(lists: Mapping[tuple[str, ...], str]) -> HiddenSheet:
    """A column a list."""
    columns = list(lists)
    height = max(map(len, columns))
    rows = [[column[row] if row < len(column) else "" for column in columns] for row in range(height)]
    names = {name: (number, len(choices)) for number, (choices, name) in enumerate(lists.items())}
    return HiddenSheet(say("template_choices").zh, rows, names)


def _index(forms: Sequence[_Form], entries: Sequence[EntrySheet], others: Sequence[str]) -> HiddenSheet:
    known = {
        entry.name: (form.stamp, form.printed, form.without)
        for form, entry in zip(forms, entries, strict=True)
    }
    return HiddenSheet("povplan", index_rows(known, others))


def _guide(forms: Sequence[_Form]) -> Sheet:
    """How to fill it in, and what each column means."""
    begun = any(not form.part.blank for form in forms)
    lines = [
        say(key).zh
        for key in (
            "template_guide_colours" if begun else "template_guide_blank",
            "template_guide_rows",
            "template_guide_blanks",
            "template_guide_several",
            "template_guide_stamp",
            *_guide_of_new(forms),
        )
    ]
    numbered = [f"{number}. {line}" for number, line in enumerate(lines, 1)]
    tables = [_meanings(form) for form in forms]
    name = say("template_guide").zh
    return Sheet(name, (Words(numbered), *tables), title=name, numbering=say("template_page").zh)


def _guide_of_new(forms: Sequence[_Form]) -> Iterator[str]:
    """What is said of the columns that no form of last year had, where there are any."""
    if any(form.part.new for form in forms):
        yield "template_guide_without" if all(form.part.known for form in forms) else "template_guide_new"


def _meanings(form: _Form) -> Table:
    widths = (26.0, 8.0, 10.0, 30.0, 60.0)
    heads = [say(f"template_head_{name}").zh for name in ("name", "required", "unit", "rule", "meaning")]
    columns = [Column((head,), width=width) for head, width in zip(heads, widths, strict=True)]
    fields = [place.field for place in form.places if place.role != "last"]
    return Table(columns, [Row(_meaning(form, field)) for field in fields], title=form.ledger.label.zh)


def _meaning(form: _Form, field: LedgerField) -> list[Any]:
    listed: CodeList | None = form.codes.get(field.codes or "")
    offered = "、".join(value.label.zh for value in listed.values) if listed else ""
    note = field.note.zh if field.note else ""
    kind = say(f"template_kind_{field.kind}").zh if field.kind and field.id != "year" else ""
    return [
        field.label.zh,
        say("check_yes").zh if field.required else "",
        unit_shown(field, form.definitions) if field.unit else "",
        form.limits.rule(field),
        "。".join(part.rstrip("。") for part in (note, kind, offered) if part),
    ]
