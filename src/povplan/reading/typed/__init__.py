"""Raw cells of one column → values of one field, and the cells that could not be read."""

from povplan.reading.typed.amounts import Reading, Trouble, counts_by
from povplan.reading.typed.cells import read_column, suggestion, unit_mismatch

__all__ = ["Reading", "Trouble", "counts_by", "read_column", "suggestion", "unit_mismatch"]
