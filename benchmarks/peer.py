"""povplan's second year against the least that reading costs and against an analyst's script, in one run.

    python benchmarks/peer.py --households 200000 --townships 25

The county of `large_county.py` is written to a temporary folder and sent in for two years; the first lies
ready in povplan's ledger and in the analyst's Parquet. Whole processes are timed from outside:

(a) floor    the workbooks read with python-calamine by two processes, the values thrown away
(b) analyst  `analyst.py`: pandas with openpyxl, pandera, `to_excel`; as most would run it, then with two
             processes, then with calamine for openpyxl as well
(c) povplan  read, check, merge, commit, indicators, change; then `povplan update`, with its workbook, then
             with what goes back to the senders too, of which the script has nothing

Memory is the peak of the process tree, shared pages counted once, looked at five times a second; it needs
Linux. Seconds drift with the machine: what counts are the ratios of one run, and on a machine that does
other things besides, those of processor time, of all processes together.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
FLOOR, PEER, PEER_WRITING = "(a) floor", "(b) analyst, figures only", "(b) analyst, with tables"
PEER_TWO = "(b) analyst, with tables, 2 processes"
PEER_CALAMINE = "(b) analyst, with tables, 2 processes, calamine"
POVPLAN, POVPLAN_WRITING = "(c) povplan, figures only", "(c) povplan update, with its workbook"
POVPLAN_RETURNING = "(c) povplan update, with what is returned too"
LIBRARIES = ("pandas", "openpyxl", "pandera", "python-calamine", "pyarrow", "xlsxwriter")
Command = Sequence[object]


class Run(NamedTuple):
    """One process, timed and weighed from outside."""

    seconds: float
    cpu: float
    """Seconds of all its processes together; 0 on Windows."""
    mib: float


def main() -> None:
    """Write the county, run everything, print seconds and ratios; or be one of the processes timed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--households", type=int, default=20_000)
    parser.add_argument("--townships", type=int, default=5)
    parser.add_argument("--times", type=int, default=1, help="rounds; the fastest of each is printed")
    parser.add_argument("--run", choices=["floor", "povplan"], help=argparse.SUPPRESS)
    parser.add_argument("--workspace", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("files", nargs="*", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.run == "floor":
        from large_county import read_and_forget

        read_and_forget(asked.files)
    elif asked.run == "povplan":
        figures_only(asked.workspace, asked.files)
    else:
        with tempfile.TemporaryDirectory() as folder:
            compare(Path(folder), asked.households, asked.townships, asked.times)


def figures_only(folder: Path, files: list[Path]) -> None:
    """povplan's second year without a workbook: everything up to the indicators and their change."""
    from povplan.jobs import figures
    from povplan.jobs.update import Order, update
    from povplan.workspace import Workspace

    outcome = update(Workspace.find(folder), Order(files=files, year=2024), lambda said: None)
    if outcome.standing is None or outcome.batch is None:
        sys.exit("nothing was committed")
    figures.all_figures(outcome.standing, 2024)
    figures.change(outcome.standing, 2024)


def compare(folder: Path, households: int, townships: int, times: int) -> None:
    """All of it in `folder`."""
    from large_county import write_township

    files = [write_township(folder / f"{t:02}.xlsx", t, households // townships) for t in range(townships)]
    size = sum(file.stat().st_size for file in files) / 2**20
    print(f"{households:,} households, {townships} workbooks, {size:.1f} MiB; {os.cpu_count()} processors")
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    print(f"Python {platform.python_version()}, {libraries}", flush=True)
    first_year(folder, files)
    rounds = [one_round(folder, files) for _ in range(times)]
    show({name: min(runs[name] for runs in rounds) for name in rounds[0]})


def first_year(folder: Path, files: list[Path]) -> None:
    """2023 in povplan's ledger and in the analyst's Parquet; not timed."""
    workspace = folder / "first"
    workspace.mkdir()
    (workspace / "povplan.yaml").write_text("povplan: 1\nprofile: default\n", encoding="utf-8")
    finished(["-m", "povplan", "update", "-w", workspace, "--year", 2023, "-q", *files])
    finished([HERE / "analyst.py", "--year", 2023, "--keep", folder / "2023.parquet", *files])


def one_round(folder: Path, files: list[Path]) -> dict[str, Run]:
    """Every process once, each povplan in a copy of the ledger of the first year."""
    analyst = [HERE / "analyst.py", "--year", 2024, "--previous", folder / "2023.parquet"]
    writing = [*analyst, "--report", folder / "report.xlsx"]
    quiet, reporting, returning = (afresh(folder, name) for name in ("quiet", "reporting", "returning"))
    update = ["-m", "povplan", "update", "--year", 2024, "-q"]
    commands: dict[str, Command] = {
        FLOOR: [HERE / "peer.py", "--run", "floor", *files],
        POVPLAN: [HERE / "peer.py", "--run", "povplan", "--workspace", quiet, *files],
        POVPLAN_WRITING: [*update, "-w", reporting, "--no-returns", *files],
        POVPLAN_RETURNING: [*update, "-w", returning, *files],
        PEER: [*analyst, *files],
        PEER_WRITING: [*writing, *files],
        PEER_TWO: [*writing, "--workers", 2, *files],
        PEER_CALAMINE: [*writing, "--workers", 2, "--engine", "calamine", *files],
    }
    return {name: told(name, finished(command)) for name, command in commands.items()}


def told(name: str, run: Run) -> Run:
    """The run, said as soon as it is over."""
    print(f"{run.seconds:8.1f} s  {name}", file=sys.stderr, flush=True)
    return run


def afresh(folder: Path, name: str) -> Path:
    """A workspace as the first year left it."""
    shutil.rmtree(folder / name, ignore_errors=True)
    return shutil.copytree(folder / "first", folder / name)


def finished(command: Command) -> Run:
    """This Python run with these words, its output thrown away; one that failed ends the benchmark."""
    from large_county import LOOK, as_installed, family, held

    words = [sys.executable, *map(str, command)]
    start, before, peak = time.perf_counter(), _cpu(), 0.0
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(words, env=as_installed(), stdout=subprocess.DEVNULL, stderr=errors)
        while process.returncode is None:
            try:
                process.wait(LOOK)
            except subprocess.TimeoutExpired:
                peak = max(peak, sum(map(held, family(process.pid))) / 1024)
        seconds = time.perf_counter() - start
        if process.returncode not in (0, 1):
            errors.seek(0)
            sys.exit(errors.read().decode(errors="replace"))
    return Run(seconds, _cpu() - before, peak)


def _cpu() -> float:
    """Processor seconds of all that this process has started and that has ended."""
    spent = os.times()
    return spent.children_user + spent.children_system


def show(runs: dict[str, Run]) -> None:
    """Seconds, how many floors, how many times faster than the analyst; the same of processor time."""
    width = max(map(len, runs))
    heads = ("seconds", "÷ floor", "analyst ÷", "cpu s", "÷ floor", "analyst ÷", "MiB")
    print(" " * width, *(f"{head:>9}" for head in heads))
    for name, run in runs.items():
        peer, floor = runs[PEER] if "figures only" in name else runs[PEER_WRITING], runs[FLOOR]
        wall = (run.seconds, run.seconds / floor.seconds, peer.seconds / run.seconds)
        cpu = (run.cpu, run.cpu / max(floor.cpu, 0.01), peer.cpu / max(run.cpu, 0.01))
        print(f"{name:{width}}", *(f"{value:9.1f}" for value in (*wall, *cpu)), f"{run.mib:9.0f}")


if __name__ == "__main__":
    main()
