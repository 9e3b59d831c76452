"""Whether the years kept cost anything: the same commands on a county with few years in its ledger, and many.

    python benchmarks/years.py --households 200000 --townships 25 --kept 3 10

A made-up county of the default profile is taken in for one year with `update`; what that left in the ledger
is committed again for each earlier year, findings too. Then one more year is brought in and asked about.
Printed are seconds of CPU of the process and its workers, wall seconds, and the most memory they held
together (Linux only). Nothing ought to grow but the catalogue and what a batch remembers of other years:

update   one more year, read, checked, committed, workbook written;
change   that year beside the one before;
trace    one figure of one township down to the cells;
figures  a report tagged before that year, bridged to today's, one indicator;
years    `diff YEAR YEAR`, every field of two years.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pandas as pd
from large_county import povplan, workspace, write_township

LAST = 2023
"""The last year of the ledger before one more comes."""


def main() -> None:
    """One county for each number of years kept."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--households", type=int, default=20_000)
    parser.add_argument("--townships", type=int, default=5)
    parser.add_argument("--kept", type=int, nargs="+", default=[3, 10])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        each = asked.households // asked.townships
        files = [write_township(root / f"{t:02}.xlsx", t, each) for t in range(asked.townships)]
        print(f"{asked.households:,} households a year, {asked.townships} workbooks")
        for kept in asked.kept:
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
    for what, words in (
        ("update", ["update", *w, "--year", following, *files]),
        ("change", ["change", *w, "--year", following, "--by", "county"]),
        ("trace", ["trace", "register_income", *w, "--year", following, "--unit", "样本00镇"]),
        ("figures", ["diff", "定稿", "now", "--figures", "--indicator", "register_income", *w]),
        ("years", ["diff", LAST, following, *w]),
    ):
        show(what, words)


def show(what: str, words: list[object]) -> None:
    """One line of the result."""
    before = used()
    cost = povplan(*words)
    memory = f"{cost.mib:7,} MiB" if cost.mib else ""
    print(f"  {what:<10}{used() - before:8.1f} s CPU {cost.seconds:8.1f} s {memory}", flush=True)


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
    for year in years:
        frames = [(layer, layer.read()) for layer in layers]
        parts = tuple(
            Part(layer.ledger, year, layer.form, layer.mode, layer.scope, _of(frame, year))
            for layer, frame in frames
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


def _of(frame: pd.DataFrame, year: int) -> pd.DataFrame:
    """The rows as those of another year."""
    return frame.assign(year=pd.array([year] * len(frame), "Int64")) if "year" in frame else frame


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
