"""Policy numbers by year, and public holidays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from povplan.spec.base import Identifier, Names, Spec, Text, as_tuple


class Dated(Spec):
    """A parameter's value from a year on, with the document that sets it."""

    since: int = Field(alias="from")
    value: float | int | None
    source: str


class Parameter(Spec):
    """A policy number by year: the poverty line, a day wage, a cap."""

    id: Identifier
    label: Text
    unit: str | None = Field(default=None, alias="in")
    type: Literal["number", "money"] = "number"
    values: Annotated[tuple[Dated, ...], BeforeValidator(as_tuple)]

    def in_force(self, year: int) -> float | int | None:
        """The value in force in `year`, None before the first and where it was ended with null."""
        past = [dated for dated in self.values if dated.since <= year]
        return max(past, key=lambda dated: dated.since).value if past else None


def in_force(parameters: Mapping[str, Parameter], name: str, year: int) -> float:
    """The value of a parameter in `year`; not a number where there is none."""
    value = parameters[name].in_force(year) if name in parameters else None
    return float("nan") if value is None else float(value)


class CalendarYear(Spec):
    """The public holidays of a year, and the Saturdays and Sundays worked instead."""

    year: int
    holidays: Names
    """Days, single or from … to: `05-01`, `02-10..02-17`."""
    workdays: Names = ()
    source: str
