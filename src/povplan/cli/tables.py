"""Figures as a terminal shows them: labels for ids, percent for rates, a word for what is missing."""

from __future__ import annotations

from typing import Any

import pandas as pd

from povplan.jobs.standing import Standing
from povplan.model import NOTES
from povplan.sheets.book import lines
from povplan.spec import Indicator


def change_table(frame: pd.DataFrame, standing: Standing, lang: str) -> pd.DataFrame:
    """Indicator, unit, this year, the year before, change in the indicator's own terms, note."""
    known = {indicator.id: indicator for indicator in standing.config.indicators}
    rows = []
    for row in lines(frame):
        indicator = known[row.indicator]
        rate = is_rate(indicator, standing)
        rows.append(
            {
                "indicator": indicator.label.text(lang),
                "unit": row.unit,
                "value": shown(row.value, indicator, standing),
                "previous": shown(row.previous, indicator, standing),
                "absolute": _points(row.points)
                if rate
                else shown(row.absolute, indicator, standing, sign=True),
                "relative": "" if rate or pd.isna(row.relative) else f"{row.relative:+.2%}",
                "shared": "" if pd.isna(row.shared) else str(row.shared),
                "full_value": shown(row.full_value, indicator, standing),
                "note": "" if pd.isna(row.note) else NOTES[row.note].text(lang),
            }
        )
    columns = [
        "indicator",
        "unit",
        "value",
        "previous",
        "absolute",
        "relative",
        "shared",
        "full_value",
        "note",
    ]
    return pd.DataFrame(rows, columns=columns)


def leverage_label(indicator: str, classes: dict[str, str], words: dict[str, str]) -> str:
    """The name of a leverage figure: 撬动比, or that of one class of money."""
    if f"figure_{indicator}" in words:
        return words[f"figure_{indicator}"]
    kind, _, group = indicator.partition("_")
    return f"{classes.get(group, group)}：{words[f'figure_{kind}']}"


def is_rate(indicator: Indicator, standing: Standing) -> bool:
    """Whether the figure is shown in percent."""
    return standing.config.measurement[indicator.unit].id == "percent"


def shown(value: Any, indicator: Indicator, standing: Standing, *, sign: bool = False) -> str:
    """A figure as people write it; nothing where there is none."""
    if pd.isna(value):
        return ""
    if is_rate(indicator, standing):
        return f"{value:.{indicator.decimals}%}"
    unit = standing.config.measurement[indicator.unit]
    value = value / unit.factor if unit.dimension == "money" else value
    return f"{value:{'+' if sign else ''},.{indicator.decimals}f}"


def _points(value: Any) -> str:
    return "" if pd.isna(value) else f"{value:+.2f} pp"
