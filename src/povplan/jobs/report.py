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
from povplan.model import Coverage
from povplan.sheets import Book, Sheet, leverage_sheet, overview_sheet, village_sheet
from povplan.workspace import Workspace


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
    book = Book(standing.config.indicators, standing.config.measurement, words, lang)
    domains = dict.fromkeys(indicator.domain for indicator in book.ordered)
    sheets = [overview_sheet(whole, book), *(village_sheet(whole, domain, book) for domain in domains)]
    sheets = [_titled(sheet, f"{county} {year}") for sheet in sheets if sheet.rows]
    if standing.config.funds and "fund" in standing.frames(year):
        stages = {stage.id: stage.label.text(lang) for stage in standing.config.funds.stages}
        basis = "、".join(stages.get(stage, stage) for stage in whole["basis"].dropna().unique())
        sheets.append(_titled(leverage_sheet(whole, basis, book), f"{county} {year}"))
    sheets.append(_coverage(coverage, standing, words, lang))
    sheets.append(_findings(findings, words))
    path = figures_path(workspace, year)
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_sheets(path, sheets)


def figures_path(workspace: Workspace, year: int) -> Path:
    """Where a year's workbook of figures lies."""
    return workspace.root / "reports" / str(year) / f"povplan-{year}.xlsx"


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


def leverage_label(indicator: str, classes: dict[str, str], words: dict[str, str]) -> str:
    """The name of a leverage figure: 撬动比, or that of one class of money."""
    if f"figure_{indicator}" in words:
        return words[f"figure_{indicator}"]
    kind, _, group = indicator.partition("_")
    return f"{classes.get(group, group)}：{words[f'figure_{kind}']}"


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
