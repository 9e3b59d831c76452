"""What stops a run. Wrong *data* is never an error here: it is a finding, collected and returned."""

from __future__ import annotations

import errno
from dataclasses import dataclass

from povplan.messages import Said, catalogue, say

USAGE, NOTHING_ACCEPTED, LOCKED, OUR_BUG, INTERRUPTED = 2, 3, 4, 70, 130
"""Exit codes of a run that did not finish; 0 and 1 are those of a run that did."""


class PovplanError(Exception):
    """The run cannot go on. Carries what to say, in both languages, and the exit code."""

    def __init__(self, said: Said, exit_code: int = USAGE) -> None:
        super().__init__(said.en)
        self.said = said
        self.exit_code = exit_code


@dataclass(frozen=True, order=True)
class Fault:
    """One mistake in a configuration file: where it is and what is wrong."""

    file: str
    line: int
    column: int
    said: Said

    def text(self, lang: str) -> str:
        """The fault as an editor understands it: `file:line:col: what is wrong`."""
        return f"{self.file}:{self.line}:{self.column}: {self.said.text(lang)}"


class ConfigError(PovplanError):
    """Every fault found in the configuration, not only the first."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(set(faults))
        shown = Said(
            "\n".join(fault.text("zh") for fault in self.faults),
            "\n".join(fault.text("en") for fault in self.faults),
        )
        super().__init__(shown, USAGE)


class BadFile(Exception):
    """A submitted file that cannot be read as tables; costs that file, never the run."""

    def __init__(self, said: Said) -> None:
        super().__init__(said)
        self.said = said


def why(error: Exception) -> Said:
    """Why the system would not do it: in the words of an office where they are known, else in its own."""
    key = f"errno_{errno.errorcode.get(getattr(error, 'errno', None) or 0)}"
    if key in catalogue():
        return say(key)
    told = str(getattr(error, "strerror", None) or type(error).__name__)
    return Said(told, told)
