"""What a report is made of: a year's figures, their change, coverage, findings and where all came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from povplan.model import Coverage


@dataclass(frozen=True)
class Origin:
    """One submitted file that the year's figures rest on."""

    batch: int
    name: str
    sha256: str
    status: str


@dataclass(frozen=True)
class Provenance:
    """Which batch, definitions and program made the report; not when: the same inputs make the same bytes."""

    batch: int
    as_of: str
    profile: str
    digest: str
    version: str
    origins: Sequence[Origin] = ()


@dataclass(frozen=True)
class Restated:
    """Figures of the year that differ from those reported under a tag."""

    tag: str
    batch: int
    figures: pd.DataFrame
    """indicator, unit, level, reported, value: county and townships, only those that differ."""
    reasons: Sequence[str] = ()
    """Why the year was restated after it was closed, as the batches say."""


@dataclass(frozen=True)
class Facts:
    """All that a report of one unit and year can say; frames are never changed."""

    unit: str
    """Path of the county or township that the report speaks of."""
    year: int
    figures: pd.DataFrame
    """MEASURE_COLUMNS of the year: indicators, and leverage where there is a fund ledger."""
    changes: pd.DataFrame
    """Of `change.comparable`: every indicator beside the year before."""
    earlier: Mapping[int, pd.DataFrame] = field(default_factory=dict)
    """Years before → their MEASURE_COLUMNS, ascending."""
    coverage: Sequence[Coverage] = ()
    entries: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Village path → rows in each ledger (columns ledger ids); 0 where a village reported none."""
    findings: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Of `doubts.listed`."""
    money: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """Of the county's money: `tag`, `stages`, `execution`, `effect`, `doubles`."""
    views: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """command/table → the frame of an analysis."""
    registers: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """`waivers` and `amendments` of the year, persons masked."""
    restated: Restated | None = None
    """What was reported under a name and is another figure today."""
    provenance: Provenance | None = None

    @property
    def name(self) -> str:
        """The unit's own name."""
        return self.unit.rsplit("/", 1)[-1]

    @property
    def basis(self) -> str | None:
        """The stage of money that the leverage figures speak of."""
        found = self.figures["basis"].dropna().unique()
        return str(found[0]) if len(found) else None

    @property
    def units(self) -> list[str]:
        """The unit and all below it, in official order."""
        return list(dict.fromkeys(self.figures["unit"]))

    def within(self, unit: str) -> Facts:
        """The same for one township: its own figures and findings, and nobody else's."""
        earlier = {year: _below(frame, unit) for year, frame in self.earlier.items()}
        at = self.entries.index.to_series().map(lambda path: _is_below(path, unit)).astype(bool)
        return replace(
            self,
            unit=unit,
            figures=_below(self.figures, unit),
            changes=_below(self.changes, unit),
            earlier=earlier,
            coverage=(),
            entries=self.entries[at.to_numpy()],
            findings=_below(self.findings, unit),
            money={},
            registers={},
            restated=None,
            views={name: _below(frame, unit) for name, frame in self.views.items() if "unit" in frame},
        )


def _below(frame: pd.DataFrame, unit: str) -> pd.DataFrame:
    inside = frame["unit"].map(lambda path: _is_below(path, unit)).astype(bool)
    return frame[inside].reset_index(drop=True)


def _is_below(path: object, unit: str) -> bool:
    return isinstance(path, str) and (path == unit or path.startswith(unit + "/"))
