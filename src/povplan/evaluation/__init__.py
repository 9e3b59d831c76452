"""The plan held against the figures: how far targets are met, what scores that makes, who answers for it.

Frames in, frames out. `targets` reads what is wanted, `attained` holds it against the years, `forecast` looks
ahead, `primitives` and `cards` make points, `parties` and `results` say whose they are.
"""

from __future__ import annotations

from povplan.evaluation.attained import EVALUATION, STATES, evaluate
from povplan.evaluation.cards import LINES, TOTALS, score
from povplan.evaluation.owners import OWNERS, ownerless, owners, responsible
from povplan.evaluation.parties import Share, exploded, shares_of
from povplan.evaluation.printed import number_in, printed
from povplan.evaluation.results import RESULTS, results
from povplan.evaluation.targets import (
    TARGETS,
    from_corrections,
    from_ledger,
    from_specs,
    in_force,
    spread,
    versions,
)

__all__ = [
    "EVALUATION",
    "LINES",
    "OWNERS",
    "RESULTS",
    "STATES",
    "TARGETS",
    "TOTALS",
    "Share",
    "evaluate",
    "exploded",
    "from_corrections",
    "from_ledger",
    "from_specs",
    "in_force",
    "number_in",
    "ownerless",
    "owners",
    "printed",
    "responsible",
    "results",
    "score",
    "shares_of",
    "spread",
    "versions",
]
