"""Where a plan goes off course: which figure of which table lies past which bound, and what to do then.

And what money is held against: categories of projects beside causes of poverty and kinds of need.
"""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field

from povplan.spec.base import Identifier, Level, Names, Spec, Text, Years
from povplan.spec.rules import Severity

DeviationKind = Literal["design", "execution", "pro_poor", "context"]
DEVIATION_KINDS: tuple[DeviationKind, ...] = get_args(DeviationKind)
BOUNDS = ("above", "below", "at_least", "at_most")


class Detector(Spec):
    """One thing that is looked for: a figure of a table past a bound, or one that says so itself."""

    id: Identifier
    kind: DeviationKind
    label: Text
    table: str
    """One of the tables that povplan computes: `targets`, `projects`, `idle` …"""
    figure: str
    """A figure of that table; of `indicators` the id of an indicator."""
    above: Identifier | None = None
    """A dated parameter: the figure deviates where it is larger."""
    below: Identifier | None = None
    at_least: Identifier | None = None
    at_most: Identifier | None = None
    equals: bool | Names | None = Field(default=None, alias="is")
    """Instead of a bound: the value, or the values, with which the figure deviates."""
    level: Level | None = None
    """Of tables by unit: the units of this level only."""
    least: Identifier | None = None
    """A parameter: of fewer cases than this nothing is said."""
    shows: Names = ()
    """Other figures of the table that belong to the evidence."""
    graver: Identifier | None = None
    """The detector of the same table that fires instead where it gets worse: what that finds has not gone."""
    severity: Severity
    suggestion: Text
    """What may be done about it."""
    source: str
    valid: Years = Years()

    @property
    def bounds(self) -> dict[str, str]:
        """The bounds that are given: above, below, at_least, at_most → parameter."""
        given = {name: getattr(self, name) for name in BOUNDS}
        return {name: parameter for name, parameter in given.items() if parameter is not None}


class Fit(Spec):
    """Money of some categories of projects is meant for some causes of poverty and some kinds of need."""

    id: Identifier
    label: Text
    categories: Names = ()
    """Codes of `project_category`."""
    causes: Names = ()
    """Codes of `poverty_cause`."""
    needs: Names = ()
    """Codes of `need_kind`."""
    source: str
