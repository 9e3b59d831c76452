"""Where the plan goes off course, in its design, its execution, in whom it reaches; and what became of it.

Frames in, frames out. Each table is a small function that gives one row a subject with its figures;
`detect` holds the declared bounds against them; `life` says what was decided and whether the next year
shows that it worked.
"""

from __future__ import annotations

from povplan.deviations.detect import ASKED, DEVIATIONS, Found, detect, number_of
from povplan.deviations.life import CORRECTIONS, LIVES, lived
from povplan.deviations.tables import TABLES, Figure, Subjects

__all__ = [
    "ASKED",
    "CORRECTIONS",
    "DEVIATIONS",
    "LIVES",
    "TABLES",
    "Figure",
    "Found",
    "Subjects",
    "detect",
    "lived",
    "number_of",
]
