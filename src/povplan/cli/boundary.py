"""Where a run ends: every error in one sentence, every exit code as documented, no traceback."""

from __future__ import annotations

import gc
import os
import re
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from povplan.cli.typed import completed, forget
from povplan.errors import INTERRUPTED, OUR_BUG, PovplanError
from povplan.messages import say

GARBAGE = (2_000_000, 20, 20)
"""How many new objects before cycles among them are looked for. Loading libraries and definitions makes more
than a million that stay: to look through them takes a twentieth of a short command. Frames and arrays do not
wait for it, and a county's update holds no more.
"""
_committed: list[int] = []


def committed(batch: int) -> None:
    """Remember that this run has committed: whatever ends it now must not say that nothing happened."""
    _committed.append(batch)


def _tell_interrupted() -> None:
    """Say so to the end: whoever presses the keys twice still learns what is in the ledger."""
    before = {ends: signal.signal(ends, signal.SIG_IGN) for ends in (signal.SIGINT, signal.SIGTERM)}
    print(completed(_interrupted()), file=sys.stderr, flush=True)
    for ends, heard in before.items():
        signal.signal(ends, heard)


def _interrupted() -> str:
    if _committed:
        return say("interrupted_after", batch=_committed[-1]).text(language())
    return say("interrupted").text(language())


def run(app: Callable[[], Any]) -> int:
    """The exit code of `app()`, errors told on stderr."""
    forget()
    _speak_any_script()
    gc.set_threshold(*GARBAGE)
    try:
        app()
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else int(bool(ending.code))
        if code == INTERRUPTED:
            _tell_interrupted()
        return code
    except PovplanError as error:
        print(completed(error.said.text(language())), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        _tell_interrupted()
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001 - the boundary: anything else is our bug
        print(completed(_our_bug(error)), file=sys.stderr)
        return OUR_BUG
    return 0


def language(given: str | None = None, workspace: str | None = None) -> str:
    """zh or en: as asked, typed or set, else as the workspace says, else as the system speaks."""
    typed, set_ = _typed_after("--lang"), os.environ.get("POVPLAN_LANG")
    for asked in (given, typed, set_, workspace):
        if asked in ("zh", "en"):
            return asked
    if said := _workspace_speaks():
        return said
    spoken = next(
        (os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""
    )
    return "zh" if spoken.startswith("zh") or (not spoken and os.name == "nt") else "en"


def _typed_after(*options: str) -> str:
    """The word after the first of the options on the command line, whether or not the rest can be read."""
    words = [
        part
        for word in sys.argv[1:]
        for part in ((word[:2], word[2:]) if word[:2] in options and word[2:] else word.split("=", 1))
    ]
    at = next((at for at, word in enumerate(words[:-1]) if word in options), None)
    return "" if at is None else words[at + 1]


def _workspace_speaks() -> str | None:
    """The language of the workspace; one that says none is a Chinese county's, whatever the system speaks."""
    named = _typed_after("-w", "--workspace") or os.environ.get("POVPLAN_WORKSPACE", "")
    with suppress(OSError):  # what cannot be opened says nothing here; who opens it says why
        for folder in [Path(named)] if named else [Path.cwd(), *Path.cwd().parents]:
            settings = folder / "povplan.yaml"
            if settings.is_file():
                text = settings.read_text("utf-8", "replace")
                said = re.search(r"^lang: *[\"']?(zh|en)\b", text, re.MULTILINE)
                return said[1] if said else "zh"
    return "zh" if named else None


def _speak_any_script() -> None:
    """A terminal that cannot show a character gets a question mark, never an error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _our_bug(error: Exception) -> str:
    """One line for the user; the traceback goes to a file of their own, without any cell's content."""
    import tempfile

    frames = traceback.extract_tb(error.__traceback__)
    lines = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    text = "\n".join([type(error).__name__, *lines])
    with tempfile.NamedTemporaryFile("w", prefix="povplan-", suffix=".log", delete=False) as log:
        log.write(text + "\n")
    values = {"what": type(error).__name__, "log": log.name}
    if _committed:
        return say("our_bug_after", batch=_committed[-1], **values).text(language())
    return say("our_bug", **values).text(language())
