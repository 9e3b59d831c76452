"""The benchmark of checking compares like with like: the same failing rows for every rule, three ways."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from povplan.config import load_config

pytest.importorskip("pandera", reason="the benchmark checks with pandera too")
checking: Any = importlib.import_module("checking")


def test_povplan_pandas_and_pandera_find_the_same_rows_of_at_least_sixty_rules() -> None:
    config = load_config("default")
    now, before = checking.table(3000, checking.YEAR), checking.table(3000, checking.YEAR - 1)
    ledger = checking.expressible(config.ledgers["household"], now)
    frames = checking.typed(ledger, now), checking.typed(ledger, before)

    found = {
        "povplan": checking.checked(config, ledger, *frames),
        "hand": checking.by_hand(now, before),
        "pandera": checking.with_pandera(now, before),
    }

    checking.held_together(found, ledger)
    assert sum(found["hand"].values()) > 20
