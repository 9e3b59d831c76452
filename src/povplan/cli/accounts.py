"""`accounts`: how the register, and the poor of it, came from last year's; the unexplained part shown."""

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


def accounts(
    what: Annotated[
        Literal["register", "status"],
        typer.Option("--what", help="在册增减还是贫困状态 · The register, or the poor."),
    ] = "register",
    of: Annotated[
        Literal["households", "persons"], typer.Option("--of", help="户还是人 · Households or persons.")
    ] = "households",
    year: YearOption = None,
    by: LevelOption = None,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """年度变化表 · How this year's register, or the poor of it, came from last year's.

    上年末 + 增加 − 减少 = 本年末，逐级相加；没有原因的增减单列 ·
    Opening + came − went = closing, villages add up; what nothing explains has columns of its own.

    例 Example:  povplan accounts --year 2024 --what status --by township
    """
    from povplan.cli.figures import opened
    from povplan.cli.output import Voice, emit_frame, emit_json, records, settled
    from povplan.cli.showing import headings
    from povplan.cli.views import table as as_text
    from povplan.jobs import accounts as job
    from povplan.jobs import figures
    from povplan.messages import say

    standing, at, speech = opened(workspace, as_of, year, lang)
    voice = Voice(speech, quiet)
    whole = job.accounts_of(standing, at, what, of)
    frame = figures.at_level(whole, by)
    format = settled(format, output)
    if format == "json":
        head = {"batch": standing.newest, "year": at, "what": what, "of": of}
        emit_json({**head, "rows": records(frame)}, output)
    elif format == "table":
        text = as_text(job.shown(frame), "accounts", what, voice.lang)
        emit_frame(text, format, output, headings(text, voice.lang))
    else:
        wide = frame.rename(columns={name: f"account_{name}" for name in job.terms(frame)})
        emit_frame(wide, format, output, headings(wide, voice.lang))
    for said in job.remarks(standing, at):
        voice(said)
    if count := job.unexplained(whole):
        voice(say("accounts_unexplained", count=count))
