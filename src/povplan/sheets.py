"""A report as a value: sheets of rows with titles, units and notes, drawn last and elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from povplan.model import NOTES
from povplan.spec import Indicator, Level, UnitOfMeasure

MONEY, WHOLE, DECIMAL, PERCENT, RATIO, TEXT = "#,##0.00", "#,##0", "#,##0.00", "0.00%", "0.0000", "@"


@dataclass(frozen=True)
class Sheet:
    """One sheet: a title over the table, a note of units at its right, headings, rows, notes below.

    A cell is a value or (value, number format). None is drawn blank.
    """

    name: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Any]]
    title: str = ""
    unit_note: str = ""
    notes: Sequence[str] = ()
    widths: Mapping[int, float] = field(default_factory=dict)


def indicator_sheet(
    figures: pd.DataFrame,
    indicators: Sequence[Indicator],
    measurement: Mapping[str, UnitOfMeasure],
    level: Level,
    words: Mapping[str, str],
    lang: str,
) -> Sheet:
    """Units down, indicators across, in their orders; a missing figure is blank, its reason below."""
    at = figures[figures["level"] == level]
    units = list(dict.fromkeys(at["unit"]))
    lines: Iterable[Any] = at.itertuples(index=False)
    values = {(line.indicator, line.unit): line for line in lines}
    rows = []
    reasons: dict[str, None] = {}
    for unit in units:
        cells: list[Any] = [unit.rsplit("/", 1)[-1] if level != "village" else unit.split("/", 1)[-1]]
        for indicator in indicators:
            row = values.get((indicator.id, unit))
            cells.append(figure(row, indicator, measurement))
            if row is not None and not pd.isna(row.note):
                reasons[f"{indicator.label.text(lang)}：{NOTES[row.note].text(lang)}"] = None
        rows.append(cells)
    return Sheet(
        name=words[f"sheet_{level}"],
        headings=[words["head_unit"], *(_heading(indicator, measurement, lang) for indicator in indicators)],
        rows=rows,
        title=words[f"title_{level}"],
        notes=[f"{words['blank_means']}{'；'.join(list(reasons)[:12])}"] if reasons else (),
    )


def figure(row: Any, indicator: Indicator, measurement: Mapping[str, UnitOfMeasure]) -> Any:
    """The value with its number format; None where there is none."""
    if row is None or pd.isna(row.value):
        return None
    return (float(row.value), number_format(indicator, measurement))


def number_format(indicator: Indicator, measurement: Mapping[str, UnitOfMeasure]) -> str:
    """How an indicator's values are shown: rates in percent, the rest with its decimals."""
    if measurement[indicator.unit].id == "percent":
        return "0." + "0" * indicator.decimals + "%" if indicator.decimals else "0%"
    return "#,##0." + "0" * indicator.decimals if indicator.decimals else "#,##0"


def _heading(indicator: Indicator, measurement: Mapping[str, UnitOfMeasure], lang: str) -> str:
    unit = "%" if measurement[indicator.unit].id == "percent" else indicator.unit
    return f"{indicator.label.text(lang)}({unit})"
