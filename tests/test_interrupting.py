"""Ctrl-C, or a system that asks it to end: povplan ends in 130, in a sentence at most, with no traceback."""

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

SIGNAL, module = sys.argv.pop(1), sys.argv.pop(1)

class Keys:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            exec(f"os.killpg(0, signal.{SIGNAL})")

sys.meta_path.insert(0, Keys())
from povplan.cli import main
main()
"""
"""Runs povplan with the arguments after a signal and the module before which it is sent: ^C is pressed.

In code given as text, as dataclasses and named tuples make theirs, Python marks it as dying by a signal.
"""


ENDS = pytest.mark.parametrize("ends", ["SIGINT", "SIGTERM"])


@ENDS
@pytest.mark.parametrize(
    "module",
    ["povplan.cli.app", "typer", "povplan.cli.options", "povplan.cli.boundary", "povplan.messages"],
)
def test_who_interrupts_while_povplan_loads_sees_no_traceback(module: str, ends: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_AT, ends, module, "--version"],
        capture_output=True, text=True, check=False, start_new_session=True,
    )  # fmt: skip

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@ENDS
def test_who_interrupts_while_a_command_loads_is_told_so(ends: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_AT, ends, "povplan.cli.history", "log"],
        capture_output=True, text=True, check=False, start_new_session=True,
    )  # fmt: skip

    assert done.returncode == 130
    assert "Traceback" not in done.stderr


@ENDS
def test_a_second_interrupt_lets_the_sentence_be_said(
    ends: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def told_twice(batch: str = "") -> str:
        os.kill(os.getpid(), signal.Signals[ends])
        return "Interrupted."

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(boundary, "_interrupted", told_twice)
    heard = signal.getsignal(signal.Signals[ends])

    assert boundary.run(interrupted) == 130
    assert capsys.readouterr().err == "Interrupted.\n"
    assert signal.getsignal(signal.Signals[ends]) == heard


def test_the_exit_code_is_the_documented_one() -> None:
    assert AT_ONCE == INTERRUPTED
