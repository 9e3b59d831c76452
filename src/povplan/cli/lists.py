"""`list` and `table`: the leader's ad hoc name list and cross-tab, to the terminal or to be printed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from povplan.cli.options import (
    Format,
    FormatOption,
    LangOption,
    OutputOption,
    QuietOption,
    WorkspaceOption,
    YearOption,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from povplan.cli.output import Voice
    from povplan.jobs.listing import Asked, NameList, Table
    from povplan.jobs.printing import Page
    from povplan.workspace import Workspace

SHOWN = 50
"""Rows that a terminal gets to see."""
GAP = 2
HEADING = 12
"""Columns of a terminal beyond which a heading may be broken."""
PIPE_WIDTH = 160

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
    from povplan.cli.output import emit_json, settled
    from povplan.jobs import listing, printing

    format = settled(format, output)
    _check_disclosure(format, output, mask=mask, full=full)
    asked, voice = _ask(workspace, ledger, year, unit, where, lang, quiet=quiet)
    found = listing.name_list(asked, fields, sort, limit)
    if format == "json":
        emit_json(_list_json(found), output)
    elif format == "table":
        _show_list(found, voice)
    elif format == "csv":
        _write_csv(found, output, voice, full=full)
    else:
        assert output is not None
        _write_page(printing.list_page(found, voice.lang, title, mask=mask), output)
        _tell_disclosure(found, voice, full=not mask)
    _tell_list(found, voice, on_screen=format == "table")


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
    from povplan.cli.output import emit_json, settled
    from povplan.jobs import listing, printing

    format = settled(format, output)
    asked, voice = _ask(workspace, ledger, year, unit, where, lang, quiet=quiet)
    found = listing.table(asked, rows, cols, value, bands or (), percent)
    if format == "json":
        emit_json(_table_json(found), output)
    elif format == "xlsx":
        assert output is not None
        _write_page(printing.table_page(found, voice.lang, title), output)
    else:
        _show_table(found, format, output, voice)
    if not found.rows:
        _tell_none(asked, voice)
    for note in printing.table_remarks(found, voice.lang):
        voice(note)


def _ask(
    folder: Path | None,
    ledger: str,
    year: int | None,
    unit: str | None,
    where: str | None,
    lang: str | None,
    *,
    quiet: bool,
) -> tuple[Asked, Voice]:
    """What was asked, its names understood, and the language of the answer."""
    from povplan.cli.boundary import language
    from povplan.cli.output import Voice
    from povplan.jobs import figures, listing
    from povplan.workspace import Workspace

    place: Workspace = Workspace.find(folder)
    standing = figures.standing_at(place)
    of = figures.year_of(standing, year)
    return listing.asked_of(standing, of, ledger, unit, where), Voice(
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


def _names_persons(found: NameList) -> bool:
    from povplan.jobs.differing import hidden_fields

    hidden = hidden_fields(found.asked.ledger, found.asked.standing.config.ledgers)
    return any(field.id in hidden for field in found.fields)


def _tell_disclosure(found: NameList, voice: Voice, *, full: bool) -> None:
    from povplan.messages import say

    if full and _names_persons(found):
        voice(say("list_in_full"))


# ---- files -------------------------------------------------------------------------------------------


def _write_page(page: Page, output: Path) -> None:
    from povplan.cli.output import guard, writing
    from povplan.jobs.printing import write_page

    guard(output)
    with writing(output):
        print(write_page(output, page))


def _write_csv(found: NameList, output: Path | None, voice: Voice, *, full: bool) -> None:
    """The list as CSV: persons masked, unless a file was asked to hold them."""
    import pandas as pd

    from povplan.cli.output import csv_text, emit_frame, guard, writing
    from povplan.jobs.printing import columns_of
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


# ---- the terminal ------------------------------------------------------------------------------------


def _show_list(found: NameList, voice: Voice) -> None:
    """As many rows and columns as a screen holds, with the totals of the whole list."""
    from dataclasses import replace

    import pandas as pd

    from povplan.cli.output import print_table
    from povplan.jobs.printing import columns_of, formatted, shapes_of
    from povplan.messages import say

    if not len(found.frame):
        _tell_none(found.asked, voice)
        return
    lang = voice.lang
    some = replace(found, frame=found.frame.head(SHOWN))
    columns = columns_of(some, lang, mask=True)
    shapes = shapes_of(some, columns)
    numbers = [str(at + 1) for at in range(len(some.frame))]
    cells = {
        name: [formatted(value, shapes[name]) if name in shapes else value for value in values]
        for name, values in columns.items()
    }
    if any(name in shapes and total is not None for name, total in found.totals.items()):
        numbers.append(say("axis_total").text(lang))
        for name, values in cells.items():
            total = found.totals.get(name)
            values.append(formatted(total, shapes[name]) if name in shapes and total is not None else None)
    heads = {"": say("head_number").text(lang)} | {f.id: f.label.text(lang) for f in found.fields}
    frame = pd.DataFrame({"": numbers, **cells}, dtype=object)
    shown, hidden = _fitting(frame, heads)
    print_table(frame[shown], [heads[name] for name in shown])
    if hidden:
        voice(say("list_hidden_columns", columns="、".join(heads[name] for name in hidden)))


def _fitting(frame: pd.DataFrame, heads: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The columns that fit the width of the screen, and those that do not; at least two are shown."""
    left = _width()
    shown: list[str] = []
    hidden: list[str] = []
    for name in frame.columns:
        need = _needs(frame[name].tolist(), heads[name])
        fits = need <= left or len(shown) < 2
        (shown if fits else hidden).append(name)
        left -= need + GAP if fits else 0
    return shown, hidden


def _width() -> int:
    from shutil import get_terminal_size

    return get_terminal_size().columns if sys.stdout.isatty() else PIPE_WIDTH


def _needs(values: Sequence[Any], heading: str) -> int:
    from rich.cells import cell_len

    longest = max((cell_len("" if value is None else str(value)) for value in values), default=0)
    return max(longest, min(cell_len(heading), HEADING))


def _tell_none(asked: Asked, voice: Voice) -> None:
    from povplan.messages import say

    rows = say(f"rows_in_{asked.ledger.level}")
    voice.insist(say("list_none", rows=rows.text(voice.lang)))


def _tell_list(found: NameList, voice: Voice, *, on_screen: bool) -> None:
    """How many there are, how many cannot be told, what is not shown and how to have it."""
    from povplan.jobs.printing import counted
    from povplan.messages import say

    asked, lang, shown = found.asked, voice.lang, len(found.frame)
    if on_screen and shown > SHOWN:
        words = {"counted": counted(asked, shown, lang), "shown": SHOWN, "command": "-o 名单.xlsx"}
        voice(say("list_more", **words))
    elif shown:
        voice(say("list_all", counted=counted(asked, found.matched, lang)))
    if found.unknown:
        voice(say("list_unknown", counted=counted(asked, found.unknown, lang)))
    if found.unadded and shown:
        voice(say("list_stages"))
    if on_screen and shown and _names_persons(found):
        voice(say("list_masked"))


def _show_table(found: Table, format: Format, output: Path | None, voice: Voice) -> None:
    """The cross-tab as text or CSV; on a screen in as many pieces as its width asks for."""
    import pandas as pd

    from povplan.cli.output import emit_frame, print_table
    from povplan.jobs.printing import heading_over, table_text, table_what

    cells, heads = table_text(found, voice.lang, plain=format == "csv")
    frame = pd.DataFrame(cells, columns=range(len(heads)), dtype=object)
    if format == "csv":
        emit_frame(frame, "csv", output, heads)
        return
    voice(_said(heading_over(found.asked, table_what(found, voice.lang), voice.lang)))
    for columns in _pieces(frame, heads, len(found.down)):
        print_table(frame[columns], [heads[at] for at in columns])


def _said(text: str) -> Any:
    from povplan.messages import Said

    return Said(text, text)


def _pieces(frame: pd.DataFrame, heads: Sequence[str], names: int) -> list[list[int]]:
    """Columns in groups that each fit the screen beside the names of the lines."""
    needs = [_needs(frame[at].tolist(), head) + GAP for at, head in enumerate(heads)]
    room = _width() + GAP - sum(needs[:names])
    pieces: list[list[int]] = [[]]
    used = 0
    for at in range(names, len(heads)):
        if pieces[-1] and used + needs[at] > room:
            pieces.append([])
            used = 0
        pieces[-1].append(at)
        used += needs[at]
    return [[*range(names), *piece] for piece in pieces]


# ---- JSON --------------------------------------------------------------------------------------------


def _asked_json(asked: Asked) -> dict[str, Any]:
    return {
        "batch": asked.batch,
        "year": asked.year,
        "ledger": asked.ledger.ledger,
        "unit": asked.unit,
        "where": asked.where,
    }


def _field_json(field: Any) -> dict[str, Any]:
    label = field.label
    return {"id": field.id, "label_zh": label.zh, "label_en": label.text("en"), "in": field.unit}


def _list_json(found: NameList) -> dict[str, Any]:
    """One object: what was asked, counts, fields, rows by field id, totals."""
    from povplan.jobs.listing import as_records

    return {
        **_asked_json(found.asked),
        "matched": found.matched,
        "unknown": found.unknown,
        "fields": [_field_json(field) for field in found.fields],
        "rows": as_records(found),
        "totals": found.totals,
    }


def _table_json(found: Table) -> dict[str, Any]:
    """One object: what was asked, lines, columns, and a cell for each pair of them."""
    from povplan.cli.output import records

    cells = found.found.cells
    if found.shares is not None:
        cells = cells.assign(share=found.shares.ravel())
    return {
        **_asked_json(found.asked),
        "value": found.value,
        "in": found.in_unit or None,
        "matched": found.rows,
        "unknown": found.selection.unknown,
        "rows": [_field_json(field) for field in found.down],
        "cols": _field_json(found.across) if found.across else None,
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
