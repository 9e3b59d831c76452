"""povplan: a county's poverty-reduction ledgers, checked, merged, measured and explained."""

__version__ = "0.1.0"
