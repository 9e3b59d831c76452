"""`report`: a year's workbooks, written anew from the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from povplan.cli.options import (
    AsOfOption,
    LangOption,
    QuietOption,
    UnflaggedOption,
    WorkspaceOption,
    YearOption,
)


def report(
    year: YearOption = None,
    by: Annotated[
        Literal["county", "township", "department", "notice"],
        typer.Option(
            "--by",
            help="全县一本、每乡镇一本、每部门一本，或年度通报 · One workbook, one each, or the notices.",
        ),
    ] = "county",
    public: Annotated[
        bool,
        typer.Option(
            "--public",
            help="公开版：没有户和人，过少的户数、人数不印 · To be published: nobody's line, no small count.",
        ),
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="写到哪个文件夹 · Folder to write to.", show_default=False),
    ] = None,
    unflagged: UnflaggedOption = False,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """写出报告工作簿 · Write the report workbooks.

    全县一本；--by township、department 每个乡镇、部门一本；--by notice 年度通报，每家一页 ·
    The county's; one a township or department; or yearly notices, a page each.

    --public 公示用的公开版，只有全县一本 · The county's version to be published.

    例 Example:  povplan report --year 2024 --by township
    """
    from povplan.cli.boundary import language
    from povplan.cli.output import Voice, guard, writing
    from povplan.errors import PovplanError
    from povplan.jobs import figures
    from povplan.jobs.reporting import (
        write_county,
        write_departments,
        write_notices,
        write_public,
        write_townships,
    )
    from povplan.messages import say
    from povplan.workspace import Workspace

    if public and by != "county":
        raise PovplanError(say("report_public_is_county"))
    if public and unflagged:
        raise PovplanError(say("report_public_is_one"))
    place = Workspace.find(workspace)
    if output is not None and output.suffix.lower() == ".xlsx" and not output.is_dir():
        raise PovplanError(say("report_wants_folder", path=output))
    guard(output)
    voice = Voice(language(lang, place.settings.lang), quiet)
    standing = figures.standing_at(place, as_of)
    if unflagged:
        standing = figures.without_flagged(standing)
    of = figures.figured_year(standing, year)
    if unflagged and output is None:
        below = {"township": ["townships"], "department": ["departments"]}.get(by, [])
        output = place.root.joinpath("reports", str(of), "unflagged", *below)
    folder = output or place.root / "reports" / str(of)
    voice.progress(say("progress_figures"))
    with writing(folder):
        if public:
            paths = iter([write_public(place, standing, of, voice.lang, output)])
        elif by == "county":
            paths = iter([write_county(place, standing, of, voice.lang, folder=output)])
        elif by == "notice":
            paths = iter([write_notices(place, standing, of, voice.lang, output)])
        else:
            write = write_townships if by == "township" else write_departments
            paths = write(place, standing, of, voice.lang, output)
        for path in paths:
            voice.done()
            print(path)
            voice.progress(say("progress_figures"))
    voice.done()
    if public:
        voice(say("report_public_next"))
    elif by == "county":
        voice(say("report_next", year=of))
