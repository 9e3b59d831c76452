"""A sheet as it was read: raw values at their true addresses, and what a value alone cannot tell."""

from povplan.grid.distinct import Distinct
from povplan.grid.packed import BLANK, NUMBER, Contents, Packed
from povplan.grid.sheet import Grid, Merge, Workbook
from povplan.grid.value import Shown, Value

__all__ = ["BLANK", "NUMBER", "Contents", "Distinct", "Grid", "Merge", "Packed", "Shown", "Value", "Workbook"]
