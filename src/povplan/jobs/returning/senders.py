"""What each submitted file speaks of: the sheets it was read into, its units, its years."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from povplan.jobs.standing import Standing
from povplan.model import SOURCE, UNIT, Source


@dataclass
class Sender:
    """A submitted file: where it lies, what it is called, and what its rows are about."""

    path: Path
    name: str
    sha256: str
    batch: int | None = None
    sources: set[int] = field(default_factory=set)
    units: dict[str, set[str]] = field(default_factory=dict)
    """Ledger → the units it has rows of."""
    years: set[int] = field(default_factory=set)

    @property
    def township(self) -> str | None:
        """The one township that all its rows belong to, if there is one."""
        units = [unit for units in self.units.values() for unit in units]
        townships = {"/".join(unit.split("/")[:2]) for unit in units if "/" in unit}
        return next(iter(townships)) if len(townships) == 1 and all("/" in unit for unit in units) else None


def described(senders: Iterable[Sender], standing: Standing, sources: Mapping[int, Source]) -> list[Sender]:
    """The senders with what their rows speak of, as the ledger holds them."""
    given = {sender.sha256: sender for sender in senders}
    owner = {number: given[one.sha256] for number, one in sources.items() if one.sha256 in given}
    for number, sender in owner.items():
        sender.sources.add(number)
    for name in standing.config.ledgers:
        for year in standing.years:
            for layer in standing.folded(name, year).layers:
                pairs = layer.frame[[SOURCE, UNIT]].drop_duplicates()
                for number, unit in pairs.itertuples(index=False):
                    if number in owner:
                        owner[number].years.add(year)
                        units = owner[number].units.setdefault(name, set())
                        units |= {unit} if isinstance(unit, str) else set()
    return list(given.values())
