"""The formula language of rules and indicators: read, checked when loaded, computed by whole columns."""

from povplan.formulas.faults import FormulaError, FormulaErrors
from povplan.formulas.measuring import MeasureFormula, measure_formula
from povplan.formulas.rowwise import RowFormula, row_formula
from povplan.formulas.scope import Rows, Scope

__all__ = [
    "FormulaError",
    "FormulaErrors",
    "MeasureFormula",
    "RowFormula",
    "Rows",
    "Scope",
    "measure_formula",
    "row_formula",
]
