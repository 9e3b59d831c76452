"""The rules that a ledger declares: a formula that must not be false, on the rows it is meant for."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from povplan.checks.blanks import once
from povplan.checks.raising import raised
from povplan.checks.verdict import Case, Shown, Verdict
from povplan.formulas import RowFormula, row_formula
from povplan.formulas.columns import Column
from povplan.formulas.compiler import parts_of
from povplan.formulas.faults import tell
from povplan.formulas.grammar import parse
from povplan.spec import Rule

MANY = 500
"""Rows from which on it takes longer to compute a part of a formula again than to tell it from others."""
_ASKS_FOR_BLANKS = frozenset({"blank", "is_known", "isblank"})
_OF_ANOTHER = frozenset({"parent", "total", "total_known", "count", "latest"})
_FROM_ELSEWHERE = _OF_ANOTHER - {"latest"} | {"prev"}


def declared(case: Case) -> Iterator[Verdict]:
    """Every rule in force that year. One that lacks last year or another ledger is not evaluable."""
    share(case)
    for rule in case.ledger.rules:
        if case.rows.year in rule.valid:
            for verdict in once(case, rule, _verdict(case, rule)):
                yield from [verdict] if verdict.of is not None else raised(case, rule, verdict)


def share(case: Case) -> None:
    """Parts that stand in several of the rules are computed once, where rows are many."""
    if len(case.rows) < MANY:
        return
    rules = [rule for rule in case.ledger.rules if case.rows.year in rule.valid]
    texts = [text for rule in rules for text in (rule.check, rule.when) if text]
    counts = Counter(key for text in texts for key in parts_of(parse(text).tree))
    case.rows.share([key for key, count in counts.items() if count > 1], case.scope)


def _verdict(case: Case, rule: Rule) -> Verdict:
    check = row_formula(rule.check, case.scope)
    when = row_formula(rule.when, case.scope) if rule.when else None
    formulas = [check, *([when] if when else [])]
    holds, asked = case.unknown(), None
    if all(_has_its_rows(case, formula) and _has_its_columns(case, formula) for formula in formulas):
        holds = check.column(case.rows)
        for name in {name for formula in formulas for name in formula.fields}:
            unreadable = case.unreadable(name)
            holds = holds if unreadable is None else Column(holds.values, holds.known & ~unreadable)
        if when:
            meant = when.column(case.rows)
            holds = Column(holds.values, holds.known & meant.known)
            asked = meant.values | ~meant.known
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


def _has_its_columns(case: Case, formula: RowFormula) -> bool:
    """Whether no rule asks if a cell is blank in a column that the county's form does not have."""
    own, others = case.rows.frame, case.rows.others
    return all(name in others.get(ledger, own) for name, ledger in _asked_for_blanks(formula.text))


@lru_cache(maxsize=4096)
def _asked_for_blanks(text: str) -> tuple[tuple[str, str], ...]:
    """The fields that a formula asks for blanks, each with the other ledger that should have it, or ''."""
    return tuple(_asked(parse(text).tree, ""))


def _asked(node: ast.AST, ledger: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        function, first = node.func.id.lower(), node.args[0] if node.args else None
        name = first.id if isinstance(first, ast.Name) else ""
        if function in _ASKS_FOR_BLANKS and name:
            yield name, ledger
        if function in _OF_ANOTHER:
            ledger = name
    for child in ast.iter_child_nodes(node):
        yield from _asked(child, ledger)


def _involved(case: Case, rule: Rule, formulas: list[RowFormula]) -> tuple[Shown, ...]:
    """The fields of the check, those marked, those of the condition, then what comes from elsewhere."""
    check, *when = formulas
    own = dict.fromkeys((*check.fields, *rule.fields, *(name for one in when for name in one.fields)))
    named = [case.shown(name) for name in own if name in case.ledger.names]
    calls = {text: node for formula in formulas for text, node in _calls(formula.text)}
    return (*named, *(_from_elsewhere(case, node, text) for text, node in calls.items()))


def _calls(text: str) -> Iterator[tuple[str, ast.Call]]:
    """Calls for last year's, a parent's or the children's value of a field, as they are written."""
    parsed = parse(text)
    for node in ast.walk(parsed.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FROM_ELSEWHERE:
            named = node.args[: 1 if node.func.id == "count" else 2]
            plain = all(isinstance(part, ast.Name) for part in named)
            written = ast.get_source_segment(parsed.source, node) or ""
            if plain and "\\" not in written:  # inside quotes it stands doubled there
                yield written, node


def _from_elsewhere(case: Case, node: ast.Call, text: str) -> Shown:
    """`prev(x)`, `parent(L, x)`, `total(L, x)` or `count(L)`, these two maybe on a condition, row by row."""
    values = row_formula(text, case.scope)(case.rows)
    function, name = (ast.unparse(part) for part in (node.func, node.args[0]))
    if function == "prev":
        shown = case.described(case.ledger.field(name), values)
        return replace(shown, label=tell("check_last_year", label=shown.label))
    other = case.scope.ledgers[name]
    if function == "count":
        key = "check_rows_of_some" if len(node.args) > 1 else "check_rows_of"
        return Shown(tell(key, ledger=other.label.said), values, "integer")
    inside = replace(case, scope=case.scope.inside(other.ledger))
    shown = inside.described(other.field(ast.unparse(node.args[1])), values)
    key = "check_of_parent" if function == "parent" else "check_total_of"
    key += "_some" if len(node.args) > 2 else ""
    return replace(shown, label=tell(key, label=shown.label, ledger=other.label.said))
