"""Formulas: each must compile against the fields, ledgers, parameters and codes that there are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from povplan.config.cross.references import MONEY, life, unknown, unknown_fields
from povplan.config.declared import Declared, Placed
from povplan.errors import Fault
from povplan.formulas import FormulaErrors, Scope, measure_formula, row_formula
from povplan.messages import say
from povplan.spec import Indicator, Ledger, Rule

F = TypeVar("F")


def formula_checks(declared: Declared) -> Iterator[Fault]:
    """The formulas of all rules, patterns, groups and indicators."""
    for ledger in declared.ledgers:
        for rule in ledger.rules:
            yield from _rule(declared, ledger.spec, rule)
        for pattern in ledger.patterns:
            for key, text in (("where", pattern.spec.where), ("part", pattern.spec.part)):
                if text is not None:
                    yield from condition_faults(declared, ledger.spec, pattern, key, text)
        for group in ledger.each("groups"):
            yield from condition_faults(declared, ledger.spec, group, "where", group.spec.where)
            shown = [(name, ("show", number)) for number, name in enumerate(group.spec.show)]
            yield from unknown_fields(declared, ledger.spec, shown, group)
    for indicator in declared.indicators:
        name = indicator.spec.ledger
        yield from life(indicator.spec.valid, indicator)
        yield from unknown(declared, "ledgers", name, declared.ledger_of, indicator, "ledger")
        yield from unknown(declared, "measurement", indicator.spec.unit, declared.unit_of, indicator, "in")
        if ledger_of_it := declared.ledger_of.get(name):
            yield from _indicator(declared, ledger_of_it, indicator)


def scope_of(declared: Declared, ledger: Ledger) -> Scope:
    """What names a formula over `ledger` may use."""
    return Scope(ledger, declared.ledger_of, declared.parameter_of, declared.list_of)


def _rule(declared: Declared, ledger: Ledger, rule: Placed[Rule]) -> Iterator[Fault]:
    for key, text in (("check", rule.spec.check), ("when", rule.spec.when)):
        if text is not None:
            yield from condition_faults(declared, ledger, rule, key, text)


def condition_faults(
    declared: Declared,
    ledger: Ledger,
    placed: Placed[Any],
    key: str,
    text: str,
) -> Iterator[Fault]:
    """What is wrong with a condition over the rows of `ledger`, given as `key` of a definition."""
    formula, faults = compiled(
        declared, placed, key, text, lambda: row_formula(text, scope_of(declared, ledger))
    )
    yield from faults
    if formula and formula.kind != "boolean":
        yield placed.fault(say("config_not_a_condition"), key)


def _indicator(declared: Declared, ledger: Ledger, indicator: Placed[Indicator]) -> Iterator[Fault]:
    spec = indicator.spec
    where_faults = []
    if spec.where is not None:
        where_faults = list(condition_faults(declared, ledger, indicator, "where", spec.where))
    yield from where_faults
    where = None if where_faults or doubtful(declared, spec.where or "") else spec.where
    scope = scope_of(declared, ledger)
    formula, faults = compiled(
        declared, indicator, "value", spec.value, lambda: measure_formula(spec.value, scope, where)
    )
    yield from faults
    if spec.deflate is not None:
        yield from unknown(declared, "parameters", spec.deflate, declared.parameter_of, indicator, "deflate")
    fields = [(name.removeprefix("-"), ("parts", number)) for number, name in enumerate(spec.parts)]
    yield from unknown_fields(declared, ledger, fields, indicator)
    if formula and spec.parts and not formula.additive:
        yield indicator.fault(say("config_parts_of_no_sum"), "parts")
    yield from _restatements(spec, indicator)
    unit = declared.unit_of.get(spec.unit)
    if formula and unit and (unit.dimension == MONEY) != (formula.kind == "money"):
        key = "config_money_unit" if formula.kind == "money" else "config_no_money_unit"
        yield indicator.fault(say(key, unit=spec.unit), "in")


def _restatements(spec: Indicator, indicator: Placed[Indicator]) -> Iterator[Fault]:
    """A unit has one restated base a year."""
    seen: set[tuple[int, str]] = set()
    for number, one in enumerate(spec.restated):
        if (one.year, one.unit) in seen:
            yield indicator.fault(
                say("config_restated_twice", unit=one.unit, year=one.year), "restated", number
            )
        seen.add((one.year, one.unit))


def compiled(
    declared: Declared,
    placed: Placed[Any],
    key: str,
    text: str,
    compile_: Callable[[], F],
) -> tuple[F | None, list[Fault]]:
    """The compiled formula, or every mistake in it; neither where it names something that is broken."""
    if doubtful(declared, text):
        return None, []
    try:
        return compile_(), []
    except FormulaErrors as mistakes:
        return None, [placed.fault_inside(error.said, error.offset, key) for error in mistakes.errors]


def doubtful(declared: Declared, text: str) -> bool:
    """Whether a formula names something whose own definition is broken."""
    words = set(re.findall(r"\w+", text))
    kinds = {"ledgers"} | ({"parameters"} if "param" in words else set())
    return bool((words | kinds) & declared.broken)
