"""A report as a value: sheets of rows with titles, units and notes, drawn last and elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import pandas as pd

from povplan.model import NOTES
from povplan.spec import Domain, Indicator, UnitOfMeasure


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


def overview_sheet(figures: pd.DataFrame, book: Book) -> Sheet:
    """Indicators down, by domain; the county and its townships across, in official order."""
    at = figures[figures["level"].isin(["county", "township"]) & figures["scope"].isna()]
    units = list(dict.fromkeys(at["unit"]))
    values = _by_place(at)
    rows = [
        [
            book.words[f"domain_{indicator.domain}"],
            indicator.label.text(book.lang),
            book.unit(indicator),
            *(figure(values.get((indicator.id, unit)), indicator, book) for unit in units),
        ]
        for indicator in book.ordered
    ]
    names = [book.words[f"head_{name}"] for name in ("domain", "indicator", "measure")]
    return Sheet(
        name=book.words["sheet_overview"],
        headings=[*names, *(unit.rsplit("/", 1)[-1] for unit in units)],
        rows=rows,
        title=book.words["title_overview"],
        notes=_reasons(at, book),
    )


def village_sheet(figures: pd.DataFrame, domain: Domain, book: Book) -> Sheet:
    """One domain: villages down under their townships, indicators across."""
    indicators = [indicator for indicator in book.ordered if indicator.domain == domain]
    wanted = {indicator.id for indicator in indicators}
    at = figures[(figures["level"] == "village") & figures["indicator"].isin(wanted)]
    values = _by_place(at)
    rows = [
        [
            *unit.split("/")[1:],
            *(figure(values.get((indicator.id, unit)), indicator, book) for indicator in indicators),
        ]
        for unit in dict.fromkeys(at["unit"])
    ]
    name = book.words[f"domain_{domain}"]
    return Sheet(
        name=f"{book.words['sheet_village']}·{name}",
        headings=[
            book.words["level_township"],
            book.words["level_village"],
            *(f"{indicator.label.text(book.lang)}({book.unit(indicator)})" for indicator in indicators),
        ],
        rows=rows,
        title=f"{book.words['title_village']}（{name}）",
        notes=_reasons(at, book),
    )


@dataclass(frozen=True)
class Book:
    """What all sheets of a workbook share: definitions and words in one language."""

    indicators: Sequence[Indicator]
    measurement: Mapping[str, UnitOfMeasure]
    words: Mapping[str, str]
    lang: str

    @property
    def ordered(self) -> list[Indicator]:
        """The indicators by domain, within it as declared."""
        return [one for domain in get_args(Domain) for one in self.indicators if one.domain == domain]

    def is_rate(self, indicator: Indicator) -> bool:
        """Whether the figure is shown in percent."""
        return self.measurement[indicator.unit].id == "percent"

    def unit(self, indicator: Indicator) -> str:
        """The unit of measure as it is printed."""
        return "%" if self.is_rate(indicator) else indicator.unit


def _by_place(figures: pd.DataFrame) -> dict[tuple[str, str], Any]:
    lines: Iterable[Any] = figures.itertuples(index=False)
    return {(line.indicator, line.unit): line for line in lines}


def _reasons(figures: pd.DataFrame, book: Book) -> list[str]:
    """Why cells are blank: each reason once, with the indicators it holds for."""
    missing = figures[figures["note"].notna()]
    labels = {indicator.id: indicator.label.text(book.lang) for indicator in book.indicators}
    notes = [
        f"{NOTES[str(note)].text(book.lang)}：{'、'.join(dict.fromkeys(labels.get(i, i) for i in group))}"
        for note, group in missing.groupby("note", sort=True)["indicator"]
    ]
    return [book.words["blank_means"] + "；".join(notes)] if notes else []


def figure(row: Any, indicator: Indicator, book: Book) -> Any:
    """The value with its number format; None where there is none."""
    if row is None or pd.isna(row.value):
        return None
    shape = "#,##0" + ("." + "0" * indicator.decimals if indicator.decimals else "")
    return (float(row.value), shape.replace("#,##", "") + "%" if book.is_rate(indicator) else shape)


LEVERAGE_COLUMNS = (
    ("lever", "all"),
    ("others", "all"),
    ("total", "all"),
    ("leverage_others", "all"),
    ("leverage_total", "all"),
    ("others", "with_lever"),
    ("leverage_others", "with_lever"),
    ("leverage_total", "with_lever"),
)


def leverage_sheet(figures: pd.DataFrame, basis: str, book: Book) -> Sheet:
    """Units down; the sums and both ratios across, of all money and beside special money; the reason last."""
    at = figures[figures["scope"].notna()]
    lines: Iterable[Any] = at.itertuples(index=False)
    values = {(line.indicator, line.scope, line.unit): line for line in lines}
    rows = [
        [
            "　" * unit.count("/") + unit.rsplit("/", 1)[-1],
            *(_leverage_cell(values.get((name, scope, unit)), name) for name, scope in LEVERAGE_COLUMNS),
            _leverage_reason(values.get(("leverage_others", "all", unit)), book),
        ]
        for unit in dict.fromkeys(at["unit"])
    ]
    words = book.words
    headings = [f"{words[f'figure_{name}']}／{words[f'scope_{scope}']}" for name, scope in LEVERAGE_COLUMNS]
    return Sheet(
        name=words["sheet_leverage"],
        headings=[words["head_unit"], *headings, words["head_note"]],
        rows=rows,
        title=words["title_leverage"],
        unit_note=f"{words['unit_yuan']}　{words['head_basis']}：{basis}",
        notes=[words["leverage_note"]],
    )


def _leverage_cell(row: Any, name: str) -> Any:
    if row is None or pd.isna(row.value):
        return None
    return (float(row.value), "0.0000" if name.startswith("leverage") else "#,##0.00")


def _leverage_reason(row: Any, book: Book) -> str:
    return "" if row is None or pd.isna(row.note) else NOTES[row.note].text(book.lang)
