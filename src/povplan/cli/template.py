"""`template`: the workbooks that townships or villages fill in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from povplan.cli.options import LangOption, QuietOption, WorkspaceOption, YearOption


def template(
    ledgers: Annotated[
        list[str] | None,
        typer.Argument(
            help="台账（默认：由村填报的各本） · Ledgers (default: those that villages fill in).",
            show_default=False,
        ),
    ] = None,
    year: YearOption = None,
    by: Annotated[
        Literal["township", "village"],
        typer.Option("--by", help="每个乡镇或每个村一本 · One workbook a unit."),
    ] = "township",
    blank: Annotated[bool, typer.Option("--blank", help="不预填上年 · Without last year's rows.")] = False,
    known: Annotated[
        bool,
        typer.Option("--known", help="只印上年的表有的栏目 · Only columns that last year's forms had."),
    ] = False,
    unit: Annotated[
        str | None, typer.Option("--for", help="只写这个乡镇或村 · Only for this unit.", show_default=False)
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="写到哪个文件夹 · Folder to write to.", show_default=False),
    ] = None,
    workspace: WorkspaceOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """写出填报模板 · Write the workbooks that villages fill in, begun with last year's rows.

    上年值印在待填格旁边；填好后不用任何设置就能读回 ·
    Last year's values stand beside what is asked for; read back without any setting.

    例 Example:  povplan template --year 2025 --by township
    """
    from povplan.cli.boundary import language
    from povplan.cli.output import Voice, guard, writing
    from povplan.errors import PovplanError
    from povplan.jobs.templating import Wanted, templates
    from povplan.messages import say
    from povplan.workspace import Workspace

    place = Workspace.find(workspace)
    if output is not None and output.suffix.lower() == ".xlsx" and not output.is_dir():
        raise PovplanError(say("report_wants_folder", path=output))
    guard(output)
    voice = Voice(language(lang, place.settings.lang), quiet)
    asked = templates(place, Wanted(ledgers or (), year, by, blank, known, unit, output))
    for said in asked.said:
        voice(said)
    count = rows = 0
    with writing(asked.folder):
        for made in asked.write():
            voice.done()
            print(made.path)
            count, rows = count + 1, rows + made.rows
            voice.progress(say("template_progress", unit=made.unit))
    voice.done()
    voice(say("template_done", count=count, year=asked.year, rows=rows))
