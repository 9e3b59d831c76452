"""`trace`: where a figure comes from, or what became of one cell over the batches."""

from __future__ import annotations

from typing import Annotated

import typer

from povplan.cli.options import (
    AsOfOption,
    Format,
    FormatOption,
    LangOption,
    OutputOption,
    QuietOption,
    WorkspaceOption,
    YearOption,
)


def trace(
    name: Annotated[
        str,
        typer.Argument(
            metavar="INDICATOR", help="指标、撬动比，或台账 · Indicator, or a ledger.", show_default=False
        ),
    ],
    entity: Annotated[
        str | None,
        typer.Argument(
            metavar="ENTITY", help="对象（台账之后） · Entity, after a ledger.", show_default=False
        ),
    ] = None,
    unit: Annotated[
        str | None, typer.Option("--unit", help="乡镇或村 · Township or village.", show_default=False)
    ] = None,
    field: Annotated[
        str | None, typer.Option("--field", help="对象的哪一项 · Field of the entity.", show_default=False)
    ] = None,
    rows: Annotated[int, typer.Option("--rows", min=0, help="列出几行 · Rows shown.")] = 20,
    basis: Annotated[
        str | None, typer.Option("--basis", help="资金阶段 · Stage of money.", show_default=False)
    ] = None,
    year: YearOption = None,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """数字的出处 · Where a figure comes from, down to the submitted cell.

    定义、公式、分子分母、分单位、各行、原件单元格；trace 台账 对象 --field 字段 看一格的来历 ·
    Definition, formula, parts, rows, cells; trace LEDGER ENTITY --field F: what became of one cell.

    例 Example:  povplan trace 贫困发生率 --unit 东岭镇 --year 2024
    """
    from povplan.cli import tracing
    from povplan.cli.output import settled, workspace_and_voice
    from povplan.errors import PovplanError
    from povplan.jobs import figures
    from povplan.jobs import tracing as job
    from povplan.messages import say

    place, voice = workspace_and_voice(workspace, lang, quiet)
    wanted: Format = settled(format, output)
    standing = figures.standing_at(place, as_of)
    if (entity is None) != (field is None):
        raise PovplanError(say("trace_entity_and_field", name=name))
    if entity is not None and field is not None:
        past = job.past_named(standing, name, entity, field, year)
        tracing.show_past(past, standing.config, wanted, output, voice)
        return
    of = figures.year_of(standing, year)
    found = job.trace(standing, name, of, unit, rows, voice.lang, basis)
    tracing.show(found, standing, wanted, output, voice)
