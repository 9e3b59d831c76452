"""`trace` by name: an indicator, or a figure of money."""

from __future__ import annotations

from povplan.errors import PovplanError
from povplan.formulas.faults import tell
from povplan.formulas.naming import Named, called, most_like
from povplan.jobs.standing import Standing
from povplan.jobs.tracing.indicator import trace_indicator
from povplan.jobs.tracing.leverage import is_money_figure, trace_leverage
from povplan.jobs.tracing.values import CELL_COLUMNS, PART_COLUMNS, Trace
from povplan.messages import say

__all__ = ["CELL_COLUMNS", "PART_COLUMNS", "Trace", "trace"]


def trace(
    standing: Standing,
    name: str,
    year: int,
    unit: str | None = None,
    limit: int = 20,
    lang: str = "zh",
    basis: str | None = None,
) -> Trace:
    """Where a figure comes from; `name` is its id or its label. PovplanError naming the nearest one."""
    indicators = {one.id: one for one in standing.config.indicators}
    known = [Named(one.id, one.label) for one in indicators.values()]
    found = called(name, known)
    if len(found) == 1:
        return trace_indicator(standing, indicators[found[0]], year, unit, limit, lang)
    if found:
        raise PovplanError(say("trace_several", name=name, ids=", ".join(found)))
    figure = is_money_figure(standing.config.funds, name)
    if figure is None:
        near = most_like(name, known)
        hint = say("suggestion", near=near) if near else ""
        raise PovplanError(tell("trace_unknown", name=name, hint=hint))
    return trace_leverage(standing, figure, year, unit, limit, lang, basis)
