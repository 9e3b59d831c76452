"""How much other money each yuan of the special fund moved (撬动比 1:x), and how much money there was.

    rows of all years ─ lines (labour valued, cumulative differenced) ─ doubles counted once ─ Account
         ─ leverage_by_unit / leverage_by_group / marginal / delivery / sensitivity / payment_progress

Only one stage of money counts (planned, allocated, arrived, paid), never a mixture, and it is named.
"""

from povplan.leverage.account import SCOPES, Account, stage_in_use
from povplan.leverage.by_group import GROUP_COLUMNS, leverage_by_group
from povplan.leverage.by_unit import leverage, leverage_by_unit
from povplan.leverage.comparing import (
    EFFECT_COLUMNS,
    MARGINAL_COLUMNS,
    delivery,
    effect_of_doubles,
    marginal,
    sensitivity,
)
from povplan.leverage.doubles import DOUBLE_COLUMNS, shared_documents
from povplan.leverage.kinds import TAGS
from povplan.leverage.labour import Wages, wages_of
from povplan.leverage.lines import LINE_COLUMNS, lines_of
from povplan.leverage.stages import PROGRESS_COLUMNS, execution, overpaid, payment_progress

__all__ = [
    "DOUBLE_COLUMNS",
    "EFFECT_COLUMNS",
    "GROUP_COLUMNS",
    "LINE_COLUMNS",
    "MARGINAL_COLUMNS",
    "PROGRESS_COLUMNS",
    "SCOPES",
    "TAGS",
    "Account",
    "Wages",
    "delivery",
    "effect_of_doubles",
    "execution",
    "leverage",
    "leverage_by_group",
    "leverage_by_unit",
    "lines_of",
    "marginal",
    "overpaid",
    "payment_progress",
    "sensitivity",
    "shared_documents",
    "stage_in_use",
    "wages_of",
]
