"""What was typed, for the commands that messages name: they run as they stand, in the same workspace."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typer

_typed: list[tuple[re.Pattern[str], Path]] = []


def typable(path: Path) -> str:
    """A path as it is typed in a shell; Chinese needs no quotation marks, blanks and signs do."""
    text = str(path)
    return text if re.fullmatch(r"[\w./:\\~+,@%=-]+", text) else shlex.quote(text)


def remember(context: typer.Context, workspace: Path | None) -> Path | None:
    """The workspace as given, noted together with the names of the commands that take one."""
    forget()
    if workspace is not None:
        commands: Any = context.find_root().command
        _typed.append((_without_workspace(commands.taking("workspace")), workspace))
    return workspace


def forget() -> None:
    """Begin a run: nothing has been typed."""
    _typed.clear()


def completed(text: str) -> str:
    """The text, every command in it that takes a workspace and names none with the one that was typed."""
    if not _typed:
        return text
    command, workspace = _typed[-1]
    return command.sub(lambda found: f"{found[0]} -w {typable(workspace)}", text)


def _without_workspace(names: Iterable[str]) -> re.Pattern[str]:
    """`povplan <name>` with no -w up to the next command or the end of the line."""
    return re.compile(rf"povplan (?:{'|'.join(names)})(?![A-Za-z-])(?!(?:(?!povplan ).)* -w )")
