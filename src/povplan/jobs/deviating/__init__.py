"""Where the plan of a year goes off course: what detectors look at, what they find, what becomes of it."""

from __future__ import annotations

from povplan.jobs.deviating.year import LIVED, Deviating, unasked

__all__ = ["LIVED", "Deviating", "unasked"]
