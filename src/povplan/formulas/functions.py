"""The closed table of functions that look at one row: name → how a call of it is built."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import reduce

import numpy as np

from povplan.formulas import columns, nodes, texts
from povplan.formulas.columns import FEN_NOISE, NOISE, Column
from povplan.formulas.compiler import Builder, Compiler, Row
from povplan.formulas.faults import nearest
from povplan.formulas.kinds import FEN, Expression, KindName, applied, arithmetic
from povplan.formulas.naming import code_called, parameter_called
from povplan.formulas.scope import Rows

MOST_DECIMALS = 9


def _of_quantities(least: int, most: int | None, operation: Callable[..., Column]) -> Builder:
    """A function of numbers or money that gives the same kind."""

    def build(c: Compiler, call: ast.Call) -> Row | None:
        nodes = c.arguments(call, least, most)
        parts = c.together(nodes, "number", "money") if nodes else None
        return Expression(parts[0].kind, applied(operation, *parts)) if parts else None

    return build


def _extreme(pick: Callable[..., np.ndarray]) -> Builder:
    """The least or greatest of numbers, money or dates."""

    def build(c: Compiler, call: ast.Call) -> Row | None:
        nodes = c.arguments(call, 2)
        parts = c.together(nodes, "number", "money", "date") if nodes else None
        return Expression(parts[0].kind, applied(_folded(pick), *parts)) if parts else None

    return build


def _folded(pick: Callable[..., np.ndarray]) -> Callable[..., Column]:
    return lambda *found: columns.compute(lambda *values: reduce(pick, values), *found)


def _of_one(kind: KindName, operation: Callable[[Column], Column], *accepted: KindName) -> Builder:
    """A function of one argument, of any kind where none is `accepted` by name."""

    def build(c: Compiler, call: ast.Call) -> Row | None:
        nodes = c.arguments(call, 1, 1)
        parts = c.each(nodes, *accepted) if nodes else None
        return Expression(kind, applied(operation, *parts)) if parts else None

    return build


def _conditions(join: Callable[[Column, Column], Column]) -> Builder:
    def build(c: Compiler, call: ast.Call) -> Row | None:
        arguments = c.arguments(call, 1)
        return nodes.joined(c, arguments, join) if arguments else None

    return build


def _not(c: Compiler, call: ast.Call) -> Row | None:
    arguments = c.arguments(call, 1, 1)
    return nodes.negation(c, arguments[0]) if arguments else None


def _if(c: Compiler, call: ast.Call) -> Row | None:
    arguments = c.arguments(call, 3, 3)
    return nodes.choice(c, arguments[1], arguments[0], arguments[2]) if arguments else None


def _div(c: Compiler, call: ast.Call) -> Row | None:
    arguments = c.arguments(call, 2, 2)
    parts = c.each(arguments, "number", "money") if arguments else None
    return arithmetic("/", *parts) if parts else None


def _coalesce(c: Compiler, call: ast.Call) -> Row | None:
    arguments = c.arguments(call, 2)
    parts = c.together(arguments) if arguments else None
    return Expression(parts[0].kind, applied(columns.coalesce, *parts)) if parts else None


def _round(c: Compiler, call: ast.Call) -> Row | None:
    arguments = c.arguments(call, 1, 2)
    part = c.expect(arguments[0], "number", "money") if arguments else None
    digits = _digits(c, arguments[1]) if arguments and len(arguments) == 2 else 0
    if part is None or digits is None:
        return None
    if part.kind == "money":
        return Expression("money", applied(_rounded(digits - 2, FEN_NOISE), part))
    return Expression("number", applied(_rounded(digits, NOISE), part))


def _digits(c: Compiler, node: ast.expr) -> int | None:
    made = c.expect(node, "number")
    if made and isinstance(made.literal, int) and abs(made.literal) <= MOST_DECIMALS:
        return made.literal
    if made:
        c.fail(node, "formula_digits", most=MOST_DECIMALS)
    return None


def _rounded(digits: int, noise: float) -> Callable[[Column], Column]:
    def rounded(column: Column) -> Column:
        if column.values.dtype.kind == "i" and digits >= 0:
            return column
        return columns.compute(lambda values: columns.half_up(values, digits, noise), column)

    return rounded


def _matches(c: Compiler, call: ast.Call) -> Row | None:
    arguments = c.arguments(call, 2, 2)
    if not arguments:
        return None
    part, pattern = c.expect(arguments[0], "text"), c.text_of(arguments[1])
    if part is None or pattern is None:
        return None
    if not texts.pattern_works(pattern):
        c.fail(arguments[1], "formula_pattern", limit=texts.LONGEST_PATTERN)
    return Expression("boolean", applied(lambda column: texts.matches(column, pattern), part))


def _has(c: Compiler, call: ast.Call) -> Row | None:
    arguments = c.arguments(call, 2, 2)
    if not arguments:
        return None
    part, code = c.expect(arguments[0], "choices"), c.text_of(arguments[1])
    if part is None or code is None:
        return None
    if part.codes is not None and c.scope.by_label:
        code = code_called(part.codes, code)
    c.check_code(arguments[1], code, part.codes)
    return Expression("boolean", applied(lambda column: texts.has(column, code), part))


def _length(c: Compiler, call: ast.Call) -> Row | None:
    arguments = c.arguments(call, 1, 1)
    part = c.expect(arguments[0], "text", "choices") if arguments else None
    if part is None:
        return None
    counted = texts.codes_chosen if part.kind == "choices" else texts.length
    return Expression("number", applied(counted, part))


def _left(c: Compiler, call: ast.Call) -> Row | None:
    """The first characters of a text, as many as a number written out says."""
    arguments = c.arguments(call, 2, 2)
    part = c.expect(arguments[0], "text") if arguments else None
    count = c.expect(arguments[1], "number") if arguments else None
    if part is None or count is None or not arguments:
        return None
    number = count.literal
    if not isinstance(number, int) or number < 1:
        c.fail(arguments[1], "formula_characters")
        return None
    return Expression("text", applied(lambda column: texts.left(column, number), part))


def _rank(c: Compiler, call: ast.Call) -> Row | None:
    """The place of a code in its list, the first being 1; unknown for what is not in it."""
    arguments = c.arguments(call, 1, 1)
    part = c.expect(arguments[0], "text") if arguments else None
    if part is None:
        return None
    if part.codes is None:
        c.fail(call, "formula_no_codes")
        return None
    codes = [value.code for value in part.codes.values]
    return Expression("number", applied(lambda column: texts.place_among(column, codes), part))


def _age(c: Compiler, call: ast.Call) -> Row | None:
    """Whole years from a birth to the as-of date, or to a date of the row."""
    arguments = c.arguments(call, 1, 2)
    parts = c.each(arguments, "date") if arguments else None
    if parts is None:
        return None
    months = _months_since(parts)
    return Expression("number", lambda rows: columns.compute(lambda count: count // 12, months(rows)))


def _months(c: Compiler, call: ast.Call) -> Row | None:
    """Whole months from one date to another, below zero where the other is earlier."""
    arguments = c.arguments(call, 2, 2)
    parts = c.each(arguments, "date") if arguments else None
    return Expression("number", _months_since(parts)) if parts else None


def _months_since(parts: list[Row]) -> Callable[[Rows], Column]:
    """Months from the first date to the second, to the as-of date where there is none."""
    begin, end = parts[0].run, parts[1].run if len(parts) > 1 else _as_of
    return lambda rows: _whole_months(begin(rows), end(rows))


def _as_of(rows: Rows) -> Column:
    return Column.constant(np.datetime64(rows.as_of, "s"))


def _whole_months(begin: Column, end: Column) -> Column:
    """What begins on the 31st has no whole month before the 1st after a shorter one."""
    (first, first_day), (last, last_day) = (_month_and_day(column) for column in (begin, end))
    return Column(last - first - (last_day < first_day), begin.known & end.known)


def _month_and_day(date: Column) -> tuple[columns.Array, columns.Array]:
    """Months since January 1970, and the day of the month from 0."""
    months = date.values.astype("datetime64[M]")
    days = date.values.astype("datetime64[D]") - months.astype("datetime64[D]")
    return months.astype(np.int64), days.astype(np.int64)


def _the_as_of_date(c: Compiler, call: ast.Call) -> Row | None:
    return Expression("date", _as_of) if c.arguments(call, 0, 0) is not None else None


def _year(c: Compiler, call: ast.Call) -> Row | None:
    arguments = c.arguments(call, 0, 1)
    if arguments == []:
        return Expression("number", lambda rows: Column.constant(rows.year))
    date = c.expect(arguments[0], "date") if arguments else None
    return Expression("number", applied(_calendar_year, date)) if date else None


def _calendar_year(date: Column) -> Column:
    return Column(date.values.astype("datetime64[Y]").astype(np.int64) + 1970, date.known)


def _calendar_month(date: Column) -> Column:
    return Column(_month_and_day(date)[0] % 12 + 1, date.known)


def parameter(c: Compiler, call: ast.Call) -> Row | None:
    """The parameter in force in the row's year; unknown where none is."""
    arguments = c.arguments(call, 1, 1)
    name = c.name_of(arguments[0]) if arguments else None
    if name is None:
        return None
    name = parameter_called(c.scope.parameters, name) if c.scope.by_label else name
    found = c.scope.parameters.get(name)
    if found is None:
        known = [
            *c.scope.parameters,
            *(one.label.zh for one in c.scope.parameters.values() if c.scope.by_label),
        ]
        c.fail(call.args[0], "formula_unknown_parameter", name=name, hint=nearest(name, known))
        return None
    c.parameters[name] = None
    if found.type == "number":
        return Expression("number", lambda rows: Column.constant(found.in_force(rows.year)))
    return Expression("money", lambda rows: _fen_in_force(found.in_force(rows.year)))


def _fen_in_force(yuan: float | int | None) -> Column:
    return Column.constant(None if yuan is None else round(yuan * FEN))


FUNCTIONS: Mapping[str, Builder] = {
    "abs": _of_quantities(1, 1, lambda column: columns.compute(np.abs, column)),
    "age": _age,
    "and": _conditions(columns.both),
    "as_of": _the_as_of_date,
    "blank": _of_one("boolean", lambda column: Column(~column.known, np.ones_like(column.known))),
    "coalesce": _coalesce,
    "div": _div,
    "has": _has,
    "id_birth": _of_one("date", texts.id_birth, "text"),
    "id_card_valid": _of_one("boolean", texts.id_card_valid, "text"),
    "id_male": _of_one("boolean", texts.id_male, "text"),
    "if": _if,
    "is_known": _of_one("boolean", lambda column: Column(column.known, np.ones_like(column.known))),
    "left": _left,
    "length": _length,
    "matches": _matches,
    "max": _extreme(np.maximum),
    "min": _extreme(np.minimum),
    "month": _of_one("number", _calendar_month, "date"),
    "months": _months,
    "not": _not,
    "or": _conditions(columns.either),
    "param": parameter,
    "rank": _rank,
    "round": _round,
    "sum": _of_quantities(2, None, lambda *found: columns.compute(lambda *v: sum(v), *found)),
    "sum_known": _of_quantities(2, None, columns.sum_known),
    "year": _year,
}
"""Functions of one row. Those that look at other rows are in `related`."""
