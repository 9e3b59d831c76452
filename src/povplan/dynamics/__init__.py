"""Households over the years: transitions, entry, exit and return, durations, causes, whom to look after."""

from povplan.dynamics.durations import DURATIONS, SPELLS, durations, spells
from povplan.dynamics.flows import CAUSES, FLOWS, causes, flows
from povplan.dynamics.matrices import MATRIX, matrix, states_of
from povplan.dynamics.panel import GROUPS, SNAPSHOT, Line, Matching, Panel, snapshot
from povplan.dynamics.watch import COUNTED, LISTED, Reason, Watched, at_risk, fallen_back, unmet

__all__ = [
    "CAUSES",
    "COUNTED",
    "DURATIONS",
    "FLOWS",
    "GROUPS",
    "LISTED",
    "MATRIX",
    "SNAPSHOT",
    "SPELLS",
    "Line",
    "Matching",
    "Panel",
    "Reason",
    "Watched",
    "at_risk",
    "causes",
    "durations",
    "fallen_back",
    "flows",
    "matrix",
    "snapshot",
    "spells",
    "states_of",
    "unmet",
]
