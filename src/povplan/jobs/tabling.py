"""`table`: a cross-tab of one ledger's rows of a year. Read only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from povplan import crosstab
from povplan.crosstab import Axis, CrossTab
from povplan.errors import PovplanError
from povplan.formulas import MeasureFormula, Rows, measure_formula
from povplan.formulas.faults import tell
from povplan.formulas.naming import fields_called
from povplan.jobs.asking import Asked, compiled, condition, field_named, names_in, rows_of, scope, stage_of
from povplan.lists import Selection, select
from povplan.messages import say
from povplan.spec import NUMERIC, Ledger, LedgerField, hidden_fields

MOST_COLUMNS = 60
"""Columns of a cross-tab that somebody can still read."""
MOST_LINES = 2000
MANY_VALUES = 30
"""Values of a number above which bands say more than a line each."""


@dataclass(frozen=True, eq=False)
class Table:
    """A cross-tab with what it was made of."""

    asked: Asked
    value: str
    formula: MeasureFormula
    down: tuple[LedgerField, ...]
    across: LedgerField | None
    found: CrossTab
    selection: Selection
    banded: bool
    share: crosstab.Share | None = None
    shares: np.ndarray[Any, Any] | None = None
    crowded: tuple[LedgerField, ...] = ()
    """Numbers that were asked for value by value and have many."""
    in_unit: str = field(default="")
    """The unit of measure of the figures, where the formula tells it."""

    @property
    def adds_up(self) -> bool:
        """Whether a margin is the sum of its cells."""
        apart = self.found.cells["note"].eq("mixed_stages").any()
        return self.formula.additive and not self.formula.is_ratio and not apart

    @property
    def senseless(self) -> list[LedgerField]:
        """Figures per head and rates that the formula adds up, or takes the mean of, as they are."""
        named = re.findall(r"\b(?:sum|mean)\s*[(（]\s*(\w+)\s*[)）]", self.value, re.IGNORECASE)
        fields = [field for name in named for field in fields_called(self.asked.ledger, name)]
        return [field for field in fields if not field.additive]

    @property
    def left_out(self) -> int:
        """Rows that meet the condition but lack something the figure needs."""
        return int(self.found.cells["left_out"].iloc[-1])

    @property
    def rows(self) -> int:
        """Rows that meet the condition."""
        return int(self.selection.chosen.sum())


def table(
    asked: Asked,
    rows: str,
    cols: str | None = None,
    value: str = "count()",
    bands: Sequence[str] = (),
    share: crosstab.Share | None = None,
) -> Table:
    """The cross-tab asked for. `bands` are `0,4000,8000`, or `field=0,4000,8000`."""
    standing, ledger = asked.standing, asked.ledger
    where = condition(standing, ledger, asked.where)
    formula = compiled("--value", lambda: measure_formula(value, scope(standing, ledger)))
    down = tuple(_category(asked, name) for name in names_in(rows))
    across = _category(asked, cols) if cols else None
    if not 1 <= len(down) <= 2:
        raise PovplanError(say("table_rows_wanted"))
    if share and (formula.is_ratio or not formula.additive):
        raise PovplanError(say("table_no_shares", value=value))
    edges = _bands(asked, bands, [*down, *([across] if across else [])])
    frame = rows_of(standing, ledger, asked.year)
    selection = select(frame, where, asked.unit)
    parted = [_axis(asked, frame, selection, one, edges) for one in down]
    columns = _axis(asked, frame, selection, across, edges) if across else None
    _not_too_many(parted, columns)
    stages = _apart(asked, formula)
    found = crosstab.crosstab(formula, frame, selection.chosen, parted, columns, stages)
    sides = [*zip(down, parted, strict=True), *([(across, columns)] if across and columns else [])]
    return Table(
        asked=asked,
        value=value,
        formula=formula,
        down=down,
        across=across,
        found=found,
        selection=selection,
        banded=bool(edges),
        share=share,
        shares=_shares(found, share, value) if share else None,
        crowded=tuple(one for one, side in sides if _is_crowded(one, side, edges)),
        in_unit=_in_unit(ledger, formula, value),
    )


def _category(asked: Asked, name: str) -> LedgerField:
    """A field that rows can be parted by: none that names a person, none of several choices."""
    field = field_named(asked.ledger, name)
    if field.id in hidden_fields(asked.ledger, asked.standing.config.ledgers) - _shared(asked.ledger):
        raise PovplanError(tell("table_person", label=field.label.said))
    if field.type == "choices":
        raise PovplanError(tell("table_choices", label=field.label.said, field=field.id))
    return field


def _shared(ledger: Ledger) -> set[str]:
    """Parts of longer keys that many have in common and that name nobody: the village group."""
    several = {name for names in ledger.key if len(names) > 1 for name in names}
    alone = {name for names in ledger.key if len(names) == 1 for name in names} | {*ledger.links.values()}
    return {field.id for field in ledger.fields if field.id in several - alone and not field.person}


def _axis(
    asked: Asked, rows: Rows, selection: Selection, field: LedgerField, edges: dict[str, list[float]]
) -> Axis:
    standing = asked.standing
    tree, codes = standing.tree(asked.year), standing.config.codes
    return crosstab.axis(rows, selection.chosen, field, tree, codes, edges.get(field.id, ()))


def _bands(asked: Asked, bands: Sequence[str], axes: Sequence[LedgerField]) -> dict[str, list[float]]:
    """Field → the bounds of its bands, ascending."""
    numeric = [field for field in axes if field.type in NUMERIC]
    found: dict[str, list[float]] = {}
    for text in bands:
        name, _, listed = text.replace("＝", "=").rpartition("=")
        named = [field_named(asked.ledger, name)] if name else _continuous(numeric)
        if len(named) != 1 or named[0] not in numeric:
            raise PovplanError(say("bands_field", text=text))
        try:
            edges = [float(edge) for edge in names_in(listed)]
        except ValueError:
            edges = []
        if not edges or sorted(set(edges)) != edges or not np.isfinite(edges).all():
            raise PovplanError(say("bands_wrong", text=text))
        found[named[0].id] = edges
    return found


def _continuous(numeric: Sequence[LedgerField]) -> Sequence[LedgerField]:
    """The one field that bands without a name can only mean: that which is no whole number, if any is."""
    finer = [field for field in numeric if field.type != "integer"]
    return finer or numeric


def _not_too_many(down: Sequence[Axis], across: Axis | None) -> None:
    lines = int(np.prod([len(one.labels) for one in down]))
    if across is not None and len(across.labels) > MOST_COLUMNS:
        raise PovplanError(say("table_too_wide", count=len(across.labels), most=MOST_COLUMNS))
    if len(down[0].labels) > MOST_LINES or (len(down) == 1 and lines > MOST_LINES):
        raise PovplanError(say("table_too_long", count=lines, most=MOST_LINES))


def _is_crowded(field: LedgerField, side: Axis, edges: dict[str, list[float]]) -> bool:
    return field.type in NUMERIC and field.id not in edges and len(side.labels) > MANY_VALUES


def _apart(asked: Asked, formula: MeasureFormula) -> MeasureFormula | None:
    """How many stages of money a cell holds, where the formula is of amounts that have stages."""
    stage = stage_of(asked.ledger)
    money = [name for name in formula.fields if asked.ledger.field(name).type == "money"]
    if stage is None or not money:
        return None
    return measure_formula(f"distinct({stage.id})", scope(asked.standing, asked.ledger))


def _shares(found: CrossTab, share: crosstab.Share, value: str) -> np.ndarray[Any, Any]:
    try:
        return crosstab.shares(found, share)
    except ValueError as error:
        raise PovplanError(say("table_negative_shares", value=value)) from error


def _in_unit(ledger: Ledger, formula: MeasureFormula, value: str) -> str:
    """What the figures are counted in; nothing where the formula does not tell."""
    if formula.kind == "money":
        return "元"
    plain = re.fullmatch(r"\s*(sum|count)\s*[(（].*", value, re.IGNORECASE)
    if plain is None or formula.is_ratio:
        return ""
    if plain[1].lower() == "count":
        return say(f"rows_in_{ledger.level}").zh
    units = {ledger.field(name).unit for name in formula.fields}
    return (units.pop() or "") if len(units) == 1 else ""
