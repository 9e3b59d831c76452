"""What villages and households give, against what they can bear (投入能力限度)."""

from povplan.capacity.asked import designs, exempt_labour, villages
from povplan.capacity.burden import bearing, burdens, by_fifth
from povplan.capacity.given import contributions, loans
from povplan.capacity.risk import exposure, exposures

__all__ = [
    "bearing",
    "burdens",
    "by_fifth",
    "contributions",
    "designs",
    "exempt_labour",
    "exposure",
    "exposures",
    "loans",
    "villages",
]
