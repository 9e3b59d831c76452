"""What a published figure must not tell: how many people it rests on, and which units keep silent for it."""

from povplan.disclosure.counts import People, alike, bound_to_people, counts
from povplan.disclosure.hiding import hidden, small

__all__ = ["People", "alike", "bound_to_people", "counts", "hidden", "small"]
