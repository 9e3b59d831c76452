"""Data to stdout, words to stderr: tables, JSON, CSV and a plain workbook of one frame."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from povplan.cli.boundary import language
from povplan.cli.options import Format
from povplan.cli.typed import completed
from povplan.errors import PovplanError, why
from povplan.messages import Said, say

if TYPE_CHECKING:
    import pandas as pd

    from povplan.spec import LedgerField
    from povplan.workspace import Workspace


class Voice:
    """Words to the person at the terminal: on stderr, in their language, none when quiet.

    Commands in them are completed with the workspace that was typed.
    """

    def __init__(self, lang: str, quiet: bool = False) -> None:
        self.lang = lang
        self.quiet = quiet

    def __call__(self, said: Said) -> None:
        """Say it, unless quiet."""
        if not self.quiet:
            print(completed(said.text(self.lang)), file=sys.stderr)

    def insist(self, said: Said) -> None:
        """Say it, quiet or not: a file was refused."""
        print(completed(said.text(self.lang)), file=sys.stderr)

    def progress(self, said: Said) -> None:
        """Say what is being done: on a terminal in one line that is overwritten, elsewhere not at all."""
        if not self.quiet and sys.stderr.isatty():
            print(f"\r\033[K{said.text(self.lang)}", end="", file=sys.stderr, flush=True)

    def done(self) -> None:
        """Clear the line of progress."""
        if not self.quiet and sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def workspace_and_voice(folder: Path | None, lang: str | None, quiet: bool) -> tuple[Workspace, Voice]:
    """The workspace meant, and words to the person in the language that was asked for or that it speaks."""
    from povplan.workspace import Workspace

    place = Workspace.find(folder)
    return place, Voice(language(lang, place.settings.lang), quiet)


def emit_json(value: Mapping[str, Any], output: Path | None = None) -> None:
    """One JSON object; blanks are null."""
    text = json.dumps(value, ensure_ascii=False, indent=1, default=str)
    _write_text(text + "\n", output, encoding="utf-8")


def field_json(field: LedgerField) -> dict[str, Any]:
    """What a field is, beside the values under its id."""
    label = field.label
    return {"id": field.id, "label_zh": label.zh, "label_en": label.text("en"), "in": field.unit}


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


def settled(format: Format, output: Path | None) -> Format:
    """The format meant: as asked, else what the output file's ending says."""
    if format == "table" and output is not None:
        by_ending: dict[str, Format] = {".csv": "csv", ".json": "json", ".xlsx": "xlsx"}
        if output.suffix.lower() not in by_ending:
            raise PovplanError(say("output_needs_format"))
        return by_ending[output.suffix.lower()]
    if format == "xlsx" and output is None:
        raise PovplanError(say("output_needs_file"))
    return format


def guard(output: Path | None, inputs: Sequence[Path] = ()) -> None:
    """PovplanError where the output would overwrite a file sent in, or one that the workspace lives on."""
    if output is None:
        return
    target = output.resolve()
    given = [path.resolve() for path in inputs]
    if target.exists() and any(target == path or path in target.parents for path in given):
        what = Said("送来的文件", "a file sent in")
        raise PovplanError(_refused(output, what))
    for folder in target.parents:
        if (folder / "povplan.yaml").is_file():
            first = target.relative_to(folder).parts[0]
            if first in ("ledger", "submissions", "configs", "povplan.yaml", "units.csv"):
                raise PovplanError(
                    _refused(output, Said("工作区自己的文件", "a file of the workspace itself"))
                )


def _refused(output: Path, what: Said) -> Said:
    return say("output_not_there", path=output, what=what.zh, what_en=what.en)


@contextmanager
def writing(output: Path) -> Iterator[None]:
    """An output that cannot be written is told in one sentence."""
    try:
        yield
    except OSError as error:
        said = say("output_unwritable", path=output, reason=why(error), suffix=output.suffix)
        raise PovplanError(said) from error


def emit_frame(frame: pd.DataFrame, format: Format, output: Path | None, headings: Sequence[str]) -> None:
    """The frame with `headings`, as CSV, a workbook, or a table for the terminal."""
    format = settled(format, output)
    guard(output)
    if format == "csv":
        _write_text(csv_text(frame, headings), output, encoding="utf-8-sig")
    elif format == "xlsx":
        from povplan.excel.write import write_sheets
        from povplan.sheets.page import plain_sheet

        assert output is not None
        rows = [list(record.values()) for record in records(frame)]
        with writing(output):
            print(write_sheets(output, [plain_sheet("povplan", list(headings), rows)]))
    else:
        from povplan.cli.fitting import print_table

        print_table(frame, headings)


def csv_text(frame: pd.DataFrame, headings: Sequence[str]) -> str:
    """The frame as CSV, no text in it a formula."""
    named = frame.map(_no_formula).set_axis(list(headings), axis=1)
    text: str = named.to_csv(index=False, lineterminator="\n")
    return text


def _write_text(text: str, output: Path | None, encoding: str) -> None:
    guard(output)
    if output is not None:
        with writing(output):
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


def _no_formula(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula, with a quotation mark before it."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t") else value
