"""How many findings of a rule wait, and where: units only, never households or persons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from povplan.jobs.checking import stored_findings
from povplan.jobs.facts import Explanation, Fact, fact, same
from povplan.jobs.standing import Standing
from povplan.memory import is_open, known
from povplan.messages import Said, say
from povplan.workspace import Workspace

FIRES = frozenset({"rule", "pattern", "builtin"})
"""Kinds of things of which there are findings."""
MOST_UNITS = 5


def with_firing(explanations: Sequence[Explanation], workspace: Workspace) -> list[Explanation]:
    """The explanations, those of checks with their open findings and where; as they are without a batch.

    What was mended or waived since does not count.
    """
    if not any(one.kind in FIRES for one in explanations) or not workspace.store.active():
        return list(explanations)
    found = known(stored_findings(Standing(workspace, workspace.config, workspace.store)))
    found = found[is_open(found)]
    batch = max(workspace.store.active())
    return [
        replace(one, facts=(*one.facts, *_facts(found[found["rule"] == one.id]["unit"].tolist(), batch)))
        if one.kind in FIRES
        else one
        for one in explanations
    ]


def _facts(units: list[object], batch: int) -> list[Fact]:
    """How many findings, and the units with most of them."""
    named = [unit for unit in units if isinstance(unit, str)]
    counts = {unit: named.count(unit) for unit in dict.fromkeys(named)}
    most = sorted(counts.items(), key=lambda one: -one[1])
    shown: list[Said | None] = [same(f"{unit} {count}") for unit, count in most[:MOST_UNITS]]
    if len(most) > MOST_UNITS:
        shown.append(say("fact_fired_more", count=len(most) - MOST_UNITS))
    facts = [fact("fired", say("fact_fired_times", count=len(units), batch=batch)), fact("fired_at", *shown)]
    return [one for one in facts if one.said]
