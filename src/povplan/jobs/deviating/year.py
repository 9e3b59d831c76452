"""Where the plan of a year goes off course: the tables that detectors look at, what they find, its life."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from povplan import deviations
from povplan.deviations import events, poor
from povplan.deviations.life import CORRECTION, numbers_of, strangers
from povplan.errors import PovplanError
from povplan.jobs.analyses import Year
from povplan.jobs.deviating.cells import places
from povplan.jobs.deviating.context import unit_of
from povplan.jobs.deviating.subjects import BUILDERS
from povplan.jobs.needing import Needing
from povplan.jobs.planning import TARGET, Planning
from povplan.memory.registers import REGISTERS
from povplan.panel.events import EVENT as CHANGE_OF_PERSONS
from povplan.panel.geography import UNIT_CHANGE

OFFICIAL, EVENT = "official", "context_event"
"""The register of office holders and their relatives, and that of declared events."""
NO_DATA = frozenset({*REGISTERS, TARGET, CORRECTION, OFFICIAL, EVENT, CHANGE_OF_PERSONS, UNIT_CHANGE})
"""Ledgers that say nothing of how a year went."""
LIVED = (*deviations.DEVIATIONS, "touched", "cells", *deviations.CORRECTIONS, "next", "proof", "life")
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
        units = {one.id: unit_of(self, one) for one in config.indicators}
        return deviations.detect(
            config.detectors, self.tables, config.parameters, config.measurement, self.year, units
        )

    @cached_property
    def lived(self) -> pd.DataFrame:
        """LIVED: the deviations of the year with what was decided and what later data say."""
        detectors = self.planning.standing.config.detectors
        found = deviations.lived(
            self.found.deviations,
            self.corrections,
            [year for year in self.data_years if year > self.year],
            lambda year: self.at(year).found.asked,
            {one.id: one.graver for one in detectors if one.graver is not None},
        )
        touched = events.touched(found["unit"], self.events)
        return found.assign(touched=touched, cells=places(self, found))[list(LIVED)]

    @cached_property
    def earlier(self) -> pd.DataFrame:
        """LIVED of earlier years that were decided on and that no year before this one has proved.

        Years are looked at from the last back, until every correction has found its deviation.
        """
        sought = set(self._numbers) - set(self.found.deviations["number"])
        found = []
        for year in reversed([year for year in self.data_years if year < self.year]):
            if not sought:
                break
            before = self.at(year)
            sought -= set(before.found.deviations["number"])
            proof = before.lived["proof"]
            waits = proof.isna() | (proof >= self.year).fillna(False)
            found.append(before.lived[(before.lived["life"] != "open") & waits])
        some = [frame for frame in found if len(frame)]
        return pd.concat(some, ignore_index=True) if some else self.lived.head(0)

    @cached_property
    def data_years(self) -> list[int]:
        """Years with data: one that only a register or the plan names shows nothing."""
        standing = self.planning.standing
        return standing.years_of([name for name in standing.config.ledgers if name not in NO_DATA])

    @cached_property
    def corrections(self) -> pd.DataFrame:
        """The rows of the ledger `correction` of all years, the earlier before the later."""
        standing = self.planning.standing
        if CORRECTION not in standing.config.ledgers:
            return pd.DataFrame()
        frames = [standing.folded(CORRECTION, year).frame for year in standing.years]
        some = [frame for frame in frames if len(frame)]
        return pd.concat(some, ignore_index=True) if some else pd.DataFrame()

    @property
    def _numbers(self) -> list[str]:
        """Numbers of deviations that some correction names."""
        return list(numbers_of(self.corrections).dropna()) if len(self.corrections) else []

    @cached_property
    def strange(self) -> pd.Series:
        """Of each correction in this year's ledger, whether no deviation of any year has its number."""
        rows = self.planning.rows_of(self.year, CORRECTION)
        known_ones = list(self.found.deviations["number"])
        for year in sorted(self.data_years, key=lambda one: abs(one - self.year)):
            strange = strangers(rows, known_ones)
            if not strange.any():
                break
            known_ones += list(self.at(year).found.deviations["number"]) if year != self.year else []
        return strangers(rows, known_ones)

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

    @property
    def owners(self) -> pd.DataFrame:
        """Who answers for each project known so far."""
        return self.planning.answering

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

    @cached_property
    def needing(self) -> Needing:
        """Needs of the year."""
        return Needing(self.of)

    # ---- context ---------------------------------------------------------------------------------------

    @cached_property
    def events(self) -> pd.DataFrame:
        """EVENTS that touch the year."""
        standing = self.planning.standing
        kept = EVENT in standing.config.ledgers
        years = standing.years if kept else []
        return events.events({year: standing.folded(EVENT, year).frame for year in years}, self.year)


def unasked(of: Deviating) -> list[str]:
    """Detectors that could say nothing of any subject: a ledger, a parameter or a figure is missing."""
    asked = of.found.asked
    told = set(asked.loc[asked["fires"].notna(), "detector"])
    detectors = of.planning.standing.config.detectors
    return [one.id for one in detectors if of.year in one.valid and one.id not in told]
