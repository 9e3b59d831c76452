"""How long a county takes, and how much memory: `povplan` against reading the same workbooks and no more.

    python benchmarks/large_county.py --households 200000 --townships 25

A made-up county of the default profile, 60 columns a household, one workbook a township, is written to a
temporary folder. Printed are whole-process seconds, ratios of one run on one machine, and the most memory
that the process and its workers held together (Linux only: proportional set sizes, sampled):

floor    the same files read with python-calamine by two processes, values thrown away;
trial    `update --dry-run`: read, check, merge, measures; nothing stored, no workbook of figures;
update   the same, then commit and workbook; with returns, as by default, what goes back to the senders too;
again    the same files once more: nothing has changed, and that is found out;
village  `validate` of one workbook of 100 households, in a workspace of its own;
help     `povplan --help` against a bare `import typer`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xlsxwriter

PROC = Path("/proc")
LOOK = 0.2
"""Seconds between two looks at the memory."""
TEXTS = {
    "户编号": "code", "县": "place", "乡镇": "place", "行政村": "place", "村民小组": "group",
    "户主姓名": "name",
    "联系电话": "phone", "户主性别": ("男", "女"), "贫困户属性": ("一般贫困户", "低保贫困户"),
    "脱贫状态": ("贫困", "已脱贫"), "主要致贫原因": ("因病", "因残", "因学", "缺资金", "缺技术"),
    "是否危房": ("否",), "是否解决安全饮用水": ("是",), "义务教育适龄失学辍学": ("否",),
    "有家庭成员未参加基本医保": ("否",), "是否有卫生厕所": ("是", "否"), "是否通生活用电": ("是",),
    "是否通广播电视": ("是",), "是否通宽带": ("是", "否"), "是否加入农民专业合作社": ("是", "否"),
    "是否有龙头企业带动": ("是", "否"), "是否军烈属": ("否",), "是否易地扶贫搬迁户": ("否", "是"),
    "入户路类型": ("水泥路", "砂石路"), "主要燃料类型": ("柴草", "清洁能源"),
}  # fmt: skip
WHOLE = {"家庭人口数": (1, 8), "劳动力人数": (0, 4), "建房时间": (1975, 2020)}
NUMBERS = {
    "住房面积": 180, "与村主干路距离": 4, "耕地面积": 20, "牧草地面积": 5, "水面面积": 2, "林地面积": 30,
    "退耕还林面积": 8, "林果面积": 6,
}  # fmt: skip
FAULTY, OUT_OF_POVERTY = 0.01, 4_000
"""Share of rows with more workers than persons, and of those whose status contradicts their income."""
INCOME = {
    "工资性收入": ("务工收入", "行业部门公益岗收入", "乡镇公益岗收入", "村级公益岗收入"),
    "生产经营性收入": ("种植收入", "养殖收入", "林果收入"),
    "财产性收入": ("资产收益扶贫分红", "土地流转收入"),
    "转移性收入": ("计划生育金", "低保金", "养老保险金", "生态补偿金"),
    "生产经营性支出": ("种植支出", "养殖支出"),
}  # fmt: skip


def main() -> None:
    """Write the county, run everything, print seconds and ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--households", type=int, default=20_000)
    parser.add_argument("--townships", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder), asked.households, asked.townships)


@dataclass(frozen=True)
class Cost:
    """What a command took: wall seconds, and MiB at most; 0 where memory cannot be seen."""

    seconds: float
    mib: int = 0


def run(folder: Path, households: int, townships: int) -> None:
    """One county in `folder`: written, read for the floor, tried, updated twice."""
    files = [write_township(folder / f"{t:02}.xlsx", t, households // townships) for t in range(townships)]
    size = sum(file.stat().st_size for file in files) >> 20
    print(f"{households:,} households, {townships} workbooks, {size} MiB")
    floor = timed(lambda: read_and_forget(files))
    show("floor (calamine, 2 processes)", Cost(floor), floor)
    county, twin = workspace(folder / "county"), folder / "twin"
    for what, place, year, more in (
        ("first year, trial", county, 2023, ["--dry-run"]),
        ("first year, update", county, 2023, ["--no-returns"]),
        ("next year, trial", county, 2024, ["--dry-run"]),
        ("next year, update", county, 2024, ["--no-returns"]),
        ("next year, update with returns", twin, 2024, []),
        ("next year, again", twin, 2024, []),
    ):
        show(what, povplan("update", "-w", place, "--year", year, "-q", *more, *files), floor)
        if not twin.exists() and (county / "reports").exists():
            shutil.copytree(county, twin)
    small(folder)


def small(folder: Path) -> None:
    """What a person waits for: one village checked, help shown; medians of five."""
    village = write_township(folder / "village.xlsx", 0, 100)
    office = workspace(folder / "office")
    checked = [povplan("validate", "-w", office, "--year", 2024, "-q", village) for _ in range(5)]
    helped = [command("-m", "povplan", "--help").seconds for _ in range(5)]
    bare = [command("-c", "import typer").seconds for _ in range(5)]
    seconds = statistics.median(cost.seconds for cost in checked)
    print(f"{'village of 100, validate':<32}{seconds:7.2f} s")
    help_, typer = statistics.median(helped), statistics.median(bare)
    print(f"{'povplan --help':<32}{help_:7.2f} s   {help_ / typer:4.1f} x import typer")


def show(what: str, cost: Cost, floor: float) -> None:
    """One line of the result."""
    memory = f"   {cost.mib:,} MiB" if cost.mib else ""
    print(f"{what:<32}{cost.seconds:7.1f} s   {cost.seconds / floor:4.1f}{memory}", flush=True)


def workspace(folder: Path) -> Path:
    """An empty workspace of the default profile."""
    folder.mkdir()
    (folder / "povplan.yaml").write_text("povplan: 1\nprofile: default\n")
    return folder


def timed(work: Callable[[], None]) -> float:
    """Wall seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def povplan(*arguments: object) -> Cost:
    """The command, its output thrown away."""
    return command("-m", "povplan", *map(str, arguments))


def command(*arguments: str) -> Cost:
    """What Python with these arguments takes; a run that failed stops the benchmark."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments],
        env=as_installed(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    most = [0]
    watching = threading.Thread(target=watch, args=(process, most))
    watching.start()
    _, said = process.communicate()
    seconds = time.perf_counter() - start
    watching.join()
    if process.returncode not in (0, 1):
        sys.exit(said)
    return Cost(seconds, most[0] >> 10)


def as_installed() -> dict[str, str]:
    """The environment, in which modules are compiled once and not anew at every start."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


# ---- memory ----------------------------------------------------------------------------------------


def watch(process: subprocess.Popen[str], most: list[int]) -> None:
    """Keep the most KiB that the process and its descendants held together, as long as it runs."""
    while process.poll() is None and PROC.is_dir():
        most[0] = max(most[0], sum(map(held, family(process.pid))))
        time.sleep(LOOK)


def family(parent: int) -> Iterator[int]:
    """The process and all that descend from it."""
    yield parent
    for listed in PROC.glob(f"{parent}/task/*/children"):
        try:
            children = listed.read_text().split()
        except OSError:  # it has just ended
            continue
        for child in children:
            yield from family(int(child))


def held(process: int) -> int:
    """KiB of a process, what it shares with others counted by halves, thirds and so on; 0 if it has ended."""
    try:
        lines = (PROC / str(process) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


# ---- the county ------------------------------------------------------------------------------------


def read_and_forget(files: list[Path]) -> None:
    """The floor."""
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        list(pool.map(_read, files))


def _read(path: Path) -> int:
    import python_calamine

    book = python_calamine.load_workbook(str(path))
    return len(book.get_sheet_by_index(0).to_python(skip_empty_area=False))


def write_township(path: Path, township: int, households: int) -> Path:
    """One workbook: title, unit row, header, rows, total."""
    draw = np.random.default_rng(township)
    columns = _columns(draw, township, households)
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("农户")
    sheet.write_string(0, 0, f"样本{township:02}镇农户基础台账")
    sheet.write_string(1, 0, "单位：元")
    sheet.write_row(2, 0, list(columns))
    for i, row in enumerate(zip(*columns.values(), strict=True), 3):
        sheet.write_row(i, 0, row)
    book.close()
    return path


def _columns(draw: np.random.Generator, township: int, n: int) -> dict[str, list[object]]:
    columns: dict[str, list[object]] = {}
    for name, kind in TEXTS.items():
        columns[name] = _texts(draw, name if kind == "place" else kind, township, n)
    for name, (low, high) in WHOLE.items():
        columns[name] = draw.integers(low, high, n).tolist()
    for name, most in NUMBERS.items():
        columns[name] = draw.uniform(0.1, most, n).round(1).tolist()
    net = np.zeros(n)
    for whole, parts in INCOME.items():
        drawn = [draw.lognormal(7, 1, n).round(2) for _ in parts]
        columns |= {part: values.tolist() for part, values in zip(parts, drawn, strict=True)}
        total = np.sum(drawn, axis=0).round(2)
        columns[whole] = total.tolist()
        net += -total if whole == "生产经营性支出" else total
    columns["年纯收入"] = net.round(2).tolist()
    persons = np.array(columns["家庭人口数"], float)
    columns["人均纯收入"] = (net / persons).round(2).tolist()
    wrong = draw.random((2, n)) < FAULTY
    workers = np.minimum(columns["劳动力人数"], persons)
    columns["劳动力人数"] = np.where(wrong[0], persons + 1, workers).astype(int).tolist()
    poor = (net / persons < OUT_OF_POVERTY) != wrong[1]
    columns["脱贫状态"] = np.where(poor, "贫困", "已脱贫").tolist()
    return columns


def _texts(draw: np.random.Generator, kind: object, township: int, n: int) -> list[object]:
    if kind == "code":
        return [f"99{township:02}{i:08}" for i in range(n)]
    if kind in ("县", "乡镇"):
        return ["清河县" if kind == "县" else f"样本{township:02}镇"] * n
    if kind == "行政村":
        return [f"样本{i * 20 // n + 1}村" for i in range(n)]
    if kind == "group":
        return [f"{g}组" for g in draw.integers(1, 9, n)]
    if kind == "name":
        return [f"样本{i}" for i in range(n)]
    if kind == "phone":
        return [f"139{i:08}" for i in draw.integers(0, 10**8, n)]
    return draw.choice(np.array(kind), n).tolist()


if __name__ == "__main__":
    main()
