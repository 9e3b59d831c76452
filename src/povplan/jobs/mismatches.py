"""What a comparison found, as findings: each with its cell in the list, its number, and what to do.

Words mask whatever names a person; the workbook takes the values themselves from `Compared`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.checks.findings import FINDING_DTYPES
from povplan.checks.numbers import numbers
from povplan.formulas.faults import tell
from povplan.formulas.wording import worded
from povplan.jobs.asking import scope
from povplan.jobs.differing import MASK
from povplan.jobs.matching import Compared, sheet_of_row
from povplan.lists import column, words
from povplan.matching.groups import MEANS
from povplan.messages import Said, say
from povplan.model import ENTITY, FINDING_COLUMNS, ROW, UNIT, column_letters
from povplan.spec import LedgerField, hidden_fields

Positions = npt.NDArray[np.int64]
SEVERITY = {
    "compare_means": "doubt",
    "compare_differs": "doubt",
    "compare_blank": "doubt",
    "compare_ours_only": "doubt",
    "compare_ambiguous": "doubt",
    "compare_theirs_only": "notice",
    "compare_unusable": "notice",
}
BESIDE = ("number", "sheet", "cell")
"""What stands beside FINDING_COLUMNS: 疑点编号, the sheet of the list, the cell."""


def mismatches(compared: Compared) -> pd.DataFrame:
    """FINDING_COLUMNS and BESIDE: conflicts in the order of the list, then what one side lacks.

    Whoever is on a list on which nobody ought to be, and is not in the ledger either, is no finding.
    """
    groups = compared.matched.groups
    alone = np.flatnonzero(groups == "theirs_only") if not compared.terms.absent else np.empty(0, np.int64)
    found = [
        _differing(compared),
        _of_list(compared, "compare_theirs_only", alone, _same(say_of(compared, "compare_theirs_only"))),
        _ours_only(compared),
        _of_list(
            compared,
            "compare_ambiguous",
            np.flatnonzero(groups == "ambiguous"),
            _same(say("compare_ambiguous")),
        ),
        _of_list(compared, "compare_unusable", np.flatnonzero(groups == "unusable"), _why(compared)),
    ]
    frame = pd.concat(found, ignore_index=True)
    frame = frame.astype({**FINDING_DTYPES, "sheet": "string", "cell": "string"})
    return frame.assign(number=numbers(frame))[[*FINDING_COLUMNS, *BESIDE]]


def say_of(compared: Compared, key: str) -> Said:
    """A sentence that names the list."""
    return tell(key, list=compared.terms.label)


def reason_of(reason: str) -> Said:
    """Why a row cannot be compared, in words."""
    return say(f"compare_reason_{reason}")


def shown(values: pd.Series, field: LedgerField, compared: Compared, lang: str, *, mask: bool) -> list[str]:
    """Values of a field as people read them; `***` for what names a person where masked."""
    if mask and field.id in hidden_fields(compared.asked.ledger, compared.asked.standing.config.ledgers):
        return [MASK] * len(values)
    codes = compared.asked.standing.config.codes.get(field.codes or "")
    return [_written(value) for value in words(values, field, codes, lang)]


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return str(value)


def meaning(compared: Compared) -> Said:
    """What being on the list means, in words."""
    terms = compared.terms
    return worded(terms.means or "", scope(compared.asked.standing, compared.asked.ledger))


# ---- in both, differing ------------------------------------------------------------------------------


def _differing(compared: Compared) -> pd.DataFrame:
    lines = compared.matched.differences
    rows, pairs = lines["row"].to_numpy(np.int64), lines["ours"].to_numpy(np.int64)
    told = pd.DataFrame({"zh": pd.Series("", lines.index), "en": pd.Series("", lines.index)}, dtype=object)
    for name in lines["field"].unique():
        at = np.flatnonzero((lines["field"] == name).to_numpy(bool))
        words_ = (
            _means(compared, pairs[at])
            if name == MEANS
            else _differs(compared, str(name), rows[at], pairs[at])
        )
        told.loc[at, "zh"], told.loc[at, "en"] = words_
    is_means = (lines["field"] == MEANS).to_numpy(bool)
    frame = _at_cells(compared, rows, lines["field"].tolist())
    ours = compared.ours
    return frame.assign(
        rule=np.select([compared.blank, is_means], ["compare_blank", "compare_means"], "compare_differs"),
        entity=ours[ENTITY].to_numpy(object)[pairs],
        unit=ours[UNIT].to_numpy(object)[pairs],
        message_zh=told["zh"],
        message_en=told["en"],
        digest=_digests(compared, rows, lines["field"].tolist(), pairs),
        **_fixed(compared, is_means),
    )


def _fixed(compared: Compared, means: npt.NDArray[np.bool_]) -> dict[str, Any]:
    hint = compared.terms.hint
    return {"severity": "doubt", "hint_zh": hint.zh, "hint_en": hint.en} | {"effect": "flag"} | {
        "ledger": compared.asked.ledger.ledger, "year": compared.asked.year
    }  # fmt: skip


def _means(compared: Compared, pairs: Positions) -> tuple[list[str], list[str]]:
    """That what the list means does not hold, or is not known."""
    if compared.holds is None:
        said = say_of(compared, "compare_means_absent")
        return [said.zh] * len(pairs), [said.en] * len(pairs)
    condition = meaning(compared)
    false, unknown = (
        tell(key, list=compared.terms.label, condition=condition)
        for key in ("compare_means", "compare_means_unknown")
    )
    is_known = compared.holds.notna().to_numpy(bool)[pairs]
    return (
        np.where(is_known, false.zh, unknown.zh).tolist(),
        np.where(is_known, false.en, unknown.en).tolist(),
    )


def _differs(compared: Compared, name: str, rows: Positions, pairs: Positions) -> tuple[list[str], list[str]]:
    """Both values of a field."""
    field = compared.asked.ledger.field(name)
    told = []
    for lang in ("zh", "en"):
        theirs = shown(compared.theirs[name].iloc[rows], field, compared, lang, mask=True)
        ours = shown(column(compared.ours, field).iloc[pairs], field, compared, lang, mask=True)
        template = say("compare_differs", label=field.label.text(lang), theirs="{0}", ours="{1}").text(lang)
        told.append([template.replace("{0}", a).replace("{1}", b) for a, b in zip(theirs, ours, strict=True)])
    return told[0], told[1]


# ---- on one side only -------------------------------------------------------------------------------------


def _of_list(
    compared: Compared, rule: str, rows: Positions, say_: Callable[[Positions], tuple[list[str], list[str]]]
) -> pd.DataFrame:
    """Findings of rows of the list, at the cell by which they were to be joined."""
    chinese, english = say_(rows)
    by = compared.by[0]
    hint = say(f"compare_hint_{rule.removeprefix('compare_')}")
    return _at_cells(compared, rows, [by] * len(rows)).assign(
        rule=rule,
        severity=SEVERITY[rule],
        effect="flag",
        ledger=compared.asked.ledger.ledger,
        year=compared.asked.year,
        unit=compared.theirs[UNIT].to_numpy(object)[rows],
        message_zh=chinese,
        message_en=english,
        hint_zh=hint.zh,
        hint_en=hint.en,
        digest=_digests(compared, rows, [rule] * len(rows), None),
    )


def _same(said: Said) -> Callable[[Positions], tuple[list[str], list[str]]]:
    return lambda rows: ([said.zh] * len(rows), [said.en] * len(rows))


def _why(compared: Compared) -> Callable[[Positions], tuple[list[str], list[str]]]:
    known = {
        str(reason): tell("compare_unusable", reason=reason_of(str(reason)))
        for reason in compared.matched.reasons.dropna().unique()
    }

    def told(rows: Positions) -> tuple[list[str], list[str]]:
        reasons = compared.matched.reasons.iloc[rows].tolist()
        return [known[reason].zh for reason in reasons], [known[reason].en for reason in reasons]

    return told


def _ours_only(compared: Compared) -> pd.DataFrame:
    """Findings of rows of the ledger: they have no cell in the list."""
    said, hint = say_of(compared, "compare_ours_only"), say("compare_hint_ours_only")
    own = compared.ours.iloc[compared.ours_only]
    blank = dict.fromkeys(("field", "source", "row", "column", "sheet", "cell"))
    return pd.DataFrame(
        {
            "entity": own[ENTITY].to_numpy(object),
            "unit": own[UNIT].to_numpy(object),
            **{name: np.full(len(own), value, object) for name, value in blank.items()},
        }
    ).assign(
        rule="compare_ours_only",
        severity=SEVERITY["compare_ours_only"],
        effect="flag",
        ledger=compared.asked.ledger.ledger,
        year=compared.asked.year,
        message_zh=said.zh,
        message_en=said.en,
        hint_zh=hint.zh,
        hint_en=hint.en,
        digest=_kind(compared),
    )


# ---- cells and digests -----------------------------------------------------------------------------


def _at_cells(compared: Compared, rows: Positions, names: Sequence[str]) -> pd.DataFrame:
    """Field, sheet, row, column and cell of rows of the list; where a field has no column, of what joins."""
    sheets = compared.theirs["_sheet"].to_numpy(np.int64)[rows]
    at = compared.theirs[ROW].to_numpy(np.int64)[rows]
    fallback = compared.by[0]
    places = {
        (number, name): part.fields.get(name) or part.fields.get(fallback)
        for number, part in enumerate(compared.outside.parts)
        for name in {*names}
    }
    columns = [places[int(sheet), name] for sheet, name in zip(sheets, names, strict=True)]
    cells = [
        f"{column_letters(number) if number else ''}{row}"
        for number, row in zip(columns, at.tolist(), strict=True)
    ]
    return pd.DataFrame(
        {
            "field": pd.Series([None if name == MEANS else name for name in names], dtype="string"),
            "source": pd.Series([None] * len(rows), dtype="Int64"),
            "row": at,
            "column": pd.Series(columns, dtype="Int64"),
            "entity": pd.Series([None] * len(rows), dtype="string"),
            "sheet": sheet_of_row(compared).iloc[rows].to_numpy(object),
            "cell": cells,
        }
    )


def _kind(compared: Compared) -> str:
    """What tells findings of one list from those of another."""
    terms = compared.terms
    return f"{terms.kind or terms.label.zh}|{terms.means or ''}"


def _digests(compared: Compared, rows: Positions, names: Sequence[str], pairs: Positions | None) -> list[str]:
    """A short keyed hash of what each finding rests on: the key and the values, never to be guessed back."""
    kind = _kind(compared)
    keys = compared.theirs[[name for name in compared.by if name in compared.theirs]].iloc[rows]
    parts = [keys[name].astype("string").fillna("").tolist() for name in keys]
    if pairs is None:
        parts.append(compared.theirs[ROW].iloc[rows].astype(str).tolist())
    else:
        parts.append(_both_values(compared, rows, names, pairs))
    secret = kind.encode() + _secret(compared)
    told = ("\x1f".join(values) for values in zip(names, *parts, strict=True))
    return [hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()[:16] for text in told]


def _both_values(compared: Compared, rows: Positions, names: Sequence[str], pairs: Positions) -> list[str]:
    found = np.full(len(rows), "", object)
    fields = np.array(names, object)
    for name in {*names} - {MEANS}:
        at = np.flatnonzero(fields == name)
        field = compared.asked.ledger.field(name)
        theirs = compared.theirs[name].iloc[rows[at]].astype("string").fillna("")
        ours = column(compared.ours, field).iloc[pairs[at]].astype("string").fillna("")
        found[at] = [f"{a}\x1f{b}" for a, b in zip(theirs, ours, strict=True)]
    return found.tolist()


def _secret(compared: Compared) -> bytes:
    """A key of the workspace's own."""
    return compared.asked.standing.workspace.pseudonym("compare").encode()
