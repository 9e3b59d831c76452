"""A ledger as a county declares it: its fields, its key, its rules and patterns, its groups of rows."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from povplan.spec.base import Identifier, Names, Place, Spec, Text, as_tuple
from povplan.spec.rules import Pattern, Rule

FieldType = Literal["code", "text", "integer", "number", "money", "date", "boolean", "choice", "choices"]
NUMERIC: frozenset[str] = frozenset({"integer", "number", "money"})
Kind = Literal["stock", "flow", "cumulative"]


class Group(Spec):
    """Rows that analyses set apart by a condition: the poor households, persons exempt from labour."""

    id: Identifier
    label: Text
    where: str
    source: str | None = None
    reason: Literal["at_risk", "unmet"] | None = None
    """On which list of households its rows stand: those at risk, those with a guarantee unmet."""
    show: Names = ()
    """Fields whose values are printed with the reason."""


class LedgerField(Spec):
    """One column of a ledger."""

    id: Identifier
    label: Text
    aliases: Names = ()
    type: FieldType
    unit: str | None = Field(default=None, alias="in")
    kind: Kind | None = None
    place: Place | None = None
    codes: str | None = None
    required: bool = False
    scopes: bool = False
    """Whether it says which units the row speaks of: a row in which it cannot be read waits."""
    person: bool = False
    part_of: str | None = None
    additive: bool = True
    """False for a figure per head or a rate: a printed total of it is no sum."""
    min: float | int | None = None
    max: float | int | None = None
    carry: bool | None = None
    """Whether next year's template brings last year's value along; None: all but figures (`carries`)."""
    none_is_blank: bool | None = None
    """Whether 无 says that there is nothing to name; None: as `is_blank_if_none` has it."""
    note: Text | None = None

    @property
    def is_blank_if_none(self) -> bool:
        """Whether 无 reads as blank: as declared, else of a code, a day, a place and what is a person's."""
        if self.none_is_blank is not None:
            return self.none_is_blank
        is_name = self.type == "text" and (self.place is not None or self.person)
        return is_name or self.type in ("code", "date")

    @property
    def carries(self) -> bool:
        """Whether a pre-filled template repeats last year's value: as declared, else all but figures.

        Who and where somebody is changes slowly; how many and how much is asked anew every year.
        """
        return self.type not in NUMERIC if self.carry is None else self.carry


def _alternatives(value: Any) -> Any:
    """`[a, b]` is one key of two fields; `[[a], [b, c]]` are two alternatives in order."""
    if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
        return (tuple(value),)
    if isinstance(value, list):
        return tuple(tuple(part) if isinstance(part, list) else part for part in value)
    return value


class Ledger(Spec):
    """A table of one kind of thing: one row per thing and year."""

    ledger: Identifier
    label: Text
    level: Literal["county", "township", "village", "household", "person", "entry"]
    population: Literal["all", "registered"] = "all"
    period: Literal["year", "quarter", "month"] = "year"
    key: Annotated[tuple[tuple[str, ...], ...], BeforeValidator(_alternatives)]
    links: dict[str, str] = {}
    """Parent ledger → field of this ledger that holds the parent's key (`household: household_id`)."""
    unplaced: Literal["county"] | None = None
    """`county`: a row that names no place speaks of the county; else such a row waits."""
    ignore: Names = ()
    """Headers that are known and left out on purpose, where no form is declared for the ledger."""
    template: bool = False
    """Whether villages fill it in: `povplan template` writes it unless told which ledgers."""
    goes_on: bool | None = None
    """Whether its things go on from year to year. Unsaid, entries do not: a payment and a birth are over."""
    fields: Annotated[tuple[LedgerField, ...], BeforeValidator(as_tuple)]
    rules: Annotated[tuple[Rule, ...], BeforeValidator(as_tuple)] = ()
    patterns: Annotated[tuple[Pattern, ...], BeforeValidator(as_tuple)] = ()
    groups: Annotated[tuple[Group, ...], BeforeValidator(as_tuple)] = ()

    def field(self, name: str) -> LedgerField:
        """The field `name`; KeyError if there is none."""
        return self._by_id[name]

    @cached_property
    def _by_id(self) -> dict[str, LedgerField]:
        return {field.id: field for field in reversed(self.fields)}

    @cached_property
    def by_written_name(self) -> dict[str, LedgerField]:
        """Fields by id as Python's parser reads it: in compatibility form (ＮＡＭＥ is NAME)."""
        return {unicodedata.normalize("NFKC", field.id): field for field in reversed(self.fields)}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Field ids in order."""
        return tuple(field.id for field in self.fields)

    @property
    def checks(self) -> tuple[Rule | Pattern, ...]:
        """Rules and patterns, in that order."""
        found: list[Rule | Pattern] = [*self.rules]
        return (*found, *self.patterns)

    def unchecked(self) -> Ledger:
        """The ledger without rules, patterns and groups: what reading needs, a quarter of the whole."""
        return self.model_copy(update={"rules": (), "patterns": (), "groups": ()})

    def placed(self, place: Place) -> str | None:
        """The id of the field that carries the county, township, village name or the division code."""
        return next((field.id for field in self.fields if field.place == place), None)

    @cached_property
    def naming(self) -> frozenset[str]:
        """Fields that say whose row it is: places, the year, the parts of every alternative of the key."""
        placed = {field.id for field in self.fields if field.place}
        return frozenset({*placed, "year", *(name for names in self.key for name in names)} & {*self.names})

    @property
    def lasts(self) -> bool:
        """Whether last year's rows are this year's too, so that a template begins with them."""
        return self.level != "entry" if self.goes_on is None else self.goes_on

    @property
    def holds_persons(self) -> bool:
        """Whether rows speak of single households or persons, whose keys are masked outside."""
        return self.level in ("household", "person")


def hidden_fields(ledger: Ledger, ledgers: Mapping[str, Ledger]) -> set[str]:
    """Fields that name a household or a person: declared so, own keys of such a ledger, links to one."""
    personal = {field.id for field in ledger.fields if field.person}
    linked = {
        name for parent, name in ledger.links.items() if parent in ledgers and ledgers[parent].holds_persons
    }
    keys = {name for names in ledger.key for name in names} if ledger.holds_persons else set()
    return personal | linked | {name for name in keys if ledger.field(name).place is None}
