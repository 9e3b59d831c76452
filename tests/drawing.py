"""Draw a small table in a test as text: columns apart by blanks, `·` for a blank cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from povplan.model import DTYPES
from povplan.spec import CodeList, FieldType, Ledger


def frame(drawing: str, **types: FieldType) -> pd.DataFrame:
    """A typed frame from a drawing. Columns not named in `types` are integer, number or text as they look.

    Money is drawn in yuan and comes back in fen.
    """
    header, *lines = [line.split() for line in drawing.strip().splitlines() if line.strip()]
    cells = {name: [line[j] for line in lines] for j, name in enumerate(header)}
    return pd.DataFrame({name: _column(values, types.get(name)) for name, values in cells.items()})


def cells(frame: pd.DataFrame, row: Any, *names: str) -> list[Any]:
    """What stands in one row of a frame, by its index, in some columns."""
    found: list[Any] = frame[list(names)].loc[[row]].to_numpy().tolist()[0]
    return found


def _column(values: list[str], given: FieldType | None) -> pd.Series:
    known = [value for value in values if value != "·"]
    kind = given or _looks(known)
    raw = [None if value == "·" else value for value in values]
    if kind == "money":
        fen = [None if value is None else round(float(value) * 100) for value in raw]
        return pd.Series(fen, dtype="Int64")
    if kind == "boolean":
        return pd.Series([None if v is None else v in ("true", "是") for v in raw], dtype="boolean")
    if kind == "integer":
        return pd.Series([None if v is None else int(v) for v in raw], dtype="Int64")
    if kind == "number":
        return pd.Series([None if v is None else float(v) for v in raw], dtype="Float64")
    return pd.Series(raw, dtype=DTYPES[kind])


def _looks(known: list[str]) -> FieldType:
    try:
        [int(value) for value in known]
    except ValueError:
        try:
            [float(value) for value in known]
        except ValueError:
            return "text"
        return "number"
    return "integer"


def ledger(
    name: str, level: str = "household", links: Mapping[str, str] | None = None, /, **types: str
) -> Ledger:
    """A ledger whose fields are `types`; `choice:LIST` is a choice from a code list."""
    fields = []
    for field, kind in types.items():
        type_, _, codes = kind.partition(":")
        fields.append({"id": field, "label": field, "type": type_, "codes": codes or None})
    drawn: dict[str, Any] = {"ledger": name, "label": name, "level": level, "key": [next(iter(types))]}
    return Ledger.model_validate({**drawn, "links": dict(links or {}), "fields": fields})


def code_list(name: str, /, **labels: str) -> CodeList:
    """A code list from code → Chinese label."""
    values = [{"code": code, "label": label} for code, label in labels.items()]
    return CodeList.model_validate({"codes": name, "label": name, "values": values})
