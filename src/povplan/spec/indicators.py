"""A figure, and who answers for it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from povplan.spec.base import Domain, Identifier, Names, Spec, Text, Years, as_tuple


class Restated(Spec):
    """The figure of a year, revised to the definition of the next: the base of the next year's change."""

    year: int
    """The base year."""
    unit: str
    """Path of the unit whose figure it is."""
    value: float | int
    """As figures are kept: a fraction of rates, yuan of money."""
    source: str


class Indicator(Spec):
    """A figure computed from one ledger at every level: `sum(poor) / sum(population)`."""

    id: Identifier
    label: Text
    domain: Domain
    ledger: str
    value: str
    where: str | None = None
    unit: str = Field(alias="in")
    better: Literal["higher", "lower", "neutral"] = "neutral"
    decimals: int = 2
    valid: Years = Years()
    comparable_from: int | None = None
    restated: Annotated[tuple[Restated, ...], BeforeValidator(as_tuple)] = ()
    deflate: str | None = None
    """A parameter of prices, the year before as 100, by which a real change is worked out."""
    parts: Names = ()
    """Fields that make up the sum (or the mean's numerator): `wage`, and `-cost` for what is taken off."""
    headline: bool = False
    """Whether a report's summary speaks of it."""
    responsible: dict[int, str] = {}
    at_least: int = 1
    """Fewer rows than this give no figure but the note `too_few`."""
    description: Text | None = None
    source: str | None = None

    def is_same_in(self, year: int, other: int) -> bool:
        """Whether it means the same in both years, and holds in both."""
        since = self.comparable_from
        broken = since is not None and min(year, other) < since <= max(year, other)
        return year in self.valid and other in self.valid and not broken
