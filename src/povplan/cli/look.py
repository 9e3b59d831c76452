"""`look`: a folder of files seen through before there is any workspace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from povplan.cli.options import (
    FailOnOption,
    Format,
    FormatOption,
    LangOption,
    OutputOption,
    QuietOption,
    WorkspaceOption,
    YearOption,
)
from povplan.cli.readers import readers

if TYPE_CHECKING:
    from povplan.cli.output import Voice
    from povplan.jobs.looking import Looked, Question
    from povplan.workspace import Workspace


def look(
    given: Annotated[
        list[Path],
        typer.Argument(metavar="FOLDER", help="文件夹或文件 · Folders or files.", show_default=False),
    ],
    year: YearOption = None,
    profile: Annotated[
        str | None,
        typer.Option("--profile", help="只用这套表式 · Forms of this profile only.", show_default=False),
    ] = None,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    fail_on: FailOnOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """看看文件夹里有什么 · See what is in a folder of files, and what is wrong with them.

    不要工作区，不写任何东西：各是什么表、哪些村报了或没报、合计对不对、最常见的疑点。
    No workspace is needed and nothing is written: what each file is, who reported or not, totals, doubts.

    例 Example:  povplan look 去年的报表/
    """
    from povplan.cli.output import guard, settled

    format = settled(format, output)
    guard(output, given)
    with readers(
        given, "povplan.jobs.fitting"
    ) as read:  # they load their libraries while this process loads its own
        import datetime as dt

        from povplan.cli.boundary import language
        from povplan.cli.output import Voice
        from povplan.config import profiles
        from povplan.jobs.looking import Question, definitions
        from povplan.jobs.looking import look as run

        place = None if profile is not None else _around(workspace)
        voice = Voice(language(lang, place.settings.lang if place else None), quiet)
        question = Question(given, definitions(place, profile, profiles()), place, year)
        try:
            looked = run(question, dt.date.today().year - 1, voice.progress, read)
        finally:
            voice.done()
    _show(looked, question, format, output, voice.lang)
    _end(looked, question, fail_on or (place.settings.fail_on if place else "error"), voice)


def _around(given: Path | None) -> Workspace | None:
    """The workspace named, else the one around the current folder, else none."""
    import os

    from povplan.errors import PovplanError
    from povplan.workspace import Workspace

    try:
        return Workspace.find(given)
    except PovplanError:
        if given is not None or "POVPLAN_WORKSPACE" in os.environ:
            raise
        return None


def _show(looked: Looked, question: Question, format: Format, output: Path | None, lang: str) -> None:
    from povplan.cli.looked import as_json, sheets
    from povplan.cli.looking import print_looked
    from povplan.cli.output import emit_frame, emit_json
    from povplan.cli.page import Page
    from povplan.cli.showing import headings

    if format == "json":
        emit_json(as_json(looked, question), output)
    elif format != "table":
        frame = sheets(looked, lang)
        emit_frame(frame, format, output, headings(frame, lang))
    else:
        print_looked(looked, Page.of_terminal(lang))


def _end(looked: Looked, question: Question, fail_on: str, voice: Voice) -> None:
    """The next command to type, and the exit code as documented."""
    from povplan.cli.intake import GRAVITY
    from povplan.cli.looked import learn_command, next_command
    from povplan.errors import NOTHING_ACCEPTED, PovplanError
    from povplan.messages import say

    if not looked.forms:
        key = "look_no_table_here" if question.workspace else "look_no_table"
        if not question.workspace and any(one.what == "other" and one.sheet for one in looked.sightings):
            key = "look_no_table_learn"
        told = {"folder": question.named, "command": learn_command(question)}
        raise PovplanError(say(key, **told), NOTHING_ACCEPTED)
    if command := next_command(looked, question):
        voice(say("look_next", command=command))
    worst = max((GRAVITY[severity] for severity in looked.severities), default=-1)
    raise typer.Exit(int(looked.refused or worst >= GRAVITY[fail_on]))
