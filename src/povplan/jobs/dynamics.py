"""Household dynamics over the years of the base ledger, each table as one frame by name. Read only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import pandas as pd

from povplan import dynamics
from povplan.dynamics import Line, Matching, Panel, Reason, Watched
from povplan.errors import NOTHING_ACCEPTED, PovplanError
from povplan.formulas import RowFormula, Rows, Scope, row_formula
from povplan.jobs.analyses import Year
from povplan.jobs.standing import Place, Standing
from povplan.lists import words
from povplan.messages import Said, catalogue, say
from povplan.model import ENTITY, UNIT
from povplan.spec import Group, Ledger, in_force
from povplan.units import Tree

LEDGER = "household"
LINES = ("poverty_line", "monitoring_range")
"""The lines that a household's income is held to: the first in force in the year."""
DECLARED = {"poor": "poor", "gone": "struck_off", "escaped": "escaped", "fallen": "fallen_back"}
"""What a snapshot asks of a household → the group of the ledger that says it."""
BACK: Mapping[str, int] = {"matrix": 2, "income": 2, "at-risk": 1, "unmet": 1}
"""How many years of the ledger a table reads where nobody says; `LONG` the others."""
LONG = 5
PAIRS = frozenset({"matrix", "income"})
"""Tables that compare two years."""
FEW = 3
"""Years without which nothing can be said of return."""


@dataclass(frozen=True, eq=False)
class Span:
    """The years that dynamics speak of, each ledger of a year folded once."""

    standing: Standing
    first: int
    last: int

    @property
    def ledger(self) -> Ledger:
        """The household ledger. PovplanError where the profile has none, or no rows of the last year."""
        Year(self.standing, self.last).needed(LEDGER)
        return self.standing.config.ledgers[LEDGER]

    @property
    def years(self) -> list[int]:
        """The years of the ledger within the span, ascending."""
        return [year for year in self.standing.years if self.first <= year <= self.last]

    @cached_property
    def matching(self) -> Matching:
        """Year → a key of that year → that of the last year of the span."""
        return self.standing.over_years.followed(LEDGER, self.years)

    @cached_property
    def panel(self) -> Panel:
        """The households of these years."""
        changed = self.standing.over_years.mapped(self.years[0], self.years[-1]) if self.years else []
        return Panel.of([self._snapshot(year) for year in self.years], self._names if changed else None)

    def _names(self, unit: str, then: int, year: int) -> set[str]:
        """What a unit of one year is called in another, of those that households' rows name there."""
        units_in = self.standing.over_years.units_in
        if year >= then:
            return {*units_in([unit], then, year)}
        named = self.standing.folded(LEDGER, year).frame[UNIT].dropna().unique()
        return {one for one in named if unit in units_in([one], year, then)}

    @cached_property
    def tree(self) -> Tree:
        """The units that the household ledger names: in the order of the list, else of first report."""
        seen = dict.fromkeys(self.panel.rows["unit"].dropna().unique())
        listed = self.standing.workspace.registry(()).paths
        return Tree.of([*(path for path in listed if path in seen), *seen])

    def _snapshot(self, year: int) -> pd.DataFrame:
        declared = {group.id: group for group in self.ledger.groups}
        rows = self.standing.folded(LEDGER, year).frame
        groups = {
            name: self._formula(declared[group])(self._rows(self._formula(declared[group]), year))
            for name, group in DECLARED.items()
            if group in declared
        }
        units = self.standing.over_years.frame_in(LEDGER, year, self.years[-1])[UNIT]
        return dynamics.snapshot(rows, groups, year, self.line(year), self.matching, units)

    def _formula(self, group: Group) -> RowFormula:
        """The condition of a group of households."""
        config = self.standing.config
        return row_formula(group.where, Scope(self.ledger, config.ledgers, config.parameters, config.codes))

    def _rows(self, formula: RowFormula, year: int) -> Rows:
        """What the formula sees in a year; no ledger and no year is read that it does not look at."""
        if formula.uses_previous:
            return self.standing.rows(self.ledger, year)
        others = {name: self.standing.folded(name, year).frame for name in formula.needs}
        frame = self.standing.folded(LEDGER, year).frame
        return Rows(frame, year, self.standing.day(year), None, others)

    def line(self, year: int) -> Line | None:
        """The line in force in the year."""
        parameters = self.standing.config.parameters
        margin = in_force(parameters, "near_line_margin", year)
        values = {name: in_force(parameters, name, year) for name in LINES}
        found = next((name for name, value in values.items() if value == value), None)
        return None if found is None else Line(found, values[found], 0 if margin != margin else margin / 100)

    @property
    def same_line(self) -> bool:
        """Whether both ends have a line, and the same one."""
        lines = [self.line(year) for year in (self.panel.years[0], self.panel.years[-1])]
        return None not in lines and len({line.parameter for line in lines if line}) == 1

    # ---- tables

    def matrix(self) -> pd.DataFrame:
        """Transitions by status."""
        listed = self.ledger.field("poverty_status").codes if "poverty_status" in self.ledger.names else None
        codes = self.standing.config.codes[listed].values if listed else ()
        states = dynamics.states_of(self.panel, "status", [one.code for one in codes])
        return dynamics.matrix(self.panel, "status", states, self.tree)

    def income(self) -> pd.DataFrame:
        """Transitions by fifth, and by place relative to the line where both years have the same."""
        kinds = ["fifth", *(["line"] if self.same_line else [])]
        found = [
            dynamics.matrix(self.panel, by, dynamics.states_of(self.panel, by), self.tree) for by in kinds
        ]
        return pd.concat(found, ignore_index=True)

    def returns(self) -> pd.DataFrame:
        """Entry, exit and return of every year."""
        return dynamics.flows(self.panel, self.tree)

    def causes(self) -> pd.DataFrame:
        """Why those are poor who are."""
        return dynamics.causes(self.panel, self.tree)

    def durations(self) -> pd.DataFrame:
        """How long households stay poor, and out of it."""
        return dynamics.durations(self.panel, self.tree)

    def watched(self, what: str) -> Watched:
        """The list of that name."""
        if what == "fell-back":
            return dynamics.fallen_back(self.panel, self._causes())
        if what == "at-risk":
            return dynamics.at_risk(self.panel, self._reasons("at_risk"))
        return dynamics.unmet(self.panel, self._reasons("unmet"))

    def _causes(self) -> dict[str, Said]:
        codes = self.ledger.field("main_cause").codes if "main_cause" in self.ledger.names else None
        listed = self.standing.config.codes[codes].values if codes else ()
        return {one.code: one.label.said for one in listed}

    def _reasons(self, kind: str) -> list[Reason]:
        """What groups of the ledger say of the households of the last year. PovplanError where none does."""
        groups = [group for group in self.ledger.groups if group.reason == kind]
        if not groups:
            raise PovplanError(say("dynamics_no_reasons", ledger=LEDGER, reason=kind))
        return [self._reason(group) for group in groups]

    def _reason(self, group: Group) -> Reason:
        formula = self._formula(group)
        rows = self._rows(formula, self.last)
        holds = formula(rows).reset_index(drop=True)
        before = rows.previous if formula.uses_previous else None
        return Reason(group.id, holds, partial(self._said, group, rows.frame, before))

    def _said(
        self, group: Group, frame: pd.DataFrame, before: pd.DataFrame | None, some: np.ndarray
    ) -> dict[int, Said]:
        """The reason in words, with the values it rests on; last year's too where it looks there."""
        rows = frame.filter([ENTITY, *group.show]).iloc[some]
        zh, en = (_shown(self, group, rows, before, lang) for lang in ("zh", "en"))
        label = group.label.said
        return {
            int(place): Said(
                f"{label.zh}（{value}）" if value else label.zh,
                f"{label.en} ({value_en})" if value_en else label.en,
            )
            for place, value, value_en in zip(some, zh, en, strict=True)
        }


def _shown(span: Span, group: Group, rows: pd.DataFrame, before: pd.DataFrame | None, lang: str) -> list[str]:
    """The values that a reason rests on, row by row: `人均纯收入 6,800`."""
    columns: list[list[str]] = []
    for name in group.show:
        spec = span.ledger.field(name)
        codes = span.standing.config.codes.get(spec.codes or "")
        label = spec.label.text(lang)
        texts = [_text(value) for value in words(_column(rows, name), spec, codes, lang)]
        columns.append([f"{label} {text}" if text else "" for text in texts])
        if before is not None:
            lone = before.filter([ENTITY, name])[~before[ENTITY].duplicated(keep=False)].set_index(ENTITY)
            old = _column(lone, name).reindex(rows[ENTITY])
            past = [_text(value) for value in words(old, spec, codes, lang)]
            last = say("dynamics_last_year").text(lang)
            columns.append([f"{last} {text}" if text else "" for text in past])
    comma = "，" if lang == "zh" else ", "
    return [comma.join(part for part in parts if part) for parts in zip(*columns, strict=True)] or [""] * len(
        rows
    )


def _column(rows: pd.DataFrame, name: str) -> pd.Series:
    return rows[name] if name in rows else pd.Series(pd.NA, index=rows.index, dtype="string")


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "" if value is None else str(value)
    return f"{value:,.2f}".removesuffix(".00")


TABLES: Mapping[str, Callable[[Span], pd.DataFrame]] = {
    "matrix": Span.matrix,
    "income": Span.income,
    "returns": Span.returns,
    "durations": Span.durations,
    "causes": Span.causes,
}
LISTS = ("fell-back", "at-risk", "unmet")
STATES = ("absent", "unknown", "below", "near", "above", "any", "seen", "recorded")
"""What states and reasons may be beside those that the definitions name."""


def span_of(standing: Standing, what: str, first: int | None, last: int) -> Span:
    """The years a table speaks of: as asked, else as far back as its kind looks."""
    years = [year for year in standing.years if year <= last]
    if first is None:
        first = years[max(len(years) - BACK.get(what, LONG), 0)]
    if first > last:
        raise PovplanError(say("dynamics_backward", first=first, last=last))
    found = Span(standing, first, last)
    if what in PAIRS and len(found.panel.years) < 2:
        known = "、".join(str(year) for year in standing.years)
        said = say("dynamics_one_year", year=last, years=known)
        raise PovplanError(said, NOTHING_ACCEPTED)
    return found


def view(span: Span, what: str, *, counted: bool = False) -> pd.DataFrame:
    """One table by its name; of a list the households themselves, or their counts at every unit."""
    if what in LISTS:
        watched = span.watched(what)
        return watched.counted(span.tree) if counted else watched.listed(span.tree)
    return TABLES[what](span)


def remarks(span: Span, what: str) -> list[Said]:
    """What a reader must know: which years, whether any is missing between them, what is left out."""
    years = span.panel.years
    key = "dynamics_years_listed" if what in LISTS else "dynamics_years"
    said = [say(key, years="、".join(map(str, years)))]
    gaps = [str(year) for year in range(years[0], years[-1] + 1) if year not in years]
    if gaps:
        said.append(say("dynamics_gap", years="、".join(gaps)))
    if what not in LISTS:
        said += span.standing.over_years.mapped(years[0], years[-1])
    if (key := f"view_note_dynamics_{what}") in catalogue():
        said.append(say(key))
    if what == "returns" and len(years) < FEW:
        said.append(say("dynamics_few_years", count=len(years)))
    if what == "income" and not span.same_line:
        said.append(say("dynamics_lines_differ", first=years[0], last=years[-1]))
    if what in LISTS and (unknown := int(span.watched(what).unknown.sum())):
        said.append(say("dynamics_unknown", count=unknown))
    return said


def masked(frame: pd.DataFrame, place: Place) -> pd.DataFrame:
    """The table with households under their pseudonyms and names as `***`."""
    if "household" not in frame:
        return frame
    names = {key: place.pseudonym(key) for key in frame["household"].dropna().unique()}
    hidden = frame["head_name"].where(frame["head_name"].isna(), "***")
    return frame.assign(household=frame["household"].map(names), head_name=hidden)


def named(span: Span, frame: pd.DataFrame, lang: str) -> pd.DataFrame:
    """The table with labels for states, causes and reasons, and the reasons in one language only."""
    labels = {group.id: group.label.text(lang) for group in span.ledger.groups}
    labels |= {state: say(f"dynamics_state_{state}").text(lang) for state in STATES}
    for name in ("poverty_status", "main_cause"):
        if name in span.ledger.names and (
            codes := span.standing.config.codes.get(span.ledger.field(name).codes or "")
        ):
            labels |= {one.code: one.label.text(lang) for one in codes.values}
    worded = {
        name: frame[name].map(lambda value: labels.get(value, value))
        for name in ("begin", "end", "status", "cause", "listed_for")
        if name in frame
    }
    other = "reason_en" if lang == "zh" else "reason_zh"
    return frame.assign(**worded).drop(columns=[other], errors="ignore")
