"""The rules that a ledger declares: a formula that must not be false, on the rows it is meant for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from povplan.checks.verdict import Case, Shown, Verdict
from povplan.formulas import RowFormula, row_formula
from povplan.formulas.faults import tell
from povplan.formulas.grammar import parse
from povplan.spec import Rule

_FROM_ELSEWHERE = frozenset({"prev", "parent", "total", "total_known", "count"})


def declared(case: Case) -> Iterator[Verdict]:
    """Every rule in force that year. One that lacks last year or another ledger is not evaluable."""
    for rule in case.ledger.rules:
        if case.rows.year in rule.valid:
            yield _verdict(case, rule)


def _verdict(case: Case, rule: Rule) -> Verdict:
    check = row_formula(rule.check, case.scope)
    when = row_formula(rule.when, case.scope) if rule.when else None
    formulas = [check, *([when] if when else [])]
    holds, asked = case.unknown(), None
    if all(_has_its_rows(case, formula) for formula in formulas):
        holds = check(case.rows)
        if when:
            meant = when(case.rows)
            holds, asked = holds.mask(meant.isna(), pd.NA), meant.fillna(True).to_numpy(bool)
    hint = rule.hint.said if rule.hint else tell("check_default_hint")
    verdict = Verdict(
        rule.id, rule.severity, rule.effect, rule.fields, rule.label.said, hint, holds, asked=asked
    )
    if not len(verdict.failed):
        return verdict
    return replace(verdict, shown=_involved(case, rule, formulas))


def _has_its_rows(case: Case, formula: RowFormula) -> bool:
    before = case.rows.previous
    missing = formula.uses_previous and (before is None or before.empty)
    return not missing and all(ledger in case.others for ledger in formula.needs)


def _involved(case: Case, rule: Rule, formulas: list[RowFormula]) -> tuple[Shown, ...]:
    """The fields of the check, those marked, those of the condition, then what comes from elsewhere."""
    check, *when = formulas
    own = dict.fromkeys((*check.fields, *rule.fields, *(name for one in when for name in one.fields)))
    named = [case.shown(name) for name in own if name in case.ledger.names]
    return (*named, *(shown for formula in formulas for shown in _from_elsewhere(case, formula)))


def _from_elsewhere(case: Case, formula: RowFormula) -> Iterator[Shown]:
    """Last year's, a parent's or the children's value, where the formula asks for a field's plainly."""
    parsed = parse(formula.text)
    for node in ast.walk(parsed.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FROM_ELSEWHERE:
            names = [part.id for part in node.args if isinstance(part, ast.Name)]
            text = ast.get_source_segment(parsed.source, node)
            if text and len(names) == len(node.args):
                yield _one_from_elsewhere(case, node.func.id, names, text)


def _one_from_elsewhere(case: Case, function: str, names: list[str], text: str) -> Shown:
    values = row_formula(text, case.scope)(case.rows)
    if function == "prev":
        shown = case.described(case.ledger.field(names[0]), values)
        return replace(shown, label=tell("check_last_year", label=shown.label))
    other = case.scope.ledgers[names[0]]
    if len(names) == 1:
        return Shown(tell("check_rows_of", ledger=other.label.said), values, "integer")
    inside = replace(case, scope=case.scope.inside(other.ledger))
    shown = inside.described(other.field(names[1]), values)
    key = "check_of_parent" if function == "parent" else "check_total_of"
    return replace(shown, label=tell(key, label=shown.label, ledger=other.label.said))
