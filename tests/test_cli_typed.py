"""Commands that messages name run as they stand: in the workspace that was typed, which they name once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from povplan.cli import typed
from povplan.cli.app import COMMANDS, app
from povplan.messages import catalogue
from tests.commands import Terminal, workspace

NAMED = re.compile(r"povplan ([a-z]+)(?![a-z-])")
GROUP: Any = typer.main.get_command(app)
TAKERS = {
    name: any(option.name == "workspace" for option in GROUP.get_command(None, name).params)
    for name in COMMANDS
}


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str]) -> Iterator[Terminal]:
    yield Terminal(capsys)
    typed.forget()


def commands(text: str) -> list[tuple[str, str]]:
    """Each command of a text: its name, and what stands behind it up to the next one or the line's end."""
    return [
        (found[1], line[found.end() :].partition("povplan ")[0])
        for line in text.splitlines()
        for found in NAMED.finditer(line)
        if found[1] in TAKERS
    ]


def test_every_command_of_every_message_names_the_workspace_once(tmp_path: Path, terminal: Terminal) -> None:
    terminal("log", "-w", workspace(tmp_path).root)
    texts = [catalogue()[key][lang] for key in catalogue() for lang in ("zh", "en")]

    found = [one for text in texts for one in commands(typed.completed(text))]

    assert len(found) > 100
    assert [one for one in found if one[1].count(" -w ") != TAKERS[one[0]] and one[0] != "init"] == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("povplan report、povplan returns", "povplan report -w {w}、povplan returns -w {w}"),
        ("povplan look 表/，povplan update 表/ -w 县", "povplan look -w {w} 表/，povplan update 表/ -w 县"),
        ("povplan update -w 县 --year 2024", "povplan update -w 县 --year 2024"),
        ("povplan init 文件夹", "povplan init 文件夹"),
        ("povplan list农户。povplan listens", "povplan list -w {w}农户。povplan listens"),
        ("用 -w 指定；povplan log\n见 -w ", "用 -w 指定；povplan log -w {w}\n见 -w "),
    ],
)
def test_a_command_gets_the_workspace_behind_its_name_unless_it_has_one(
    text: str, told: str, tmp_path: Path, terminal: Terminal
) -> None:
    terminal("log", "-w", workspace(tmp_path).root)

    assert typed.completed(text) == told.format(w=tmp_path)


def test_a_folder_is_quoted_as_the_shell_wants_it(
    tmp_path: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POVPLAN_LANG", "zh")
    at = workspace(tmp_path / "东 县")

    answer = terminal("explain", "poor", "-w", at.root)

    assert answer.err == f"没有“poor”。全部名称：povplan explain -w '{at.root}' --list\n"


def test_where_no_workspace_was_typed_none_is_named(
    tmp_path: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = workspace(tmp_path)
    terminal("log", "-w", at.root)
    monkeypatch.chdir(at.root)

    assert terminal("log").err == "台账还是空的，没有批次。先入库：povplan update --year 年份 文件…\n"


def test_people_get_the_folder_and_machines_the_message_as_it_is(tmp_path: Path, terminal: Terminal) -> None:
    at = workspace(tmp_path)
    bare = "povplan update --year 年份 文件…"

    assert f"povplan update -w {at.root} --year 年份 文件…" in terminal("doctor", "-w", at.root).out
    told = terminal("doctor", "-w", at.root, "--format", "json").json["checks"]
    assert any(bare in check["message_zh"] for check in told)
