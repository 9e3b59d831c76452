"""`validate` and `update`: files in, findings and figures out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from povplan.cli.options import (
    FailOnOption,
    Format,
    FormatOption,
    LangOption,
    LevelOption,
    OutputOption,
    QuietOption,
    ReasonOption,
    ReviseOption,
    WorkspaceOption,
    YearOption,
)
from povplan.cli.readers import readers

if TYPE_CHECKING:
    import pandas as pd

    from povplan.cli.output import Voice
    from povplan.excel.workers import Reader, Workers
    from povplan.jobs.update import Order, Outcome
    from povplan.messages import Said
    from povplan.spec import Level
    from povplan.workspace import Workspace

ModeOption = Annotated[
    Literal["full", "partial"] | None,
    typer.Option(
        "--mode", help="全量或补报 · full: replaces its villages; partial: adds.", show_default=False
    ),
]
Wanted = Literal["summary", "findings", "statistics"]
"""What goes to stdout beside the coverage."""
WORK = "povplan.jobs.reading"
"""What workers do."""
GRAVITY = {"notice": 0, "doubt": 1, "error": 2, "never": 3}


def validate(
    files: Annotated[list[Path], typer.Argument(help="文件或文件夹 · Files or folders.", show_default=False)],
    year: YearOption = None,
    mode: ModeOption = None,
    statistics: Annotated[
        bool, typer.Option("--statistics", help="各规则核查情况 · What each rule could say.")
    ] = False,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    fail_on: FailOnOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
    mark: Annotated[
        Path | None,
        typer.Option("--mark", help="把标注件写到文件夹 · Folder for marked copies.", show_default=False),
    ] = None,
) -> None:
    """核对文件，列出疑点 · Check files and list their findings; nothing is written.

    --mark 退回 另写标注件，原件不动 · --mark DIR writes marked copies; the originals stay as they are.

    例 Example:  povplan validate --year 2024 桥头镇.xlsx
    """
    with readers(files, WORK) as workers:
        from povplan.jobs.update import Order
        from povplan.jobs.update import validate as run

        order = Order(files=files, year=year, mode=mode, dry_run=True)
        wants: Wanted = "statistics" if statistics else "findings"
        _intake(
            run, workers, order, workspace, format, output, fail_on, lang, quiet, None, wants=wants, mark=mark
        )


def update(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="文件或文件夹（默认：submissions/年份/） · Files or folders.", show_default=False
        ),
    ] = None,
    year: YearOption = None,
    mode: ModeOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="只试算 · Change nothing.")] = False,
    by: LevelOption = None,
    returns: Annotated[
        bool, typer.Option("--returns/--no-returns", help="写不写退回件 · What goes back, too.")
    ] = True,
    revise: ReviseOption = False,
    reason: ReasonOption = "",
    allow_exits: Annotated[
        bool, typer.Option("--allow-exits", help="缺的行可以去掉 · Absent rows may go, however many.")
    ] = False,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    fail_on: FailOnOption = None,
    wait: Annotated[float, typer.Option("--wait", help="等锁的秒数 · Seconds to wait for the lock.")] = 0,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """读表、核对、入库、算数 · Read, check, merge, compute: the year's main step.

    要么全部入库，要么不变 · All or nothing.

    例 Example:  povplan update --year 2024 报表/
    """
    with readers(files or [], WORK) as workers:
        from povplan.jobs.update import Order
        from povplan.jobs.update import update as run

        order = Order(
            files=files or [],
            year=year,
            mode=mode,
            dry_run=dry_run,
            returns=returns,
            wait=wait,
            revise=revise,
            reason=reason,
            allow_exits=allow_exits,
        )
        _intake(run, workers, order, workspace, format, output, fail_on, lang, quiet, by, wants="summary")


def _intake(
    run: Callable[[Workspace, Order, Callable[[Said], None], Reader], Outcome],
    workers: Workers,
    order: Order,
    folder: Path | None,
    format: Format,
    output: Path | None,
    fail_on: str | None,
    lang: str | None,
    quiet: bool,
    by: Level | None,
    *,
    wants: Wanted,
    mark: Path | None = None,
) -> None:
    """Run one of the two, show what came of it, and exit as documented."""
    from povplan.cli.boundary import committed, language
    from povplan.cli.output import Voice, guard, settled
    from povplan.cli.returns import returning
    from povplan.cli.showing import findings
    from povplan.jobs.update import NothingAccepted
    from povplan.workspace import Workspace

    workspace = Workspace.find(folder)
    format = settled(format, output)
    guard(output, order.files)
    guard(mark)
    voice = Voice(language(lang, workspace.settings.lang), quiet)
    order = replace(order, confirm=_confirming(voice))
    reader = workers.last if order.dry_run and mark is None else workers
    try:
        outcome = run(workspace, order, voice.progress, reader)
    except NothingAccepted as nothing:
        voice.done()
        found = findings(nothing.outcome, workspace, voice.lang)
        _show(nothing.outcome, workspace, voice, format, output, by, found, wants="findings")
        with returning(workspace, nothing.outcome, order, voice, mark, workers) as told:
            told()
        raise
    voice.done()
    if outcome.batch:
        committed(outcome.batch.id)
    found = findings(outcome, workspace, voice.lang)
    with returning(workspace, outcome, order, voice, mark, workers) as told:
        reports = [] if order.dry_run else _report(workspace, outcome, voice, found)
        _show(outcome, workspace, voice, format, output, by, found, wants=wants)
        told()
    _closing(outcome, voice, reports)
    raise typer.Exit(_exit_code(outcome, fail_on or workspace.settings.fail_on))


def _confirming(voice: Voice) -> Callable[[Sequence[Said]], bool] | None:
    """Who is asked whether absent rows may go; None where nobody is at the terminal."""
    from povplan.cli.asking import Asker

    asker = Asker.of(voice.lang, silent=voice.quiet)

    def confirm(told: Sequence[Said]) -> bool:
        voice.done()
        return asker.may_go(told)

    return confirm if asker.attended else None


def _exit_code(outcome: Outcome, fail_on: str) -> int:
    worst = outcome.findings.of(outcome.years).worst()
    grave = worst is not None and GRAVITY[worst] >= GRAVITY[fail_on]
    return int(bool(outcome.refused) or grave)


def _report(workspace: Workspace, outcome: Outcome, voice: Voice, found: pd.DataFrame) -> list[Path]:
    from povplan.errors import why
    from povplan.jobs.reporting import county_path, write_county
    from povplan.messages import say

    written = []
    for year in outcome.years if outcome.standing else ():
        path = county_path(workspace, year)
        if outcome.unchanged and path.is_file():
            continue
        assert outcome.standing is not None
        if year not in outcome.standing.figured:
            continue
        voice.progress(say("progress_figures"))
        of_year = found[found["year"] == year]
        try:
            written.append(write_county(workspace, outcome.standing, year, voice.lang, of_year))
        except OSError as error:
            batch = outcome.standing.as_of
            voice.insist(say("committed_but", batch=batch, reason=why(error), path=path, year=year))
    voice.done()
    return written


def _show(
    outcome: Outcome,
    workspace: Workspace,
    voice: Voice,
    format: Format,
    output: Path | None,
    level: Level | None,
    found: pd.DataFrame,
    *,
    wants: Wanted,
) -> None:
    from povplan.cli import showing
    from povplan.cli.fitting import print_table
    from povplan.cli.output import emit_frame, emit_json
    from povplan.jobs.doubts import COLUMNS
    from povplan.messages import say

    for name, said in outcome.refused:
        voice.insist(showing.refusal(name, said))
    for remark in outcome.remarks:
        voice(remark)
    if wants == "statistics":
        showing.emit_statistics(outcome, workspace, voice, format, output)
    elif format == "json":
        emit_json(showing.intake_json(outcome, workspace, found, level), output)
    elif format != "table":
        emit_frame(found[list(COLUMNS)], format, output, showing.headings(found[list(COLUMNS)], voice.lang))
    else:
        showing.print_summary(outcome, found, workspace.config, voice)
        if wants == "findings" and len(found):
            print()
            table = showing.findings_table(found, voice.lang)
            print_table(table, showing.headings(table, voice.lang))
            if len(found) > showing.SHOWN:
                voice(say("findings_more", count=len(found) - showing.SHOWN))


def _closing(outcome: Outcome, voice: Voice, reports: list[Path]) -> None:
    """What was done, and the command to type next."""
    from povplan.messages import say

    if outcome.unchanged:
        voice(say("closing_unchanged"))
    elif outcome.batch is None:
        voice(say("closing_checked", year=next(iter(outcome.years), "")))
    else:
        voice(say("closing_committed", batch=outcome.batch.id))
        figured = [year for year in outcome.years if outcome.standing and year in outcome.standing.figured]
        voice(say("closing_next", year=figured[-1]) if figured else say("closing_registers"))
    for path in reports:
        voice(say("closing_report", path=path))
