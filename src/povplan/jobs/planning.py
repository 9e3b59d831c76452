"""The plan of a year: its targets, how far they are met, what is wrong with them, who answers. Read only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan import evaluation
from povplan.checks.findings import Checked
from povplan.checks.plan import plan as plan_checks
from povplan.config.places import read_document
from povplan.deviations import number_of
from povplan.deviations.life import CORRECTION, numbers_of, valued
from povplan.errors import ConfigError, Fault, PovplanError
from povplan.evaluation.faults import RULES, Plan, baselines, faults
from povplan.evaluation.owners import department_of, person_of
from povplan.formulas import Rows, Scope, measure_formula
from povplan.jobs.analyses import Year
from povplan.jobs.standing import Standing
from povplan.measures import measure, together
from povplan.messages import say
from povplan.model import ENTITY, UNIT
from povplan.progress.flow import new_money
from povplan.spec import Detector, Indicator, Ledger
from povplan.sums import known, yuan
from povplan.units import Tree
from povplan.words import nearest

TARGET = "target"
"""The ledger in which a county keeps its targets."""


@dataclass(frozen=True, eq=False)
class Planning:
    """The targets in force at the end of a year, and everything held against them; each computed once."""

    standing: Standing
    year: int
    analysed: dict[str, Year] = field(default_factory=dict)

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        """All that the profile defines."""
        return self.standing.config.indicators

    @cached_property
    def tree(self) -> Tree:
        """The units of the year."""
        return self.standing.tree(self.year)

    @cached_property
    def county(self) -> str:
        """The county's path."""
        return self.tree.paths[0] if self.tree.paths else ""

    @cached_property
    def of_year(self) -> Year:
        """The analyses of the year, for projects and money."""
        return Year.of(self.standing, self.year)

    @cached_property
    def targets(self) -> pd.DataFrame:
        """TARGETS of YAML, then of the ledger up to this year, with their versions."""
        config = self.standing.config
        yearly = {year: self.rows_of(year) for year in self.standing.years if year <= self.year}
        frames = [
            evaluation.from_specs(
                config.targets, config.target_places, self.county, self.indicators, config.measurement
            ),
            evaluation.from_ledger(yearly, self.indicators, config.measurement),
        ]
        some = [frame for frame in frames if len(frame)]
        found = evaluation.in_force(pd.concat(some, ignore_index=True) if some else frames[0])
        revising = self._revising
        for year in sorted({int(one) for one in revising["_of"]}):
            rows = revising[revising["_of"] == year]
            revised = evaluation.from_corrections(rows, year, found, self.indicators, config.measurement)
            revised = revised[(revised["year"] <= self.year).fillna(False)]
            if len(revised):
                some.append(revised)
                found = evaluation.in_force(pd.concat(some, ignore_index=True))
        return found

    @cached_property
    def corrections(self) -> pd.DataFrame:
        """The rows of the ledger `correction` of all years, the earlier before the later.

        Each has subject and unit of the deviation that its number is of, and `_of`, the year of it: they are
        told by whichever row of the number names them, whichever year's ledger it stands in. Where no
        detector makes the number, they are the row's own and `_of` is the year of the ledger, `_filed`.
        """
        standing = self.standing
        frames = [
            rows.assign(_filed=year) for year in standing.years if len(rows := self.rows_of(year, CORRECTION))
        ]
        whole = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({"_filed": [], UNIT: []})
        return _placed(whole, standing.config.detectors, standing.years)

    @cached_property
    def _revising(self) -> pd.DataFrame:
        """Corrections of earlier years' deviations with a new value of a target."""
        found = valued(self.corrections)
        return found[(found["_of"] < self.year).to_numpy(bool)].reset_index(drop=True)

    @cached_property
    def revisions(self) -> pd.DataFrame:
        """TARGETS that were revised, every version."""
        return evaluation.versions(self.targets)

    def rows_of(self, year: int, ledger: str = TARGET) -> pd.DataFrame:
        """A ledger's rows of a year; none where the profile does not keep it."""
        if ledger not in self.standing.config.ledgers:
            return pd.DataFrame()
        return self.standing.folded(ledger, year).frame

    @cached_property
    def wanted(self) -> tuple[Indicator, ...]:
        """The indicators that have a target."""
        names = set(self.targets["indicator"].dropna())
        return tuple(one for one in self.indicators if one.id in names)

    @cached_property
    def series(self) -> dict[int, pd.DataFrame]:
        """Year → figures of the indicators that have a target, up to this year."""
        years = [year for year in self.standing.years if year <= self.year]
        return {year: self._figures(year) for year in years} if self.wanted else {}

    def _figures(self, year: int) -> pd.DataFrame:
        standing, config = self.standing, self.standing.config
        if year in standing.figures:
            measures = standing.figures[year]
            return measures[measures["indicator"].isin([one.id for one in self.wanted])]
        return measure(
            self.wanted, standing.frames(year), config.ledgers, config.parameters, year, standing.day(year),
            standing.tree(year), previous=standing.before(year), codes=config.codes,
        )  # fmt: skip

    @cached_property
    def each(self) -> pd.DataFrame:
        """TARGETS in force, one row a unit."""
        return evaluation.spread(self.targets, self.tree)

    @cached_property
    def evaluated(self) -> pd.DataFrame:
        """EVALUATION at the end of the year. A blank department is its indicator's."""
        if not len(self.each):
            return evaluation.evaluate(self.each, {self.year: together([])}, self.year, (), {}, {})
        config = self.standing.config
        found = evaluation.evaluate(
            self.each, self.series, self.year, self.indicators, config.parameters, config.measurement
        )
        answers = {one.id: evaluation.responsible(one, self.year) for one in self.wanted}
        inherited = found["indicator"].map(answers).astype("string")
        return found.assign(department=found["department"].fillna(inherited))

    def needed(self) -> pd.DataFrame:
        """EVALUATION, or a PovplanError where there is no target; a unit in YAML must exist."""
        if not len(self.targets):
            raise PovplanError(say("no_targets_yet"))
        self.demand_units()
        return self.evaluated

    def demand_units(self) -> None:
        """ConfigError where `targets.yaml` names a unit that the county does not have, at its place."""
        config, known_units = self.standing.config, set(self.tree.paths)
        strange = [
            (number, spec.unit)
            for number, spec in enumerate(config.targets)
            if spec.unit is not None and spec.unit not in known_units
        ]
        if not strange:
            return
        document, _ = read_document(config.texts["targets.yaml"], config.files["targets.yaml"])
        assert document is not None
        faults_: list[Fault] = []
        for number, unit in strange:
            near = nearest(unit, self.tree.paths)
            said = say(
                "config_unknown_unit" if near is None else "config_unknown_unit_near", name=unit, near=near
            )
            faults_.append(document.fault(said, number, "unit"))
        raise ConfigError(faults_)

    # ---- what is wrong with them ---------------------------------------------------------------------

    @cached_property
    def plan(self) -> Plan:
        """The targets as checks see them."""
        return Plan(
            self.targets,
            {one.id: one for one in self.indicators},
            self.standing.config.measurement,
            self.tree,
            baselines(self.targets, self.series),
            additive(self.standing, self.wanted),
            additive(self.standing, self.wanted, rates=True),
        )

    def checked(self, ledger: Ledger, rows: Rows) -> Checked:
        """Findings of the ledger's rows of this year."""
        own = (self.targets["origin"] == "ledger") & (self.targets["year"] == self.year)
        at: npt.NDArray[np.int64] = np.flatnonzero(own.fillna(False)).astype(np.int64)
        return plan_checks(ledger, rows, self.plan, at, self.standing.config.codes)

    @cached_property
    def problems(self) -> pd.DataFrame:
        """One row a fault of a target, of YAML and ledger: rule, severity, target, indicator, unit, place.

        And an indicator in use for which nobody answers in the year.
        """
        found = []
        for rule, broken in faults(self.plan).items():
            some = self.targets[broken]
            found.append(some.assign(rule=rule, severity=RULES[rule][0], place=some["entity"]))
        alone = [
            {"severity": "doubt", "rule": "indicator_owner", "indicator": one.id, "named": one.label.zh}
            for one in self.indicators
            if self.year in one.valid and not evaluation.responsible(one, self.year)
        ]
        found += [pd.DataFrame(alone)] if alone else []
        columns = ["severity", "rule", "target", "indicator", "named", "unit", "level", "origin", "place"]
        whole = pd.concat(found, ignore_index=True) if found else pd.DataFrame()
        return whole.reindex(columns=columns)

    # ---- who answers ---------------------------------------------------------------------------------

    @cached_property
    def openly(self) -> frozenset[str]:
        """Names of those who answer that are nowhere masked: a ledger says that they are no secret, and none
        keeps the same name as one.
        """
        ledgers = self.standing.config.ledgers
        named = {
            (TARGET, "person"): self.targets["person"],
            ("project", "manager"): known(self.of_year.rows("project"), "manager", "string"),
            ("fund", "responsible"): known(self.of_year.rows("fund"), "responsible", "string"),
            (CORRECTION, "person"): known(self.corrections, "person", "string"),
            (CORRECTION, "owner_person"): known(self.corrections, "owner_person", "string"),
        }
        names = {at: {str(name) for name in one.dropna()} for at, one in named.items()}
        hidden = {at for at in names if not _is_open(ledgers, *at)}
        told = set().union(*(names[at] for at in names.keys() - hidden))
        return frozenset(told.difference(*(names[at] for at in hidden)))

    @cached_property
    def owners(self) -> pd.DataFrame:
        """OWNERS of indicators, targets, projects and lines of money of the year."""
        projects, funds = (_named_rows(self.of_year.rows(name)) for name in ("project", "fund"))
        return evaluation.owners(self.indicators, self.targets, projects, funds, self.answering, self.year)

    @cached_property
    def answering(self) -> pd.DataFrame:
        """Who answers for each project known so far, as the last ledger that has it says."""
        standing = self.standing
        past = [year for year in reversed(standing.years) if year <= self.year]
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

    @cached_property
    def projects(self) -> pd.DataFrame:
        """PROGRESS of the year's projects with `department` and `person`; none where there are none."""
        rows = self.of_year.rows("project")
        if not len(rows):
            return pd.DataFrame(columns=["project", "unit", "phase", "marks", "department", "person"])
        department = known(rows, "department", "string").fillna(known(rows, "implementer", "string"))
        person = known(rows, "manager", "string")
        return self.of_year.progress.assign(department=department.array, person=person.array)

    @cached_property
    def money(self) -> pd.DataFrame:
        """The year's money in cash by line: planned and paid in yuan, unit, department, person."""
        lines = new_money(self.of_year.money) if len(self.of_year.rows("fund")) else self.of_year.rows("fund")
        lines = lines[lines["year"] == self.year].reset_index(drop=True) if "year" in lines else lines
        lines = lines[(known(lines, "form", "string").fillna("cash") == "cash").to_numpy(bool)]
        amount, stage = yuan(known(lines, "amount", "Int64")), known(lines, "stage", "string")
        of_project = self.answering.set_index("project")
        return pd.DataFrame(
            {
                "planned": amount.where((stage == "planned").fillna(False)),
                "paid": amount.where((stage == "paid").fillna(False)),
                "unit": lines["_unit"],
                "department": department_of(lines, of_project["department"]),
                "person": person_of(lines, of_project["person"]),
            }
        )

    @cached_property
    def results(self) -> pd.DataFrame:
        """RESULTS by department and person, split and whole."""
        return evaluation.results(self.evaluated, self.projects, self.money)


def _named_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with whose they are: a ledger without any has not even the column."""
    return rows if ENTITY in rows else rows.assign(**{ENTITY: pd.Series(dtype="string")})


def additive(standing: Standing, indicators: Sequence[Indicator], *, rates: bool = False) -> frozenset[str]:
    """Indicators whose figure of a unit is the sum of those of the units below it; of rates: sum over sum."""
    config = standing.config
    formulas = {
        one.id: measure_formula(
            one.value,
            Scope(config.ledgers[one.ledger], config.ledgers, config.parameters, config.codes),
            one.where,
        )
        for one in indicators
    }
    return frozenset(name for name, made in formulas.items() if made.additive and made.is_ratio is rates)


def _is_open(ledgers: Mapping[str, Ledger], ledger: str, name: str) -> bool:
    """Whether a ledger has the field and does not declare it as personal."""
    fields = ledgers[ledger].fields if ledger in ledgers else ()
    return any(field.id == name and not field.person for field in fields)


def _placed(rows: pd.DataFrame, detectors: Sequence[Detector], years: Sequence[int]) -> pd.DataFrame:
    """Corrections with `_of`, subject and unit of the deviation that their number is of."""
    subjects, numbers = known(rows, "subject", "string"), numbers_of(rows)
    of: dict[str, tuple[int, Any, Any]] = {}
    for number, subject, unit in zip(numbers, subjects, rows[UNIT], strict=True):
        if number in of or pd.isna(subject):
            continue
        made = (
            year
            for year in years
            for one in detectors
            if number_of(one.kind, one.id, subject, unit, year) == number
        )
        if (year := next(made, None)) is not None:
            of[number] = (year, subject, unit)
    own = zip(rows["_filed"], subjects, rows[UNIT], strict=True)
    told = [of.get(number, mine) for number, mine in zip(numbers, own, strict=True)]
    year_of, subject_of, unit_of = ([one[n] for one in told] for n in range(3))
    return rows.assign(
        _of=year_of,
        subject=pd.array(subject_of, dtype="string"),
        **{UNIT: pd.array(unit_of, dtype="string")},
    )
