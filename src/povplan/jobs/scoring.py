"""Score cards of a year filled in: each line's figure for every township, village or department."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from povplan import evaluation
from povplan.errors import PovplanError
from povplan.evaluation.cards import FIGURES
from povplan.evaluation.owners import department_of
from povplan.evaluation.parties import exploded, parties_in
from povplan.evaluation.printed import printed
from povplan.evaluation.results import weighted
from povplan.formulas import Scope, measure_formula
from povplan.jobs import figures, money
from povplan.jobs.planning import Planning
from povplan.messages import Said, say
from povplan.model import UNIT
from povplan.progress.projects import MARKS, PHASES, totals
from povplan.spec import LEVELS, Clock, Indicator, ScoreCard, Scored
from povplan.sums import Cases, known
from povplan.units import Tree
from povplan.words import nearest
from povplan.workdays import calendar_days, weekends_only, working_days

COUNTED = frozenset({"projects", *PHASES, *MARKS})
"""Totals of projects that count projects."""


@dataclass(frozen=True, eq=False)
class Scoring:
    """One card for one year."""

    planning: Planning
    card: ScoreCard

    @cached_property
    def by_department(self) -> bool:
        """Whether departments are appraised, not units."""
        return self.card.of == "department"

    @cached_property
    def subjects(self) -> list[str]:
        """Who is appraised, in official order: units of a level, or departments that answer for anything."""
        if not self.by_department:
            depth = LEVELS.index(self.card.of)
            return [path for path, one in zip(self.tree.paths, self.tree.depths, strict=True) if one == depth]
        plan = self.planning
        named = [frame["department"] for frame in (plan.evaluated, plan.projects, plan.money)]
        return list(self.card.subjects) or parties_in(*named)

    @cached_property
    def tree(self) -> Tree:
        """The units of the year."""
        return self.planning.tree

    @cached_property
    def flat(self) -> Tree:
        """The departments as nodes of which none lies above another."""
        count = len(self.subjects)
        return replace(Tree.flat(count), paths=tuple(self.subjects))

    @property
    def lines(self) -> list[Scored]:
        """All lines of the card."""
        return [*self.card.items, *self.card.bonus, *self.card.deductions, *self.card.vetoes]

    @cached_property
    def found(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """LINES and TOTALS."""
        inputs = {line.id: self.figure(line) for line in self.lines}
        units = {line.id: self.measured(line) for line in self.lines}
        return evaluation.score(self.card, self.subjects, inputs, units)

    def measured(self, line: Scored) -> str:
        """The unit that a line's figure is printed in."""
        if line.indicator is not None:
            return self._indicator(line.indicator).unit
        if line.formula is not None:
            return line.measured or "ratio"
        if line.evaluation is not None:
            return "percent"
        if line.clock is not None:
            return "工作日" if line.clock.days == "working" else "天"
        if line.progress is not None:
            return (
                "项"
                if line.progress in COUNTED
                else "percent"
                if line.progress in ("payment_rate", "work")
                else "元"
            )
        return "ratio" if str(line.leverage).startswith("leverage_") else "元"

    def figure(self, line: Scored) -> pd.DataFrame:
        """FIGURES by subject, as printed."""
        if line.indicator is not None:
            measures = self._of_indicator(self._indicator(line.indicator))
        elif line.formula is not None:
            measures = self._of_formula(line)
        elif line.evaluation is not None:
            measures = self._of_evaluation(line.evaluation)
        elif line.progress is not None:
            measures = self._of_progress(line.progress)
        elif line.clock is not None:
            measures = self._of_clock(line.clock)
        else:
            measures = self._of_leverage(str(line.leverage))
        values = pd.to_numeric(measures["value"], errors="coerce").to_numpy("float64", na_value=np.nan)
        shown = printed(values, self.measured(line), self.planning.standing.config.measurement)
        return measures.assign(figure=shown).reindex(index=self.subjects, columns=list(FIGURES))

    # ---- one kind of figure each -----------------------------------------------------------------------

    def _indicator(self, name: str) -> Indicator:
        return next(one for one in self.planning.indicators if one.id == name)

    def _of_indicator(self, one: Indicator) -> pd.DataFrame:
        """The unit's own figure; the county's for a department that answers for the indicator."""
        whole = figures.all_figures(self.planning.standing, self.planning.year)
        mine = whole[(whole["indicator"] == one.id) & whole["scope"].isna()].set_index("unit")
        if not self.by_department:
            return mine
        answering = {
            share.party for share in evaluation.shares_of(evaluation.responsible(one, self.planning.year))
        }
        rows = mine.reindex([self.planning.county] * len(self.subjects)).set_axis(self.subjects)
        theirs = np.array([name in answering for name in self.subjects], np.bool_)
        return rows.assign(
            value=rows["value"].where(theirs), note=rows["note"].where(theirs, "not_responsible")
        )

    def _of_formula(self, line: Scored) -> pd.DataFrame:
        standing, year = self.planning.standing, self.planning.year
        config = standing.config
        ledger = config.ledgers[str(line.ledger)]
        scope = Scope(ledger, config.ledgers, config.parameters, config.codes)
        formula = measure_formula(str(line.formula), scope, line.where)
        rows = standing.rows(ledger, year)
        if not self.by_department:
            return formula(rows, self.tree).set_axis(pd.Index(self.tree.paths))
        given = self._departments(ledger.ledger, rows.frame)
        if given is None:
            return self._nothing("not_responsible")
        shared = exploded(rows.frame.assign(_department=given), "_department")
        groups = self.flat.codes(shared["party"])
        frame = shared.drop(columns=["_department", "party", "share", "basis", "at"]).reset_index(drop=True)
        return formula.grouped(replace(rows, frame=frame), groups, len(self.subjects)).set_axis(
            pd.Index(self.subjects)
        )

    def _departments(self, ledger: str, rows: pd.DataFrame) -> pd.Series | None:
        """Whose each row of a ledger is; None where its form does not say."""
        if ledger == "fund":
            return department_of(rows, self.planning.answering.set_index("project")["department"])
        if not {"department", "implementer"} & {*rows.columns}:
            return None
        return known(rows, "department", "string").fillna(known(rows, "implementer", "string"))

    def _of_evaluation(self, name: str) -> pd.DataFrame:
        """Of the targets of the unit itself, or all that a department answers for; weighted."""
        evaluated = self.planning.evaluated
        if not len(evaluated):
            return self._nothing("no_targets")
        if self.by_department:
            mine = exploded(evaluated, "department")
            found = weighted(mine.reset_index(drop=True), mine["party"])
            by = mine["party"]
        else:
            found, by = weighted(evaluated, evaluated["unit"]), evaluated["unit"]
        counts = by.astype(object).value_counts()
        left_out = by[(evaluated.loc[by.index, "verdict"] == "not_evaluable").to_numpy(bool)].value_counts()
        weight = found["attainment_weight"]
        rows = pd.DataFrame(
            {"value": found[name], "numerator": found[name] * weight, "denominator": weight}
        ).reindex(self.subjects)
        return rows.assign(
            n=(counts - left_out.reindex(counts.index).fillna(0)).reindex(self.subjects),
            left_out=left_out.reindex(self.subjects),
            note=pd.Series("no_targets", index=rows.index).where(rows["value"].isna()),
        )

    def _of_progress(self, name: str) -> pd.DataFrame:
        projects = self.planning.projects
        if not len(projects):
            return self._nothing("no_rows")
        if self.by_department:
            shared = exploded(projects, "department")
            found = totals(shared.reset_index(drop=True), Cases.at(self.flat, shared["party"]))
        else:
            found = totals(projects, Cases.at(self.tree, projects["unit"]))
        rows = found.set_index("group")
        note = pd.Series("no_denominator", index=rows.index).mask(rows["projects"].fillna(0) <= 0, "no_rows")
        note = note.where(rows[name].isna())
        return pd.DataFrame({"value": rows[name], "n": rows["projects"], "note": note}).reindex(
            columns=["value", "numerator", "denominator", "n", "left_out", "note"]
        )

    def _of_clock(self, clock: Clock) -> pd.DataFrame:
        """Days between two dates of each row that has both; the others are counted as left out."""
        rows = self.planning.of_year.rows(clock.ledger)
        since, until = (known(rows, name, "datetime64[s]") for name in (clock.since, clock.until))
        calendar = self.planning.standing.config.calendar
        days = (
            working_days(since, until, calendar) if clock.days == "working" else calendar_days(since, until)
        )
        if self.by_department:
            given = self._departments(clock.ledger, rows)
            if given is None:
                return self._nothing("not_responsible")
            shared = exploded(pd.DataFrame({"days": days, "_department": given}), "_department")
            cases, days = Cases.at(self.flat, shared["party"]), shared["days"].reset_index(drop=True)
            index: Sequence[str] = self.subjects
        else:
            cases, index = Cases.at(self.tree, rows[UNIT]), self.tree.paths
        each = days.astype("Float64")
        if clock.take == "worst":
            found = cases.greatest(each)
        else:
            found = cases.ratio(each, pd.Series(1.0, index=each.index, dtype="Float64"))
        return found.set_axis(pd.Index(index))

    def _of_leverage(self, name: str) -> pd.DataFrame:
        standing, year = self.planning.standing, self.planning.year
        if not standing.config.funds or "fund" not in standing.frames(year):
            return self._nothing("no_rows")
        if not self.by_department:
            whole = figures.all_figures(standing, year)
            mine = whole[(whole["indicator"] == name) & (whole["scope"] == "all")]
            return mine.set_index("unit")
        groups = money.by_group(standing, year, "department")
        mine = groups[(groups["scope"] == "all") & groups["group"].notna()].set_index("group")
        rows = pd.DataFrame({"value": mine.get(name, pd.NA), "n": mine["n"], "note": mine["note"]})
        found = rows.reindex(self.subjects)
        return found.assign(
            note=found["note"].where(found["value"].isna()).fillna("no_rows").where(found["value"].isna())
        )

    def _nothing(self, note: str) -> pd.DataFrame:
        return pd.DataFrame({"value": np.nan, "note": note}, index=pd.Index(self.subjects))

    @property
    def remarks(self) -> list[Said]:
        """What a reader must know: working days counted in years without declared holidays."""
        clocks = [
            line.clock for line in self.lines if line.clock is not None and line.clock.days == "working"
        ]
        for clock in clocks:
            rows = self.planning.of_year.rows(clock.ledger)
            since, until = (known(rows, name, "datetime64[s]") for name in (clock.since, clock.until))
            if weekends_only(since, until, self.planning.standing.config.calendar).eq(True).any():
                return [say("clock_weekends_only")]
        return []


def cards_of(planning: Planning, of: str | None = None) -> list[ScoreCard]:
    """The cards in force in the year, of one kind of subject or all."""
    cards = planning.standing.config.cards.values()
    return [card for card in cards if planning.year in card.valid and of in (None, card.of)]


def card_named(planning: Planning, name: str) -> ScoreCard:
    """The card of that id or label; PovplanError with the nearest where there is none in force."""
    cards = cards_of(planning)
    for card in cards:
        if name in (card.card, card.label.zh, card.label.text("en")):
            return card
    near = nearest(name, [word for card in cards for word in (card.card, card.label.zh)])
    known_ones = Said(
        "、".join(f"{card.card}（{card.label.zh}）" for card in cards) or "—",
        ", ".join(f"{card.card} ({card.label.text('en')})" for card in cards) or "—",
    )
    said = say("no_such_card", name=name, known=known_ones)
    if near is None:
        raise PovplanError(said)
    hint = say("config_did_you_mean", name=near)
    raise PovplanError(Said(said.zh + hint.zh, f"{said.en} {hint.en}"))
