"""Ctrl-C at any moment ends in 130 and, once povplan can speak, in one sentence; never in a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from povplan.cli import INTERRUPTED as AT_ONCE
from povplan.cli import boundary
from povplan.errors import INTERRUPTED

INTERRUPTED_AT = """
import os, signal, sys

module = sys.argv.pop(1)

class Keys:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            exec("os.killpg(0, signal.SIGINT)")

sys.meta_path.insert(0, Keys())
from povplan.cli import main
main()
"""
"""Runs povplan with the arguments after the first, the name of the module before which ^C is pressed.

In code given as text, as dataclasses and named tuples make theirs, Python marks it as dying by a signal.
"""


@pytest.mark.parametrize(
    "module",
    ["povplan.cli.app", "typer", "povplan.cli.options", "povplan.cli.boundary", "povplan.messages"],
)
def test_who_interrupts_while_povplan_loads_sees_no_traceback(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_AT, module, "--version"],
        capture_output=True, text=True, check=False, start_new_session=True,
    )  # fmt: skip

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_who_interrupts_while_a_command_loads_is_told_so() -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_AT, "povplan.cli.history", "log"],
        capture_output=True, text=True, check=False, start_new_session=True,
    )  # fmt: skip

    assert done.returncode == 130
    assert "Traceback" not in done.stderr


def test_a_second_interrupt_lets_the_sentence_be_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def told_twice(batch: str = "") -> str:
        os.kill(os.getpid(), signal.SIGINT)
        return "Interrupted."

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(boundary, "_interrupted", told_twice)
    heard = signal.getsignal(signal.SIGINT)

    assert boundary.run(interrupted) == 130
    assert capsys.readouterr().err == "Interrupted.\n"
    assert signal.getsignal(signal.SIGINT) == heard


def test_the_exit_code_is_the_documented_one() -> None:
    assert AT_ONCE == INTERRUPTED
