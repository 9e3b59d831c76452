"""Where the plan of a year goes off course: the tables that detectors look at, what they find, its life."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from povplan import deviations, evaluation
from povplan.capacity import burdens
from povplan.deviations import events, plan, poor, projects
from povplan.deviations.life import strangers
from povplan.deviations.tables import TABLES, across, rows_of
from povplan.errors import PovplanError
from povplan.evaluation.owners import responsible
from povplan.jobs import money
from povplan.jobs.analyses import Year
from povplan.jobs.needing import Needing
from povplan.jobs.planning import CORRECTION, Planning
from povplan.ledger import COLUMN, locate
from povplan.measures import measure
from povplan.messages import say
from povplan.model import ENTITY, ROW, SOURCE, UNIT, column_letters
from povplan.needs import unmet
from povplan.spec import Indicator
from povplan.sums import known

OFFICIAL, EVENT = "official", "context_event"
"""The register of office holders and their relatives, and that of declared events."""
LIVED = (*deviations.DEVIATIONS, "touched", "cells", *deviations.CORRECTIONS, "next", "life")
"""What is told of a deviation. `touched`: events that touched its unit; `cells`: where its figures stand."""


@dataclass(frozen=True, eq=False)
class Deviating:
    """One year held against the declared detectors."""

    planning: Planning

    @classmethod
    def of_year(cls, planning: Planning) -> Deviating:
        """The one of that year that all who ask share, so that none is computed twice."""
        kept = planning.standing.analysed
        found: Deviating = kept.setdefault(("deviating", planning.year), cls(planning))
        return found

    @property
    def year(self) -> int:
        """The year looked at."""
        return self.planning.year

    @property
    def of(self) -> Year:
        """The analyses of the year."""
        return self.planning.of_year

    def at(self, year: int) -> Deviating:
        """The same ledger in another year."""
        return Deviating.of_year(Planning(self.planning.standing, year))

    # ---- what is found -------------------------------------------------------------------------------

    @cached_property
    def found(self) -> deviations.Found:
        """DEVIATIONS of the year, and what could be asked."""
        config = self.planning.standing.config
        units = {one.id: self._unit_of(one) for one in config.indicators}
        return deviations.detect(
            config.detectors, self.tables, config.parameters, config.measurement, self.year, units
        )

    @cached_property
    def lived(self) -> pd.DataFrame:
        """LIVED: the deviations of the year with what was decided and what the next year says."""
        standing = self.planning.standing
        later = self.year + 1 in standing.years
        after = self.at(self.year + 1).found.asked if later else None
        found = deviations.lived(self.found.deviations, self.corrections, after)
        touched = events.touched(found["unit"], self.events)
        return found.assign(touched=touched, cells=self._places(found))[list(LIVED)]

    @cached_property
    def corrections(self) -> pd.DataFrame:
        """The rows of the ledger `correction`, of this year's deviations whichever year they stand in."""
        standing = self.planning.standing
        if CORRECTION not in standing.config.ledgers:
            return pd.DataFrame()
        frames = [standing.folded(CORRECTION, year).frame for year in standing.years]
        some = [frame for frame in frames if len(frame)]
        return pd.concat(some, ignore_index=True) if some else pd.DataFrame()

    @property
    def strange(self) -> pd.Series:
        """Of each correction said to be of this year, whether its number is that of no deviation of it."""
        return strangers(self.planning.rows_of(self.year, CORRECTION), self.found.deviations)

    @property
    def unknown(self) -> pd.DataFrame:
        """Those corrections."""
        rows = self.planning.rows_of(self.year, CORRECTION)
        return rows[self.strange.to_numpy(bool)].reset_index(drop=True) if len(rows) else rows

    # ---- tables ----------------------------------------------------------------------------------------

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables that detectors ask for; one whose ledgers are not there is left out."""
        wanted = dict.fromkeys(one.table for one in self.planning.standing.config.detectors)
        found: dict[str, pd.DataFrame] = {}
        for name in wanted:
            with suppress(PovplanError):
                found[name] = BUILDERS[name](self)
        return found

    @cached_property
    def owners(self) -> pd.DataFrame:
        """Who answers for each project known so far, as the last ledger that has it says."""
        standing, years = self.planning.standing, self.planning.standing.years
        past = [year for year in reversed(years) if year <= self.year]
        kept = "project" in standing.config.ledgers
        rows = [standing.folded("project", year).frame for year in past] if kept else []
        frames = [
            pd.DataFrame(
                {
                    "project": frame[ENTITY].astype("string"),
                    "department": known(frame, "department", "string").fillna(
                        known(frame, "implementer", "string")
                    ),
                    "person": known(frame, "manager", "string"),
                }
            )
            for frame in rows
            if len(frame)
        ]
        if not frames:
            return pd.DataFrame(columns=["project", "department", "person"], dtype="string")
        return pd.concat(frames, ignore_index=True).drop_duplicates("project").reset_index(drop=True)

    def targets(self) -> pd.DataFrame:
        """Targets in force, with their paces, cost and definitions."""
        each = self.planning.each.reset_index(drop=True)
        evaluated = self.planning.evaluated.assign(
            entity=each["entity"].where(each["origin"] == "ledger").array
        )
        alone = ~each["target"].duplicated(keep=False)
        planned = plan.planned_money(each[alone.to_numpy(bool)], self.of.rows("project"))
        units = {one.id: self._unit_of(one) for one in self.planning.indicators}
        return plan.targets(evaluated, self.planning.problems, planned, self.planning.indicators, units)

    def projects(self) -> pd.DataFrame:
        """Projects with what is amiss."""
        self.of.needed("project")
        stopped, unlinked = (self.of.group("project", name) for name in ("stopped", "unlinked"))
        return projects.projects(
            self.planning.projects, self.of.rows("project"), stopped, unlinked, self.year
        )

    def strays(self) -> pd.DataFrame:
        """Money for projects that no ledger knows, so far; nothing where no ledger of projects is kept."""
        standing = self.planning.standing
        if "project" not in standing.config.ledgers:
            raise PovplanError(say("no_projects_kept"))
        years = [year for year in standing.years if year <= self.year]
        rows = [standing.folded("project", year).frame for year in years]
        declared = pd.concat(
            [projects.keys_of(frame) for frame in rows if len(frame)] or [pd.Series(dtype="string")]
        )
        return projects.strays(self.of.needed("fund"), declared)

    def designs(self) -> pd.DataFrame:
        """Projects against what may be asked of households."""
        found = self.of.designs()
        return rows_of(poor.of_projects(found, self.owners), list(TABLES["designs"].figures))

    def money(self, name: str, found: pd.DataFrame) -> pd.DataFrame:
        """Lines of money with the names of their sources."""
        labels = {one.id: one.label.zh for one in self.of.taxonomy().sources}
        return projects.lines_of_money(found, name, labels, self.owners)

    def doubles(self) -> pd.DataFrame:
        """Money that stands twice."""
        self.of.needed("fund")
        found, _, _ = money.doubles(self.planning.standing, self.year)
        return projects.doubles(found, self.owners)

    def delivery(self) -> pd.DataFrame:
        """Money delivered ÷ promised."""
        self.of.needed("fund")
        found = money.delivered(self.planning.standing, self.year)
        return across(found, list(TABLES["delivery"].figures), "all")

    def captures(self) -> pd.DataFrame:
        """What went to office holders, to one household, to the richest."""
        found = self.of.benefit_projects()
        return poor.captures(
            self.of.received, self.of.registered, self.official_households, found, self.owners
        )

    @cached_property
    def official_households(self) -> pd.Series | None:
        """Households of office holders and relatives, by the last register so far; None without one."""
        standing = self.planning.standing
        years = [year for year in standing.years if year <= self.year]
        for year in reversed(years if OFFICIAL in standing.config.ledgers else []):
            rows = standing.folded(OFFICIAL, year).frame
            if len(rows):
                return poor.households_of(rows, self.of.rows("member"))
        return None

    def officials(self) -> pd.DataFrame:
        """Office holders' households in the register."""
        if self.official_households is None:
            raise PovplanError(say("no_officials_kept"))
        return poor.officials(
            self.of.needed("household"), self.of.group("household", "poor"), self.official_households
        )

    def exits(self) -> pd.DataFrame:
        """Households that left poverty with something missing."""
        rows = self.of.needed("household")
        escaped, unmet_ = (self.of.group("household", name) for name in ("escaped", "unmet"))
        return poor.exits(rows, escaped, unmet_)

    def repeats(self) -> pd.DataFrame:
        """Households that got one item twice."""
        rows, before = self.of.needed("benefit"), Year.of(self.planning.standing, self.year - 1)
        return poor.repeats(
            rows, before.rows("benefit"), self.of.group("benefit", "once"), before.group("benefit", "once")
        )

    @cached_property
    def needing(self) -> Needing:
        """Needs of the year."""
        return Needing(self.of)

    def needs(self) -> pd.DataFrame:
        """Needs with the days they wait; a township answers until it has made its proposal."""
        found = self.needing.needs
        township = found["unit"].str.split("/").str[1]
        waits = found["status"] == "at_township"
        found = found.assign(
            subject=found["need"], name=found["what"], entity=found["need"],
            department=township.where(waits.fillna(False), self.planning.county).astype("string"),
            township_days=found["township_days"].where(waits, 0),
            county_days=found["county_days"].where(found["status"] == "at_county", 0),
        )  # fmt: skip
        return rows_of(found, list(TABLES["needs"].figures))

    def unmet(self) -> pd.DataFrame:
        """Needs by unit."""
        if not len(self.needing.needs):
            return pd.DataFrame()
        found = unmet(self.needing.needs, self.of.tree)
        named = found["unit"].astype("string").str.rsplit("/", n=1).str[-1]
        return rows_of(
            found, list(TABLES["unmet"].figures), subject=found["unit"], name=named, department=named,
            n=found["needs"],
        )  # fmt: skip

    def indicators(self) -> pd.DataFrame:
        """The indicators that some detector names, by unit."""
        config = self.planning.standing.config
        wanted = {
            n for one in config.detectors if one.table == "indicators" for n in (one.figure, *one.shows)
        }
        ones = [one for one in config.indicators if one.id in wanted]
        found = across(self._measured(ones, self.year), [one.id for one in ones])
        answers = [name for one in ones if (name := responsible(one, self.year)) is not None]
        county = (found["level"] == "county").fillna(False)
        return found.assign(
            department=found["department"].mask(county, "、".join(dict.fromkeys(answers)) or pd.NA)
        )

    # ---- context ---------------------------------------------------------------------------------------

    @cached_property
    def events(self) -> pd.DataFrame:
        """EVENTS that touch the year."""
        standing = self.planning.standing
        kept = EVENT in standing.config.ledgers
        years = standing.years if kept else []
        return events.events({year: standing.folded(EVENT, year).frame for year in years}, self.year)

    def context(self) -> pd.DataFrame:
        """Targets with and without the units that an event touched."""
        evaluated = self.planning.evaluated
        if not len(self.events) or not len(evaluated):
            return pd.DataFrame()
        standing, config = self.planning.standing, self.planning.standing.config
        years = [year for year in standing.years if year <= self.year]
        series = {year: self._measured(self.planning.wanted, year, self.events["unit"]) for year in years}
        apart = evaluation.evaluate(
            self.planning.each, series, self.year, self.planning.indicators, config.parameters
        )
        units = {one.id: self._unit_of(one) for one in self.planning.indicators}
        labels = {one.id: one.label.zh for one in self.planning.indicators}
        return events.without(evaluated, apart, self.events, units, labels, self.planning.plan.additive)

    def _measured(self, ones: Iterable[Indicator], year: int, apart: pd.Series | None = None) -> pd.DataFrame:
        """Figures of some indicators; with `apart` of all rows but those at or below these units."""
        standing, config = self.planning.standing, self.planning.standing.config

        def left(frames: Mapping[str, pd.DataFrame] | None) -> dict[str, pd.DataFrame] | None:
            if frames is None or apart is None:
                return None if frames is None else dict(frames)
            return {name: _outside(frame, apart) for name, frame in frames.items()}

        return measure(
            ones, left(standing.frames(year)) or {}, config.ledgers, config.parameters, year,
            standing.day(year),
            standing.tree(year), previous=left(standing.before(year)), codes=config.codes,
        )  # fmt: skip

    def _unit_of(self, one: Indicator) -> str:
        """The unit of an indicator's kept values: yuan for all money."""
        unit = self.planning.standing.config.measurement.get(one.unit)
        return "元" if unit is not None and unit.dimension == "money" else one.unit

    # ---- cells -----------------------------------------------------------------------------------------

    def _places(self, found: pd.DataFrame) -> pd.Series:
        """`file, sheet!D18` of the cells that the evidence is read from, joined."""
        standing = self.planning.standing
        asked = [
            (at, str(line["ledger"]), line["entity"], name)
            for at, (_, line) in enumerate(found.iterrows())
            if not pd.isna(line["ledger"]) and not pd.isna(line["entity"])
            for name in self._fields(line)
            if str(line["ledger"]) in standing.config.ledgers
        ]
        told: dict[int, list[str]] = {}
        sources = standing.store.sources() if asked else {}
        cells = pd.DataFrame(asked, columns=["at", "ledger", "entity", "field"], dtype=object)
        for ledger, some in cells.groupby("ledger", sort=False):
            year = self._year_of(str(ledger))
            folded = standing.folded(str(ledger), year)
            some = some[some["field"].isin(folded.frame.columns) & some["entity"].isin(folded.frame[ENTITY])]
            if not len(some):
                continue
            at = locate(folded, some["entity"].astype("string"), some["field"].astype("string"), sources)
            for position, source, row, column in zip(
                some["at"], at[SOURCE], at[ROW], at[COLUMN], strict=True
            ):
                place = _place(sources, source, row, column)
                if place is not None:
                    told.setdefault(int(position), []).append(place)
        return pd.Series(
            ["; ".join(dict.fromkeys(told.get(n, []))) or None for n in range(len(found))],
            index=found.index,
            dtype="string",
        )

    def _year_of(self, ledger: str) -> int:
        """The last year up to this one in which the ledger has rows."""
        standing = self.planning.standing
        years = [
            year for year in standing.years if year <= self.year and len(standing.folded(ledger, year).frame)
        ]
        return max(years, default=self.year)

    def _fields(self, line: Any) -> tuple[str, ...]:
        detector = next(one for one in self.planning.standing.config.detectors if one.id == line["detector"])
        if detector.table == "targets":
            return ("target_value", "baseline_value")
        figures = TABLES[detector.table].figures
        return figures[detector.figure].fields if detector.figure in figures else ()


BUILDERS: Mapping[str, Callable[[Deviating], pd.DataFrame]] = {
    "targets": Deviating.targets,
    "designs": Deviating.designs,
    "fit": lambda of: plan.fit(of.needing.fit),
    "projects": Deviating.projects,
    "strays": Deviating.strays,
    "idle": lambda of: of.money("idle", of.of.idle),
    "clocks": lambda of: of.money("clocks", of.of.clocks),
    "doubles": Deviating.doubles,
    "delivery": Deviating.delivery,
    "integration": lambda of: projects.integration(of.of.flow, of.of.taxonomy(), of.of.tree, of.year),
    "burden": lambda of: across(
        burdens(of.of.borne, of.of.tree, of.year), list(TABLES["burden"].figures), "all"
    ),
    "targeting": lambda of: across(of.of.targeting(), list(TABLES["targeting"].figures)),
    "spreads": lambda of: poor.spreads(of.of.benefit_projects(), of.owners),
    "captures": Deviating.captures,
    "exits": Deviating.exits,
    "repeats": Deviating.repeats,
    "loans": lambda of: poor.loans(
        of.of.needed("benefit"), of.of.group("benefit", "loan"), of.of.group("benefit", "misused")
    ),
    "officials": Deviating.officials,
    "needs": Deviating.needs,
    "unmet": Deviating.unmet,
    "indicators": Deviating.indicators,
    "events": Deviating.context,
}
"""Name of a table → what makes it."""


def _outside(frame: pd.DataFrame, apart: pd.Series) -> pd.DataFrame:
    """The rows that lie neither at nor below some units."""
    inside = np.zeros(len(frame), bool)
    for unit in apart.dropna().unique():
        at = frame[UNIT].astype("string")
        inside |= ((at == unit) | at.str.startswith(f"{unit}/")).fillna(False).to_numpy(bool)
    return frame[~inside].reset_index(drop=True)


def _place(sources: Mapping[int, Any], source: Any, row: Any, column: Any) -> str | None:
    if pd.isna(source) or int(source) not in sources or pd.isna(row):
        return None
    at = sources[int(source)]
    letters = "" if pd.isna(column) else column_letters(int(column))
    return f"{at.file}, {at.sheet}!{letters}{int(row)}"


def unasked(of: Deviating) -> list[str]:
    """Detectors that could say nothing of any subject: a ledger, a parameter or a figure is missing."""
    asked = of.found.asked
    told = set(asked.loc[asked["fires"].notna(), "detector"])
    detectors = of.planning.standing.config.detectors
    return [one.id for one in detectors if of.year in one.valid and one.id not in told]
