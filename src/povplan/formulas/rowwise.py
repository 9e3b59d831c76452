"""Formulas over the rows of a ledger: compiled once, evaluated as whole-column operations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from povplan.formulas.columns import Column, unload
from povplan.formulas.compiler import Compiler, Language, Row
from povplan.formulas.faults import FormulaErrors
from povplan.formulas.functions import FUNCTIONS
from povplan.formulas.grammar import parse
from povplan.formulas.nodes import NODES
from povplan.formulas.related import RELATED
from povplan.formulas.scope import Rows, Scope

RowKind = Literal["number", "money", "text", "boolean", "date"]
ROW_LANGUAGE = Language(NODES, {**FUNCTIONS, **RELATED})


@dataclass(frozen=True)
class RowFormula:
    """A value for each row of a ledger: a rule's check, a condition, a computed figure."""

    text: str
    kind: RowKind
    fields: tuple[str, ...]
    """Own fields used, in the order of the text, those inside prev() among them."""
    needs: frozenset[str]
    """Other ledgers looked at."""
    uses_previous: bool
    _row: Row = field(repr=False, compare=False)

    def column(self, rows: Rows) -> Column:
        """The value of each row and whether it is known, at full length."""
        return self._row.run(rows).spread(len(rows))

    def __call__(self, rows: Rows) -> pd.Series:
        """The value of each row, blank where unknown, in the dtypes of typed frames (money in fen)."""
        return unload(self._row.run(rows), self.kind, rows.frame.index)


def row_formula(text: str, scope: Scope) -> RowFormula:
    """The formula `text` over the rows of `scope.ledger`. Raises FormulaErrors with every fault found."""
    parsed = parse(text)
    compiler = Compiler(parsed, scope, ROW_LANGUAGE)
    row = compiler.compile(parsed.tree)
    if row is None or compiler.errors:
        raise FormulaErrors(compiler.errors)
    kind: RowKind = "text" if row.kind == "choices" else row.kind
    used = (tuple(compiler.fields), frozenset(compiler.needs), compiler.uses_previous)
    return RowFormula(text, kind, *used, row)
