"""Functions that look at other rows: last year's, the parent's, the children's, those that say the same."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from povplan.formulas.columns import Column, blank, is_text, known_in
from povplan.formulas.compiler import Builder, Compiler, Row, called
from povplan.formulas.faults import nearest
from povplan.formulas.functions import FUNCTIONS
from povplan.formulas.kinds import Expression
from povplan.formulas.naming import ledgers_called
from povplan.formulas.scope import AREAS, Link, Rows
from povplan.spec import Ledger


def _prev(c: Compiler, call: ast.Call) -> Row | None:
    """The value of the same entity exactly one year before."""
    arguments = c.arguments(call, 1, 1)
    if not arguments:
        return None
    inner = c.inside(c.scope, FUNCTIONS)
    inner.places = c.places
    part = inner.compile(arguments[0])
    c.uses_previous = True
    if part is None:
        return None
    kind, run = part.kind, part.run

    def last_year(rows: Rows) -> Column:
        last = rows.last_year
        return blank(len(rows), kind) if last is None else run(last).spread(len(last)).take(rows.before)

    return Expression(kind, last_year, codes=part.codes)


def _parent(c: Compiler, call: ast.Call) -> Row | None:
    """A value of the one row of another ledger to which the row belongs."""
    arguments = c.arguments(call, 2, 2)
    other = _other(c, arguments[0], _is_parent) if arguments else None
    if not arguments or other is None:
        return None
    part = _inside(c, other).compile(arguments[1])
    if part is None:
        return None
    own, kind, run = c.scope.ledger, part.kind, part.run

    def of_parent(rows: Rows) -> Column:
        inside = rows.inside(other.ledger)
        if inside is None:
            return blank(len(rows), kind)
        return run(inside).spread(len(inside)).take(rows.parents(own, other))

    return Expression(kind, of_parent, codes=part.codes)


def _is_parent(own: Ledger, other: Ledger) -> bool:
    """Whether a row of `own` belongs to one of `other`: by its unit, or by a link it holds."""
    if other.level in AREAS:
        return own.level not in AREAS or AREAS.index(own.level) >= AREAS.index(other.level)
    return other.ledger in own.links


def _is_child(own: Ledger, other: Ledger) -> bool:
    """Whether rows of `other` belong to one of `own`."""
    if own.level in AREAS:
        return other.level not in AREAS or AREAS.index(other.level) >= AREAS.index(own.level)
    return own.ledger in other.links


def _other(c: Compiler, node: ast.expr, related: Callable[[Ledger, Ledger], bool]) -> Ledger | None:
    """The ledger named, if it stands in the relation to the own one."""
    name, own = c.name_of(node), c.scope.ledger
    if name is None:
        return None
    if c.scope.by_label and len(found := ledgers_called(c.scope.ledgers, name)) == 1:
        name = found[0]
    if name not in c.scope.ledgers:
        c.fail(node, "formula_unknown_ledger", name=name, hint=nearest(name, c.scope.ledgers))
        return None
    other = c.scope.ledgers[name]
    if name == own.ledger or not related(own, other):
        c.fail(node, "formula_not_related", name=name, own=own.ledger)
        return None
    c.needs.add(name)
    return other


def _inside(c: Compiler, other: Ledger) -> Compiler:
    return c.inside(c.scope.inside(other.ledger), FUNCTIONS)


def _total(c: Compiler, call: ast.Call) -> Row | None:
    """The sum over the children; unknown without any, and where one that matters is unknown."""
    arguments = c.arguments(call, 2, 3)
    other = _other(c, arguments[0], _is_child) if arguments else None
    if not arguments or other is None:
        return None
    inner = _inside(c, other)
    part = inner.expect(arguments[1], "number", "money")
    condition = inner.expect(arguments[2], "boolean") if len(arguments) == 3 else EVERY
    if part is None or condition is None:
        return None
    own, skip, run, holds = c.scope.ledger, called(call) == "total_known", part.run, condition.run

    def over_children(rows: Rows) -> Column:
        inside, link = rows.inside(other.ledger), rows.children(own, other)
        if inside is None:
            return blank(len(rows), part.kind)
        return _added(run(inside).spread(len(inside)), holds(inside).spread(len(inside)), link, skip)

    return Expression(part.kind, over_children)


EVERY: Row = Expression("boolean", lambda _: Column.constant(True))


def _added(values: Column, condition: Column, link: Link, skip: bool) -> Column:
    """Sums by group. A child whose condition is false adds nothing; `skip` passes over blanks."""
    counted = condition.values & condition.known & values.known
    doubtful = ~condition.known | (condition.values & ~values.known)
    total = np.zeros(link.groups, values.values.dtype)
    belongs = link.of_others >= 0
    here = belongs & counted
    np.add.at(total, link.of_others[here], values.values[here])
    known = _tally(link, belongs) > 0
    if skip:
        only_blanks = (_tally(link, here) == 0) & (_tally(link, belongs & doubtful) > 0)
        known &= ~only_blanks
    else:
        known &= _tally(link, belongs & doubtful) == 0
    return Column(total, known).take(link.of_rows)


def _tally(link: Link, which: np.ndarray) -> np.ndarray:
    return np.bincount(link.of_others[which], minlength=link.groups)


def _count(c: Compiler, call: ast.Call) -> Row | None:
    """How many children (of which a condition holds).

    No children at all is 0 where the other ledger reports from the same unit, else unknown.
    """
    arguments = c.arguments(call, 1, 2)
    other = _other(c, arguments[0], _is_child) if arguments else None
    if not arguments or other is None:
        return None
    condition = _inside(c, other).expect(arguments[1], "boolean") if len(arguments) == 2 else EVERY
    if condition is None:
        return None
    own, holds = c.scope.ledger, condition.run

    def of_children(rows: Rows) -> Column:
        inside, link = rows.inside(other.ledger), rows.children(own, other)
        if inside is None:
            return blank(len(rows), "number")
        return _counted(holds(inside).spread(len(inside)), link)

    return Expression("number", of_children)


def _counted(condition: Column, link: Link) -> Column:
    belongs = link.of_others >= 0
    count = _tally(link, belongs & condition.known & condition.values)
    doubtful = _tally(link, belongs & ~condition.known) > 0
    found = Column(count, ~doubtful & (_tally(link, belongs) > 0)).take(link.of_rows)
    childless = Column(_tally(link, belongs) == 0, np.ones(link.groups, bool)).take(link.of_rows)
    none = childless.values & childless.known & link.reported
    return Column(np.where(none, 0, found.values), found.known | none)


def _alike(c: Compiler, call: ast.Call) -> Row | None:
    """How many rows of the same ledger and year have the same values, the row itself among them.

    Unknown where one of the values is: what is blank is like nothing.
    """
    arguments = c.arguments(call, 1)
    parts = c.each(arguments) if arguments else None
    if not parts:
        return None
    runs = [part.run for part in parts]

    def of_siblings(rows: Rows) -> Column:
        found = [run(rows).spread(len(rows)) for run in runs]
        return _as_many(found)

    return Expression("number", of_siblings)


def _as_many(found: list[Column]) -> Column:
    known = known_in(*found)
    codes = np.zeros(len(known), np.int64)
    for column in found:
        own, different = pd.factorize(column.values.to_pandas() if is_text(column) else column.values)
        codes, _ = pd.factorize(codes * (len(different) + 1) + own)
    counts = np.bincount(codes[known], minlength=codes.max(initial=-1) + 1)
    return Column(counts[codes], known)


RELATED: Mapping[str, Builder] = {
    **{"prev": _prev, "parent": _parent, "total": _total, "total_known": _total, "count": _count},
    "alike": _alike,
}
"""Functions that look at other rows. Inside them only functions of one row may stand."""
