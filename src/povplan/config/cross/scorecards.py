"""Score cards: their points add up, their pieces follow each other, what they score exists."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from povplan.config.cross.compiled import compiled, condition_faults, doubtful, scope_of
from povplan.config.cross.identities import repeated
from povplan.config.cross.references import MONEY, life, unknown
from povplan.config.declared import Declared, Placed
from povplan.errors import Fault
from povplan.evaluation.wording import plain
from povplan.formulas import measure_formula
from povplan.messages import say
from povplan.progress.projects import TOTALS
from povplan.spec import Clock, Condition, ScoreCard, Scored, ScoreItem, Scoring, Veto

SECTIONS = ("items", "bonus", "deductions", "vetoes")


def card_checks(declared: Declared) -> Iterator[Fault]:
    """Every card, line by line."""
    for card in declared.cards:
        yield from life(card.spec.valid, card)
        yield from _sums(card)
        yield from _grades(card)
        lines = [line for section in SECTIONS for line in card.each(section)]
        yield from repeated((line.spec.id, line, ("id",)) for line in lines)
        for line in lines:
            yield from _input(declared, line)
            if isinstance(line.spec, ScoreItem):
                yield from _scoring(line)
            else:
                yield from _veto(declared, card, line)


def _sums(card: Placed[ScoreCard]) -> Iterator[Fault]:
    """The points of the items make the total; caps and points are above zero."""
    spec = card.spec
    whole = sum(item.points for item in spec.items)
    if abs(whole - spec.total) > 1e-9:
        said = say("config_card_total", sum=plain(whole), total=plain(spec.total))
        yield card.fault(said, "items", key=True)
    if spec.subjects and spec.of != "department":
        yield card.fault(say("config_card_subjects"), "subjects", key=True)
    if not 0 <= spec.least <= spec.total:
        yield card.fault(say("config_card_least", total=plain(spec.total)), "least")
    for key in ("bonus_cap", "deduction_cap"):
        value = getattr(spec, key)
        if value is not None and value < 0:
            yield card.fault(say("config_card_points"), key)


def _grades(card: Placed[ScoreCard]) -> Iterator[Fault]:
    """From the best down, the last from 0, so that every score has one."""
    grades = card.each("grades")
    for better, worse in pairwise(grades):
        if worse.spec.since >= better.spec.since:
            said = say("config_card_grades", later=plain(worse.spec.since), earlier=plain(better.spec.since))
            yield worse.fault(said, "from")
    if grades and grades[-1].spec.since > 0:
        yield grades[-1].fault(say("config_card_floor"), "from")
    yield from repeated((grade.spec.id, grade, ("id",)) for grade in grades)


def _input(declared: Declared, line: Placed[Scored]) -> Iterator[Fault]:
    """Exactly one figure, and it exists."""
    spec, given = line.spec, line.spec.inputs
    if len(given) != 1:
        yield line.fault(say("config_card_input", found="、".join(given) or "—"), *given[1:2], key=True)
        return
    if spec.indicator is not None:
        known = [one.spec.id for one in declared.indicators]
        yield from unknown(declared, "indicators", spec.indicator, known, line, "indicator")
    if spec.progress is not None:
        yield from unknown(declared, "progress", spec.progress, TOTALS, line, "progress")
    if spec.clock is not None:
        yield from _clock(declared, line, spec.clock)
    if spec.formula is not None:
        yield from _formula(declared, line)
        return
    for key, value in (("ledger", spec.ledger), ("where", spec.where), ("in", spec.measured)):
        if value is not None:
            yield line.fault(say("config_card_only_formula", name=key), key, key=True)


def _formula(declared: Declared, line: Placed[Scored]) -> Iterator[Fault]:
    """The formula compiles over its ledger, and its unit measures what it gives."""
    spec = line.spec
    for key, value in (("ledger", spec.ledger), ("in", spec.measured)):
        if value is None:
            yield line.fault(say("config_card_formula_needs", name=key), "formula", key=True)
    if spec.ledger is None or spec.measured is None or spec.formula is None:
        return
    text = spec.formula
    yield from unknown(declared, "ledgers", spec.ledger, declared.ledger_of, line, "ledger")
    yield from unknown(declared, "measurement", spec.measured, declared.unit_of, line, "in")
    ledger = declared.ledger_of.get(spec.ledger)
    if ledger is None:
        return
    faults = [] if spec.where is None else list(condition_faults(declared, ledger, line, "where", spec.where))
    yield from faults
    where = None if faults or doubtful(declared, spec.where or "") else spec.where
    scope = scope_of(declared, ledger)
    formula, mistakes = compiled(declared, line, "formula", text, lambda: measure_formula(text, scope, where))
    yield from mistakes
    unit = declared.unit_of.get(spec.measured)
    if formula and unit and (unit.dimension == MONEY) != (formula.kind == "money"):
        key = "config_money_unit" if formula.kind == "money" else "config_no_money_unit"
        yield line.fault(say(key, unit=spec.measured), "in")


def _clock(declared: Declared, line: Placed[Scored], clock: Clock) -> Iterator[Fault]:
    yield from unknown(declared, "ledgers", clock.ledger, declared.ledger_of, line, "clock", "ledger")
    ledger = declared.ledger_of.get(clock.ledger)
    if ledger is None:
        return
    dates = [field.id for field in ledger.fields if field.type == "date"]
    for key in ("since", "until"):
        yield from unknown(declared, "dates", getattr(clock, key), dates, line, "clock", key)


def _scoring(line: Placed[ScoreItem]) -> Iterator[Fault]:
    spec, scoring = line.spec, line.spec.score
    if spec.points <= 0:
        yield line.fault(say("config_card_points"), "points")
    if not scoring.kind:
        found = "、".join(scoring.model_dump(exclude_none=True)) or "—"
        yield line.fault(say("config_card_scoring", found=found), "score")
        return
    yield from _pieces(line, scoring)
    if scoring.threshold is not None:
        yield from _condition(line, scoring.threshold, "score", "threshold")
    if scoring.proportion is not None and scoring.proportion.full_at == scoring.proportion.zero_at:
        yield line.fault(say("config_card_proportion"), "score", "proportion")
    if scoring.rank is not None and scoring.rank.step <= 0:
        yield line.fault(say("config_card_points"), "score", "rank", "step")
    if scoring.each is not None and scoring.each.points <= 0:
        yield line.fault(say("config_card_points"), "score", "each", "points")


def _pieces(line: Placed[ScoreItem], scoring: Scoring) -> Iterator[Fault]:
    """Knots and steps ascend without meeting, give no more than the item, and at best all of it."""
    if scoring.piecewise is not None:
        ends: list[float | int | None] = [knot.at for knot in scoring.piecewise]
        given = [knot.points for knot in scoring.piecewise]
        kind, key = "piecewise", "at"
    elif scoring.steps is not None:
        ends, given = [step.up_to for step in scoring.steps], [step.points for step in scoring.steps]
        kind, key = "steps", "up_to"
    else:
        return
    for number, (earlier, later) in enumerate(pairwise(ends), 1):
        if earlier is None or (later is not None and later <= earlier):
            shown = "—" if earlier is None else plain(earlier)
            said = say("config_card_overlap", later="—" if later is None else plain(later), earlier=shown)
            yield line.fault(said, "score", kind, number, key)
    if kind == "steps" and ends[-1] is not None:
        yield line.fault(say("config_card_open_end"), "score", kind, len(ends) - 1, key)
    if len(ends) < 2:
        yield line.fault(say("config_card_two_pieces"), "score", kind)
    elif max(given) != line.spec.points or min(given) < 0:
        said = say("config_card_pieces", best=plain(max(given)), points=plain(line.spec.points))
        yield line.fault(said, "score", kind)


def _condition(line: Placed[Any], of: Condition, *loc: str) -> Iterator[Fault]:
    if len(of.bounds) != 1:
        yield line.fault(say("config_card_condition", found="、".join(of.bounds) or "—"), *loc)


def _veto(declared: Declared, card: Placed[ScoreCard], line: Placed[Veto]) -> Iterator[Fault]:
    yield from _condition(line, line.spec.when, "when")
    grades = [grade.id for grade in card.spec.grades]
    yield from unknown(declared, "grade", line.spec.grade, grades, line, "grade")
