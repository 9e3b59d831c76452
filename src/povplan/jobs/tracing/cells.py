"""The submitted cells behind rows, each with the batch and the SHA-256 of the file that brought it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from povplan.jobs.differing import place_of, plain
from povplan.jobs.standing import Standing
from povplan.jobs.tracing.values import CELL_COLUMNS
from povplan.ledger import COLUMN, locate
from povplan.model import ENTITY, ROW, SOURCE
from povplan.spec import Ledger, hidden_fields

Mask = Callable[[str], str]


def cells_of(
    standing: Standing, ledger: Ledger, year: int, entities: Sequence[str], names: Sequence[str], mask: Mask
) -> pd.DataFrame:
    """CELL_COLUMNS of some fields of some entities, entity by entity in the order given."""
    folded = standing.folded(ledger.ledger, year)
    rows = folded.frame[folded.frame[ENTITY].isin(list(entities))].set_index(ENTITY)
    known = [entity for entity in dict.fromkeys(entities) if entity in rows.index]
    if not known or not names:
        return none()
    asked = pd.DataFrame(
        {"entity": [one for one in known for _ in names], "field": [*names] * len(known)}, dtype="string"
    )
    sources = standing.store.sources()
    found = locate(folded, asked["entity"], asked["field"], sources)
    numbers = {int(one) for one in found[SOURCE].dropna().unique()}
    batches = standing.store.batches_of(numbers)
    hashes = {number: sources[number].sha256 for number in numbers if number in sources}
    places = [place_of(sources, *at) for at in zip(found[SOURCE], found[ROW], found[COLUMN], strict=True)]
    values = {
        name: dict(zip(known, shown(rows, ledger, name, known, standing), strict=True)) for name in names
    }
    found_values = [values[name][one] for one, name in zip(asked["entity"], asked["field"], strict=True)]
    return pd.DataFrame(
        {
            "entity": [mask(one) for one in asked["entity"]],
            "year": year,
            "field": asked["field"].astype(object),
            "value": pd.Series(found_values, dtype=object),
            "file": [place[0] for place in places],
            "sheet": [place[1] for place in places],
            "cell": [place[2] for place in places],
            "batch": _looked_up(found[SOURCE], batches),
            "sha256": _looked_up(found[SOURCE], hashes),
        },
        columns=list(CELL_COLUMNS),
    ).astype(object)


def shown(
    rows: pd.DataFrame, ledger: Ledger, name: str, entities: Sequence[str], standing: Standing
) -> list[Any]:
    """A field's values of entities, as machines read them; what names a person as ***."""
    if name not in rows:
        return [None] * len(entities)
    hidden = hidden_fields(ledger, standing.config.ledgers)
    return plain(rows.loc[list(entities), name], ledger.field(name), name in hidden)


def none() -> pd.DataFrame:
    """CELL_COLUMNS without a row."""
    return pd.DataFrame({name: pd.Series(dtype=object) for name in CELL_COLUMNS})


def _looked_up(source: pd.Series, table: dict[int, Any]) -> list[Any]:
    return [None if pd.isna(number) else table.get(int(number)) for number in source]
