"""The command line: `main` is the one boundary where errors become a sentence and an exit code."""

from __future__ import annotations

import gc
import sys

from povplan.cli.app import app
from povplan.cli.boundary import run

__all__ = ["app", "main"]


def main() -> None:
    """Run povplan with the arguments of the process, and exit.

    Nothing is asked of what is left: a last search for cycles in it would take as long as a short command.
    """
    code = run(app)
    gc.freeze()
    sys.exit(code)
