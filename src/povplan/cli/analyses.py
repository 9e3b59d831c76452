"""`capacity`, `projects`, `benefit`: what people can bear, how projects go, who got it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from povplan.cli.options import (
    AsOfOption,
    Format,
    FormatOption,
    LangOption,
    LevelOption,
    OutputOption,
    QuietOption,
    WorkspaceOption,
    YearOption,
)

if TYPE_CHECKING:
    from povplan.jobs.analyses import Year


def capacity(
    what: Annotated[
        Literal["burden", "fifths", "villages", "projects", "households", "exempt", "exposure", "exposed"],
        typer.Option("--what", help="看什么 · Which table."),
    ] = "burden",
    year: YearOption = None,
    by: LevelOption = None,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """投入能力限度 · What villages and households give, against what they can bear.

    负担率、超限、拿不出和不愿出、集体投入、项目设计、免劳人员、风险敞口 ·
    Burdens, limits, could not and would not, collectives, designs, exempt labour, exposure.

    例 Example:  povplan capacity --year 2024 --by township
    """
    _answer("capacity", what, year, by, as_of, workspace, format, output, lang, quiet)


def projects(
    what: Annotated[
        Literal["list", "totals", "execution", "idle", "idle-list", "clocks", "clock-list"],
        typer.Option("--what", help="看什么 · Which table."),
    ] = "list",
    year: YearOption = None,
    by: Annotated[
        Literal["county", "township", "village", "department", "category"] | None,
        typer.Option("--by", help="层级或分组 · Level, or what to group by.", show_default=False),
    ] = None,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """项目进度与资金支付 · How projects go: time, quantity, quality and money side by side.

    逐项目、分组合计、执行率、结存资金、拨付时限 ·
    Each project, totals, execution rates, idle money, how long money took.

    例 Example:  povplan projects --what totals --by department
    """
    _answer("projects", what, year, by, as_of, workspace, format, output, lang, quiet)


def benefit(
    what: Annotated[
        Literal["targeting", "fifths", "projects", "outside"],
        typer.Option("--what", help="看什么 · Which table."),
    ] = "targeting",
    year: YearOption = None,
    by: LevelOption = None,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """谁得到了 · Who got it: how the benefit falls on poor and rich.

    覆盖、漏享错享、集中指数、五等份、平均发放、册外受益 ·
    Coverage, errors, concentration, fifths, even spreading, recipients outside the register.

    例 Example:  povplan benefit --year 2024 --by township
    """
    _answer("benefit", what, year, by, as_of, workspace, format, output, lang, quiet)


def _answer(
    command: str,
    what: str,
    year: int | None,
    by: str | None,
    as_of: str | None,
    workspace: Path | None,
    format: Format,
    output: Path | None,
    lang: str | None,
    quiet: bool,
) -> None:
    """One view: every column for machines, a narrow table and what must be known of it for people."""
    from povplan.cli.figures import opened
    from povplan.cli.output import Voice, emit_frame, emit_json, records, settled
    from povplan.cli.showing import headings
    from povplan.cli.views import SHOWN, table
    from povplan.jobs import analyses
    from povplan.messages import say
    from povplan.sheets.views import sources_named

    standing, at, speech = opened(workspace, as_of, year, lang)
    of, voice = analyses.Year(standing, at), Voice(speech, quiet)
    frame = _masked(_view(of, command, what, by), standing.workspace)
    for said in analyses.remarks(of, command, what):
        voice(said)
    format = settled(format, output)
    if format == "json":
        head: Mapping[str, Any] = {"batch": standing.newest, "year": of.year}
        emit_json({**head, "view": what, "rows": records(frame)}, output)
    elif format == "table":
        named = sources_named(frame, of.funds, voice.lang)
        shown = table(named, command, what, voice.lang)
        emit_frame(shown.head(SHOWN), format, output, headings(shown, voice.lang))
        if len(shown) > SHOWN:
            voice(say("rows_more", count=len(shown) - SHOWN))
    else:
        emit_frame(frame, format, output, headings(frame, voice.lang))


def _view(of: Year, command: str, what: str, by: str | None) -> Any:
    """The frame of a view, of one level if asked."""
    from povplan.errors import PovplanError
    from povplan.jobs import analyses
    from povplan.messages import say

    if by in ("department", "category") and (command, what) != ("projects", "totals"):
        raise PovplanError(say("by_needs_totals"))
    frame = analyses.view(of, command, what, by)
    return frame[frame["level"] == by].reset_index(drop=True) if by and "level" in frame else frame


def _masked(frame: Any, place: Any) -> Any:
    """The frame with households under their pseudonyms."""
    if "household" not in frame:
        return frame
    names = {key: place.pseudonym(key) for key in frame["household"].dropna().unique()}
    return frame.assign(household=frame["household"].map(names))
