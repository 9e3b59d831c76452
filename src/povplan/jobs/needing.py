"""Needs of a year, and money against them. Read only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from povplan import needs
from povplan.errors import NOTHING_ACCEPTED, PovplanError
from povplan.jobs.analyses import Year
from povplan.jobs.standing import Standing
from povplan.messages import say
from povplan.needs.standing import LEVELS_OF
from povplan.spec import in_force

NEED = "need"
"""The ledger of needs and problems."""
LIMITS: Mapping[str, str] = {level: f"{level}_reply_days" for level in LEVELS_OF}
"""Who lets a need wait → the parameter with the days in which it ought to answer."""


@dataclass(frozen=True, eq=False)
class Needing:
    """What villages reported by the end of a year, each computed once."""

    of: Year

    @property
    def standing(self) -> Standing:
        """The base ledger."""
        return self.of.standing

    @cached_property
    def needs(self) -> pd.DataFrame:
        """NEEDS of the year; empty where the profile keeps none."""
        years = [year for year in self.standing.years if year <= self.of.year]
        kept = NEED in self.standing.config.ledgers
        yearly = {year: self.standing.folded(NEED, year).frame for year in years} if kept else {}
        return needs.needs(yearly, self.of.year, self.standing.day(self.of.year))

    @cached_property
    def fit(self) -> pd.DataFrame:
        """FIT of every unit; empty where no purposes are declared."""
        fits = self.standing.config.fits
        projects, households = self.of.rows("project"), self.of.rows("household")
        return needs.fit(fits, projects, households, self.needs, self.of.tree)

    def view(self, what: str) -> pd.DataFrame:
        """One table by name; PovplanError where there is nothing to say."""
        if what == "fit":
            if not self.standing.config.fits:
                raise PovplanError(say("needs_no_fit"))
            return self.fit
        if not len(self.needs):
            raise PovplanError(say("no_needs_yet", year=self.of.year), NOTHING_ACCEPTED)
        tree, year = self.of.tree, self.of.year
        if what == "waiting":
            parameters = self.standing.config.parameters
            limits = {level: in_force(parameters, name, year) for level, name in LIMITS.items()}
            return needs.waiting(
                self.needs, tree, year, {n: np.inf if np.isnan(v) else v for n, v in limits.items()}
            )
        if what == "status":
            return needs.by_kind(self.needs, tree)
        return needs.unmet(self.needs, tree) if what == "unmet" else self.needs
