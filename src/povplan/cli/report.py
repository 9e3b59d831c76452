"""`report`: a year's workbooks, written anew from the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from povplan.cli.options import AsOfOption, LangOption, QuietOption, WorkspaceOption, YearOption


def report(
    year: YearOption = None,
    by: Annotated[
        Literal["county", "township"],
        typer.Option("--by", help="全县一本，或每个乡镇一本 · One workbook, or one a township."),
    ] = "county",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="写到哪个文件夹 · Folder to write to.", show_default=False),
    ] = None,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """写出报告工作簿 · Write the report workbooks.

    全县一本；--by township 每个乡镇一本，只含本乡镇的数据 ·
    The county's; or one a township, each with its own data only.

    例 Example:  povplan report --year 2024 --by township
    """
    from povplan.cli.boundary import language
    from povplan.cli.output import Voice, guard, writing
    from povplan.errors import PovplanError
    from povplan.jobs import figures
    from povplan.jobs.report import write_county, write_townships
    from povplan.messages import say
    from povplan.workspace import Workspace

    place = Workspace.find(workspace)
    if output is not None and output.suffix.lower() == ".xlsx" and not output.is_dir():
        raise PovplanError(say("report_wants_folder", path=output))
    guard(output)
    voice = Voice(language(lang, place.settings.lang), quiet)
    standing = figures.standing_at(place, as_of)
    of = figures.year_of(standing, year)
    folder = output or place.root / "reports" / str(of)
    voice.progress(say("progress_figures"))
    with writing(folder):
        if by == "county":
            paths = iter([write_county(place, standing, of, voice.lang, folder=output)])
        else:
            paths = write_townships(place, standing, of, voice.lang, output)
        for path in paths:
            voice.done()
            print(path)
            voice.progress(say("progress_figures"))
    voice.done()
    if by == "county":
        voice(say("report_next", year=of, w=f" -w {workspace}" if workspace else ""))
