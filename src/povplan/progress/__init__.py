"""How the projects go: time, quantity, quality and money side by side, and where money lies idle."""

from povplan.progress.flow import clock_totals, clocks, execution, idle, idle_totals
from povplan.progress.projects import progress, totals

__all__ = ["clock_totals", "clocks", "execution", "idle", "idle_totals", "progress", "totals"]
