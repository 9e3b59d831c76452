"""`leverage` and `funds`: the money of the base ledger, to terminal, JSON, CSV or a workbook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from povplan.cli.options import (
    AsOfOption,
    Format,
    FormatOption,
    LangOption,
    OutputOption,
    QuietOption,
    UnflaggedOption,
    WorkspaceOption,
    YearOption,
)

if TYPE_CHECKING:
    import pandas as pd

    from povplan.jobs.standing import Standing

By = Literal[
    "county", "township", "village", "project", "category", "department", "source", "class", "tag", "year"
]
Part = Literal["stages", "execution", "delivery", "doubles", "effect", "documents"]
CumulativeOption = Annotated[
    bool, typer.Option("--cumulative", help="历年累计 · All years up to this one together.")
]


def leverage(
    year: YearOption = None,
    by: Annotated[
        By | None, typer.Option("--by", help="按什么分 · By what (default: all units).", show_default=False)
    ] = None,
    basis: Annotated[
        str | None,
        typer.Option(
            "--basis", help="口径 planned|allocated|arrived|paid · Stage of money.", show_default=False
        ),
    ] = None,
    scope: Annotated[
        Literal["all", "with_lever"] | None,
        typer.Option("--scope", help="范围 · All money, or beside special money only.", show_default=False),
    ] = None,
    cumulative: CumulativeOption = False,
    compare: Annotated[
        bool, typer.Option("--compare", help="与上年比，边际撬动 · Marginal leverage on the year before.")
    ] = False,
    unflagged: UnflaggedOption = False,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """资金撬动 · Leverage of the special fund over all other money.

    两种算法、两种范围；重复的资金只算一次 · Both ratios, both scopes; money that stands twice counts once.

    例 Example:  povplan leverage --year 2024 --by township --format csv -o leverage.csv
    """
    from povplan.cli import moneytables as tables
    from povplan.cli.figures import emit, opened
    from povplan.cli.output import Voice, settled
    from povplan.errors import PovplanError
    from povplan.jobs import figures, money
    from povplan.messages import say

    levels = {None: None, "county": "county", "township": "township", "village": "village"}
    if compare and (by not in levels or cumulative):
        raise PovplanError(say("compare_by_units"))
    standing, of, speech = opened(workspace, as_of, year, lang, unflagged=unflagged)
    if by in levels:
        found = money.by_unit(standing, of, basis, cumulative=cumulative, compare=compare)
        frame = figures.at_level(found, levels[by])  # type: ignore[arg-type]
        shape = tables.units
    else:
        assert by is not None
        frame = money.by_group(standing, of, by, basis, cumulative=cumulative)
        shape = tables.groups
    frame = frame[frame["scope"].isin([scope] if scope else ["all", "with_lever"])].reset_index(drop=True)
    if settled(format, output) == "table":
        whole = cumulative or by == "year"
        told = tables.contents(standing, of, basis, cumulative=whole, lang=speech)
        tables.show(*shape(frame, standing, speech), [*tables.beyond(frame, speech), *told])
    else:
        emit(frame, frame, standing, of, format, output, speech)
    if (said_out := figures.told_left_out(standing, of)) is not None:
        Voice(speech, quiet)(said_out)
    first = of - 1 if compare else min(money.years_of(standing, of, cumulative))
    for said in standing.over_years.mapped(first, of):
        Voice(speech, quiet)(said)


def funds(
    part: Annotated[
        Part | None,
        typer.Option("--part", help="只要一张表 · One table only (CSV: default stages).", show_default=False),
    ] = None,
    year: YearOption = None,
    cumulative: CumulativeOption = False,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """资金执行 · Money by source and stage, what was promised and delivered, what stands twice.

    执行率写明分母 · Rates name what they divide by.

    例 Example:  povplan funds --year 2024 -o funds.xlsx
    """
    from povplan.cli import moneytables as tables
    from povplan.cli.figures import opened
    from povplan.cli.output import settled

    standing, of, speech = opened(workspace, as_of, year, lang)
    chosen: Part | None = part or ("stages" if settled(format, output) == "csv" else None)
    frames = {
        name: frame for name, frame in _parts(standing, of, cumulative).items() if chosen in (None, name)
    }
    if settled(format, output) == "table":
        for name, frame in frames.items():
            told = tables.stages_contain(frame, standing, of, cumulative, speech) if name == "stages" else []
            tables.show(*tables.PARTS[name](frame, standing, speech), told)
    else:
        _write(frames, standing, of, format, output, speech)


def _parts(standing: Standing, year: int, cumulative: bool) -> dict[str, pd.DataFrame]:
    """Every table of `funds` by its name, as it is computed; persons masked."""
    from povplan.jobs import figures, money
    from povplan.jobs.doubts import masked

    stages, execution = money.progress(standing, year, cumulative=cumulative)
    doubles, effect, documents = money.doubles(standing, year)
    doubles = doubles.assign(
        entity=masked(doubles.assign(ledger="fund"), standing.config.ledgers, standing.workspace)
    )
    delivery = figures.at_level(money.delivered(standing, year), "county")
    return {
        "stages": stages,
        "execution": execution,
        "delivery": delivery,
        "doubles": doubles,
        "effect": effect,
        "documents": documents,
    }


def _write(
    frames: dict[str, pd.DataFrame],
    standing: Standing,
    year: int,
    format: Format,
    output: Path | None,
    lang: str,
) -> None:
    """All parts in one object or one workbook; a CSV holds one."""
    from povplan.cli.output import emit_frame, emit_json, guard, records, settled, writing
    from povplan.cli.showing import headings
    from povplan.messages import say

    format = settled(format, output)
    if format == "json":
        tables = {name: records(frame) for name, frame in frames.items()}
        emit_json({"batch": standing.newest, "year": year, **tables}, output)
    elif format == "csv":
        (frame,) = frames.values()
        emit_frame(frame, format, output, headings(frame, lang))
    else:
        from povplan.excel.write import write_sheets
        from povplan.sheets.page import plain_sheet

        assert output is not None
        guard(output)
        sheets = [
            plain_sheet(
                say(f"funds_{name}").text(lang),
                headings(frame, lang),
                [list(record.values()) for record in records(frame)],
            )
            for name, frame in frames.items()
        ]
        with writing(output):
            print(write_sheets(output, sheets))
