"""Raw cells of one column → values of one field, and the cells that could not be read."""

from povplan.typed.amounts import Reading, Trouble
from povplan.typed.cells import read_column, suggestion, unit_mismatch

__all__ = ["Reading", "Trouble", "read_column", "suggestion", "unit_mismatch"]
