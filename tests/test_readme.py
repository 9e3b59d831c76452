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

from povplan.cli.app import app
from povplan.workspace import Workspace

ROOT = Path(__file__).parents[1]
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]


def shell_blocks(path: Path) -> list[str]:
    return re.findall(r"```sh\n(.*?)```", path.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("path", [*READMES, *(ROOT / "docs").rglob("*.md")], ids=lambda path: path.name)
def test_every_command_that_a_page_names_exists(path: Path) -> None:
    known = {command.name for command in app.registered_commands}

    named = set(re.findall(r"`povplan ([a-z]+)", path.read_text(encoding="utf-8")))

    assert named - known == set()


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_the_first_command_brings_the_sample_county_to_figures(path: Path, tmp_path: Path) -> None:
    """Its povplan commands, with this Python's povplan, in a folder of their own."""
    commands = re.split(r"&&|;", shell_blocks(path)[0])
    environment = {**os.environ, "POVPLAN_LANG": "en"}
    codes = []
    for command in commands:
        words = shlex.split(command)
        if words[0] != ".venv/bin/povplan":
            continue
        done = subprocess.run(
            [sys.executable, "-m", "povplan", *words[1:]],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            check=False,
        )
        codes.append(done.returncode)

    assert codes == [0, 1]
    assert sorted(book.name for book in tmp_path.rglob("reports/*/*.xlsx")) == [
        "povplan-2022.xlsx",
        "povplan-2023.xlsx",
        "povplan-2024.xlsx",
    ]
    (batch,) = Workspace(tmp_path / "county").store.batches()
    missing = {(line["ledger"], line["year"]): line["missing"] for line in batch.coverage if line["missing"]}
    assert missing == {("village", 2024): ["清河县/中川乡/癸酉村"]}
    again = subprocess.run(
        [sys.executable, "-m", "povplan", "update", "-w", "county", "--format", "json"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert (again.returncode, json.loads(again.stdout)["unchanged"]) == (0, True)


def test_the_test_command_is_the_one_that_continuous_integration_calls() -> None:
    command = shell_blocks(READMES[0])[1]

    called = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "python -m pytest" in command
    assert "python -m pytest" in called
    assert "'.[dev]'" in command
    assert "'.[dev]'" in called
