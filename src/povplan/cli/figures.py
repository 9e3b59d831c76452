"""`change`: what became of every indicator since last year, to terminal, JSON, CSV or a workbook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from povplan.cli.options import (
    AsOfOption,
    Format,
    FormatOption,
    LangOption,
    LevelOption,
    OutputOption,
    QuietOption,
    UnflaggedOption,
    WorkspaceOption,
    YearOption,
)

if TYPE_CHECKING:
    import pandas as pd

    from povplan.jobs.standing import Standing


def change(
    what: Annotated[
        Literal["change", "path", "real", "decomposition", "contribution"],
        typer.Option("--what", help="看什么 · Which table."),
    ] = "change",
    year: YearOption = None,
    first: Annotated[
        int | None,
        typer.Option(
            "--from",
            help="基年，默认上年；path 为起始年 · Base year (default: the year before).",
            show_default=False,
        ),
    ] = None,
    by: LevelOption = None,
    unflagged: UnflaggedOption = False,
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
    """年度变化 · Change of every indicator: yearly, over years, in real terms, and what it is made of.

    change 按两年都报的单位比较；path 多年走势；real 扣除物价；
    decomposition 比率变化的分解；contribution 各单位、各收入来源的贡献 ·
    Over the units reported in both years; the way over years; without prices; parts that add up.

    例 Example:  povplan change --year 2024 --by county --what path
    """
    from povplan.cli.output import Voice
    from povplan.cli.tables import change_table, changing_table
    from povplan.jobs import changing, figures
    from povplan.messages import say

    standing, of, speech = opened(workspace, as_of, year, lang, unflagged=unflagged)
    only = figures.indicators_named(standing.config, indicator or [])
    frame = figures.at_level(changing.table(standing, what, of, first, only), by)
    if (gap := changing.missing_base(standing, of, first)) is not None:
        Voice(speech, quiet)(gap)
    if what == "change":
        shown = change_table(frame, standing, speech)
        if frame["rounding"].eq(True).any():
            Voice(speech, quiet)(say("change_rounding"))
    else:
        shown = changing_table(frame, standing, what, speech)
    emit(frame, shown, standing, of, format, output, speech, changing.TABLES[what])
    for said in changing.coming_and_going(standing, what, of, first, only):
        Voice(speech, quiet)(said)
    if (told := figures.told_left_out(standing, of)) is not None:
        Voice(speech, quiet)(told)
    if what == "change":
        for said in changing.doubted(standing, of, only):
            Voice(speech, quiet)(said)
    for said in standing.over_years.mapped(changing.first_of(standing, what, of, first), of):
        Voice(speech, quiet)(said)


def opened(
    folder: Path | None, as_of: str | None, year: int | None, lang: str | None, *, unflagged: bool = False
) -> tuple[Standing, int, str]:
    """The ledger as asked for, the year meant, the language spoken."""
    from povplan.cli.boundary import language
    from povplan.jobs import figures
    from povplan.workspace import Workspace

    workspace = Workspace.find(folder)
    standing = figures.standing_at(workspace, as_of)
    if unflagged:
        standing = figures.without_flagged(standing)
    return standing, figures.figured_year(standing, year), language(lang, workspace.settings.lang)


def emit(
    frame: pd.DataFrame,
    table: pd.DataFrame,
    standing: Standing,
    year: int,
    format: Format,
    output: Path | None,
    lang: str,
    rows: str = "measures",
) -> None:
    """Machines get every column as it is computed, people the table."""
    from povplan.cli.output import emit_frame, emit_json, records, settled
    from povplan.cli.showing import headings

    format = settled(format, output)
    if format == "json":
        emit_json({"batch": standing.newest, "year": year, rows: records(frame)}, output)
    elif format == "table":
        emit_frame(table, format, output, headings(table, lang))
    else:
        emit_frame(frame, format, output, headings(frame, lang))
