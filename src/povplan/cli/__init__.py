"""The command line: `main` ends every run in a sentence and an exit code; nothing is loaded before it."""

from __future__ import annotations

import atexit
import gc
import os
import sys

__all__ = ["main"]

INTERRUPTED = 130
"""That of `povplan.errors`, which may not have been loaded."""


def main() -> None:
    """Run povplan with the arguments of the process, and exit.

    Who interrupts while povplan still loads, or again while it says so, gets no traceback either. A system
    that asks it to end (SIGTERM: a service stopped, a time limit) is heard as Ctrl-C is.
    Nothing is asked of what is left: a last search for cycles in it would take as long as a short command.
    """
    ended: list[int] = []
    try:
        atexit.register(_leave, ended)
        import signal

        signal.signal(signal.SIGTERM, signal.default_int_handler)
        from povplan.cli.app import app
        from povplan.cli.boundary import run

        code = run(app)
        for ends in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ends, signal.SIG_IGN)
    except KeyboardInterrupt:
        code = INTERRUPTED
    ended.append(code)
    gc.freeze()
    sys.exit(code)


def _leave(ended: list[int]) -> None:
    """The last to be done at exit: Python may turn the code of an interrupted run into death by a signal."""
    if INTERRUPTED in ended:
        from contextlib import suppress

        with suppress(OSError):
            sys.stdout.flush()
        os._exit(INTERRUPTED)
