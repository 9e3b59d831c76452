"""The account of a county's money over the years: lines valued and counted once, ready for every table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from povplan.leverage.doubles import settled
from povplan.leverage.kinds import headline
from povplan.leverage.labour import Wages
from povplan.leverage.lines import Bools, Yearly, lines_of
from povplan.spec import Funds

SCOPES = ("all", "with_lever")
"""All money; only money beside special money of the same subject: the line's project, else its unit."""


@dataclass(frozen=True, eq=False)
class Account:
    """LINE_COLUMNS of all years with `gross` (fen before doubles are taken out), and what was double."""

    lines: pd.DataFrame
    found: pd.DataFrame
    funds: Funds

    @classmethod
    def of(cls, yearly: Yearly, funds: Funds, wages: Wages | None = None) -> Account:
        """The account of the rows of some years; without `wages` labour counts as it was entered."""
        lines, found = settled(lines_of(yearly, funds, wages or {}), funds)
        return cls(lines, found, funds)

    def stage_in_use(self, years: Sequence[int]) -> str | None:
        """The first stage of `funds.basis` at which any amount is known; None if there is none."""
        some = self.lines[self.lines["year"].isin(list(years)) & self.lines["amount"].notna()]
        present = set(some["stage"].dropna().unique())
        return next((stage for stage in self.funds.basis if stage in present), None)

    def at(self, stage: str | None, years: Sequence[int]) -> pd.DataFrame:
        """The lines of one stage in some years."""
        return self.lines[self.in_years(years) & (self.lines["stage"] == stage).fillna(False).to_numpy(bool)]

    def unstaged(self, years: Sequence[int]) -> pd.DataFrame:
        """The lines whose stage is blank or unknown."""
        stages = [stage.id for stage in self.funds.stages]
        return self.lines[self.in_years(years) & ~self.lines["stage"].isin(stages).to_numpy(bool)]

    def in_years(self, years: Sequence[int]) -> Bools:
        """Which lines are of these years."""
        return np.isin(self.lines["year"].to_numpy(), list(years))

    @cached_property
    def first_year(self) -> int | None:
        """The first year with any line."""
        return int(self.lines["year"].min()) if len(self.lines) else None


def stage_in_use(funds_rows: pd.DataFrame, funds: Funds) -> str | None:
    """The first stage of `funds.basis` at which the rows of a year know any amount."""
    return Account.of({0: funds_rows}, funds).stage_in_use([0])


def _beside_lever(lines: pd.DataFrame, funds: Funds) -> pd.DataFrame:
    """The lines of subjects that have special money."""
    special = np.zeros(lines["subject"].max() + 1 if len(lines) else 0, np.int64)
    lever, fen = headline(lines, funds)["lever"], lines["amount"].fillna(0).to_numpy(np.int64)
    subject = lines["subject"].to_numpy(np.int64)
    np.add.at(special, subject[lever], fen[lever])
    beside: Bools = special[subject] > 0
    return lines.loc[beside]


def in_scope(lines: pd.DataFrame, funds: Funds, scope: str) -> pd.DataFrame:
    """The lines of one of the two scopes."""
    return _beside_lever(lines, funds) if scope == "with_lever" else lines
