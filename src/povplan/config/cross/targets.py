"""Targets: what they speak of exists, their years run forward, their values can be reached and compared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from povplan.config.cross.references import unknown
from povplan.config.declared import Declared, Placed
from povplan.config.shape import suggest
from povplan.errors import Fault
from povplan.evaluation.bounds import possible
from povplan.evaluation.parties import adds_up
from povplan.evaluation.printed import number_in, same_dimension
from povplan.evaluation.targets import indicator_of
from povplan.messages import say
from povplan.spec import Indicator, Target


def target_checks(declared: Declared) -> Iterator[Fault]:
    """Every target of `targets.yaml`; which units there are is known only when figures are computed."""
    known = [placed.spec for placed in declared.indicators]
    for target in declared.targets:
        yield from _plain(target)
        one = indicator_of(target.spec.indicator, known)
        if one is not None:
            yield from _measured(declared, target, one)
        elif not declared.unclear(target.spec.indicator, "indicators"):
            names = [name for each in known for name in (each.id, each.label.zh)]
            said = say("config_unknown_indicators", name=target.spec.indicator)
            yield target.fault(suggest(said, target.spec.indicator, names), "indicator")


def _plain(target: Placed[Target]) -> Iterator[Fault]:
    """What needs no indicator."""
    spec = target.spec
    if spec.unit is not None and spec.level is not None:
        yield target.fault(say("config_target_place"), "level")
    if spec.weight < 0:
        yield target.fault(say("config_target_weight"), "weight")
    if not adds_up(spec.department):
        yield target.fault(say("config_target_shares", text=spec.department), "department")
    begun, goal = spec.baseline.year, spec.target.year
    if goal <= begun:
        yield target.fault(say("config_target_years", target=goal, baseline=begun), "target", "year")
    if isinstance(spec.path, dict):
        for year in spec.path:
            if not begun < year <= goal:
                said = say("config_target_path_year", year=year, target=goal, baseline=begun)
                yield target.fault(said, "path", year, key=True)
    for key in ("deadline", "set_on"):
        value = getattr(spec, key)
        if value is not None and not _is_day(value):
            yield target.fault(say("config_target_day", value=value), key)


def _measured(declared: Declared, target: Placed[Target], one: Indicator) -> Iterator[Fault]:
    """Values against the indicator: in a unit that measures the same, and possible."""
    spec, units = target.spec, declared.unit_of
    if spec.measured is not None:
        yield from unknown(declared, "measurement", spec.measured, units, target, "in")
        if spec.measured in units and not same_dimension(spec.measured, one.unit, units):
            yield target.fault(say("config_target_unit", unit=spec.measured, indicator=one.unit), "in")
            return
    base = spec.baseline.value
    given: list[tuple[float | int, tuple[str | int, ...]]] = [(spec.target.value, ("target", "value"))]
    given += [] if base is None else [(base, ("baseline", "value"))]
    given += [(v, ("path", y)) for y, v in spec.path.items()] if isinstance(spec.path, dict) else []
    for value, loc in given:
        kept = number_in(repr(value), one.unit, spec.measured, units)
        if kept is not None and not possible(kept, one, units):
            yield target.fault(say("config_target_impossible", value=value, indicator=one.label.zh), *loc)
    if spec.path == "geometric" and base is not None and base * spec.target.value <= 0:
        yield target.fault(say("config_target_geometric"), "path")


def _is_day(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True
