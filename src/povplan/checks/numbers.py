"""The number by which people speak of one finding: on the list sent down, in the answer, in an excuse."""

from __future__ import annotations

from hashlib import blake2b

import pandas as pd

from povplan.model import FINDING_KEY


def numbers(findings: pd.DataFrame) -> pd.Series:
    """疑点编号 of each finding: ten hexadecimal digits of its key, the same in every run.

    The key holds the digest of the values, so that a changed value makes another finding with another number.
    """
    columns = [findings[name].astype("string").fillna("").tolist() for name in FINDING_KEY]
    told = [_number("\x1f".join(key)) for key in zip(*columns, strict=True)]
    return pd.Series(told, index=findings.index, dtype="string")


def _number(key: str) -> str:
    return blake2b(key.encode(), digest_size=5).hexdigest()
