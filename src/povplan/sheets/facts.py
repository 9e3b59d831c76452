"""What a report is made of: a year's figures, their change, coverage, findings and where all came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import pandas as pd

from povplan.evaluation.parties import shares_of
from povplan.memory import is_open
from povplan.messages import Said
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
    beyond: Mapping[str, int] = field(default_factory=dict)
    """command/table → rows that are not in its frame, where it is a list longer than any sheet shows."""
    remarks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """command/table → what must be known of it: which years it looks at, which are missing."""
    since: int = 0
    """The first year that household dynamics look back to."""
    registers: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """`waivers` and `amendments` of the year, persons masked."""
    plan: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """Of the plan: `revisions`, `evaluated`, `owners`, `projects`, `money`; `deviations`, `corrected`;
    `needs`, `needs_unmet`, `needs_fit`."""
    coded: frozenset[str] = frozenset()
    """Pseudonyms under which those who answer stand in `plan`."""
    scores: Mapping[str, tuple[pd.DataFrame, pd.DataFrame]] = field(default_factory=dict)
    """Score card → its LINES and TOTALS."""
    department: str | None = None
    """The department that the report speaks of, where it is not of a unit."""
    restated: Restated | None = None
    """What was reported under a name and is another figure today."""
    provenance: Provenance | None = None
    omitted: int | None = None
    """How many rows of the county are left out because an error or doubt marks them; None where all count."""
    mapped: Sequence[Said] = ()
    """Which units of the year before are compared under other names, in words."""

    @property
    def name(self) -> str:
        """The unit's own name, or the department's."""
        return self.department or self.unit.rsplit("/", 1)[-1]

    @cached_property
    def doubted(self) -> Mapping[tuple[str, str], Mapping[str, int]]:
        """Ledger and field → how many open errors and doubts mark it, unit by unit."""
        found = self.findings
        if not len(found):
            return {}
        grave = found[is_open(found) & found["severity"].isin(["error", "doubt"])]
        if self.omitted is not None:  # doubted rows are not in the figures; what is said of a sheet is
            grave = grave[grave["entity"].isna()]
        by = grave.assign(unit=grave["unit"].fillna("")).groupby(["ledger", "field", "unit"])
        counts: dict[tuple[str, str], dict[str, int]] = {}
        for ledger, name, unit, count in by.size().reset_index().itertuples(index=False):
            counts.setdefault((ledger, name), {})[unit] = count
        return counts

    @property
    def basis(self) -> str | None:
        """The stage of money that the leverage figures speak of."""
        found = self.figures["basis"].dropna().unique()
        return str(found[0]) if len(found) else None

    @property
    def units(self) -> list[str]:
        """The unit and all below it, in official order."""
        return list(self.figures["unit"].unique())

    def within(self, unit: str) -> Facts:
        """The same for one township: its own figures and findings, and nobody else's."""
        earlier = {year: _below(frame, unit) for year, frame in self.earlier.items()}
        at = self.entries.index.to_series().map(lambda path: is_below(path, unit)).astype(bool)
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
            plan={name: _below(frame, unit) for name, frame in self.plan.items()},
            scores={
                card: _subjects(found, lambda one: is_below(one, unit)) for card, found in self.scores.items()
            },
        )

    def answered_by(self, department: str) -> Facts:
        """The same for one department: what it answers for, wherever in the county, and nothing else."""
        mine = {name: _answered(frame, department) for name, frame in self.plan.items()}
        return replace(
            self,
            department=department,
            plan=mine,
            views={
                name: _answered(frame, department)
                for name, frame in self.views.items()
                if "department" in frame
            },
            scores={
                card: _subjects(found, lambda one: one == department) for card, found in self.scores.items()
            },
        )


Scored = tuple[pd.DataFrame, pd.DataFrame]


def _subjects(found: Scored, wanted: Callable[[object], bool]) -> Scored:
    """The lines and totals of some subjects."""
    lines, totals = found
    return tuple(  # type: ignore[return-value]
        frame[frame["subject"].map(wanted).astype(bool)].reset_index(drop=True) for frame in (lines, totals)
    )


def _answered(frame: pd.DataFrame, department: str) -> pd.DataFrame:
    """The rows that a department answers for, alone or with others, or that it is to put right."""
    mine = pd.Series(False, index=frame.index)
    for column in {"department", "owner"} & {*frame.columns}:
        texts = frame[column].astype("string")
        named = {
            text: department in {one.party for one in shares_of(text)} for text in texts.dropna().unique()
        }
        mine |= texts.map(named).fillna(False).astype(bool)
    return frame[mine].reset_index(drop=True)


def _below(frame: pd.DataFrame, unit: str) -> pd.DataFrame:
    inside = frame["unit"].map(lambda path: is_below(path, unit)).astype(bool)
    return frame[inside].reset_index(drop=True)


def is_below(path: object, unit: str) -> bool:
    """Whether a path is the unit's own or that of one below it."""
    return isinstance(path, str) and (path == unit or path.startswith(unit + "/"))
