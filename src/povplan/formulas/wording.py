"""A condition in words: `poverty_status == "贫困" and persons >= 5` → 脱贫状态为贫困，且家庭人口数不少于5."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from povplan.formulas.faults import tell
from povplan.formulas.grammar import parse
from povplan.formulas.naming import code_called, fields_called, ledgers_called, parameter_called
from povplan.formulas.nodes import EXCEL, SIGNS
from povplan.formulas.scope import Scope
from povplan.messages import Said, say
from povplan.spec import CodeList, LedgerField

COMPARED = {
    **{"==": "worded_is", "!=": "worded_is_not", "<": "worded_below", "<=": "worded_at_most"},
    **{">": "worded_above", ">=": "worded_at_least"},
}
TOLD = {"blank": "worded_blank", "is_known": "worded_known", "prev": "worded_before", "has": "worded_has"}
"""Functions that have words of their own; all others are written as they are."""
OF_MANY = frozenset({"sum", "mean", "median", "min", "max", "gini", "distinct"})
"""Aggregates of one thing, which have words too."""


def worded(text: str, scope: Scope) -> Said:
    """What a condition that compiles says, with labels for ids."""
    return _Speaker(scope).condition(parse(text).tree, outermost=True)


@dataclass(frozen=True)
class _Speaker:
    scope: Scope

    def condition(self, node: ast.expr, *, outermost: bool = False) -> Said:
        """A part that is true or false: of a bare yes-no field it is said that it holds."""
        if isinstance(node, ast.BoolOp):
            key = "worded_and" if isinstance(node.op, ast.And) else "worded_or"
            return self._joined(key, node.values, outermost)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return self._negated(node.operand)
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return self._compared(node.left, SIGNS[type(node.ops[0])], node.comparators[0])
        if isinstance(node, ast.Call) and (name := _function(node)) in ("and", "or", "not"):
            if name == "not":
                return self._negated(node.args[0])
            return self._joined(f"worded_{name}", node.args, outermost)
        if isinstance(node, ast.Name):
            return tell("worded_is", left=self.value(node), right=say("check_yes"))
        return self.value(node)

    def _joined(self, key: str, nodes: Iterable[ast.expr], outermost: bool) -> Said:
        parts = [self.condition(node) for node in nodes]
        both = say(key)
        joined = Said(both.zh.join(part.zh for part in parts), both.en.join(part.en for part in parts))
        return joined if outermost else tell("worded_bracket", part=joined)

    def _negated(self, node: ast.expr) -> Said:
        if isinstance(node, ast.Name):
            return tell("worded_is", left=self.value(node), right=say("check_no"))
        return tell("worded_not", part=self.condition(node, outermost=True))

    def _compared(self, left: ast.expr, sign: str, right: ast.expr) -> Said:
        of_left, of_right = self._codes(left), self._codes(right)
        if sign in COMPARED:
            return tell(COMPARED[sign], left=self.value(left, of_right), right=self.value(right, of_left))
        listed = right.elts if isinstance(right, (ast.List, ast.Tuple)) else []
        parts = [self.value(element, of_left) for element in listed]
        several = Said("、".join(part.zh for part in parts), ", ".join(part.en for part in parts))
        key = "worded_in" if sign == "in" else "worded_not_in"
        return tell(key, left=self.value(left), right=several)

    def value(self, node: ast.expr, codes: CodeList | None = None) -> Said:
        """A part that stands for a value; a text beside a choice by the code's label."""
        if isinstance(node, ast.Constant):
            return _constant(node.value, codes)
        if isinstance(node, ast.Name):
            field = self._field(node)
            return field.label.said if field else Said(node.id, node.id)
        if isinstance(node, ast.BinOp):
            left, right = (self._operand(side) for side in (node.left, node.right))
            sign = {"*": "×", "/": "÷"}.get(SIGNS[type(node.op)], SIGNS[type(node.op)])
            return Said(f"{left.zh} {sign} {right.zh}", f"{left.en} {sign} {right.en}")
        if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not):
            part = self._operand(node.operand)
            return Said(f"-{part.zh}", f"-{part.en}") if isinstance(node.op, ast.USub) else part
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Compare):
            return self._chain(node)
        if isinstance(node, ast.IfExp):
            test = self.condition(node.test)
            return tell("worded_if", test=test, chosen=self.value(node.body), other=self.value(node.orelse))
        return self.condition(node)

    def _operand(self, node: ast.expr) -> Said:
        part = self.value(node)
        return tell("worded_bracket", part=part) if isinstance(node, ast.BinOp) else part

    def _chain(self, node: ast.Compare) -> Said:
        if len(node.ops) == 1:
            return self.condition(node)
        lefts = [node.left, *node.comparators[:-1]]
        pairs = zip(lefts, node.ops, node.comparators, strict=True)
        links = [self._compared(left, SIGNS[type(sign)], right) for left, sign, right in pairs]
        both = say("worded_and")
        return Said(both.zh.join(one.zh for one in links), both.en.join(one.en for one in links))

    def _call(self, node: ast.Call) -> Said:
        name = _function(node)
        if name == "param":
            return self._parameter(node.args[0])
        if name == "count" and not self._other(name, node.args):
            return self._counted(node.args)
        inside, rest = self._inside(name, node.args)
        codes = self._codes(node.args[0]) if name == "has" else None
        parts = [inside.value(part, codes) for part in rest]
        if name in OF_MANY and len(parts) == 1:
            return tell(f"worded_{name}", left=parts[0])
        if name in TOLD:
            return tell(TOLD[name], left=parts[0], right=parts[-1])
        named = [self.scope.ledgers[ledger].label.said for ledger in self._other(name, node.args)]
        zh = "，".join(part.zh for part in [*named, *parts])
        en = ", ".join(part.en for part in [*named, *parts])
        function = say(f"function_{name}") if name in SPOKEN else Said(name, name)
        return Said(f"{function.zh}({zh})", f"{function.en}({en})")

    def _counted(self, arguments: list[ast.expr]) -> Said:
        """How many rows there are, or how many of which something holds."""
        rows = say(f"count_of_{self.scope.ledger.level}")
        if not arguments:
            return rows
        return tell("worded_count", rows=rows, part=self.condition(arguments[0], outermost=True))

    def _parameter(self, node: ast.expr) -> Said:
        name = parameter_called(self.scope.parameters, _named(node))
        found = self.scope.parameters.get(name)
        return found.label.said if found else Said(name, name)

    def _other(self, name: str, arguments: list[ast.expr]) -> list[str]:
        """The ledger that a function of other rows looks at."""
        if name not in ("parent", "total", "total_known", "count", "latest") or not arguments:
            return []
        return ledgers_called(self.scope.ledgers, _named(arguments[0]))[:1]

    def _inside(self, name: str, arguments: list[ast.expr]) -> tuple[_Speaker, list[ast.expr]]:
        other = self._other(name, arguments)
        return (_Speaker(self.scope.inside(other[0])), arguments[1:]) if other else (self, arguments)

    def _field(self, node: ast.expr) -> LedgerField | None:
        if not isinstance(node, ast.Name):
            return None
        found = fields_called(self.scope.ledger, node.id)
        return found[0] if len(found) == 1 else None

    def _codes(self, node: ast.expr) -> CodeList | None:
        """The list that a field takes its codes from."""
        if isinstance(node, ast.Call) and _function(node) == "prev" and node.args:
            node = node.args[0]
        field = self._field(node)
        return self.scope.codes.get(field.codes or "") if field else None


SPOKEN = frozenset({"age", "total", "total_known", "count", "parent", "year"})


def _constant(value: object, codes: CodeList | None) -> Said:
    if isinstance(value, bool):
        return say("check_yes" if value else "check_no")
    text = f"{value:,}" if isinstance(value, int) and abs(value) >= 10_000 else str(value)
    if codes is None or not isinstance(value, str):
        return Said(text, text)
    code = code_called(codes, value)
    return next((one.label.said for one in codes.values if one.code == code), Said(text, text))


def _function(call: ast.Call) -> str:
    """The function called, Excel's spellings as ours."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    return EXCEL.get(name.upper(), name)


def _named(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else str(getattr(node, "value", ""))
