"""Rows of the ledger `fund`, of all years at hand → lines of money, each one amount at one stage.

Lines stand in an order of their own content, so that no figure depends on the order of the rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.leverage.cumulative import differenced
from povplan.leverage.labour import Wages, valued
from povplan.model import DTYPES, UNIT
from povplan.spec import FieldType, Funds

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Yearly = Mapping[int, pd.DataFrame]
"""Year → typed rows of the ledger `fund`; a county's form need not have every field."""

FIELDS: Mapping[str, FieldType] = {
    "source": "choice",
    "stage": "choice",
    "form": "choice",
    "amount": "money",
    "amount_kind": "choice",
    "labour_days": "number",
    "skill": "choice",
    "project_id": "code",
    "household_id": "code",
    "department": "text",
    "document_no": "code",
    "date": "date",
    "purpose": "text",
    "task": "choice",
    "relation": "choice",
    "integrated": "boolean",
    "carried_over": "boolean",
    "instalment": "boolean",
    "advanced": "boolean",
}
"""The fields that are read, all but source, stage and amount optional."""
MARKS = ("carried_over", "instalment", "advanced")
"""Marks that a blank denies; `integrated` is asked three ways."""
TEXTS = tuple(name for name, kind in FIELDS.items() if DTYPES[kind] == "string")
LINE_COLUMNS = (
    "year",
    "row",  # position in the rows of its year
    UNIT,
    *FIELDS,  # as entered; form as the source has it where the line does not say; amount in fen, valued
    "added",  # single; of a cumulative amount opening (the first one known) or difference
    "entered",  # fen before labour is valued
    "valued",  # how the amount came about: entered | days | face (labour without days)
    "subject",  # what it is spent on, as a number: the project, else the unit
    "source_code",  # the place of its source in the taxonomy, the last place where it is blank or unknown
)


def lines_of(yearly: Yearly, funds: Funds, wages: Wages) -> pd.DataFrame:
    """LINE_COLUMNS of all years, labour valued and cumulative amounts differenced, in an order of their own.

    A cumulative amount that a later one of its year replaces is no line any more.
    """
    read = [_read(rows, year) for year, rows in sorted(yearly.items())]
    lines = pd.concat(read or [_read(pd.DataFrame(), 0)], ignore_index=True)
    lines = valued(differenced(_in_order(_compact(_formed(lines, funds)))), wages)
    return lines.assign(subject=subjects(lines), source_code=source_codes(lines, funds))


def _read(rows: pd.DataFrame, year: int) -> pd.DataFrame:
    columns: dict[str, pd.Series] = {
        name: rows[name].reset_index(drop=True)
        if name in rows
        else pd.Series(pd.NA, index=range(len(rows)), dtype=DTYPES[kind])
        for name, kind in {UNIT: "text", **FIELDS}.items()
    }
    for name in MARKS:
        columns[name] = columns[name].fillna(False).astype(bool)
    return pd.DataFrame({"year": np.full(len(rows), year), "row": np.arange(len(rows)), **columns})


def _formed(lines: pd.DataFrame, funds: Funds) -> pd.DataFrame:
    """A line that does not say whether it is cash is what its source is; one of days alone is labour."""
    usual = {source.id: source.form for source in funds.sources if source.form}
    form = lines["form"].fillna(lines["source"].map(usual).astype("string"))
    only_days = form.isna() & lines["labour_days"].notna() & lines["amount"].isna()
    return lines.assign(form=form.mask(only_days, "labour"))


def _compact(lines: pd.DataFrame) -> pd.DataFrame:
    """Texts as categories in their order: sorting, choosing and comparing then take no time."""
    return lines.assign(**{name: lines[name].astype("category") for name in (UNIT, *TEXTS)})


def _in_order(lines: pd.DataFrame) -> pd.DataFrame:
    keys: list[Any] = [lines[name].cat.codes for name in ("project_id", UNIT, *TEXTS)]
    keys += [
        lines["date"].to_numpy().view(np.int64),
        *(lines[name].fillna(-1) for name in ("labour_days", "amount")),
    ]
    marks = [lines[name].to_numpy(bool) for name in MARKS]
    marks.append(lines["integrated"].fillna(False).to_numpy(bool))
    order = np.lexsort([*marks, *reversed(keys), lines["year"].to_numpy()])
    return lines.iloc[order].reset_index(drop=True)


def subjects(lines: pd.DataFrame) -> Ints:
    """What each line is spent on, as a number: its project where that is given, else its unit."""
    unit, project = (lines[name].cat.codes.to_numpy(np.int64) for name in (UNIT, "project_id"))
    unit = unit + 1
    return np.where(project >= 0, project, project.max(initial=-1) + 1 + unit).astype(np.int64)


def grouped(lines: pd.DataFrame, names: Sequence[str]) -> Ints:
    """Lines that agree in all of `names` get one number; two blanks agree."""
    codes = np.zeros(len(lines), np.int64)
    for name in names:
        own, values = pd.factorize(lines[name])
        codes, _ = pd.factorize(codes * (len(values) + 1) + own + 1)
    return codes.astype(np.int64)


def source_codes(lines: pd.DataFrame, funds: Funds) -> Ints:
    """The place of each line's source in the taxonomy; one that is blank or unknown takes a last place."""
    listed = pd.Index([source.id for source in funds.sources])
    found = listed.get_indexer(pd.Index(lines["source"]))
    return np.where(found < 0, len(listed), found).astype(np.int64)


def of_source(lines: pd.DataFrame, chosen: Sequence[bool]) -> Bools:
    """The lines whose source is among those `chosen`, given in the order of the taxonomy."""
    found: Bools = np.array([*chosen, False], np.bool_)[lines["source_code"].to_numpy(np.int64)]
    return found
