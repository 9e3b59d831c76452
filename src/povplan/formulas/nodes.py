"""What each kind of node means: names, values, calls, arithmetic, conditions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import reduce

from povplan.formulas import columns, texts
from povplan.formulas.columns import FEN_NOISE, NOISE, Column
from povplan.formulas.compiler import Compiler, NodeBuilder, Row
from povplan.formulas.faults import nearest, tell
from povplan.formulas.kinds import (
    KIND_OF,
    Expression,
    applied,
    arithmetic,
    comparison,
    constant,
    named,
)
from povplan.formulas.naming import field_names, fields_called, most_like
from povplan.spec import LedgerField

EXCEL: Mapping[str, str] = {
    **{name.upper(): name for name in ("if", "and", "or", "not", "sum", "abs", "round", "min", "max")},
    "ISBLANK": "blank",
}
"""Spellings of Excel, accepted in any case, and the function they mean."""
AGGREGATES = frozenset({"count", "mean", "median", "quantile", "gini", "mad", "distinct"})
"""Names that mean something in an indicator only."""
RELATED = frozenset(
    {"prev", "parent", "total", "total_known", "count", "latest", "alike", "earlier", "seen_before"}
)
"""Functions that look at other rows, and cannot be used where other rows are already looked at."""
SIGNS: Mapping[type[ast.AST], str] = {
    **{ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"},
    **{ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="},
    **{ast.In: "in", ast.NotIn: "not in"},
}


def name(c: Compiler, node: ast.Name) -> Row | None:
    """A field of the ledger."""
    found = _fields(c, node.id)
    if len(found) != 1:
        _unknown_name(c, node, found)
        return None
    field = found[0]
    offset = c.parsed.offset(node)
    c.places[field.id] = min(offset, c.places.get(field.id, offset))
    own, kind = field.id, KIND_OF[field.type]
    codes = c.scope.codes.get(field.codes or "")
    return Expression(kind, lambda rows: rows.column(own, kind), codes=codes)


def _fields(c: Compiler, name: str) -> list[LedgerField]:
    ledger = c.scope.ledger
    if c.scope.by_label:
        return fields_called(ledger, name)
    return [ledger.by_written_name[name]] if name in ledger.by_written_name else []


def _unknown_name(c: Compiler, node: ast.Name, several: Sequence[LedgerField]) -> None:
    ledger, wanted = c.scope.ledger, node.id
    if several:
        ids = ", ".join(field.id for field in several)
        c.fail(node, "formula_several_fields", name=wanted, ledger=ledger.ledger, fields=ids)
        return
    meant = [f.id for f in ledger.fields if wanted in (f.label.zh, f.label.en, *f.aliases)]
    if wanted in c.scope.parameters:
        meant = [f"param({wanted})"]
    if not meant and c.scope.by_label and _is_code(c, wanted):
        c.fail(node, "formula_quote_it", name=wanted)
        return
    if not meant and c.scope.by_label:
        meant = [near for near in [most_like(wanted, field_names(ledger))] if near]
    hint = tell("formula_did_you_mean", near=meant[0]) if meant else nearest(wanted, ledger.names)
    c.fail(node, "formula_unknown_field", name=wanted, ledger=ledger.ledger, hint=hint)


def _is_code(c: Compiler, name: str) -> bool:
    """Whether a name is rather a text: a code that some field of the ledger takes, without its quotes."""
    lists = [c.scope.codes.get(field.codes or "") for field in c.scope.ledger.fields]
    codes = [code for one in lists if one for code in one.values]
    return any(name in (code.code, code.label.zh, *code.aliases) for code in codes)


def value(c: Compiler, node: ast.Constant) -> Row | None:
    """True, False, a number or a text."""
    if isinstance(node.value, bool):
        return constant("boolean", node.value)
    return constant("text" if isinstance(node.value, str) else "number", node.value)


def call(c: Compiler, node: ast.Call) -> Row | None:
    """A function of the table."""
    if not isinstance(node.func, ast.Name):
        c.fail(node.func, "formula_call")
        return None
    wanted, functions = node.func.id, c.language.functions
    build = functions.get(wanted) or functions.get(EXCEL.get(wanted.upper(), ""))
    if build is None:
        _unknown_function(c, node, wanted)
        return None
    return build(c, node)


def _unknown_function(c: Compiler, node: ast.Call, wanted: str) -> None:
    if wanted in RELATED:
        c.fail(node, "formula_nested", name=wanted)
    elif wanted in AGGREGATES:
        c.fail(node, "formula_aggregate_in_row", name=wanted)
    else:
        hint = nearest(wanted, c.language.functions)
        c.fail(node, "formula_unknown_function", name=wanted, hint=hint)


def binary(c: Compiler, node: ast.BinOp) -> Row | None:
    """left + right, and so on."""
    left, right, sign = c.compile(node.left), c.compile(node.right), SIGNS[type(node.op)]
    if left is None or right is None:
        return None
    made = arithmetic(sign, left, right)
    if made is None:
        kinds = {"left": named(left.kind), "right": named(right.kind)}
        c.fail(c.parsed.end(node.left), "formula_cannot_compute", sign=sign, **kinds)
    return made


def unary(c: Compiler, node: ast.UnaryOp) -> Row | None:
    """not x, -x, +x."""
    if isinstance(node.op, ast.Not):
        return negation(c, node.operand)
    part = c.expect(node.operand, "number", "money")
    if part is None or isinstance(node.op, ast.UAdd):
        return part
    if part.literal is not None:
        return constant(part.kind, -part.literal)
    return Expression(part.kind, applied(lambda column: Column(-column.values, column.known), part))


def negation(c: Compiler, node: ast.expr) -> Row | None:
    """Not true: false is true, unknown stays unknown."""
    part = c.expect(node, "boolean")
    return Expression("boolean", applied(columns.negate, part)) if part else None


def logic(c: Compiler, node: ast.BoolOp) -> Row | None:
    """Conditions between `and` or `or`."""
    return joined(c, node.values, columns.both if isinstance(node.op, ast.And) else columns.either)


def joined(c: Compiler, nodes: Sequence[ast.expr], join: Callable[[Column, Column], Column]) -> Row | None:
    """All conditions folded by `join`."""
    parts = c.each(nodes, "boolean")
    return Expression("boolean", applied(_folded(join), *parts)) if parts else None


def _folded(join: Callable[[Column, Column], Column]) -> Callable[..., Column]:
    return lambda *found: reduce(join, found)


def conditional(c: Compiler, node: ast.IfExp) -> Row | None:
    """chosen if test else other."""
    return choice(c, node.body, node.test, node.orelse)


def choice(c: Compiler, chosen: ast.expr, test: ast.expr, other: ast.expr) -> Row | None:
    """One of two values; unknown where the test is."""
    parts, condition = c.together([chosen, other]), c.expect(test, "boolean")
    if condition is None or parts is None:
        return None
    return Expression(parts[0].kind, applied(columns.choose, condition, *parts))


def compare(c: Compiler, node: ast.Compare) -> Row | None:
    """A chain such as 0 < x <= 5 holds where each of its links does."""
    lefts, signs = [node.left, *node.comparators[:-1]], [SIGNS[type(sign)] for sign in node.ops]
    links = [
        _membership(c, left, sign, right) if "in" in sign else _link(c, left, sign, right)
        for left, sign, right in zip(lefts, signs, node.comparators, strict=True)
    ]
    parts = [link for link in links if link is not None]
    if len(parts) < len(links):
        return None
    return Expression("boolean", applied(_folded(columns.both), *parts))


def _link(c: Compiler, left_node: ast.expr, sign: str, right_node: ast.expr) -> Row | None:
    left, right = c.compile(left_node), c.compile(right_node)
    if left is None or right is None:
        return None
    left, right = c.coded(left, right.codes), c.coded(right, left.codes)
    c.check_code(right_node, right.literal, left.codes)
    c.check_code(left_node, left.literal, right.codes)
    made = comparison(sign, left, right)
    if made is None:
        wants_has = {left.kind, right.kind} == {"choices", "text"}
        key = "formula_use_has" if wants_has else "formula_cannot_compare"
        kinds = {"left": named(left.kind), "right": named(right.kind)}
        c.fail(c.parsed.end(left_node), key, sign=sign, **kinds)
    return made


def _membership(c: Compiler, node: ast.expr, sign: str, listed: ast.expr) -> Row | None:
    if not isinstance(listed, (ast.List, ast.Tuple)) or not listed.elts:
        c.fail(listed, "formula_list_wanted", sign=sign)
        return None
    parts = c.together([node, *listed.elts])
    if parts is None:
        return None
    parts = [parts[0], *(c.coded(part, parts[0].codes) for part in parts[1:])]
    for element, part in zip(listed.elts, parts[1:], strict=True):
        c.check_code(element, part.literal, parts[0].codes)
    found = Expression("boolean", _is_any(parts))
    return found if sign == "in" else Expression("boolean", applied(columns.negate, found))


def _is_any(parts: list[Row]) -> Callable[..., Column]:
    """Whether the first part equals any other: false only where it differs from all."""
    literals = [part.literal for part in parts[1:]]
    if parts[0].kind == "text" and None not in literals:
        return applied(lambda column: texts.is_in(column, literals), parts[0])
    noise = FEN_NOISE if parts[0].kind == "money" else NOISE

    def equals_any(first: Column, *others: Column) -> Column:
        return reduce(columns.either, [columns.compare("==", first, other, noise) for other in others])

    return applied(equals_any, *parts)


def misplaced(c: Compiler, node: ast.expr) -> None:
    """A list where a value is due."""
    c.fail(node, "formula_list_place")


NODES: Mapping[type[ast.AST], NodeBuilder] = {
    **{ast.Name: name, ast.Constant: value, ast.Call: call, ast.BinOp: binary, ast.UnaryOp: unary},
    **{ast.BoolOp: logic, ast.IfExp: conditional, ast.Compare: compare},
    **{ast.List: misplaced, ast.Tuple: misplaced},
}
