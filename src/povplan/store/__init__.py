"""The base ledger on disk: immutable Parquet parts, and a catalogue that says which batch they make.

`ledger/` holds `catalogue.sqlite` (the truth), `parts/<ledger>/<year>/`, `findings/`, `configs/`, and the
lock. A part is written, flushed and named before the catalogue speaks of it, and never touched again, so a
commit is one SQLite transaction and whatever kills it leaves the old ledger plus files that nothing names.
Nothing here knows what a row means: folding layers into the current ledger is `ledger`'s.
"""

from povplan.store.store import Store, share_warning
from povplan.store.values import Batch, Draft, Input, Layer, Part

__all__ = ["Batch", "Draft", "Input", "Layer", "Part", "Store", "share_warning"]
