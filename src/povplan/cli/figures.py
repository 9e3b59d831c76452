"""`change`: what became of every indicator since last year, to terminal, JSON, CSV or a workbook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from povplan.cli.options import (
    AsOfOption,
    Format,
    FormatOption,
    LangOption,
    LevelOption,
    OutputOption,
    QuietOption,
    WorkspaceOption,
    YearOption,
)

if TYPE_CHECKING:
    import pandas as pd

    from povplan.jobs.standing import Standing


def change(
    year: YearOption = None,
    by: LevelOption = None,
    indicator: Annotated[
        list[str] | None,
        typer.Option("--indicator", help="只看某指标 · Only this indicator.", show_default=False),
    ] = None,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """年度变化 · Yearly change of every indicator.

    按两年都报的单位比较，全部单位的数列在一旁 ·
    Over the units reported in both years, with the full totals beside it.

    例 Example:  povplan change --year 2024 --by county
    """
    from povplan.cli.tables import change_table
    from povplan.jobs import figures

    standing, of, speech = opened(workspace, as_of, year, lang)
    frame = figures.at_level(figures.change(standing, of), by)
    if indicator:
        figures.known_indicators(standing, indicator)
        frame = frame[frame["indicator"].isin(indicator)].reset_index(drop=True)
    emit(frame, change_table(frame, standing, speech), standing, of, format, output, speech)


def opened(
    folder: Path | None, as_of: str | None, year: int | None, lang: str | None
) -> tuple[Standing, int, str]:
    """The ledger as asked for, the year meant, the language spoken."""
    from povplan.cli.boundary import language
    from povplan.jobs import figures
    from povplan.workspace import Workspace

    workspace = Workspace.find(folder)
    standing = figures.standing_at(workspace, as_of)
    return standing, figures.year_of(standing, year), language(lang, workspace.settings.lang)


def emit(
    frame: pd.DataFrame,
    table: pd.DataFrame,
    standing: Standing,
    year: int,
    format: Format,
    output: Path | None,
    lang: str,
) -> None:
    """Machines get every column as it is computed, people the table."""
    from povplan.cli.output import emit_frame, emit_json, records, settled
    from povplan.cli.showing import headings

    format = settled(format, output)
    if format == "json":
        active = standing.store.active(standing.as_of)
        emit_json({"batch": active[-1] if active else None, "year": year, "measures": records(frame)}, output)
    elif format == "table":
        emit_frame(table, format, output, headings(table, lang))
    else:
        emit_frame(frame, format, output, headings(frame, lang))
