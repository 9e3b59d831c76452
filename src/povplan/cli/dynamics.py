"""`dynamics`: who fell into poverty, got out, came back; how long; whom to look after."""

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
)


def dynamics(
    what: Annotated[
        Literal["matrix", "income", "returns", "durations", "causes", "fell-back", "at-risk", "unmet"],
        typer.Option("--what", help="看什么 · Which table."),
    ] = "matrix",
    first: Annotated[
        int | None, typer.Option("--from", help="起始年 · First year.", show_default=False)
    ] = None,
    last: Annotated[
        int | None,
        typer.Option(
            "--to", "--year", "-y", help="终止年 · Last year (default: the newest).", show_default=False
        ),
    ] = None,
    by: LevelOption = None,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """家庭动态 · Households over the years: transitions, entry, exit, return, duration, causes, lists.

    状态和收入组转移、致贫脱贫返贫率、持续年数、原因；返贫户、风险户、保障未落实户按村列出，加 --by 只列户数 ·
    Lists stand village by village; with --by they become counts.

    例 Example:  povplan dynamics --what returns --from 2021 --to 2024 --by township
    """
    from povplan.cli.figures import opened
    from povplan.cli.output import Voice, emit_frame, emit_json, records, settled
    from povplan.cli.showing import headings
    from povplan.cli.views import SHOWN, table
    from povplan.jobs import dynamics as job
    from povplan.jobs import figures
    from povplan.messages import say

    standing, until, speech = opened(workspace, as_of, last, lang)
    span, voice = job.span_of(standing, what, first, until), Voice(speech, quiet)
    frame = figures.at_level(job.view(span, what, counted=by is not None), by)
    frame = job.masked(frame, standing.workspace)
    for said in job.remarks(span, what):
        voice(said)
    format = settled(format, output)
    if format == "json":
        head = {"batch": standing.newest, "years": list(span.panel.years), "view": what}
        emit_json({**head, "rows": records(frame)}, output)
    elif format == "table":
        shown = table(job.named(span, frame, voice.lang), "dynamics", what, voice.lang)
        emit_frame(shown.head(SHOWN), format, output, headings(shown, voice.lang))
        if len(shown) > SHOWN:
            voice(say("rows_more", count=len(shown) - SHOWN))
    else:
        emit_frame(frame, format, output, headings(frame, voice.lang))
