"""A povplan command, and which partitions of the base ledger it opened.

    python benchmarks/opened.py opened.json update -w county --year 2024 …

Runs the command in this process and writes JSON when it ends: year → ledger → the columns that were read,
null where a part was read whole. `benchmarks/years.py` prints it: what a command costs ought to grow with the
years that it reads, and it ought to read none that it does not need.
"""

from __future__ import annotations

import atexit
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

NAMES, REGISTER = frozenset({"_unit", "_held"}), "unit_change"
"""What is read of a year to know which villages there are, and when they began and ended."""


def main() -> None:
    """Note every part that is read, then run the command."""
    written, opened = Path(sys.argv[1]), noted()
    atexit.register(lambda: written.write_text(json.dumps(opened, ensure_ascii=False), encoding="utf-8"))
    sys.argv[1:2] = []
    from povplan.__main__ import main as command

    command()


def told(opened: Mapping[str, Mapping[str, list[str] | None]]) -> str:
    """In words: the years that were read, and those of which only the names of units were."""
    read = whole(opened)
    names = sorted({*opened} - read)
    return ", ".join(sorted(read)) + (f"; names of units of {', '.join(names)}" if names else "")


def whole(opened: Mapping[Any, Mapping[str, list[str] | None]]) -> set[Any]:
    """The years of which more was read than registers of changes of units, and which units rows name."""
    return {
        year
        for year, ledgers in opened.items()
        for ledger, columns in ledgers.items()
        if ledger != REGISTER and (columns is None or not {*columns} <= NAMES)
    }


def noted() -> dict[int, dict[str, list[str] | None]]:
    """What is read of the ledger from now on: year → ledger → columns, None for all."""
    from povplan.store.values import Layer

    opened: dict[int, dict[str, list[str] | None]] = {}
    read = Layer.read

    def reading(layer: Layer, columns: Sequence[str] | None = None) -> Any:
        ledgers = opened.setdefault(layer.year, {})
        known = ledgers.get(layer.ledger, [])
        whole = columns is None or known is None
        ledgers[layer.ledger] = None if whole else sorted({*known, *columns})
        return read(layer, columns)

    Layer.read = reading  # type: ignore[method-assign]
    return opened


if __name__ == "__main__":
    main()
