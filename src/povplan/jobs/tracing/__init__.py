"""`trace`: where a figure comes from, down to the submitted cell.

    definition ─ the figure ─ its parts by sub-unit ─ its rows ─ the cells of those rows ─ batch and file

Only the ledgers and years that the figure rests on are read, and cells are found for the rows shown only.
"""

from povplan.jobs.tracing.cellpast import PAST_COLUMNS, Past, past_named, past_of
from povplan.jobs.tracing.indicator import trace_indicator
from povplan.jobs.tracing.leverage import figure_label, is_money_figure, trace_leverage
from povplan.jobs.tracing.tracing import CELL_COLUMNS, PART_COLUMNS, Trace, trace

__all__ = [
    "CELL_COLUMNS",
    "PART_COLUMNS",
    "PAST_COLUMNS",
    "Past",
    "Trace",
    "figure_label",
    "is_money_figure",
    "past_named",
    "past_of",
    "trace",
    "trace_indicator",
    "trace_leverage",
]
