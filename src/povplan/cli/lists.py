"""`list` and `table`: the leader's ad hoc name list and cross-tab, to the terminal or to be printed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

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

if TYPE_CHECKING:
    from povplan.cli.output import Voice
    from povplan.jobs.asking import Asked
    from povplan.jobs.listing import NameList
    from povplan.jobs.tabling import Table
    from povplan.sheets.page import Sheet
    from povplan.workspace import Workspace

LedgerArgument = Annotated[
    str,
    typer.Argument(metavar="LEDGER", help="台账，编号或名称 · Ledger, by id or label.", show_default=False),
]
WhereOption = Annotated[
    str | None,
    typer.Option("--where", help="条件，如 家庭人口数>=5 · Condition, as in rules.", show_default=False),
]
UnitOption = Annotated[
    str | None, typer.Option("--unit", help="乡镇或村 · Township or village.", show_default=False)
]
TitleOption = Annotated[
    str | None, typer.Option("--title", help="表名 · Title on paper.", show_default=False)
]


def list_(
    ledger: LedgerArgument,
    where: WhereOption = None,
    fields: Annotated[
        str | None,
        typer.Option("--fields", help="栏目，逗号隔开 · Fields, with commas.", show_default=False),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option("--sort", help="排序，-字段 为降序 · Sort; -field: downward.", show_default=False),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="只要前几行 · First rows only.", show_default=False)
    ] = None,
    unit: UnitOption = None,
    year: YearOption = None,
    as_of: AsOfOption = None,
    title: TitleOption = None,
    mask: Annotated[
        bool, typer.Option("--mask", help="文件也隐去个人信息 · Mask persons in the file too.")
    ] = False,
    full: Annotated[
        bool, typer.Option("--full", help="CSV 文件列出个人信息 · Persons in full in a CSV file.")
    ] = False,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """名单 · A name list of the rows that meet a condition.

    条件不明的不列，另计数；屏幕隐去个人信息，-o 名单.xlsx 为可打印的完整名单 ·
    Rows of which the condition is not known are counted, not listed. Persons are masked on the screen;
    -o list.xlsx is the list in full, to be printed.

    例 Example:  povplan list 农户 --where "脱贫状态=='返贫' and 家庭人口数>=5" --sort -人均纯收入
    """
    from povplan.cli import screens
    from povplan.cli.output import emit_json, settled
    from povplan.jobs import listing, listpage

    format = settled(format, output)
    _check_disclosure(format, output, mask=mask, full=full)
    asked, voice = _ask(workspace, ledger, year, unit, where, lang, as_of=as_of, quiet=quiet)
    found = listing.name_list(asked, fields, sort, limit)
    if format == "json":
        emit_json(_list_json(found), output)
    elif format == "table":
        screens.show_list(found, voice)
    elif format == "csv":
        _write_csv(found, output, voice, full=full)
    else:
        assert output is not None
        _write_page(listpage.list_page(found, voice.lang, title, mask=mask), output)
        _tell_disclosure(found, voice, full=not mask)
    screens.tell_list(found, voice, on_screen=format == "table")


def table(
    ledger: LedgerArgument,
    rows: Annotated[
        str,
        typer.Option("--rows", help="行：一个字段，或外层,内层 · Down: a field, or two.", show_default=False),
    ],
    cols: Annotated[
        str | None, typer.Option("--cols", help="列：一个字段 · Across: a field.", show_default=False)
    ] = None,
    value: Annotated[
        str, typer.Option("--value", help="统计量，如 sum(x)/sum(y) · Figure, as in indicators.")
    ] = "count()",
    where: WhereOption = None,
    bands: Annotated[
        list[str] | None,
        typer.Option("--bands", help="分档 0,4000 或 字段=0,4000 · Bands of a number.", show_default=False),
    ] = None,
    percent: Annotated[
        Literal["row", "col", "all"] | None,
        typer.Option("--percent", help="构成比 · Shares that add up to 100.", show_default=False),
    ] = None,
    unit: UnitOption = None,
    year: YearOption = None,
    as_of: AsOfOption = None,
    title: TitleOption = None,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """交叉表 · A cross-tab with totals computed from the rows.

    合计由数据直接算出，不是各格相加；空白归入“不详” ·
    Totals come from the rows, never from the cells; blanks are counted as not known.

    例 Example:  povplan table 农户 --rows 乡镇 --cols 主要致贫原因 --value "sum(家庭人口数)" -o 表.xlsx
    """
    from povplan.cli import screens
    from povplan.cli.output import emit_json, settled
    from povplan.jobs import tablepage, tabling

    format = settled(format, output)
    asked, voice = _ask(workspace, ledger, year, unit, where, lang, as_of=as_of, quiet=quiet)
    found = tabling.table(asked, rows, cols, value, bands or (), percent)
    if format == "json":
        emit_json(_table_json(found), output)
    elif format == "xlsx":
        assert output is not None
        _write_page(tablepage.table_page(found, voice.lang, title), output)
    elif format == "csv":
        _emit_csv(found, output, voice)
    elif found.rows:
        screens.show_table(found, voice)
    screens.tell_table(found, voice)


def _ask(
    folder: Path | None,
    ledger: str,
    year: int | None,
    unit: str | None,
    where: str | None,
    lang: str | None,
    *,
    as_of: str | None,
    quiet: bool,
) -> tuple[Asked, Voice]:
    """What was asked, its names understood, and the language of the answer."""
    from povplan.cli.boundary import language
    from povplan.cli.output import Voice
    from povplan.jobs import asking, figures
    from povplan.workspace import Workspace

    place: Workspace = Workspace.find(folder)
    standing = figures.standing_at(place, as_of)
    of = figures.year_of(standing, year)
    return asking.asked_of(standing, of, ledger, unit, where), Voice(
        language(lang, place.settings.lang), quiet
    )


# ---- persons -----------------------------------------------------------------------------------------


def _check_disclosure(format: Format, output: Path | None, *, mask: bool, full: bool) -> None:
    from povplan.errors import PovplanError
    from povplan.messages import say

    if full and mask:
        raise PovplanError(say("list_full_or_mask"))
    if full and (output is None or format not in ("csv", "xlsx")):
        raise PovplanError(say("list_full_needs_file"))


def _tell_disclosure(found: NameList, voice: Voice, *, full: bool) -> None:
    from povplan.jobs.listing import names_persons
    from povplan.messages import say

    if full and len(found.frame) and names_persons(found):
        voice(say("list_in_full"))


# ---- files -------------------------------------------------------------------------------------------


def _write_page(page: Sheet, output: Path) -> None:
    from povplan.cli.output import guard, writing
    from povplan.jobs.printing import write_page

    guard(output)
    with writing(output):
        print(write_page(output, page))


def _emit_csv(found: Table, output: Path | None, voice: Voice) -> None:
    """The cross-tab as CSV, numbers as they are."""
    import pandas as pd

    from povplan.cli.output import emit_frame
    from povplan.jobs.tablepage import table_text

    cells, heads = table_text(found, voice.lang, plain=True)
    emit_frame(pd.DataFrame(cells, columns=range(len(heads)), dtype=object), "csv", output, heads)


def _write_csv(found: NameList, output: Path | None, voice: Voice, *, full: bool) -> None:
    """The list as CSV: persons masked, unless a file was asked to hold them."""
    import pandas as pd

    from povplan.cli.output import csv_text, emit_frame, guard, writing
    from povplan.jobs.listpage import columns_of
    from povplan.platform import write_whole

    columns = columns_of(found, voice.lang, mask=not full)
    frame = pd.DataFrame(columns, dtype=object)
    heads = [field.label.text(voice.lang) for field in found.fields]
    if not full:
        emit_frame(frame, "csv", output, heads)
        return
    assert output is not None
    guard(output)
    with writing(output):
        write_whole(output, [csv_text(frame, heads).encode("utf-8-sig")])
    _tell_disclosure(found, voice, full=True)


# ---- JSON --------------------------------------------------------------------------------------------


def _asked_json(asked: Asked) -> dict[str, Any]:
    return {
        "batch": asked.batch,
        "year": asked.year,
        "ledger": asked.ledger.ledger,
        "unit": asked.unit,
        "where": asked.where,
        "missing": list(asked.missing),
    }


def _list_json(found: NameList) -> dict[str, Any]:
    """One object: what was asked, counts, fields, rows by field id, totals."""
    from povplan.cli.output import field_json
    from povplan.jobs.listing import as_records

    return {
        **_asked_json(found.asked),
        "matched": found.matched,
        "unknown": found.unknown,
        "fields": [field_json(field) for field in found.fields],
        "rows": as_records(found),
        "totals": found.totals,
    }


def _table_json(found: Table) -> dict[str, Any]:
    """One object: what was asked, lines, columns, and a cell for each pair of them."""
    from povplan.cli.output import field_json, records

    cells = found.found.cells
    if found.shares is not None:
        cells = cells.assign(share=found.shares.ravel())
    return {
        **_asked_json(found.asked),
        "value": found.value,
        "in": found.in_unit or None,
        "matched": found.rows,
        "unknown": found.selection.unknown,
        "rows": [field_json(field) for field in found.down],
        "cols": field_json(found.across) if found.across else None,
        "lines": [_line_json(line) for line in found.found.lines],
        "columns": [_line_json(column) for column in found.found.columns],
        "cells": records(cells),
    }


def _line_json(line: Any) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "labels_zh": [label.zh for label in line.labels],
        "labels_en": [label.en for label in line.labels],
    }
