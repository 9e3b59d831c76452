"""Data to stdout, words to stderr: tables, JSON, CSV and a plain workbook of one frame."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from povplan.cli.options import Format
from povplan.messages import Said

if TYPE_CHECKING:
    import pandas as pd


class Voice:
    """Words to the person at the terminal: on stderr, in their language, none when quiet."""

    def __init__(self, lang: str, quiet: bool = False) -> None:
        self.lang = lang
        self.quiet = quiet

    def __call__(self, said: Said) -> None:
        """Say it, unless quiet."""
        if not self.quiet:
            print(said.text(self.lang), file=sys.stderr)

    def insist(self, said: Said) -> None:
        """Say it, quiet or not: a file was refused."""
        print(said.text(self.lang), file=sys.stderr)

    def progress(self, said: Said) -> None:
        """Say what is being done: on a terminal in one line that is overwritten, elsewhere not at all."""
        if not self.quiet and sys.stderr.isatty():
            print(f"\r\033[K{said.text(self.lang)}", end="", file=sys.stderr, flush=True)

    def done(self) -> None:
        """Clear the line of progress."""
        if not self.quiet and sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def emit_json(value: Mapping[str, Any], output: Path | None = None) -> None:
    """One JSON object; blanks are null."""
    text = json.dumps(value, ensure_ascii=False, indent=1, default=str)
    _write_text(text + "\n", output, encoding="utf-8")


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A frame as a list of plain values; a blank is None."""
    plain = {name: [_plain(value) for value in frame[name]] for name in frame.columns}
    return [dict(zip(plain, values, strict=True)) for values in zip(*plain.values(), strict=True)]


def _plain(value: Any) -> Any:
    """A value as JSON has it: numpy's own become Python's, NA and NaN become None."""
    import pandas as pd

    if value is None or value is pd.NA or value is pd.NaT:
        return None
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and value != value else value


def emit_frame(frame: pd.DataFrame, format: Format, output: Path | None, headings: Sequence[str]) -> None:
    """The frame with `headings`, as CSV, a workbook, or a table for the terminal."""
    if format == "csv":
        named = frame.set_axis(list(headings), axis=1)
        _write_text(named.to_csv(index=False, lineterminator="\n"), output, encoding="utf-8-sig")
    elif format == "xlsx":
        from povplan.excel.write import write_sheets
        from povplan.sheets import Sheet

        rows = [list(record.values()) for record in records(frame)]
        print(write_sheets(output or Path("povplan.xlsx"), [Sheet("povplan", list(headings), rows)]))
    else:
        print_table(frame, headings)


def _write_text(text: str, output: Path | None, encoding: str) -> None:
    if output is not None:
        output.write_text(text, encoding=encoding)
        return
    if encoding == "utf-8-sig" and hasattr(sys.stdout, "buffer"):
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8-sig"))
        sys.stdout.buffer.flush()
        return
    if hasattr(sys.stdout, "reconfigure") and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(text)


def print_table(frame: pd.DataFrame, headings: Sequence[str], title: str = "") -> None:
    """A table that fits the terminal; numbers to the right; cell text is never markup."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    numeric = [name for name in frame if frame[name].map(_is_number).any()]
    for name, heading in zip(frame.columns, headings, strict=True):
        table.add_column(Text(heading), justify="right" if name in numeric else "left", overflow="fold")
    for row in frame.itertuples(index=False):
        table.add_row(*(Text("" if value is None else str(value)) for value in row))
    width = None if sys.stdout.isatty() else 160
    Console(width=width, soft_wrap=False).print(table)


def _is_number(value: Any) -> bool:
    text = str(value).replace(",", "").replace("%", "").replace("−", "-").strip()
    return bool(text) and text.lstrip("+-").replace(".", "", 1).isdigit()
