"""Needs and problems from below: where each stands, how long it waits, what is unmet, and whether money fits.

Frames in, frames out. Days are calendar days, counted to the as-of day of the year.
"""

from __future__ import annotations

from povplan.needs.fitting import FIT, fit
from povplan.needs.standing import NEEDS, STATUSES, by_kind, needs, unmet, waiting

__all__ = ["FIT", "NEEDS", "STATUSES", "by_kind", "fit", "needs", "unmet", "waiting"]
