"""Options that several commands share, spelled once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from povplan.cli.typed import remember

Format = Literal["table", "json", "csv", "xlsx"]
Lang = Literal["zh", "en"]

WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        "-w",
        help="工作区 · Workspace folder (default: found upward).",
        show_default=False,
        callback=remember,
    ),
]
YearOption = Annotated[int | None, typer.Option("--year", "-y", help="年份 · Year.", show_default=False)]
LevelOption = Annotated[
    Literal["county", "township", "village"] | None,
    typer.Option("--by", help="层级 · Level of the figures (default: all).", show_default=False),
]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="输出格式 · Output format.")]
TextFormatOption = Annotated[
    Literal["table", "json"], typer.Option("--format", "-f", help="输出格式 · Output format.")
]
OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", help="写入文件 · Write to a file.", show_default=False)
]
LangOption = Annotated[Lang | None, typer.Option("--lang", help="语言 · Language.", show_default=False)]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="少说话 · No progress or remarks.")]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", help="按某批次或标签重算 · As a batch left it.", show_default=False)
]
UnflaggedOption = Annotated[
    bool,
    typer.Option("--without-flagged", help="不含有错误或疑点的行 · Without rows in error or doubt."),
]
ReviseOption = Annotated[
    bool, typer.Option("--revise", help="更正已关账的年度 · Restate a closed year; needs a reason.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", "-n", help="只试算 · Change nothing.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="理由 · Why.", show_default=False)]
FailOnOption = Annotated[
    Literal["error", "doubt", "notice", "never"] | None,
    typer.Option(
        "--fail-on", help="何时以 1 退出 · Severity that exits 1 (default: error).", show_default=False
    ),
]
