"""Score cards: what is scored, by which primitive, how much it counts, and what becomes of what is unknown.

Numbers are in the unit that the figure is printed in: percent 85, not 0.85.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from povplan.spec.base import Domain, Identifier, Names, Spec, Text, Years, as_tuple
from povplan.spec.targets import Number

Subject = Literal["township", "village", "department"]
Missing = Literal["drop_and_rescale", "zero", "full"]
"""What becomes of the points of an item that nobody can evaluate."""
EvaluationFigure = Literal["attainment", "reached_share", "on_path_share"]
LeverageFigure = Literal["leverage_others", "leverage_total", "lever", "others", "total"]


class Condition(Spec):
    """Exactly one bound that a figure is held against; `at_least` and `at_most` include it."""

    at_least: Number | None = None
    at_most: Number | None = None
    above: Number | None = None
    below: Number | None = None

    @property
    def bounds(self) -> dict[str, Number]:
        """Those that are declared."""
        return self.model_dump(exclude_none=True)


class Proportion(Spec):
    """Points in proportion: none at `zero_at`, all at `full_at`, never more and never less."""

    full_at: Number
    zero_at: Number = 0


class Knot(Spec):
    """Points at one place; between two places they change evenly, beyond the ends they stay."""

    at: Number
    points: Number


class Step(Spec):
    """Points of all figures up to and with `up_to`; the last step has no end."""

    up_to: Number | None = None
    points: Number


class Rank(Spec):
    """All points for the first, `step` fewer for each place after; equals share a place."""

    step: Number
    better: Literal["higher", "lower"] = "higher"
    least: int = Field(default=10, ge=2)
    """Of fewer cases there is no rank."""


class Each(Spec):
    """Points for each whole of the figure, up to those of the item."""

    points: Number


class Scoring(Spec):
    """Exactly one way to make points of a figure."""

    threshold: Condition | None = None
    proportion: Proportion | None = None
    piecewise: Annotated[tuple[Knot, ...] | None, BeforeValidator(as_tuple)] = None
    steps: Annotated[tuple[Step, ...] | None, BeforeValidator(as_tuple)] = None
    rank: Rank | None = None
    each: Each | None = None

    @property
    def kind(self) -> str:
        """The one that is declared; "" where none or several are."""
        found = [name for name in type(self).model_fields if getattr(self, name) is not None]
        return found[0] if len(found) == 1 else ""


class Clock(Spec):
    """Days from one date of a ledger's rows to another, over all rows that have both."""

    ledger: str
    since: str
    until: str
    days: Literal["working", "calendar"] = "working"
    take: Literal["mean", "worst"] = "mean"


class Scored(Spec):
    """A figure to be judged: exactly one of an indicator, a formula, a figure of an analysis, a clock."""

    id: Identifier
    label: Text
    indicator: str | None = None
    formula: str | None = None
    ledger: str | None = None
    """Of `formula`: over which rows."""
    where: str | None = None
    measured: str | None = Field(default=None, alias="in")
    """Of `formula`: the unit its value is printed in."""
    evaluation: EvaluationFigure | None = None
    progress: str | None = None
    """A column of `projects totals`: payment_rate, overdue, …"""
    leverage: LeverageFigure | None = None
    clock: Clock | None = None
    source: str | None = None

    @property
    def inputs(self) -> list[str]:
        """The kinds of figure that are declared; one, where all is well."""
        kinds = ("indicator", "formula", "evaluation", "progress", "leverage", "clock")
        return [name for name in kinds if getattr(self, name) is not None]


class ScoreItem(Scored):
    """One line of a card."""

    domain: Domain | None = None
    points: Number
    score: Scoring
    missing: Missing | None = None
    """Instead of the card's own."""


class Veto(Scored):
    """一票否决: where the condition holds, the grade is this one, whatever the score."""

    when: Condition
    grade: str


class Grade(Spec):
    """A grade and the score from which it is given."""

    id: str
    label: Text
    since: Number = Field(alias="from")


class ScoreCard(Spec):
    """How townships, villages or departments are appraised in a year."""

    card: Identifier
    label: Text
    of: Subject
    valid: Years = Years()
    total: Number = 100
    missing: Missing = "drop_and_rescale"
    least: Number = 0
    """Of less than so many points that can be evaluated there is no score."""
    subjects: Names = ()
    """Of departments: these, instead of all that answer for anything."""
    items: Annotated[tuple[ScoreItem, ...], BeforeValidator(as_tuple)]
    bonus: Annotated[tuple[ScoreItem, ...], BeforeValidator(as_tuple)] = ()
    bonus_cap: Number | None = None
    deductions: Annotated[tuple[ScoreItem, ...], BeforeValidator(as_tuple)] = ()
    deduction_cap: Number | None = None
    vetoes: Annotated[tuple[Veto, ...], BeforeValidator(as_tuple)] = ()
    grades: Annotated[tuple[Grade, ...], BeforeValidator(as_tuple)] = ()
    source: str
