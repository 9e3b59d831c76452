"""`list` and `table`: a name list and a cross-tab of one ledger's rows of a year. Read only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from povplan import crosstab
from povplan.crosstab import Axis, CrossTab
from povplan.errors import PovplanError
from povplan.formulas import MeasureFormula, Rows, measure_formula
from povplan.formulas.faults import tell
from povplan.jobs.asking import (
    compiled,
    condition,
    field_named,
    ledger_named,
    names_in,
    rows_of,
    scope,
    unit_named,
)
from povplan.jobs.differing import MASK, hidden_fields, hides_entities
from povplan.jobs.standing import Standing
from povplan.lists import Key, Selection, column, figures, ordered, select, totals, usual_fields
from povplan.messages import say
from povplan.model import ENTITY, UNIT
from povplan.spec import NUMERIC, Ledger, LedgerField

MOST_COLUMNS = 60
"""Columns of a cross-tab that somebody can still read."""
MOST_LINES = 2000
GRAVE = ("doubt", "error")
STAGES = "fund_stage"
"""The code list of the steps of money, which are never added to each other."""


@dataclass(frozen=True)
class Asked:
    """What was asked of which rows: a ledger's of a year, maybe of one unit, maybe on a condition."""

    standing: Standing
    ledger: Ledger
    year: int
    unit: str | None = None
    where: str | None = None

    @property
    def batch(self) -> int | None:
        """The last batch in force."""
        active = self.standing.store.active(self.standing.as_of)
        return active[-1] if active else None


@dataclass(frozen=True, eq=False)
class NameList:
    """Rows of a ledger in the order of the list, with the fields it shows; persons in full."""

    asked: Asked
    fields: tuple[LedgerField, ...]
    frame: pd.DataFrame
    """The rows listed, as the ledger has them."""
    matched: int
    """Rows for which the condition holds; more than are listed where a limit was set."""
    unknown: int
    totals: dict[str, Any]
    """Additive field → sum over the rows listed, money in yuan; None where nothing is known."""
    unadded: tuple[LedgerField, ...] = ()
    """Amounts not totalled because they are of several stages."""


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
    in_unit: str = field(default="")
    """The unit of measure of the figures, where the formula tells it."""

    @property
    def left_out(self) -> int:
        """Rows that meet the condition but lack something the figure needs."""
        return int(self.found.cells["left_out"].iloc[-1])

    @property
    def rows(self) -> int:
        """Rows that meet the condition."""
        return int(self.selection.chosen.sum())


def asked_of(
    standing: Standing, year: int, ledger: str, unit: str | None = None, where: str | None = None
) -> Asked:
    """The question with its names understood."""
    path = unit_named(standing, year, unit) if unit else None
    return Asked(standing, ledger_named(standing.config, ledger), year, path, where or None)


# ---- list --------------------------------------------------------------------------------------------


def name_list(
    asked: Asked, fields: str | None = None, sort: str | None = None, limit: int | None = None
) -> NameList:
    """The rows asked for. `fields` and `sort` are lists of names, `-name` sorting downward."""
    standing, ledger = asked.standing, asked.ledger
    where = condition(standing, ledger, asked.where)
    wanted = [field_named(ledger, name) for name in names_in(fields or "")]
    keys = [_key(ledger, name) for name in names_in(sort or "")]
    rows = rows_of(standing, ledger, asked.year)
    selection = select(rows, where, asked.unit)
    positions = ordered(rows, standing.tree(asked.year), selection.chosen, keys, standing.config.codes)
    frame = rows.frame.iloc[positions[:limit]].reset_index(drop=True)
    shown = wanted or usual_fields(ledger, rows.frame, where.fields if where else ())
    once = tuple({field.id: field for field in shown}.values())
    unadded = _several_stages(frame, ledger, once)
    sums = totals(frame, [field for field in once if field not in unadded])
    return NameList(asked, once, frame, len(positions), selection.unknown, sums, unadded)


def _key(ledger: Ledger, name: str) -> Key:
    descending = name[0] in "-－−"
    return Key(field_named(ledger, name[1:] if descending else name), descending)


def _stage(ledger: Ledger) -> LedgerField | None:
    return next((field for field in ledger.fields if field.codes == STAGES), None)


def _several_stages(
    frame: pd.DataFrame, ledger: Ledger, fields: Sequence[LedgerField]
) -> tuple[LedgerField, ...]:
    stage = _stage(ledger)
    if stage is None or column(frame, stage).nunique() < 2:
        return ()
    return tuple(field for field in fields if field.type == "money" and field.additive)


def flagged(listed: NameList) -> pd.Series:
    """Whether each row listed has an error or a doubt in the findings of the last batch."""
    standing, asked = listed.asked.standing, listed.asked
    active = set(standing.store.active(standing.as_of))
    kept = [b.id for b in standing.store.batches() if b.id in active and b.kind != "rollback"]
    if not kept:
        return pd.Series(False, index=listed.frame.index)
    findings = standing.store.findings(kept[-1])
    own = (findings["ledger"] == asked.ledger.ledger) & (findings["year"] == asked.year)
    grave = findings.loc[own & findings["severity"].isin(GRAVE), "entity"].dropna()
    return listed.frame[ENTITY].isin(grave)


def masked(listed: NameList) -> pd.DataFrame:
    """The rows as they may be shown: keys of households and persons by pseudonym, all else of them as ***."""
    ledger, workspace = listed.asked.ledger, listed.asked.standing.workspace
    ledgers = listed.asked.standing.config.ledgers
    keys = set(ledger.links.values())
    if ledger.holds_persons:
        keys |= {names[0] for names in ledger.key if len(names) == 1}
    frame = listed.frame
    for name in hidden_fields(ledger, ledgers) & {one.id for one in listed.fields} & set(frame):
        known = frame[name].dropna().astype("string")
        shown = known.map(workspace.pseudonym) if name in keys else known.map(lambda _: MASK)
        frame = frame.assign(**{name: shown.reindex(frame.index).astype("string")})
    return frame


def as_records(listed: NameList) -> list[dict[str, Any]]:
    """The rows for machines: entity, unit, then the fields by id, codes as stored, persons masked."""
    frame, asked = masked(listed), listed.asked
    entities = frame[ENTITY].tolist()
    if hides_entities(asked.ledger, asked.standing.config.ledgers):
        entities = [asked.standing.workspace.pseudonym(entity) for entity in entities]
    columns: dict[str, list[Any]] = {"entity": entities}
    columns["unit"] = frame[UNIT].astype(object).where(frame[UNIT].notna(), None).tolist()
    columns |= {field.id: figures(column(frame, field), field) for field in listed.fields}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


# ---- table -------------------------------------------------------------------------------------------


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
    shares = _shares(found, share, value) if share else None
    unit = _in_unit(ledger, formula, value)
    return Table(asked, value, formula, down, across, found, selection, bool(edges), share, shares, unit)


def _category(asked: Asked, name: str) -> LedgerField:
    """A field that rows can be parted by: none that names a person, none of several choices."""
    field = field_named(asked.ledger, name)
    if field.id in hidden_fields(asked.ledger, asked.standing.config.ledgers):
        raise PovplanError(tell("table_person", label=field.label.said))
    if field.type == "choices":
        raise PovplanError(tell("table_choices", label=field.label.said, field=field.id))
    return field


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


def _apart(asked: Asked, formula: MeasureFormula) -> MeasureFormula | None:
    """How many stages of money a cell holds, where the formula is of amounts that have stages."""
    stage = _stage(asked.ledger)
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
