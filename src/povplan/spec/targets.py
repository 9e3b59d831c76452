"""What the plan wants: an indicator's value in a year, where, by which path, and who answers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from povplan.spec.base import Identifier, Level, Spec, Text

Number = float | int
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class Point(Spec):
    """A value in a year, as printed; without a value the ledger's own figure of that year."""

    year: int
    value: Number | None = None


class Goal(Spec):
    """The value wanted, as printed, and the year in which it is to be reached."""

    year: int
    value: Number


class Target(Spec):
    """One target of the plan. Values are in the unit that the indicator is printed in, or in `in`."""

    id: Identifier
    indicator: str
    """Id or label."""
    unit: str | None = None
    """Path `county/township/village`; without unit and level the whole county."""
    level: Level | None = None
    """Every unit of this level has the target."""
    measured: str | None = Field(default=None, alias="in")
    baseline: Point
    target: Goal
    path: Literal["linear", "geometric"] | dict[int, Number] = "linear"
    weight: Number = 1
    department: str | None = None
    """`甲局、乙局` share alike, `甲局60%;乙局40%` as stated."""
    person: str | None = None
    deadline: Day | None = None
    set_on: Day | None = None
    """The day of the document: of two versions of a target the later holds."""
    cost: Number | None = None
    """What reaching it takes, yuan."""
    reason: str | None = None
    """Why it was revised."""
    source: str
    label: Text | None = None
