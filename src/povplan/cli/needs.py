"""`needs`: what villages need, where it waits, what is unmet, and whether the money fits."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from povplan.cli.options import (
    AsOfOption,
    FormatOption,
    LangOption,
    LevelOption,
    OutputOption,
    QuietOption,
    WorkspaceOption,
    YearOption,
)


def needs(
    what: Annotated[
        Literal["list", "status", "waiting", "unmet", "fit"],
        typer.Option("--what", help="看什么 · Which table."),
    ] = "list",
    year: YearOption = None,
    by: LevelOption = None,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """群众需求与问题 · Needs and problems from below: where they wait, what is unmet, whether money fits.

    逐件、按类别和状态、各级等待天数、未办结、资金投向与致贫原因和需求 ·
    One by one, by kind and status, days waiting, unmet, money against causes and needs.

    例 Example:  povplan needs --what waiting --by township
    """
    from povplan.cli.evaluation import show_table
    from povplan.cli.figures import opened
    from povplan.cli.output import Voice, emit_frame, emit_json, records, settled
    from povplan.jobs.analyses import Year
    from povplan.jobs.needing import Needing
    from povplan.jobs.reporting import book_of
    from povplan.sheets.deviations import head
    from povplan.sheets.needs import table_of

    standing, of, speech = opened(workspace, as_of, year, lang)
    frame = Needing(Year(standing, of)).view(what)
    if by is not None and "level" in frame:
        frame = frame[frame["level"] == by].reset_index(drop=True)
    format, book = settled(format, output), book_of(standing, speech)
    if format == "json":
        told = {"batch": standing.newest, "year": of, "view": what, "rows": records(frame)}
        emit_json(told, output)
    elif format == "table":
        show_table(table_of(what, frame, book), Voice(speech, quiet))
    else:
        emit_frame(frame, format, output, [head(str(name), book) for name in frame.columns])
