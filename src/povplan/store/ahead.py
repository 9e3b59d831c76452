"""Parts made into the bytes of the ledger by a thread of its own, while they are still being checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from povplan.store.values import Made, Part


@contextmanager
def encoding(parts: Iterable[Part]) -> Iterator[Made]:
    """The bytes of each part, promised; a part that is changed meanwhile is another one and not in here.

    Made of a copy of its rows: pandas may rearrange a frame that others only read.
    """
    from povplan.store import frames

    with ThreadPoolExecutor(1) as one:
        tables = ((part, frames.table_of(part.frame.copy())) for part in parts)
        made = {part: one.submit(frames.encoded, table) for part, table in tables}
        try:
            yield made
        finally:
            one.shutdown(wait=False, cancel_futures=True)
