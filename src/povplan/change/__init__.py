"""What changed: from year to year, over many years, in real terms, and what the change is made of."""

from povplan.change.parts import DECOMPOSED, contributions, decomposition
from povplan.change.path import PATH, Thresholds, path, pattern
from povplan.change.real import REAL, real
from povplan.change.rounding import PRINTED, printed
from povplan.change.yearly import CHANGE_COLUMNS, KEYS, RATES, YearRows, change, comparable

__all__ = [
    "CHANGE_COLUMNS",
    "DECOMPOSED",
    "KEYS",
    "PATH",
    "PRINTED",
    "RATES",
    "REAL",
    "Thresholds",
    "YearRows",
    "change",
    "comparable",
    "contributions",
    "decomposition",
    "path",
    "pattern",
    "printed",
    "real",
]
