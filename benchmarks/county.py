"""How long a county takes: `povplan update` against reading the same workbooks and throwing them away.

    python benchmarks/county.py --households 200000 --townships 25

A made-up county of the default profile, 60 columns a household, one workbook a township, is written to a
temporary folder. Printed are whole-process seconds and ratios of one run on one machine:
floor  = the same files read with python-calamine by the same number of processes, values thrown away;
update = read, check, merge, commit, measures and workbook.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import xlsxwriter

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
INCOME = {
    "工资性收入": ("务工收入", "行业部门公益岗收入", "乡镇公益岗收入", "村级公益岗收入"),
    "生产经营性收入": ("种植收入", "养殖收入", "林果收入"),
    "财产性收入": ("资产收益扶贫分红", "土地流转收入"),
    "转移性收入": ("计划生育金", "低保金", "养老保险金", "生态补偿金"),
    "生产经营性支出": ("种植支出", "养殖支出"),
}  # fmt: skip


def main() -> None:
    """Write the county, run both, print seconds and ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--households", type=int, default=20_000)
    parser.add_argument("--townships", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder), asked.households, asked.townships)


def run(folder: Path, households: int, townships: int) -> None:
    """One county in `folder`: written, read for the floor, updated twice."""
    files = [write_township(folder / f"{t:02}.xlsx", t, households // townships) for t in range(townships)]
    print(
        f"{households:,} households, {townships} workbooks, {sum(f.stat().st_size for f in files) >> 20} MiB"
    )
    floor = timed(lambda: read_and_forget(files))
    workspace = folder / "county"
    workspace.mkdir()
    (workspace / "povplan.yaml").write_text("povplan: 1\nprofile: default\n")
    first = timed(lambda: povplan("update", "-w", workspace, "--year", 2023, "-q", *files))
    second = timed(lambda: povplan("update", "-w", workspace, "--year", 2024, "-q", *files))
    again = timed(lambda: povplan("update", "-w", workspace, "--year", 2024, "-q", *files))
    print(f"floor (calamine, 2 processes)   {floor:7.1f} s   1.0")
    for name, seconds in (("first year", first), ("next year", second), ("same again", again)):
        print(f"update, {name:<22}  {seconds:7.1f} s   {seconds / floor:.1f}")


def timed(work: Callable[[], None]) -> float:
    """Wall seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def povplan(*arguments: object) -> None:
    """The installed command, its output thrown away; a run that failed stops the benchmark."""
    command = [sys.executable, "-m", "povplan", *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode not in (0, 1):
        sys.exit(done.stderr)


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
