"""Figures as a terminal shows them: labels for ids, percent for rates, a word for what is missing."""

from __future__ import annotations

from typing import Any

import pandas as pd

from povplan.change.rounding import half_up
from povplan.jobs.standing import Standing
from povplan.messages import catalogue, say
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
                "absolute": _difference(row, indicator, rate=rate),
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


def leverage_label(indicator: str, classes: dict[str, str], lang: str) -> str:
    """The name of a leverage figure: 撬动比, or that of one class of money."""
    if f"figure_{indicator}" in catalogue():
        return say(f"figure_{indicator}").text(lang)
    kind, _, group = indicator.partition("_")
    return f"{classes.get(group, group)}：{say(f'figure_{kind}').text(lang)}"


def is_rate(indicator: Indicator, standing: Standing) -> bool:
    """Whether the figure is shown in percent."""
    return standing.config.measurement[indicator.unit].id == "percent"


def shown(value: Any, indicator: Indicator, standing: Standing, *, sign: bool = False) -> str:
    """A figure as people write it; nothing where there is none."""
    if pd.isna(value):
        return ""
    if is_rate(indicator, standing):
        return f"{half_up(value * 100, indicator.decimals)}%"
    unit = standing.config.measurement[indicator.unit]
    value = value / unit.factor if unit.dimension == "money" else value
    return f"{half_up(value, indicator.decimals):{'+' if sign else ''}z,.{indicator.decimals}f}"


def _difference(row: Any, indicator: Indicator, *, rate: bool) -> str:
    """The difference of the two figures as printed; `*` where the change itself rounds otherwise."""
    if pd.isna(row.printed_absolute):
        return ""
    mark = "*" if row.rounding else ""
    return f"{row.printed_absolute:+,.{indicator.decimals}f}{' pp' if rate else ''}{mark}"


def changing_table(frame: pd.DataFrame, standing: Standing, what: str, lang: str) -> pd.DataFrame:
    """A table of `change --what path|real|decomposition|contribution` as a terminal shows it."""
    known = {indicator.id: indicator for indicator in standing.config.indicators}
    parts = _part_words(standing, lang)
    rows = [
        {name: _told(row, name, known[row.indicator], standing, parts, lang) for name in COLUMNS[what]}
        for row in lines(frame)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS[what]))


def _part_words(standing: Standing, lang: str) -> dict[str, str]:
    words = {name: say(f"change_part_{name}").text(lang) for name in ("own", "rest")}
    for one in standing.config.indicators:
        for part in one.parts:
            label = standing.config.ledgers[one.ledger].field(part.removeprefix("-")).label.text(lang)
            words[part] = f"−{label}" if part.startswith("-") else label
    return words


def _told(
    row: Any, name: str, indicator: Indicator, standing: Standing, parts: dict[str, str], lang: str
) -> str:
    value = getattr(row, name)
    if pd.isna(value):
        return ""
    if name == "indicator":
        return indicator.label.text(lang)
    if name == "note":
        return NOTES[value].text(lang)
    if name == "part":
        return parts.get(value, str(value).rpartition("/")[2])
    if name in ("pattern", "direction", "presence", "by"):
        return say(f"change_{name}_{value}").text(lang)
    if name in ("unit", "turning", "first_year", "year"):
        return str(value)
    rate = is_rate(indicator, standing)
    if name == "annual" and rate:
        return f"{value:+z.2f} pp"
    if name in ("relative", "real", "annual", "share_of_change"):
        return f"{value:+z.2%}"
    if name == "deflator":
        return f"{value:.4f}"
    if name in MOVED and rate:
        return f"{value * 100:+z.3f} pp"
    return shown(value, indicator, standing, sign=name in MOVED)


MOVED = frozenset({"absolute", "within", "between", "turnover", "contribution"})
"""Columns that are changes, not figures."""
COLUMNS: dict[str, tuple[str, ...]] = {
    "path": (
        "indicator", "unit", "first_year", "first_value", "year", "value", "absolute", "relative", "annual",
        "pattern", "direction", "turning", "note",
    ),
    "real": (
        "indicator", "unit", "previous", "change_base", "value", "relative", "deflator", "real", "note",
    ),
    "decomposition": (
        "indicator", "unit", "part", "presence", "previous", "value", "within", "between", "turnover",
        "contribution", "share_of_change", "note",
    ),
    "contribution": (
        "indicator", "unit", "by", "part", "previous", "value", "contribution", "share_of_change", "note",
    ),
}  # fmt: skip
"""What a terminal shows of each table."""
