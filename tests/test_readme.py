"""What the README says can be typed, can be typed."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from povplan.cli.app import COMMANDS
from povplan.workspace import Workspace

ROOT = Path(__file__).parents[1]
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]


def shell_blocks(path: Path) -> list[str]:
    return re.findall(r"```sh\n(.*?)```", path.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("path", [*READMES, *(ROOT / "docs").rglob("*.md")], ids=lambda path: path.name)
def test_every_command_that_a_page_names_exists(path: Path) -> None:
    named = set(re.findall(r"`povplan ([a-z]+)", path.read_text(encoding="utf-8")))

    assert named - {*COMMANDS} == set()


def test_both_pages_name_the_same_commands() -> None:
    english, chinese = (shell_blocks(path) for path in READMES)

    assert english == chinese


def test_every_command_of_the_page_does_what_it_says(tmp_path: Path) -> None:
    """The povplan commands, in order, with this Python's povplan, in a folder of their own."""
    install, _, tour = shell_blocks(READMES[0])
    commands = [*re.split("&&|;", install), *tour.splitlines()]
    (tmp_path / "sample_data").symlink_to(ROOT / "sample_data", target_is_directory=True)
    answers = [_typed(words[1:], tmp_path) for words in map(shlex.split, commands) if "povplan" in words[0]]

    assert [answer.returncode for answer in answers] == [0, 1, 1, 0, 0, 0, 0, 0, 0]
    assert [answer.stdout != "" for answer in answers] == [True] * len(answers)
    assert sorted(str(book.relative_to(tmp_path)) for book in tmp_path.rglob("reports/**/*.xlsx")) == [
        "county/reports/2022/povplan-2022.xlsx",
        "county/reports/2023/povplan-2023.xlsx",
        "county/reports/2024/povplan-2024.xlsx",
        "county/reports/2024/townships/01-东岭镇.xlsx",
        "county/reports/2024/townships/02-中川乡.xlsx",
        "county/reports/2024/townships/03-西坪镇.xlsx",
    ]
    (batch,) = Workspace(tmp_path / "county").store.batches()
    missing = {(line["ledger"], line["year"]): line["missing"] for line in batch.coverage if line["missing"]}
    assert missing == {("village", 2024): ["清河县/中川乡/癸酉村"]}
    again = _typed(["update", "-w", "county", "--format", "json"], tmp_path)
    assert (again.returncode, json.loads(again.stdout)["unchanged"]) == (0, True)


def _typed(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "povplan", *words],
        cwd=folder,
        env={**os.environ, "POVPLAN_LANG": "en", "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_the_test_command_is_the_one_that_continuous_integration_calls() -> None:
    command = shell_blocks(READMES[0])[1]

    called = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "python -m pytest" in command
    assert "python -m pytest" in called
    assert "'.[dev]'" in command
    assert "'.[dev]'" in called
