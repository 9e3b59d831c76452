"""A name list: the rows of a ledger for which a condition holds, in official order, with chosen fields.

A condition is three-valued. A row of which it is not known whether it holds is not listed, but counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.formulas import RowFormula, Rows
from povplan.messages import Said, say
from povplan.model import ENTITY, UNIT
from povplan.spec import LEVELS, NUMERIC, CodeList, Ledger, LedgerField, Level, Text
from povplan.units import Tree

Bools = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.intp]
FEN = 100
DIGITS = 6
"""Decimals of a sum of fractions; what lies below is binary noise."""


# ---- places ----------------------------------------------------------------------------------------


def with_places(ledger: Ledger) -> Ledger:
    """The ledger with a field for county, township and village each, where it declares none."""
    taken = set(ledger.names)
    missing = [level for level in LEVELS if not ledger.placed(level) and level not in taken]
    added = [
        LedgerField(id=level, label=_text(say(f"level_{level}")), type="text", place=level)
        for level in missing
    ]
    return _with_fields(ledger, (*ledger.fields, *added)) if added else ledger


def _with_fields(ledger: Ledger, fields: tuple[LedgerField, ...]) -> Ledger:
    """The ledger with other fields, and nothing remembered of those it had."""
    made = ledger.model_copy(update={"fields": fields})
    for name in made.__dict__.keys() - type(made).model_fields.keys():
        del made.__dict__[name]
    return made


def _text(said: Said) -> Text:
    return Text(zh=said.zh, en=said.en)


def officially_placed(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Rows with the names of the unit that each was placed in, however its office spelt them.

    A row that was placed nowhere keeps what was written.
    """
    codes, paths = pd.factorize(frame[UNIT])
    for depth, level in enumerate(LEVELS):
        field = ledger.placed(level)
        if field is None:
            continue
        names = [path.split("/")[depth] if path.count("/") >= depth else None for path in paths]
        official = pd.Series(pd.array([*names, None], dtype="string"), dtype="string").take(codes)
        official.index = frame.index
        written = frame.get(field, official)
        frame = frame.assign(**{field: official.where(official.notna(), written.astype("string"))})
    return frame


def within(rows: Rows, unit: str | None) -> Bools:
    """Whether each row lies in `unit` or below it."""
    if unit is None:
        return np.ones(len(rows), bool)
    at = rows.frame[UNIT]
    inside: Bools = (at.eq(unit) | at.str.startswith(f"{unit}/")).fillna(False).to_numpy(bool)
    return inside


# ---- which rows, in which order ----------------------------------------------------------------------


@dataclass(frozen=True)
class Selection:
    """The rows for which a condition holds, and of how many it is not known."""

    chosen: Bools
    unknown: int


def select(rows: Rows, where: RowFormula | None, unit: str | None = None) -> Selection:
    """The rows of `unit` for which `where` holds; all, without a condition."""
    inside = within(rows, unit)
    if where is None:
        return Selection(inside, 0)
    holds = where(rows)
    return Selection(
        inside & holds.fillna(False).to_numpy(bool), int((inside & holds.isna().to_numpy(bool)).sum())
    )


@dataclass(frozen=True)
class Key:
    """A field to sort by. Blanks come last, whichever way."""

    field: LedgerField
    descending: bool = False


def ordered(
    rows: Rows, tree: Tree, chosen: Bools, keys: Sequence[Key], codes: Mapping[str, CodeList]
) -> Positions:
    """Positions of the chosen rows: by `keys`, among equals by official order of units, then by key.

    A choice goes by its code list, a place by the official order, all else by value.
    """
    at = np.flatnonzero(chosen)
    frame = rows.frame.iloc[at]
    nodes = rows.nodes(tree)[at]
    by_name = np.argsort(frame[ENTITY].to_numpy(object, na_value=""), kind="stable")
    order = by_name[np.argsort(np.where(nodes < 0, len(tree.paths), nodes)[by_name], kind="stable")]
    for key in reversed(keys):
        ranks = _ranks(frame, nodes, tree, key, codes)
        order = order[np.argsort(ranks[order], kind="stable")]
    return at[order]


def _ranks(
    frame: pd.DataFrame, nodes: npt.NDArray[Any], tree: Tree, key: Key, codes: Mapping[str, CodeList]
) -> npt.NDArray[np.float64]:
    """Smaller comes first; blanks are infinite."""
    field = key.field
    if field.place in LEVELS:
        level: Level = field.place
        above = np.append(tree.ancestors(level), -1)[nodes]
        ranks = np.where(above < 0, np.nan, above.astype("float64"))
    elif field.type == "choice" and (listed := codes.get(field.codes or "")):
        places = {code.code: place for place, code in enumerate(listed.values)}
        ranks = column(frame, field).map(places).to_numpy("float64", na_value=np.nan)
    else:
        ranks = column(frame, field).rank(method="dense").to_numpy("float64", na_value=np.nan)
    ranks = -ranks if key.descending else ranks
    return np.where(np.isnan(ranks), np.inf, ranks)


def column(frame: pd.DataFrame, field: LedgerField) -> pd.Series:
    """A field of the rows; blank throughout where the frame does not carry it."""
    if field.id in frame:
        return frame[field.id]
    return pd.Series(pd.NA, index=frame.index, dtype="string")


# ---- which fields ------------------------------------------------------------------------------------


def usual_fields(ledger: Ledger, frame: pd.DataFrame, asked: Sequence[str]) -> list[LedgerField]:
    """What a list shows unless told: key, places, the fields of the condition, the required ones.

    A field that no row fills is left out unless the condition asks for it; so is a county if all share it.
    """
    filled = {field.id for field in ledger.fields if column(frame, field).notna().any()}
    keys = next((key for key in ledger.key if filled.issuperset(key)), ledger.key[0])
    places = [ledger.placed(level) for level in LEVELS]
    if places[0] in filled and frame[places[0]].nunique() == 1:
        places[0] = None
    own = [name for name in keys if ledger.field(name).place is None]
    required = [field.id for field in ledger.fields if field.required]
    wanted = [name for name in (*own, *places, *required) if name in filled]
    first = [name for name in wanted if name not in required or name in (*own, *places)]
    named = dict.fromkeys([*first, *asked, *wanted])
    return [ledger.field(name) for name in named if name]


def additive(fields: Sequence[LedgerField]) -> list[LedgerField]:
    """Those whose values may be added up."""
    return [field for field in fields if field.type in NUMERIC and field.additive]


def totals(frame: pd.DataFrame, fields: Sequence[LedgerField]) -> dict[str, Any]:
    """Field → sum over its known values, money in yuan; None where none is known."""
    return {field.id: _total(column(frame, field).dropna(), field) for field in additive(fields)}


def _total(known: pd.Series, field: LedgerField) -> Any:
    if not len(known):
        return None
    total: Any = known.sum()
    total = total.item() if hasattr(total, "item") else total
    return total / FEN if field.type == "money" else round(total, DIGITS)


def figures(values: pd.Series, field: LedgerField) -> list[Any]:
    """Values as plain Python: money in yuan, dates ISO, truth as such, codes as stored; None where blank."""
    if field.type == "money" and pd.api.types.is_numeric_dtype(values):
        values = values.astype("Float64") / FEN
    elif field.type == "date" and pd.api.types.is_datetime64_any_dtype(values):
        values = values.dt.strftime("%Y-%m-%d")
    plain: list[Any] = values.astype(object).where(values.notna(), None).tolist()
    return plain


def words(values: pd.Series, field: LedgerField, codes: CodeList | None, lang: str) -> list[Any]:
    """Values as people read them: numbers as they are, codes by their labels, 是 and 否; None where blank."""
    plain = figures(values, field)
    if field.type == "boolean":
        said = {True: say("check_yes").text(lang), False: say("check_no").text(lang), None: None}
        return [said[value] for value in plain]
    if field.type in ("choice", "choices") and codes is not None:
        labels = {code.code: code.label.text(lang) for code in codes.values}
        comma = "、" if lang == "zh" else ", "
        shown = {
            value: comma.join(labels.get(part, part) for part in value.split(","))
            for value in set(plain)
            if value is not None
        }
        return [shown.get(value) for value in plain]
    return plain
