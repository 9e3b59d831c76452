"""Whether the years kept cost anything: the same commands on a county with few years in its ledger, and many.

    python benchmarks/years.py --households 20000 --kept 3 10
    python benchmarks/years.py --households 200000 --years 10

A made-up county of the default profile is taken in for one year with `update`; what that left in the ledger
is committed again for each earlier year, findings too. Then one more year is brought in and asked about.
Printed are seconds of CPU of the process and its workers, wall seconds, the most memory they held together
(Linux only), and the years whose partitions were opened. Nothing ought to grow but the catalogue and what a
batch remembers of other years; a year that a command does not need and opens ends the run with an error.
A year is laid down from one frame in memory, whatever their number:

update   one more year, read, checked, committed, workbook written, which shows three years;
change   that year beside the one before;
trace    one figure of one township down to the cells;
figures  a report tagged before that year, bridged to today's, one indicator;
years    `diff YEAR YEAR`, every field of two years.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import opened
import pandas as pd
from large_county import command, povplan, workspace, write_township

LAST = 2023
"""The last year of the ledger before one more comes."""


def main() -> None:
    """One county for each number of years kept."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--households", type=int, default=20_000)
    parser.add_argument("--townships", type=int, default=5)
    parser.add_argument("--kept", type=int, nargs="+", default=[3, 10], help="years in the ledger")
    parser.add_argument("--years", type=int, help="the same, of one county only")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        each = asked.households // asked.townships
        files = [write_township(root / f"{t:02}.xlsx", t, each) for t in range(asked.townships)]
        print(f"{asked.households:,} households a year, {asked.townships} workbooks")
        for kept in [asked.years] if asked.years else asked.kept:
            run(root / f"county{kept}", files, kept)


def run(folder: Path, files: list[Path], kept: int) -> None:
    """A county with so many years kept, and what each command costs there."""
    county = workspace(folder)
    povplan("update", "-w", county, "--year", LAST, "-q", *files)
    fill(county, range(LAST - kept + 1, LAST))
    povplan("tag", "now", "定稿", "--year", LAST, "-w", county)
    size = sum(path.stat().st_size for path in (county / "ledger").rglob("*") if path.is_file()) >> 20
    print(f"{kept} years kept, ledger of {size} MiB")
    following, w = LAST + 1, ("-w", county, "-q")
    both = {LAST, following}
    for what, needed, words in (
        ("update", {LAST - 1, *both}, ["update", *w, "--year", following, *files]),
        ("change", both, ["change", *w, "--year", following, "--by", "county"]),
        ("trace", {following}, ["trace", "register_income", *w, "--year", following, "--unit", "样本00镇"]),
        ("figures", both, ["diff", "定稿", "now", "--figures", "--indicator", "register_income", *w]),
        ("years", both, ["diff", LAST, following, *w]),
    ):
        show(what, words, needed, folder / "opened.json")


def show(what: str, words: list[object], needed: set[int], noted: Path) -> None:
    """One line of the result; SystemExit where a year was opened that the command does not need."""
    before = used()
    cost = command(str(Path(opened.__file__)), str(noted), *map(str, words))
    read = json.loads(noted.read_text(encoding="utf-8"))
    memory = f"{cost.mib:7,} MiB" if cost.mib else ""
    spent = f"{used() - before:8.1f} s CPU {cost.seconds:8.1f} s {memory}"
    print(f"  {what:<10}{spent}   read: {opened.told(read)}", flush=True)
    if more := opened.whole(read) - {str(year) for year in needed}:
        sys.exit(f"{what} opened {', '.join(sorted(more))}, which it does not need")


def used() -> float:
    """Seconds of CPU that processes started here, and their own, have taken so far."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def fill(county: Path, years: range) -> None:
    """The ledger's one year again for each of `years`, a batch each, as if they had been brought in then."""
    from povplan.store import Draft, Part
    from povplan.workspace import Workspace

    place = Workspace(county)
    store, config = place.store, place.config
    found = store.findings(1)
    layers = [layer for name in store.ledgers() for layer in store.layers(name, LAST)]
    frames = [(layer, layer.read()) for layer in layers]
    for year in years:
        for _, frame in frames:
            if "year" in frame:
                frame["year"] = pd.array([year] * len(frame), "Int64")
        parts = tuple(
            Part(layer.ledger, year, layer.form, layer.mode, layer.scope, frame) for layer, frame in frames
        )
        kept = [
            store.findings(store.batches()[-1].id),
            found.assign(year=pd.array([year] * len(found), "Int64")),
        ]
        batch = store.batches()[0]
        draft = Draft(
            kind="update", time=batch.time, operator=batch.operator, as_of={year: f"{year}-12-31"},
            config_digest=config.digest, config_texts=config.texts, profile=batch.profile, inputs=(),
            sources=tuple(_sources(store, year)), parts=parts, findings=pd.concat(kept, ignore_index=True),
            coverage=[],
        )  # fmt: skip
        store.commit(draft)


def _sources(store: object, year: int) -> list[object]:
    """Sources under new numbers: each batch brings its own."""
    known = store.sources()  # type: ignore[attr-defined]
    first = max(known, default=0) + 1
    return [
        replace(one, id=first + n, sha256=f"{year:064}") for n, one in enumerate(list(known.values())[:5])
    ]


if __name__ == "__main__":
    if sys.platform == "win32":
        sys.exit("needs the times of child processes")
    main()
