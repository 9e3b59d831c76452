"""What goes back: a marked copy to each sender, workbooks of findings to townships and for the office."""

from __future__ import annotations

from povplan.jobs.returning.returning import EVERYTHING, Returning, mark, returns, senders_of, taken

__all__ = ["EVERYTHING", "Returning", "mark", "returns", "senders_of", "taken"]
