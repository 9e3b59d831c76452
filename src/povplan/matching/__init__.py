"""A list from outside held against the rows of a ledger: keys, pairs, what differs, who is missing."""

from povplan.matching.groups import GROUPS, Matched, Side, match
from povplan.matching.keys import REASONS, Keys, identity_keys, name_keys, plain_keys

__all__ = [
    "GROUPS",
    "REASONS",
    "Keys",
    "Matched",
    "Side",
    "identity_keys",
    "match",
    "name_keys",
    "plain_keys",
]
