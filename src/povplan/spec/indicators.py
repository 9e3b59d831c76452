"""A figure, and who answers for it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from povplan.spec.base import Domain, Identifier, Spec, Text, Years


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
    headline: bool = False
    """Whether a report's summary speaks of it."""
    responsible: dict[int, str] = {}
    at_least: int = 1
    """Fewer rows than this give no figure but the note `too_few`."""
    description: Text | None = None
    source: str | None = None
