"""Functions that look at other rows: last year's, the parent's, the children's, those that say the same."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from povplan.formulas.columns import Bools, Column, Positions, blank, is_text, known_in
from povplan.formulas.compiler import Builder, Compiler, Row, called
from povplan.formulas.faults import nearest
from povplan.formulas.functions import FUNCTIONS
from povplan.formulas.kinds import Expression
from povplan.formulas.naming import ledgers_called
from povplan.formulas.scope import AREAS, Link, Rows, match
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

    No children at all is 0 where the other ledger reports from the same unit, else unknown; of an entry
    (a project, an amount), which an office keeps and no village sends, from the same county.
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


def _latest(c: Compiler, call: ast.Call) -> Row | None:
    """The greatest value among the children (of which a condition holds): the last date.

    Unknown without any, and where a child that matters is unknown.
    """
    arguments = c.arguments(call, 2, 3)
    other = _other(c, arguments[0], _is_child) if arguments else None
    if not arguments or other is None:
        return None
    inner = _inside(c, other)
    part = inner.expect(arguments[1], "date", "number", "money")
    condition = inner.expect(arguments[2], "boolean") if len(arguments) == 3 else EVERY
    if part is None or condition is None:
        return None
    own, run, holds = c.scope.ledger, part.run, condition.run

    def over_children(rows: Rows) -> Column:
        inside, link = rows.inside(other.ledger), rows.children(own, other)
        if inside is None:
            return blank(len(rows), part.kind)
        return _greatest(run(inside).spread(len(inside)), holds(inside).spread(len(inside)), link)

    return Expression(part.kind, over_children)


def _greatest(values: Column, condition: Column, link: Link) -> Column:
    """The greatest value by group, among the children of which the condition holds."""
    belongs = link.of_others >= 0
    here = belongs & condition.values & condition.known & values.known
    doubtful = belongs & (~condition.known | (condition.values & ~values.known))
    order = np.flatnonzero(here)[np.argsort(values.values[here], kind="stable")]
    greatest = np.zeros(link.groups, values.values.dtype)
    greatest[link.of_others[order]] = values.values[order]
    known = (_tally(link, here) > 0) & (_tally(link, doubtful) == 0)
    return Column(greatest, known).take(link.of_rows)


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
    codes, known = _together(found)
    counts = np.bincount(codes[known], minlength=codes.max(initial=-1) + 1)
    return Column(counts[codes], known)


def _together(found: list[Column]) -> tuple[Positions, Bools]:
    """Row → number of the group of rows with the same values, and where all of these are known."""
    known = known_in(*found)
    codes = np.zeros(len(known), np.int64)
    for column in found:
        own, different = pd.factorize(column.values.to_pandas() if is_text(column) else column.values)
        codes, _ = pd.factorize(codes * (len(different) + 1) + own)
    return codes, known


def _earlier(c: Compiler, call: ast.Call) -> Row | None:
    """The value in the row just before, of those with the same values, put in an order.

    Rows of equal order stand as in the table. Unknown for the first, and where order or likeness is blank.
    """
    arguments = c.arguments(call, 3)
    if not arguments:
        return None
    part, order = c.compile(arguments[0]), c.expect(arguments[1], "date", "number", "money")
    like = c.each(arguments[2:])
    if part is None or order is None or not like:
        return None

    def of_the_row_before(rows: Rows) -> Column:
        found = [one.run(rows).spread(len(rows)) for one in (part, order, *like)]
        return found[0].take(_before(found[1], found[2:]))

    return Expression(part.kind, of_the_row_before, codes=part.codes)


def _before(order: Column, like: list[Column]) -> Positions:
    """Row → the row before it in its group; -1 where there is none."""
    codes, known = _together(like)
    chosen = np.flatnonzero(known & order.known)
    inner = np.lexsort((chosen, order.values[chosen], codes[chosen]))
    ordered = chosen[inner]
    before = np.full(len(known), -1)
    same = codes[ordered[1:]] == codes[ordered[:-1]]
    before[ordered[1:][same]] = ordered[:-1][same]
    return before


def _seen_before(c: Compiler, call: ast.Call) -> Row | None:
    """Whether some row of the year before, whosesoever, had the same text."""
    arguments = c.arguments(call, 1, 1)
    part = c.expect(arguments[0], "text") if arguments else None
    c.uses_previous = True
    if part is None:
        return None
    run = part.run

    def among_last_year(rows: Rows) -> Column:
        last = rows.last_year
        if last is None:
            return blank(len(rows), "boolean")
        own, others = (run(each).spread(len(each)) for each in (rows, last))
        return Column(match(own.values, others.values) >= 0, own.known)

    return Expression("boolean", among_last_year)


RELATED: Mapping[str, Builder] = {
    **{"prev": _prev, "parent": _parent, "total": _total, "total_known": _total, "count": _count},
    **{"alike": _alike, "earlier": _earlier, "latest": _latest, "seen_before": _seen_before},
}
"""Functions that look at other rows. Inside them only functions of one row may stand."""
