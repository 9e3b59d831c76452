"""Rules slightly wrong, made from the syntax trees of right ones, and whether their examples notice."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from povplan.config import Config
from povplan.config.examples import UNKNOWN, Row, rows_of
from povplan.formulas import FormulaErrors, Rows, Scope, row_formula
from povplan.formulas.grammar import parse
from povplan.model import ENTITY, UNIT
from povplan.spec import Ledger, Rule

NEXT: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
"""Comparisons that differ at the boundary only."""
Edit = Callable[[Any], ast.expr]


@dataclass(frozen=True)
class Mutant:
    """A rule with one thing changed: what was done, and the two formulas it now has."""

    what: str
    check: str
    when: str | None


def mutants(rule: Rule) -> list[Mutant]:
    """Every mutant of a rule, each formula once."""
    found = [Mutant("check negated", f"not ({rule.check})", rule.when)]
    if rule.when is not None:
        found.append(Mutant("when dropped", rule.check, None))
        found += [Mutant(f"when: {what}", rule.check, text) for what, text in _changed(rule.when)]
    found += [Mutant(f"check: {what}", text, rule.when) for what, text in _changed(rule.check)]
    return list({(one.check, one.when): one for one in found}.values())


def _changed(text: str) -> Iterator[tuple[str, str]]:
    """What was done, and the formula it gives, for every node that can be changed."""
    tree = parse(text).tree
    for number, node in enumerate(ast.walk(tree)):
        for what, edit in _edits(node):
            changed = _with(tree, number, edit)
            yield f"{what} in `{ast.unparse(node)}`", ast.unparse(changed)


def _with(tree: ast.expr, number: int, edit: Edit) -> ast.expr:
    """The tree with its node of this number edited."""
    changed = copy.deepcopy(tree)
    target = list(ast.walk(changed))[number]
    edited = edit(target)

    class Replacing(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> Any:
            return edited if node is target else self.generic_visit(node)

    made: ast.expr = ast.fix_missing_locations(Replacing().visit(changed))
    return made


def _edits(node: ast.AST) -> Iterator[tuple[str, Edit]]:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield from _moved_constant(node.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "param":
        yield "moved up", partial(_moved, ast.Add())
        yield "moved down", partial(_moved, ast.Sub())
    if isinstance(node, ast.BoolOp):
        yield "and ↔ or", _joined_otherwise
        for at in range(len(node.values)):
            yield f"part {at + 1} dropped", partial(_without, at)
    if isinstance(node, ast.Compare):
        for at, sign in enumerate(node.ops):
            if type(sign) in NEXT:
                yield "boundary", partial(_moved_boundary, at)
            listed = node.comparators[at]
            if isinstance(sign, ast.In | ast.NotIn) and isinstance(listed, ast.List | ast.Tuple):
                for place in range(len(listed.elts) if len(listed.elts) > 1 else 0):
                    yield f"code {place + 1} dropped", partial(_without_code, at, place)


def _moved_constant(value: Any) -> Iterator[tuple[str, Edit]]:
    """A whole number by one, a fraction by a twentieth of it."""
    step = 1 if isinstance(value, int) else value / 20
    for by in (step, -step):
        yield f"moved by {by:g}", partial(_constant, value + by)


def _constant(value: Any, _: Any) -> ast.expr:
    return ast.Constant(value)


def _moved(sign: ast.operator, node: ast.expr) -> ast.expr:
    return ast.BinOp(node, sign, ast.Constant(1))


def _joined_otherwise(node: ast.BoolOp) -> ast.expr:
    return ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)


def _without(at: int, node: ast.BoolOp) -> ast.expr:
    values = [value for number, value in enumerate(node.values) if number != at]
    return values[0] if len(values) == 1 else ast.BoolOp(node.op, values)


def _moved_boundary(at: int, node: ast.Compare) -> ast.expr:
    signs: list[ast.cmpop] = list(node.ops)
    signs[at] = NEXT[type(signs[at])]()
    return ast.Compare(node.left, signs, node.comparators)


def _without_code(at: int, place: int, node: ast.Compare) -> ast.expr:
    lists = list(node.comparators)
    listed = lists[at]
    assert isinstance(listed, ast.List | ast.Tuple)
    lists[at] = ast.List([code for number, code in enumerate(listed.elts) if number != place], ast.Load())
    return ast.Compare(node.left, node.ops, lists)


# ---- all examples of a rule at once ----------------------------------------------------------------


@dataclass(frozen=True)
class Examples:
    """The examples of one rule as rows, those of one year together, and what each must come to."""

    batches: tuple[tuple[Rows, tuple[int, ...], tuple[str, ...]], ...]
    """Rows, where in them each example stands, and its expected outcome."""
    scope: Scope

    def wrong(self, check: str, when: str | None) -> bool:
        """Whether some example comes out otherwise under these formulas; so does a formula that is none."""
        try:
            formulas = [row_formula(text, self.scope) for text in (check, when) if text is not None]
        except FormulaErrors:
            return True
        return any(_outcomes(rows, places, formulas) != expected for rows, places, expected in self.batches)


def _outcomes(rows: Rows, places: tuple[int, ...], formulas: Sequence[Any]) -> tuple[str, ...]:
    holds, *meant = (formula(rows) for formula in formulas)
    applies = meant[0] if meant else pd.Series(True, index=holds.index, dtype="boolean")
    return tuple(_outcome(applies.iloc[place], holds.iloc[place]) for place in places)


def _outcome(applies: Any, holds: Any) -> str:
    if applies is pd.NA:
        return "unknown"
    if not applies:
        return "pass"
    return "unknown" if holds is pd.NA else "pass" if holds else "fail"


def examples(config: Config, ledger: Ledger, rule: Rule) -> Examples:
    """The examples of a rule, ready to be asked of many formulas."""
    scope = Scope(ledger, config.ledgers, config.parameters, config.codes)
    expected = [(row, _expected(ledger, row, "pass")) for row in rule.examples.passes]
    expected += [(row, "fail") for row in rule.examples.fails]
    made = [
        (_apart(rows_of(config, ledger, rule, row), number, ledger, config.ledgers), outcome)
        for number, (row, outcome) in enumerate(expected)
    ]
    alone = "alike(" in f"{rule.check} {rule.when or ''}"
    groups: dict[Any, list[tuple[Rows, str]]] = {}
    for number, (rows, outcome) in enumerate(made):
        groups.setdefault(number if alone else rows.year, []).append((rows, outcome))
    return Examples(tuple(_together(group) for group in groups.values()), scope)


def _expected(ledger: Ledger, row: Row, kind: str) -> str:
    return "unknown" if row.get(UNKNOWN) is True and UNKNOWN not in ledger.names else kind


def _apart(rows: Rows, number: int, ledger: Ledger, ledgers: Any) -> Rows:
    """The rows of one example with names and places that no other example has."""
    others = {name: _renamed(frame, number, ledgers[name]) for name, frame in rows.others.items()}
    previous = None if rows.previous is None else _renamed(rows.previous, number, ledger)
    return Rows(_renamed(rows.frame, number, ledger), rows.year, rows.as_of, previous, others)


def _renamed(frame: pd.DataFrame, number: int, ledger: Ledger) -> pd.DataFrame:
    links = [name for name in ledger.links.values() if name in frame]
    mark = f"·{number}"
    places = frame[UNIT] if ledger.level == "county" else f"{number}·" + frame[UNIT]
    return frame.assign(**{ENTITY: frame[ENTITY] + mark, UNIT: places, **{n: frame[n] + mark for n in links}})


def _together(group: list[tuple[Rows, str]]) -> tuple[Rows, tuple[int, ...], tuple[str, ...]]:
    first, _ = group[0]
    places = [0]
    for rows, _ in group:
        places.append(places[-1] + len(rows.frame))
    frame = pd.concat([rows.frame for rows, _ in group], ignore_index=True)
    before = [rows.previous for rows, _ in group if rows.previous is not None]
    names = dict.fromkeys(name for rows, _ in group for name in rows.others)
    others = {
        name: pd.concat([rows.others[name] for rows, _ in group if name in rows.others], ignore_index=True)
        for name in names
    }
    previous = pd.concat(before, ignore_index=True) if before else None
    return (
        Rows(frame, first.year, first.as_of, previous, others),
        tuple(places[:-1]),
        tuple(outcome for _, outcome in group),
    )
