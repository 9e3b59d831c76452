"""The result of a comparison as a workbook: what it says of every row, in full, for the office itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.formulas.faults import tell
from povplan.jobs.asking import condition
from povplan.jobs.matching import Compared, strayed
from povplan.jobs.mismatches import meaning, reason_of, shown
from povplan.jobs.outside import as_text, as_they_stand
from povplan.ledger import locate
from povplan.lists import column, usual_fields
from povplan.lists import words as in_words
from povplan.matching.groups import MEANS
from povplan.messages import Said, say
from povplan.model import ENTITY, ROW, SOURCE
from povplan.sheets.page import Column, Row, Sheet, Table
from povplan.spec import LedgerField

Positions = npt.NDArray[np.int64]
Lines = list[list[Any]]


def pages(compared: Compared, findings: pd.DataFrame, lang: str) -> list[Sheet]:
    """A page that counts, then one a group that has rows."""
    groups = [
        ("conflict", *_differing(compared, findings, lang, blank=False)),
        ("blank", *_differing(compared, findings, lang, blank=True)),
        ("ours_only", *_ours_only(compared, findings, lang)),
        ("theirs_only", *_of_list(compared, "theirs_only", lang)),
        ("ambiguous", *_of_list(compared, "ambiguous", lang)),
        ("unusable", *_of_list(compared, "unusable", lang)),
        ("agree", *_of_list(compared, "agree", lang)),
    ]
    filled = [_sheet(compared, group, heads, lines, lang) for group, heads, lines in groups if lines]
    return [_about(compared, lang), *filled]


def group_label(group: str) -> Said:
    """What a group is called."""
    return say(f"compare_group_{group}")


def title(compared: Compared, lang: str) -> str:
    """What was compared with what."""
    asked = compared.asked
    said = tell("compare_title", list=_list_name(compared), year=asked.year, ledger=asked.ledger.label.said)
    return said.text(lang)


def _list_name(compared: Compared) -> Said:
    label, name = compared.terms.label, compared.file
    return Said(f"{label.zh}（{name}）", f"{label.en} ({name})")


def sums(compared: Compared) -> list[Said]:
    """The counts of both sides, which add up; then why rows were of no use."""
    lines = [say("compare_sum", rows=f"{len(compared.theirs):,}", **_grouped(compared.counts))]
    if not compared.terms.absent:
        lines.append(say("compare_own_sum", **_grouped(compared.own_counts)))
    if compared.reasons:
        told = [
            tell("compare_reason_count", reason=reason_of(reason), count=count)
            for reason, count in compared.reasons.items()
        ]
        reasons = Said("；".join(one.zh for one in told), "; ".join(one.en for one in told))
        lines.append(tell("compare_reasons", reasons=reasons))
    return lines


def _grouped(counts: dict[str, int]) -> dict[str, str]:
    return {name: f"{count:,}" for name, count in counts.items()}


def remarks(compared: Compared) -> list[Said]:
    """How it was compared, and what was not."""
    said = [say(key) for key in compared.outside.remarks]
    if compared.weak:
        said.append(say("compare_weak"))
    said.append(tell("compare_by", by=_labels(compared, compared.by), fields=_compared(compared)))
    if compared.holds is not None:
        said.append(tell("compare_means_is", condition=meaning(compared)))
    if compared.terms.absent:
        said.append(say("compare_absent_is"))
    if compared.outside.passed:
        said.append(say("compare_passed", sheets="、".join(compared.outside.passed)))
    said += _unread(compared)
    if count := strayed(compared):
        said.append(say("compare_others_numbers", count=count))
    if totals := sum(part.totals for part in compared.outside.parts):
        said.append(say("compare_totals", count=totals))
    if left_out := sum(part.left_out for part in compared.outside.parts):
        said.append(say("compare_not_rows", count=left_out))
    return said


def _unread(compared: Compared) -> list[Said]:
    counts = {
        field: sum(len(part.unread.get(field.id, ())) for part in compared.outside.parts)
        for field in compared.fields
    }
    return [tell("compare_unread", label=field.label.said, count=n) for field, n in counts.items() if n]


def _labels(compared: Compared, names: Sequence[str]) -> Said:
    fields = [compared.asked.ledger.field(name) for name in names]
    return Said(
        " + ".join(one.label.zh for one in fields), " + ".join(one.label.text("en") for one in fields)
    )


def _compared(compared: Compared) -> Said:
    fields = compared.fields
    if not fields:
        return say("compare_nothing")
    return Said("、".join(one.label.zh for one in fields), ", ".join(one.label.text("en") for one in fields))


# ---- pages ----------------------------------------------------------------------------------------------


def _about(compared: Compared, lang: str) -> Sheet:
    """Every group with its count, and how the comparison was made."""
    counts = compared.counts
    rows = [Row([group_label(group).text(lang), count]) for group, count in counts.items()]
    rows.append(Row([say("compare_group_all").text(lang), sum(counts.values())], look="total"))
    if not compared.terms.absent:
        rows.append(Row([group_label("ours_only").text(lang), len(compared.ours_only)]))
    lines = [said.text(lang) for said in (*sums(compared), *remarks(compared), say("compare_next"))]
    heads = [say("head_compare_group").text(lang), say("head_compare_count").text(lang)]
    table = Table(Column.plain(*heads), rows, notes=lines)
    return _page(say("compare_sheet_about").text(lang), table, title(compared, lang), lang)


def _sheet(compared: Compared, group: str, heads: Sequence[str], lines: Lines, lang: str) -> Sheet:
    label = group_label(group).text(lang)
    name = label.replace("，", "").replace(",", "")
    numbered = [Row([at, *line]) for at, line in enumerate(lines, 1)]
    table = Table(Column.plain(say("list_number").text(lang), *heads), numbered)
    return _page(name, table, f"{title(compared, lang)}：{label}", lang)


def _page(name: str, table: Table, heading: str, lang: str) -> Sheet:
    return Sheet(
        name,
        (table,),
        title=heading,
        footer=say("list_internal").text(lang),
        numbering=say("page_numbering").text(lang),
    )


# ---- what they show -------------------------------------------------------------------------------


def _differing(
    compared: Compared, findings: pd.DataFrame, lang: str, *, blank: bool
) -> tuple[list[str], Lines]:
    """One line a difference: both cells, both values in full, and a column for the answer.

    Where the ledger is blank, nothing differs yet: such lines are apart.
    """
    rules = ["compare_blank"] if blank else ["compare_means", "compare_differs"]
    found = findings[findings["rule"].isin(rules)].reset_index(drop=True)
    lines = compared.matched.differences[compared.blank == blank].reset_index(drop=True)
    rows, pairs = lines["row"].to_numpy(np.int64), lines["ours"].to_numpy(np.int64)
    who = _own_fields(compared)
    values = _values(compared, lines, rows, pairs, lang)
    columns = [
        found["number"].tolist(),
        _places(found),
        *_own(compared, who, pairs, lang),
        *values,
        found[f"message_{lang}"].tolist(),
        _own_cells(compared, found, pairs),
        found[f"hint_{lang}"].tolist(),
        [None] * len(found),
    ]
    return [
        _head("number", lang),
        _head("at", lang),
        *(field.label.text(lang) for field in who),
        *(_head(name, lang) for name in ("field", "theirs", "ours", "found", "ours_at", "todo", "result")),
    ], [list(line) for line in zip(*columns, strict=True)]


def _head(name: str, lang: str) -> str:
    return say(f"head_compare_{name}").text(lang)


def _places(found: pd.DataFrame) -> list[str]:
    return [f"{sheet}!{cell}" for sheet, cell in zip(found["sheet"], found["cell"], strict=True)]


def _own_fields(compared: Compared) -> list[LedgerField]:
    """By which a row of the ledger is known: what joins, its name, its place."""
    ledger, terms = compared.asked.ledger, compared.terms
    named = [*compared.by, *terms.names, ledger.placed("township"), ledger.placed("village")]
    present = [name for name in dict.fromkeys(named) if name and name in compared.ours]
    return [ledger.field(name) for name in present]


def _own(compared: Compared, fields: Sequence[LedgerField], at: Positions, lang: str) -> Lines:
    codes = compared.asked.standing.config.codes
    return [
        in_words(column(compared.ours, field).iloc[at], field, codes.get(field.codes or ""), lang)
        for field in fields
    ]


def _values(compared: Compared, lines: pd.DataFrame, rows: Positions, pairs: Positions, lang: str) -> Lines:
    """What differs, what the list says, what the ledger says: in full."""
    names = lines["field"].to_numpy(object)
    labels, theirs, ours = (np.full(len(names), "", object) for _ in range(3))
    for name in lines["field"].unique():
        at = np.flatnonzero(names == name)
        if name == MEANS:
            labels[at] = say("compare_field_means").text(lang)
            theirs[at] = compared.terms.label.text(lang)
            continue
        field = compared.asked.ledger.field(str(name))
        labels[at] = field.label.text(lang)
        theirs[at] = shown(compared.theirs[name].iloc[rows[at]], field, compared, lang, mask=False)
        ours[at] = shown(column(compared.ours, field).iloc[pairs[at]], field, compared, lang, mask=False)
    return [labels.tolist(), theirs.tolist(), ours.tolist()]


def _own_cells(compared: Compared, found: pd.DataFrame, pairs: Positions) -> list[str | None]:
    """Where the ledger's value stands in the file that was submitted; where it is a whole row, the row."""
    asked = compared.asked
    folded = asked.standing.folded(asked.ledger.ledger, asked.year)
    sources = asked.standing.store.sources()
    entities = compared.ours[ENTITY].iloc[pairs].reset_index(drop=True).astype("string")
    stored = {field.id for field in asked.standing.config.ledgers[asked.ledger.ledger].fields}
    fields = found["field"].where(found["field"].isin(list(stored)))
    at = locate(folded, entities, fields, sources)
    bare = compared.ours[[SOURCE, ROW]].iloc[pairs].reset_index(drop=True)
    numbers, rows = at[SOURCE].fillna(bare[SOURCE]), at[ROW].fillna(bare[ROW])
    return [
        _place(sources, source, row, name) for source, row, name in zip(numbers, rows, fields, strict=True)
    ]


def _place(sources: Any, source: Any, row: Any, name: Any) -> str | None:
    if pd.isna(source) or pd.isna(row) or int(source) not in sources:
        return None
    at = sources[int(source)]
    return f"{at.file}, {at.sheet}!{at.cell(int(row), None if pd.isna(name) else str(name))}"


def _ours_only(compared: Compared, findings: pd.DataFrame, lang: str) -> tuple[list[str], Lines]:
    asked, at = compared.asked, compared.ours_only
    found = findings.loc[findings["rule"] == "compare_ours_only", "number"].tolist()
    own = _own_fields(compared)
    more = [f for f in usual_fields(asked.ledger, compared.ours, _means_fields(compared)) if f not in own]
    fields = [*own, *more]
    columns = [found, *_own(compared, fields, at, lang), [None] * len(at)]
    heads = [_head("number", lang), *(field.label.text(lang) for field in fields), _head("result", lang)]
    return heads, [list(line) for line in zip(*columns, strict=True)]


def _means_fields(compared: Compared) -> tuple[str, ...]:
    """The fields by which it is told who ought to be on the list."""
    asked = compared.asked
    texts = (compared.terms.means, asked.where)
    found = (condition(asked.standing, asked.ledger, text) for text in texts)
    return tuple(
        name for formula in found if formula for name in formula.fields if name in asked.ledger.names
    )


def _of_list(compared: Compared, group: str, lang: str) -> tuple[list[str], Lines]:
    """Rows of the list under its own headings, as they stand; of unusable ones the reason."""
    at = np.flatnonzero(compared.matched.groups == group)
    cells = as_they_stand(compared.outside.parts)
    sheets = {number: part.sheet for number, part in enumerate(compared.outside.parts)}
    places = [
        f"{sheets[sheet]}!{row}"
        for sheet, row in zip(compared.theirs["_sheet"].iloc[at], compared.theirs[ROW].iloc[at], strict=True)
    ]
    columns: Lines = [places]
    heads = [_head("at", lang)]
    if group == "unusable":
        heads.append(_head("reason", lang))
        columns.append(_reasons(compared, at, lang))
    for name in cells:
        heads.append(str(name))
        columns.append([as_text(cell) for cell in cells[name].iloc[at]])
    return heads, [list(line) for line in zip(*columns, strict=True)]


def _reasons(compared: Compared, at: Positions, lang: str) -> list[str]:
    """Why, and which row stands before it."""
    said = {
        str(reason): reason_of(str(reason)).text(lang)
        for reason in compared.matched.reasons.dropna().unique()
    }
    rows = compared.theirs[ROW].to_numpy(np.int64)
    reasons = compared.matched.reasons.iloc[at].tolist()
    told = []
    for reason, first in zip(reasons, compared.matched.first[at].tolist(), strict=True):
        before = say("compare_row", row=rows[first]).text(lang) if first >= 0 else ""
        told.append(f"{said[reason]}（{before}）" if before else said[reason])
    return told
