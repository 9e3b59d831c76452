"""Numbers of the catalogue of checks that no rule's id carries, and the checks that answer for them.

A rule or pattern speaks for the number in its id (`V125_poor`, `F138`); everything else is named here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

BUILT_IN: Mapping[int, tuple[str, ...]] = {
    12: ("unknown_code",),
    13: ("orphan",),
    106: ("range",),
    110: ("range",),
    142: ("orphan",),
    143: ("double_same_document", "double_two_projects", "shared_document"),
    146: ("double_integrated",),
    147: ("double_carry_over",),
    151: ("clock_exceeded",),
    152: ("out_of_scale",),
}
"""Number → built-in checks."""
_NUMBER = re.compile(r"^[A-Z](\d+)")


def number_of(rule: str) -> int | None:
    """The number that an id carries, None where it carries none."""
    found = _NUMBER.match(rule)
    return int(found.group(1)) if found else None
