"""`trace` by name: an indicator, or a figure of money."""

from __future__ import annotations

from povplan.errors import PovplanError
from povplan.formulas.naming import ledgers_called
from povplan.jobs.figures import indicator_called, no_such_indicator
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
    if found := indicator_called(standing.config, name):
        return trace_indicator(standing, indicators[found], year, unit, limit, lang)
    figure = is_money_figure(standing.config.funds, name)
    if figure is None and ledgers_called(standing.config.ledgers, name):
        raise PovplanError(say("trace_entity_and_field", name=name))
    if figure is None:
        raise no_such_indicator(standing.config, name)
    return trace_leverage(standing, figure, year, unit, limit, lang, basis)
