"""`returns`, and what `update` and `validate --mark` send back beside their figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from povplan.cli.options import LangOption, QuietOption, WorkspaceOption, YearOption

if TYPE_CHECKING:
    from povplan.cli.output import Voice
    from povplan.excel.workers import Workers
    from povplan.jobs.update import Order, Outcome
    from povplan.messages import Said
    from povplan.workspace import Workspace

    Made: TypeAlias = tuple[Path | None, Said | None]
    """A file that was written, and what is to be said of it."""


def returns(
    year: YearOption = None,
    by: Annotated[
        Literal["county", "township", "file"] | None,
        typer.Option(
            "--by", help="只要全县、乡镇的工作簿或标注件 · One kind only (default: all).", show_default=False
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="写到哪个文件夹 · Folder to write to.", show_default=False),
    ] = None,
    mask: Annotated[
        bool, typer.Option("--mask", help="全县的隐去个人信息 · Mask persons in the county's.")
    ] = False,
    workspace: WorkspaceOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """写退回件：标注件、疑点清单、整改台账 · Write what goes back: marked copies, findings, answers.

    按最近一批的疑点；已有的文件不覆盖 · From the findings of the last batch; no file is written over.

    例 Example:  povplan returns --year 2024 --by township
    """
    from povplan.cli.boundary import language
    from povplan.cli.output import Voice, guard, writing
    from povplan.errors import PovplanError
    from povplan.jobs import figures
    from povplan.jobs.returning import EVERYTHING
    from povplan.jobs.returning import returns as run
    from povplan.messages import say
    from povplan.workspace import Workspace

    place = Workspace.find(workspace)
    if output is not None and output.suffix.lower() == ".xlsx" and not output.is_dir():
        raise PovplanError(say("report_wants_folder", path=output))
    guard(output)
    voice = Voice(language(lang, place.settings.lang), quiet)
    standing = figures.standing_at(place)
    of = figures.year_of(standing, year)
    voice.progress(say("returns_progress"))
    what = EVERYTHING if by is None else (by,)
    with writing(output or place.root / "returned" / str(of)):
        written = _told(run(place, standing, of, voice.lang, what=what, folder=output, mask=mask), voice)
    for path in written:
        print(path)
    if not written:
        voice(say("returns_nothing", year=of))


@contextmanager
def returning(
    workspace: Workspace, outcome: Outcome, order: Order, voice: Voice, marks: Path | None, workers: Workers
) -> Iterator[Callable[[], None]]:
    """What `update` writes into `returned/`, or `validate` where --mark says: begun here, meanwhile made.

    Gives what waits for the rest and tells of it.
    """
    years = outcome.years or ((order.year,) if order.year else ())
    silent = order.dry_run or not order.returns or (outcome.unchanged and not outcome.refused)
    if not years or (marks is None and silent):
        yield lambda: None
        return
    from povplan.cli.meanwhile import Meanwhile
    from povplan.jobs.returning import Returning, mark, senders_of, taken
    from povplan.jobs.standing import Standing
    from povplan.messages import say

    standing = outcome.standing or Standing(workspace, workspace.config, workspace.store)
    batch = outcome.batch.id if outcome.batch else None
    senders = senders_of(outcome.files, standing, outcome.findings, years, batch)
    all_of = Returning(
        workspace, standing, outcome.findings, senders, voice.lang, batch, refused=outcome.refused
    )
    voice.progress(say("returns_progress"))
    made = mark(all_of, years, marks, workers) if marks else taken(all_of, years, workers)
    folder = marks or workspace.root / "returned"
    if all_of.many(years):
        with Meanwhile(made) as going:
            yield lambda: _returned(going.all, folder, voice, marked=marks is not None)
    else:
        yield lambda: _returned(lambda: made, folder, voice, marked=marks is not None)


def _returned(made: Callable[[], Iterable[Made]], folder: Path, voice: Voice, *, marked: bool) -> None:
    """Wait, and say what was returned where, or why it could not be."""
    from povplan.errors import why
    from povplan.messages import say

    voice.progress(say("returns_progress"))
    try:
        written = _told(made(), voice)
    except OSError as error:
        told = {"reason": why(error), "path": folder}
        voice.insist(say("returns_not_marked", **told) if marked else say("returns_failed", **told))
        return
    if written:
        voice(say("returns_marked" if marked else "returns_told", count=len(written), folder=folder))
    elif marked:
        voice(say("returns_clean"))


def _told(written: Iterable[Made], voice: Voice) -> list[Path]:
    """The files written; a word on each that could not carry everything."""
    paths = []
    for path, said in written:
        voice.done()
        if path is not None:
            paths.append(path)
        if said is not None:
            voice(said)
    voice.done()
    return paths
