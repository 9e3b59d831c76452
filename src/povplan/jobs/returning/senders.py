"""What each submitted file speaks of: the sheets it was read into, its units, its years."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

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
    current: dict[str, set[str]] = field(default_factory=dict)
    """Ledger → the units whose rows the ledger now takes from it: no later file has replaced them."""
    years: set[int] = field(default_factory=set)

    @property
    def township(self) -> str | None:
        """The one township that all its rows belong to, if there is one."""
        units = [unit for units in self.units.values() for unit in units]
        townships = {"/".join(unit.split("/")[:2]) for unit in units if "/" in unit}
        return next(iter(townships)) if len(townships) == 1 and all("/" in unit for unit in units) else None


def described(
    senders: Iterable[Sender], standing: Standing, sources: Mapping[int, Source], years: Sequence[int]
) -> list[Sender]:
    """The senders with what their rows of `years` speak of, as the ledger holds them."""
    given = {sender.sha256: sender for sender in senders}
    owner = {number: given[one.sha256] for number, one in sources.items() if one.sha256 in given}
    for number, sender in owner.items():
        sender.sources.add(number)
    for name in standing.config.ledgers:
        for year in years:
            folded = standing.folded(name, year)
            for number, unit in _pairs(layer.frame for layer in folded.layers):
                if number in owner:
                    owner[number].years.add(year)
                    owner[number].units.setdefault(name, set()).update(unit)
            for number, unit in _pairs((folded.frame, folded.waiting)):
                if number in owner:
                    owner[number].current.setdefault(name, set()).update(unit)
    return list(given.values())


def _pairs(frames: Iterable[pd.DataFrame]) -> Iterator[tuple[int, set[str]]]:
    """Each source with a unit that it has rows of, if it names one."""
    for frame in frames:
        for number, unit in frame[[SOURCE, UNIT]].drop_duplicates().itertuples(index=False):
            yield number, {unit} if isinstance(unit, str) else set()
