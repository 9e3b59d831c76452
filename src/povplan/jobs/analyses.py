"""Analyses of a year, each as one frame by name: capacity, projects, benefit. Read only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from povplan import benefit, capacity, progress
from povplan.errors import NOTHING_ACCEPTED, PovplanError
from povplan.formulas import Scope, row_formula
from povplan.jobs.accounts import account_shown
from povplan.jobs.money import account
from povplan.jobs.standing import Standing, as_declared
from povplan.leverage import Account
from povplan.leverage.cumulative import QUANTITIES, SERIES, differenced
from povplan.messages import Said, say
from povplan.model import ENTITY, UNIT
from povplan.spec import LEVELS, Funds, in_force
from povplan.sums import Cases
from povplan.units import Tree


@dataclass(frozen=True, eq=False)
class Year:
    """What the analyses of one year read, each ledger folded once, and what has to be said about them."""

    standing: Standing
    year: int

    @classmethod
    def of(cls, standing: Standing, year: int) -> Year:
        """The one of this year that all who ask share."""
        found: Year = standing.analysed.setdefault(("year", year), cls(standing, year))
        return found

    @cached_property
    def tree(self) -> Tree:
        """The units of the year."""
        return self.standing.tree(self.year)

    @property
    def funds(self) -> Funds | None:
        """The fund taxonomy."""
        return self.standing.config.funds

    def rows(self, ledger: str) -> pd.DataFrame:
        """The accepted rows of a ledger; empty where the profile does not have it."""
        if ledger not in self.standing.config.ledgers:
            return pd.DataFrame({UNIT: pd.Series(dtype="string"), ENTITY: pd.Series(dtype="string")})
        return self.standing.folded(ledger, self.year).frame

    def needed(self, ledger: str) -> pd.DataFrame:
        """The rows of a ledger without which there is nothing to say. PovplanError where it has none."""
        rows = self.rows(ledger)
        if not len(rows):
            declared = self.standing.config.ledgers.get(ledger)
            label = declared.label.said if declared else Said(ledger, ledger)
            said = say("no_rows_of_ledger", year=self.year, ledger=label.zh, ledger_en=label.en)
            raise PovplanError(said, NOTHING_ACCEPTED)
        return rows

    def group(self, ledger: str, name: str) -> pd.Series:
        """Whether each row of a ledger is in a declared group; blank throughout where none is declared."""
        rows, config = self.rows(ledger), self.standing.config
        declared = config.ledgers.get(ledger)
        found = next((one for one in declared.groups if one.id == name), None) if declared else None
        if declared is None or found is None:
            return pd.Series(pd.NA, index=rows.index, dtype="boolean")
        scope = Scope(declared, config.ledgers, config.parameters, config.codes)
        return row_formula(found.where, scope)(self.standing.rows(declared, self.year))

    @cached_property
    def money(self) -> pd.DataFrame:
        """The fund lines of this year and all before, each with its `year`; cumulative ones differenced.

        What stands twice is taken out as the fund taxonomy has it, so that no analysis counts it again.
        """
        if "fund" not in self.standing.config.ledgers:
            return self.rows("fund").assign(year=self.year)
        years = [year for year in self.standing.years if year <= self.year]
        frames = [self.standing.folded("fund", year).frame.assign(year=year) for year in years]
        frames = [frame.assign(_place=np.arange(len(frame))) for frame in frames]
        some = [frame for frame in frames if len(frame)]
        if not some:
            return frames[-1]
        whole = pd.concat(some, ignore_index=True)
        needed = [name for name in (*SERIES, *QUANTITIES, "amount_kind", "date") if name not in whole]
        filled = as_declared(
            whole.reindex(columns=[*whole.columns, *needed]), self.standing.config.ledgers["fund"]
        )
        lines = differenced(filled)
        return lines if self.funds is None else once(lines, account(self.standing, self.year))

    @cached_property
    def flow(self) -> pd.DataFrame:
        """The fund lines of this year."""
        return self.money[self.money["year"] == self.year].reset_index(drop=True)

    def taxonomy(self) -> Funds:
        """The fund taxonomy, or a PovplanError where this profile has none."""
        if self.funds is None:
            raise PovplanError(say("no_funds"))
        return self.funds

    # ---- capacity

    @cached_property
    def given(self) -> pd.DataFrame:
        """What households gave by the fund ledger."""
        return capacity.contributions(self.flow, self.funds)

    @cached_property
    def borne(self) -> pd.DataFrame:
        """Every registered household with what it gave and can bear."""
        parameters = self.standing.config.parameters
        households = self.needed("household")
        return capacity.bearing(households, self.flow, self.funds, parameters, self.year)

    @cached_property
    def exposed(self) -> pd.DataFrame:
        """Households with their own money at risk."""
        lent = capacity.loans(self.flow, self.funds, self.rows("benefit"), self.group("benefit", "loan"))
        return capacity.exposure(self.borne, self.given, lent, self.rows("project"))

    def villages(self) -> pd.DataFrame:
        """What collectives gave, against their income."""
        rows = self.needed("village")
        return capacity.villages(rows, self.flow, self.given, self.funds, self.tree, self.year)

    def designs(self) -> pd.DataFrame:
        """Projects against what may be asked of households."""
        parameters = self.standing.config.parameters
        return capacity.designs(self.needed("project"), self.given, self.borne, parameters, self.year)

    def exempt_labour(self) -> pd.DataFrame:
        """Labour of households whose members are exempt."""
        members, exempt = self.needed("member"), self.group("member", "exempt")
        return capacity.exempt_labour(self.borne, members, exempt, self.standing.config.parameters, self.year)

    # ---- projects

    @cached_property
    def progress(self) -> pd.DataFrame:
        """Every project, time, quantity, quality and money side by side."""
        rows = self.needed("project")
        accepted, failed = (self.group("project", name) for name in ("accepted", "failed"))
        parameters = self.standing.config.parameters
        return progress.progress(rows, self.money, accepted, failed, parameters, self.standing.day(self.year))

    def totals(self, by: str | None) -> pd.DataFrame:
        """Projects counted and weighed by unit, department or category."""
        found = self.progress
        if by in ("department", "category"):
            labels = found[by].fillna("—")
            names = tuple(dict.fromkeys(labels))
            nothing = np.full(len(names), -1, np.int64)
            flat = Tree(names, nothing, np.zeros(len(names), np.int64))
            return progress.totals(found, Cases.at(flat, labels))
        whole = progress.totals(found, Cases.at(self.tree, found["unit"]))
        wanted = self.tree.depths == LEVELS.index(by) if by in LEVELS else self.tree.depths >= 0
        return whole[wanted].reset_index(drop=True)

    def execution(self) -> pd.DataFrame:
        """Execution rates."""
        self.needed("fund")
        return progress.execution(self.flow, self.taxonomy(), self.tree, self.year)

    @cached_property
    def idle(self) -> pd.DataFrame:
        """Money that arrived and was not paid out."""
        self.needed("fund")
        return progress.idle(self.money, self.taxonomy(), self.standing.day(self.year))

    @cached_property
    def clocks(self) -> pd.DataFrame:
        """How long each step of the money took."""
        config, day = self.standing.config, self.standing.day(self.year)
        self.needed("fund")
        return progress.clocks(self.flow, self.taxonomy(), config.calendar, config.parameters, day)

    # ---- benefit

    @cached_property
    def received(self) -> pd.DataFrame:
        """What households received: by the benefit ledger, or else by the fund lines that name them."""
        rows = self.rows("benefit")
        if len(rows):
            loans, income = (self.group("benefit", name) for name in ("loan", "income"))
            return benefit.from_ledger(rows, loans, income)
        self.needed("fund")
        return benefit.from_funds(self.flow, self.taxonomy())

    @cached_property
    def registered(self) -> pd.DataFrame:
        """Every registered household with what it received."""
        rows, poor = self.needed("household"), self.group("household", "poor")
        return benefit.register(rows, poor, self.received)

    def targeting(self) -> pd.DataFrame:
        """Coverage, errors and concentration; the gap below the poverty line, or the range of monitoring."""
        parameters = self.standing.config.parameters
        lines = [in_force(parameters, name, self.year) for name in ("poverty_line", "monitoring_range")]
        line = next((one for one in lines if not np.isnan(one)), None)
        return benefit.targeting(self.registered, self.received, self.tree, self.year, line)

    def benefit_projects(self) -> pd.DataFrame:
        """Projects by how evenly their benefit was spread."""
        parameters = self.standing.config.parameters
        even, unlike = (
            in_force(parameters, name, self.year) for name in ("averaging_variation", "income_variation")
        )
        return benefit.projects(self.received, self.registered, self.rows("project"), even, unlike)


def once(rows: pd.DataFrame, of: Account) -> pd.DataFrame:
    """Fund lines without what stands twice in them; days of work are taken out in proportion.

    Money carried over stays as it is: what is to be spent, and since when, needs it. So do loans.
    """
    taken = of.found[~of.found["kind"].isin(["carry_over", "loan_principal"])]
    out = pd.Series(0, index=of.lines.index).add(taken.groupby("at")["out"].sum(), fill_value=0)
    some = (out > 0).to_numpy(bool)
    keys = pd.MultiIndex.from_frame(of.lines.loc[some, ["year", "row"]])
    at = keys.get_indexer(pd.MultiIndex.from_frame(rows[["year", "_place"]]))
    here = at >= 0
    if not here.any():
        return rows
    double = out[some].to_numpy("int64")[at[here]]
    gross = of.lines.loc[some, "gross"].to_numpy("int64")[at[here]]
    kept, found = 1 - double / gross, rows.copy()
    amount = rows.loc[here, "amount"]
    found.loc[here, "amount"] = (amount - double).where(
        (amount == gross).fillna(False), (amount.astype("Float64") * kept).round().astype("Int64")
    )
    found.loc[here, "labour_days"] = rows.loc[here, "labour_days"].astype("Float64") * kept
    return found


CAPACITY: Mapping[str, Callable[[Year], pd.DataFrame]] = {
    "burden": lambda of: capacity.burdens(of.borne, of.tree, of.year),
    "fifths": lambda of: capacity.by_fifth(of.borne, of.tree),
    "villages": Year.villages,
    "projects": Year.designs,
    "households": lambda of: of.borne,
    "exempt": Year.exempt_labour,
    "exposure": lambda of: capacity.exposures(of.exposed, of.tree, of.year),
    "exposed": lambda of: of.exposed,
}
PROJECTS: Mapping[str, Callable[[Year], pd.DataFrame]] = {
    "list": lambda of: of.progress,
    "execution": Year.execution,
    "idle": lambda of: progress.idle_totals(of.idle, of.tree, of.year),
    "idle-list": lambda of: of.idle,
    "clocks": lambda of: progress.clock_totals(of.clocks, of.tree, of.year),
    "clock-list": lambda of: of.clocks,
}
"""Beside these, `totals` takes what to group by."""
ACCOUNTS: Mapping[str, Callable[[Year], pd.DataFrame]] = {
    "households": lambda of: account_shown(of.standing, of.year, "register", "households"),
    "poor": lambda of: account_shown(of.standing, of.year, "status", "households"),
    "persons": lambda of: account_shown(of.standing, of.year, "register", "persons"),
    "poor-persons": lambda of: account_shown(of.standing, of.year, "status", "persons"),
}
"""年度变化表, as reports show it."""
BENEFIT: Mapping[str, Callable[[Year], pd.DataFrame]] = {
    "targeting": Year.targeting,
    "fifths": lambda of: benefit.by_fifth(of.registered, of.tree),
    "projects": Year.benefit_projects,
    "outside": lambda of: benefit.outside(of.received, of.registered),
}


def view(of: Year, command: str, what: str, by: str | None = None) -> pd.DataFrame:
    """One table of a command, by its names; PovplanError where the ledger it rests on has no rows.

    `by` is what the totals of projects are grouped by; other tables speak of every unit.
    """
    if (command, what) == ("projects", "totals"):
        return of.totals(by)
    views = {"capacity": CAPACITY, "projects": PROJECTS, "benefit": BENEFIT, "accounts": ACCOUNTS}
    return views[command][what](of)


def remarks(of: Year, command: str, what: str) -> list[Said]:
    """What a reader must know of the data behind a view: which ledger it rests on, what is missing."""
    said = []
    if command == "benefit" and not len(of.rows("benefit")):
        said.append(say("benefit_by_funds"))
    if command == "capacity" and what in ("burden", "fifths", "households"):
        named = int((of.borne["origin"] == "fund").sum())
        said.append(say("capacity_origin", fund=named, household=len(of.borne) - named))
    if command == "projects" and what.startswith("clock") and of.clocks["weekends_only"].eq(True).any():
        said.append(say("clock_weekends_only"))
    return said
