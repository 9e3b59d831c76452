"""The workbook of a year's figures that every update leaves behind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from povplan.excel.write import write_sheets
from povplan.jobs import figures
from povplan.jobs.standing import Standing
from povplan.messages import catalogue
from povplan.model import NOTES, Coverage
from povplan.sheets import Sheet, indicator_sheet
from povplan.spec import LEVELS
from povplan.workspace import Workspace

LEVERAGE_FORMATS = {"leverage": "0.0000"}


def write_figures(
    workspace: Workspace,
    standing: Standing,
    year: int,
    coverage: Sequence[Coverage],
    findings: pd.DataFrame,
    lang: str,
) -> Path:
    """reports/<year>/povplan-<year>.xlsx: indicators by level, leverage, coverage, findings."""
    words = {key: said[lang] for key, said in catalogue().items()}
    county = workspace.settings.county.name or _county(standing, year)
    whole = figures.all_figures(standing, year)
    sheets = [
        indicator_sheet(whole, standing.config.indicators, standing.config.measurement, level, words, lang)
        for level in LEVELS
    ]
    sheets = [_titled(sheet, f"{county} {year}") for sheet in sheets if sheet.rows]
    if standing.config.funds and "fund" in standing.frames(year):
        sheets.append(_leverage(whole, standing, f"{county} {year}", words, lang))
    sheets.append(_coverage(coverage, standing, words, lang))
    sheets.append(_findings(findings, words))
    path = workspace.reports(year) / f"povplan-{year}.xlsx"
    return write_sheets(path, sheets)


def lines(frame: pd.DataFrame) -> Iterable[Any]:
    """The rows, each with its columns as attributes."""
    return frame.itertuples(index=False)


def _county(standing: Standing, year: int) -> str:
    units = standing.units(year)
    return units[0].split("/")[0] if units else ""


def _titled(sheet: Sheet, prefix: str) -> Sheet:
    return Sheet(
        sheet.name, sheet.headings, sheet.rows, f"{prefix} {sheet.title}", sheet.unit_note, sheet.notes
    )


def _leverage(
    whole: pd.DataFrame, standing: Standing, prefix: str, words: dict[str, str], lang: str
) -> Sheet:
    """Both ratios and the sums behind them, by unit, each with its basis and scope."""
    assert standing.config.funds is not None
    classes = {group.id: group.label.text(lang) for group in standing.config.funds.classes}
    stages = {stage.id: stage.label.text(lang) for stage in standing.config.funds.stages}
    rows = [
        [
            row.unit,
            leverage_label(row.indicator, classes, words),
            words.get(f"scope_{row.scope}", ""),
            stages.get(row.basis, ""),
            None if pd.isna(row.value) else (float(row.value), _shape(row.indicator)),
            None if pd.isna(row.numerator) else (float(row.numerator), "#,##0.00"),
            None if pd.isna(row.denominator) else (float(row.denominator), "#,##0.00"),
            "" if pd.isna(row.note) else NOTES[row.note].text(lang),
        ]
        for row in lines(whole[whole["scope"].notna()])
        if row.level != "village" or row.indicator in ("leverage_others", "leverage_total", "total")
    ]
    names = ("unit", "indicator", "scope", "basis", "value", "numerator", "denominator", "note")
    return Sheet(
        name=words["sheet_leverage"],
        headings=[words[f"head_{name}"] for name in names],
        rows=rows,
        title=f"{prefix} {words['title_leverage']}",
        unit_note=words["unit_yuan"],
        notes=[words["leverage_note"]],
    )


def leverage_label(indicator: str, classes: dict[str, str], words: dict[str, str]) -> str:
    """The name of a leverage figure: 撬动比, or that of one class of money."""
    if f"figure_{indicator}" in words:
        return words[f"figure_{indicator}"]
    kind, _, group = indicator.partition("_")
    return f"{classes.get(group, group)}：{words[f'figure_{kind}']}"


def _shape(indicator: str) -> str:
    return "0.0000" if indicator.startswith("leverage") else "#,##0.00"


def _coverage(coverage: Sequence[Coverage], standing: Standing, words: dict[str, str], lang: str) -> Sheet:
    names = (
        "ledger",
        "year",
        "read",
        "accepted",
        "repeated",
        "waiting",
        "entries",
        "flagged",
        "units",
        "missing",
    )
    rows: list[list[Any]] = [
        [
            standing.config.ledgers[line.ledger].label.text(lang),
            str(line.year),
            *(getattr(line, name) for name in names[2:-1]),
            "、".join(line.missing),
        ]
        for line in coverage
    ]
    return Sheet(
        words["sheet_coverage"], [words[f"head_{name}"] for name in names], rows, words["title_coverage"]
    )


def _findings(findings: pd.DataFrame, words: dict[str, str]) -> Sheet:
    rows = [
        [
            None if value is None or value is pd.NA else words.get(f"{name}_{value}", value)
            for name, value in zip(findings.columns, row, strict=True)
        ]
        for row in lines(findings.astype(object))
    ]
    headings = [words[f"head_{name}"] for name in findings.columns]
    return Sheet(words["sheet_findings"], headings, rows, words["title_findings"])
