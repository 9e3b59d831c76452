"""The upper half of an indicator's formula: aggregates, and the arithmetic between them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from povplan.formulas import aggregates
from povplan.formulas.aggregates import Placed
from povplan.formulas.columns import Array, Column
from povplan.formulas.compiler import Compiler, Row, called
from povplan.formulas.faults import nearest
from povplan.formulas.functions import parameter
from povplan.formulas.kinds import Expression, KindName, arithmetic, constant, named
from povplan.formulas.nodes import EXCEL, SIGNS
from povplan.formulas.scope import Rows

Over: TypeAlias = Callable[[Placed, Any], Column]


@dataclass(frozen=True)
class Aggregate:
    """One aggregate of a formula: what it is computed over (None: the rows themselves), and how."""

    over: Row | None
    compute: Over

    def of(self, placed: Placed, column: Column, chosen: Array) -> Column:
        """Its figure at every node, from the `chosen` rows of `column`."""
        return self.compute(placed, column.take(chosen).values)


@dataclass(frozen=True)
class Figures:
    """What the arithmetic is computed from: the figure of each aggregate by node, and the rows."""

    found: tuple[Column, ...]
    rows: Rows


Part: TypeAlias = Expression[Figures]

COMPUTED: Mapping[str, Over] = {
    **{"sum": aggregates.total, "count": aggregates.count, "distinct": aggregates.distinct},
    **{"min": aggregates.least, "max": aggregates.greatest, "gini": aggregates.gini},
    **{"median": aggregates.median, "mad": aggregates.mad},
}
NAMES = frozenset({*COMPUTED, "mean", "quantile"})
"""The aggregates. A mean is written as sum / count, a quantile takes its share beside."""
ARGUMENTS: Mapping[str, tuple[int, int]] = {"count": (0, 1), "quantile": (2, 2)}
ACCEPTED: Mapping[str, tuple[KindName, ...]] = {"count": ("boolean",), "distinct": ()}


class PartCompiler:
    """Builds the arithmetic between aggregates; what stands inside them is left to `rows`."""

    def __init__(self, rows: Compiler) -> None:
        self.rows = rows
        self.aggregates: list[Aggregate] = []

    def compile(self, node: ast.expr) -> Part | None:
        """The figure of `node` by unit; None where something is wrong with it."""
        node = unfolded(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.BinOp):
            return self._arithmetic(node, SIGNS[type(node.op)], node.left, node.right)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return self._arithmetic(node, "*", ast.Constant(-1), node.operand)
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            return constant("number", node.value)
        if isinstance(node, ast.Name):
            self.rows.fail(node, "formula_bare_field", name=node.id)
        else:
            self.rows.fail(node, "formula_not_in_measure")
        return None

    def _arithmetic(self, node: ast.expr, sign: str, left: ast.expr, right: ast.expr) -> Part | None:
        one, other = self.compile(left), self.compile(right)
        if one is None or other is None:
            return None
        made = arithmetic(sign, one, other)
        if made is None:
            kinds = {"left": named(one.kind), "right": named(other.kind)}
            self.rows.fail(node, "formula_cannot_compute", sign=sign, **kinds)
        return made

    def _call(self, node: ast.Call) -> Part | None:
        name = spelled(node)
        if name == "param":
            return self._parameter(node)
        if name in NAMES:
            return self._aggregate(node, name)
        if name == "div":
            self.rows.arguments(node, 2, 2)
        else:
            self.rows.fail(node, "formula_not_aggregate", name=called(node), hint=nearest(name, NAMES))
        return None

    def _parameter(self, node: ast.Call) -> Part | None:
        row = parameter(self.rows, node)
        if row is None:
            return None
        run = row.run
        return Expression(row.kind, lambda figures: run(figures.rows))

    def _aggregate(self, node: ast.Call, name: str) -> Part | None:
        arguments = self.rows.arguments(node, *ARGUMENTS.get(name, (1, 1)))
        if arguments is None:
            return None
        accepted: tuple[KindName, ...] = ACCEPTED.get(name, ("number", "money"))
        rows = self.rows.each(arguments[:1], *accepted)
        compute = self._quantile(arguments[1]) if name == "quantile" else COMPUTED[name]
        if rows is None or compute is None:
            return None
        place = len(self.aggregates)
        self.aggregates.append(Aggregate(rows[0] if rows else None, compute))
        kind: KindName = "number" if name in ("count", "distinct", "gini") else rows[0].kind
        return Expression(kind, lambda figures: figures.found[place])

    def _quantile(self, node: ast.expr) -> Over | None:
        share = node.value if isinstance(node, ast.Constant) else None
        if not isinstance(share, (int, float)) or isinstance(share, bool) or not 0 <= share <= 1:
            self.rows.fail(node, "formula_quantile")
            return None
        return lambda placed, values: aggregates.quantile(placed, values, share)


def spelled(call: ast.Call) -> str:
    """The function called, Excel's spellings read as ours."""
    return EXCEL.get(called(call).upper(), called(call))


def unfolded(node: ast.expr) -> ast.expr:
    """`div(a, b)` as a / b, and `mean(x)` as sum(x) / count(); other nodes as they are."""
    if not isinstance(node, ast.Call):
        return node
    name = spelled(node)
    if name == "div" and len(node.args) == 2:
        return ast.copy_location(ast.BinOp(node.args[0], ast.Div(), node.args[1]), node)
    if name == "mean" and len(node.args) == 1:
        parts = [_call("sum", node.args, node), _call("count", [], node)]
        return ast.copy_location(ast.BinOp(parts[0], ast.Div(), parts[1]), node)
    return node


def _call(name: str, arguments: list[ast.expr], place: ast.expr) -> ast.expr:
    function = ast.copy_location(ast.Name(name, ast.Load()), place)
    return ast.copy_location(ast.Call(function, arguments, []), place)


def ratio(node: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    """Numerator and denominator, where the whole formula divides by an aggregate."""
    node = unfolded(node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and aggregating(node.right):
        return node.left, node.right
    return None


def aggregating(node: ast.expr) -> bool:
    """Whether an aggregate stands anywhere in `node`."""
    return any(isinstance(part, ast.Call) and spelled(part) in NAMES for part in ast.walk(node))


def adds_upward(node: ast.expr) -> bool:
    """Whether a unit's figure is the sum of those below it: sums and counts, added or scaled."""
    node = unfolded(node)
    if isinstance(node, ast.UnaryOp):
        return adds_upward(node.operand)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        return adds_upward(node.left) and adds_upward(node.right)
    if isinstance(node, ast.BinOp):
        scaled = isinstance(node.op, ast.Mult) and not aggregating(node.left) and adds_upward(node.right)
        return scaled or (adds_upward(node.left) and not aggregating(node.right))
    return isinstance(node, ast.Call) and spelled(node) in ("sum", "count")
