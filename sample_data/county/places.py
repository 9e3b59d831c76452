"""The county's townships and villages. Codes begin with 99, which no real division has."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

COUNTY = "清河县"
COUNTY_CODE = "990101"
YEARS = (2022, 2023, 2024)


@dataclass(frozen=True)
class Village:
    """A village: its stem names its people, `rank` orders villages from 0, `income` is its median of 2022."""

    township: str
    name: str
    code: str
    stem: str
    rank: int
    income: int
    escaped: bool

    @property
    def path(self) -> str:
        """county/township/village."""
        return f"{COUNTY}/{self.township}/{self.name}"


_TOWNSHIPS = {
    "东岭镇": ("甲子村", "乙丑村", "丙寅村", "丁卯村", "戊辰村"),
    "中川乡": ("己巳村", "庚午村", "辛未村", "壬申村", "癸酉村"),
    "西坪镇": ("甲戌村", "乙亥村", "丙子村", "丁丑村", "戊寅村"),
}
TOWNSHIPS = tuple(_TOWNSHIPS)
_STEMS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰"
_INCOMES = (
    14200,
    12800,
    11900,
    13600,
    10800,
    15400,
    12300,
    11200,
    13100,
    12000,
    10400,
    11500,
    12600,
    10900,
    11700,
)
_ESCAPED = {2, 4, 7, 10, 13, 14}


def _villages() -> tuple[Village, ...]:
    names = [
        (i, township, name) for i, (township, names) in enumerate(_TOWNSHIPS.items(), 1) for name in names
    ]
    return tuple(
        Village(
            township, name, f"{COUNTY_CODE}{i:02}0{201 + k % 5}", _STEMS[k], k, _INCOMES[k], k in _ESCAPED
        )
        for k, (i, township, name) in enumerate(names)
    )


VILLAGES = _villages()


def write_units(path: Path) -> None:
    """units.csv as a workspace reads it: every village in official order."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("代码", "县", "乡镇", "村", "别名"))
        out.writerows((one.code, COUNTY, one.township, one.name, "") for one in VILLAGES)
