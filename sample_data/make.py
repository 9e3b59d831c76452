"""Write the sample county's workbooks: `python sample_data/make.py [--seed N] [--clean] DIR`.

DIR/2022, 2023 and 2024 hold what the offices would send in. Unless --clean is given, DIR/FAULTS.csv
lists the faults planted in them, with the rule that should find each and the cell, and DIR/units.csv is
the county's list of units; a clean folder holds nothing but what is sent in.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from county.faults import write_list
from county.history import HOUSEHOLDS, county
from county.places import write_units
from county.planted import plant
from county.workbooks import books, write

SEED = 1


def make(folder: Path, seed: int = SEED, *, clean: bool = False, households: int = HOUSEHOLDS) -> None:
    """Write all files; the same arguments give the same bytes."""
    tables = county(seed, households)
    sent = [book for year, of_year in tables.items() for book in books(year, of_year)]
    faults = [] if clean else plant(sent, tables)
    for book in sent:
        for sheet in book.sheets:
            sheet.total()
    for fault in faults:
        fault.mar_total()
    for book in sent:
        write(folder, book)
    if not clean:
        write_list(folder / "FAULTS.csv", faults)
        write_units(folder / "units.csv")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", metavar="DIR", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--clean", action="store_true", help="plant no faults")
    parser.add_argument("--households", type=int, default=HOUSEHOLDS, help="about how many there are in 2022")
    given = parser.parse_args()
    if given.households < 600 and not given.clean:
        parser.error("a county of fewer than 600 households has no room for the faults: add --clean")
    make(given.folder, given.seed, clean=given.clean, households=given.households)


if __name__ == "__main__":
    main()
