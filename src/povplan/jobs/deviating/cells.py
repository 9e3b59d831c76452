"""Where the figures of deviations stand in the files that were sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from povplan.deviations.tables import TABLES
from povplan.ledger import COLUMN, locate
from povplan.model import ENTITY, ROW, SOURCE, column_letters

if TYPE_CHECKING:
    from povplan.jobs.deviating.year import Deviating


def places(of: Deviating, found: pd.DataFrame) -> pd.Series:
    """`file, sheet!D18` of the cells that the evidence is read from, joined.

    A row that goes on over years is the one of the last year that has it.
    """
    standing = of.planning.standing
    asked = [
        (at, str(line["ledger"]), line["entity"], name)
        for at, (_, line) in enumerate(found.iterrows())
        if not pd.isna(line["ledger"]) and not pd.isna(line["entity"])
        for name in _fields(of, line)
        if str(line["ledger"]) in standing.config.ledgers
    ]
    told: dict[int, list[str]] = {}
    sources = standing.store.sources() if asked else {}
    cells = pd.DataFrame(asked, columns=["at", "ledger", "entity", "field"], dtype=object)
    for ledger, some in cells.groupby("ledger", sort=False):
        for year in (one for one in reversed(standing.years) if one <= of.year):
            folded = standing.folded(str(ledger), year)
            here = some["entity"].isin(folded.frame[ENTITY]) if len(folded.frame) else some["at"].isna()
            wanted, some = some[here & some["field"].isin(folded.frame.columns)], some[~here]
            if not len(wanted):
                continue
            entity, field = (wanted[name].astype("string") for name in ("entity", "field"))
            at = locate(folded, entity, field, sources)
            for position, source, row, column in zip(
                wanted["at"], at[SOURCE], at[ROW], at[COLUMN], strict=True
            ):
                place = _place(sources, source, row, column)
                if place is not None:
                    told.setdefault(int(position), []).append(place)
    return pd.Series(
        ["; ".join(dict.fromkeys(told.get(n, []))) or None for n in range(len(found))],
        index=found.index,
        dtype="string",
    )


def _fields(of: Deviating, line: Any) -> tuple[str, ...]:
    detector = next(one for one in of.planning.standing.config.detectors if one.id == line["detector"])
    if detector.table == "targets":
        return ("target_value", "baseline_value")
    figures = TABLES[detector.table].figures
    return figures[detector.figure].fields if detector.figure in figures else ()


def _place(sources: Mapping[int, Any], source: Any, row: Any, column: Any) -> str | None:
    if pd.isna(source) or int(source) not in sources or pd.isna(row):
        return None
    at = sources[int(source)]
    letters = "" if pd.isna(column) else column_letters(int(column))
    return f"{at.file}, {at.sheet}!{letters}{int(row)}"
