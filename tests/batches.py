"""Small batches to commit, and the whole content of a ledger as one value to compare."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from povplan.model import FINDING_COLUMNS, Source
from povplan.store import Draft, Input, Part, Store
from povplan.store.store import STATUS

TIME = "2025-01-15T09:30:00+08:00"


def part(frame: pd.DataFrame, ledger: str = "village", year: int = 2024, form: str = "village") -> Part:
    return Part(ledger, year, form, "full", ("从化市/温泉镇/乌石村",), frame)


def draft(*parts: Part, source: int = 1, digest: str = "d1", found: pd.DataFrame | None = None) -> Draft:
    file = Input("ab" * 32, "温泉镇.xlsx", 2024, "full", "accepted")
    refused = Input("cd" * 32, "照片.jpg", None, "partial", "refused", "不是表格", "not a table")
    return Draft(
        kind="update",
        time=TIME,
        operator="李",
        as_of={2024: "2024-12-31"},
        config_digest=digest,
        config_texts={"profiles/default/profile.yaml": f"# {digest}\nprofile: default\n"},
        profile="default",
        inputs=(file, refused),
        sources=(Source(source, "ab" * 32, "温泉镇.xlsx", "村表", "village", "village", {"persons": 4}),),
        parts=parts,
        findings=findings("H108") if found is None else found,
        coverage=[{"ledger": "village", "year": 2024, "read": 2, "missing": ["从化市/温泉镇/桃莲村"]}],
    )


def findings(*rules: str) -> pd.DataFrame:
    blank = {name: pd.Series([pd.NA] * len(rules), dtype="string") for name in (*FINDING_COLUMNS, STATUS)}
    years = pd.Series([2024] * len(rules), dtype="Int64")
    return pd.DataFrame(blank).assign(rule=pd.Series(rules, dtype="string"), year=years)


def content(store: Store) -> Any:
    """All that can be asked of a ledger, rows included, as plain values."""
    digests = sorted({one.config_digest for one in store.batches()} - {""})
    return {
        "batches": store.batches(),
        "active": store.active(),
        "rows": {
            (name, year): [(layer, drawn(layer.read())) for layer in store.layers(name, year)]
            for name in store.ledgers()
            for year in store.years(name)
        },
        "sources": store.sources(),
        "findings": [drawn(store.findings(one.id)) for one in store.batches()],
        "configs": {digest: store.config_texts(digest) for digest in digests},
    }


def drawn(frame: pd.DataFrame) -> tuple[list[str], str]:
    return [f"{name}: {dtype}" for name, dtype in frame.dtypes.items()], repr(frame.to_dict("list"))


def on_disk(root: Path) -> set[str]:
    """Files of the ledger, the lock's own left out."""
    found = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    return {name for name in found if not name.startswith("lock")}
