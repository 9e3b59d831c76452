"""What a ledger's rows are held to: rules of one row each, and patterns that many rows make together."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from povplan.spec.base import Identifier, Level, Names, Spec, Text, Years

Severity = Literal["error", "doubt", "notice"]
SEVERITIES: tuple[Severity, ...] = ("notice", "doubt", "error")
"""From the lightest to the gravest."""
Effect = Literal["hold", "flag"]
PatternKind = Literal["outlier", "units", "digits", "copied", "unchanged", "duplicate", "share"]


class Example(Spec):
    """Rows that a rule must pass or fail; blanks are written `null` or left out."""

    passes: tuple[dict[str, Any], ...] = Field(default=(), alias="pass")
    fails: tuple[dict[str, Any], ...] = Field(default=(), alias="fail")

    @model_validator(mode="before")
    @classmethod
    def _lists(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {k: tuple(v) if isinstance(v, list) else v for k, v in value.items()}


class Raise(Spec):
    """From when on the findings of one unit are graver: so many rows, or such a share, break the rule.

    Of `count` and `share` both must be reached where both are given.
    """

    to: Severity
    per: Level = "village"
    share: Annotated[float, Field(gt=0, le=1)] | None = None
    """Of the rows of the unit of which the rule could be evaluated; a fraction."""
    count: Annotated[int, Field(ge=2)] | None = None
    """Rows of the unit that break the rule."""


class Rule(Spec):
    """A formula that must not be false on any row; a false one is a finding on `fields`."""

    id: str = Field(pattern=r"^\w+$")
    label: Text
    severity: Severity = "doubt"
    effect: Effect = "flag"
    check: str
    when: str | None = None
    fields: Names
    hint: Text | None = None
    source: str | None = None
    valid: Years = Years()
    raised: Raise | None = Field(default=None, alias="raise")
    examples: Example = Example()


class Pattern(Spec):
    """What the rows of one unit must not look like together; `kind` says what is looked for.

    `limit` and `least` name parameters: how far is too far, and the fewest cases of which anything is said.
    """

    id: str = Field(pattern=r"^\w+$")
    kind: PatternKind
    label: Text
    severity: Severity = "doubt"
    fields: Names = ()
    """Fields looked at; none means every field but keys, places, the year and what names a person."""
    where: str | None = None
    """Rows that take part; all where nothing is said."""
    per: Level = "village"
    by: Names = ()
    """Within the unit only rows that agree in these fields are compared."""
    limit: Identifier | None = None
    least: Identifier | None = None
    part: str | None = None
    """Of `share`: which of the rows are the part whose share of the whole is looked at."""
    bound: Literal["at_least", "at_most"] | None = None
    """Of `share`: whether `limit` (percent) is the least or the most."""
    step: Annotated[int, Field(ge=2)] | None = None
    """Of `digits`: whole multiples of it are round, in the field's unit (yuan for money)."""
    hint: Text | None = None
    source: str | None = None
    valid: Years = Years()
