"""What a formula's parts are (number, money, text …) and which of them go together.

Formulas see yuan while frames hold fen, so money is a kind of its own: money plus or minus money or a
number of yuan is money, money times or by a number is money, money by money is a number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar

import numpy as np

from povplan.formulas import columns
from povplan.formulas.columns import Column
from povplan.messages import Said, say
from povplan.spec import CodeList, FieldType

KindName = Literal["number", "money", "text", "choices", "boolean", "date"]
KIND_OF: dict[FieldType, KindName] = {
    **{"integer": "number", "number": "number", "money": "money", "date": "date", "boolean": "boolean"},
    **{"code": "text", "text": "text", "choice": "text", "choices": "choices"},
}
FEN = 100
"""Fen in a yuan."""
Ground = TypeVar("Ground")
"""What an expression is computed from: the rows, or a measure's aggregates."""


@dataclass(frozen=True)
class Expression(Generic[Ground]):
    """A part of a formula: its kind and how to compute it.

    `literal` is its value where it was written out, `codes` the list from which a choice takes its own.
    """

    kind: KindName
    run: Callable[[Ground], Column]
    literal: Any = None
    codes: CodeList | None = None


def constant(kind: KindName, value: Any) -> Expression[Any]:
    """A value written in the formula."""
    column = Column.constant(value)
    return Expression(kind, lambda _: column, value)


def named(kind: KindName) -> Said:
    """The kind in words."""
    return say(f"formula_kind_{kind}")


def is_quantity(*expressions: Expression[Any]) -> bool:
    """Whether all are numbers or money."""
    return all(expression.kind in ("number", "money") for expression in expressions)


def in_fen(expression: Expression[Ground]) -> Expression[Ground]:
    """A number of yuan as money; money as it is."""
    if expression.kind == "money":
        return expression
    if expression.literal is not None:
        fen = Decimal(str(expression.literal)) * FEN
        return constant("money", int(fen) if fen == fen.to_integral_value() else float(fen))
    scaled = applied(lambda column: columns.compute(lambda v: v * float(FEN), column), expression)
    return Expression("money", scaled)


def applied(operation: Callable[..., Column], *parts: Expression[Ground]) -> Callable[[Ground], Column]:
    """How to compute `operation` on what the parts give."""
    runs = [part.run for part in parts]
    return lambda ground: operation(*[run(ground) for run in runs])


def alike(*parts: Expression[Ground]) -> list[Expression[Ground]] | None:
    """The parts brought to one kind, numbers beside money becoming money; None where they have none."""
    kinds = {part.kind for part in parts}
    if kinds == {"number", "money"}:
        return [in_fen(part) for part in parts]
    if kinds == {"text", "date"}:
        dated = [_as_date(part) for part in parts]
        return None if None in dated else [part for part in dated if part]
    return list(parts) if len(kinds) == 1 else None


def _as_date(part: Expression[Ground]) -> Expression[Ground] | None:
    """A date, or the text "2020-12-31" read as one."""
    if part.kind == "date":
        return part
    try:
        day = dt.date.fromisoformat(part.literal or "")
    except ValueError:
        return None
    return replace(constant("date", np.datetime64(day, "s")), literal=None)


def arithmetic(sign: str, left: Expression[Ground], right: Expression[Ground]) -> Expression[Ground] | None:
    """`left sign right` for + - * /; None where the kinds do not go together."""
    if sign == "-" and left.kind == right.kind == "date":
        return Expression("number", applied(_days_between, left, right))
    if not is_quantity(left, right):
        return None
    if sign in "+-":
        return _sum(sign, left, right)
    return _product(left, right) if sign == "*" else _quotient(left, right)


def _sum(sign: str, left: Expression[Ground], right: Expression[Ground]) -> Expression[Ground]:
    operation = np.add if sign == "+" else np.subtract
    parts = alike(left, right) or [left, right]
    run = applied(lambda a, b: columns.compute(operation, a, b), *parts)
    return Expression(parts[0].kind, run)


def _product(left: Expression[Ground], right: Expression[Ground]) -> Expression[Ground] | None:
    if left.kind == right.kind == "money":
        return None
    kind: KindName = "money" if "money" in (left.kind, right.kind) else "number"
    return Expression(kind, applied(columns.multiply, left, right))


def _quotient(left: Expression[Ground], right: Expression[Ground]) -> Expression[Ground]:
    if right.kind == "number":
        return Expression(left.kind, applied(columns.divide, left, right))
    return Expression("number", applied(columns.divide, in_fen(left), right))


def _days_between(left: Column, right: Column) -> Column:
    days = left.values.astype("datetime64[D]") - right.values.astype("datetime64[D]")
    return Column(days.astype("float64"), left.known & right.known)


def comparison(sign: str, left: Expression[Ground], right: Expression[Ground]) -> Expression[Ground] | None:
    """`left sign right`; None where the kinds do not compare, or have no order."""
    parts = alike(left, right)
    ordered = parts is not None and parts[0].kind in ("number", "money", "date")
    if parts is None or not (ordered or sign in ("==", "!=")):
        return None
    noise = columns.FEN_NOISE if parts[0].kind == "money" else columns.NOISE
    return Expression("boolean", applied(lambda a, b: columns.compare(sign, a, b, noise), *parts))
