"""`returns`, and what `update` and `validate --mark` send back beside their figures."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from povplan.cli.options import LangOption, QuietOption, WorkspaceOption, YearOption

if TYPE_CHECKING:
    from povplan.cli.output import Voice
    from povplan.jobs.update import Order, Outcome
    from povplan.messages import Said
    from povplan.workspace import Workspace


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


def return_taken(
    workspace: Workspace, outcome: Outcome, order: Order, voice: Voice, marks: Path | None
) -> None:
    """What `update` writes into `returned/`, or what `validate` writes where --mark says."""
    years = outcome.years or ((order.year,) if order.year else ())
    if not years or (marks is None and (order.dry_run or (outcome.unchanged and not outcome.refused))):
        return
    from povplan.jobs.returning import Returning, mark, senders_of, taken
    from povplan.jobs.standing import Standing
    from povplan.messages import say

    standing = outcome.standing or Standing(workspace, workspace.config, workspace.store)
    batch = outcome.batch.id if outcome.batch else None
    senders = senders_of(outcome.files, standing, outcome.findings, years, batch)
    returning = Returning(
        workspace, standing, outcome.findings, senders, voice.lang, batch, refused=outcome.refused
    )
    folder = marks or workspace.root / "returned"
    voice.progress(say("returns_progress"))
    try:
        if marks:
            written = _told(mark(returning, years, marks), voice)
        else:
            written = _told(taken(returning, years), voice)
    except OSError as error:
        told = {"reason": error.strerror or type(error).__name__, "path": folder}
        voice.insist(say("returns_not_marked", **told) if marks else say("returns_failed", **told))
        return
    if written:
        voice(say("returns_marked" if marks else "returns_told", count=len(written), folder=folder))
    elif marks:
        voice(say("returns_clean"))


def _told(written: Iterable[tuple[Path | None, Said | None]], voice: Voice) -> list[Path]:
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
