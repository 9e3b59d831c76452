"""Tables of money as a terminal shows them: what is divided by what, and what a total contains."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from povplan.cli.fitting import print_table
from povplan.cli.showing import heading, headings
from povplan.cli.tables import leverage_label
from povplan.cli.typed import completed
from povplan.jobs import money
from povplan.jobs.standing import Standing
from povplan.messages import catalogue, say
from povplan.model import NOTES
from povplan.spec import Funds

Table = tuple[str, pd.DataFrame, list[str]]
"""Title, cells as text, headings."""
MOST = 60
"""Groups of a scope that a terminal gets to see; all are in the other formats."""
UNIT_COLUMNS = ("lever", "others", "total", "leverage_others", "leverage_total")


def show(title: str, table: pd.DataFrame, heads: Sequence[str], notes: Sequence[str] = ()) -> None:
    """The table with its title, and below it what its figures contain."""
    print_table(table, heads, title)
    for note in notes:
        print(completed(note))
    print()


def units(frame: pd.DataFrame, standing: Standing, lang: str) -> Table:
    """One row a unit and scope; for a single unit every figure in a row of its own."""
    if frame["unit"].nunique() == 1:
        return _one_unit(frame, standing, lang)
    wide = frame[frame["indicator"].isin(UNIT_COLUMNS)].pivot(
        index=["unit", "scope"], columns="indicator", values="value"
    )
    ratios = frame[frame["indicator"] == "leverage_others"]
    rows = wide.reindex(pd.MultiIndex.from_frame(ratios[["unit", "scope"]])).reset_index()
    table = pd.DataFrame({"unit": rows["unit"], "scope": [_scope(scope, lang) for scope in rows["scope"]]})
    for name in UNIT_COLUMNS:
        table[name] = [_number(value, 4 if name.startswith("leverage") else 2) for value in rows[name]]
    notes = ratios["note"].reset_index(drop=True)
    marginal = frame[frame["indicator"] == "leverage_marginal"].reset_index(drop=True)
    if len(marginal):
        table["leverage_marginal"] = [_number(value, 4) for value in marginal["value"]]
        notes = notes.fillna(marginal["note"])
    table["note"] = [_note(note, lang) for note in notes]
    return _title(frame, standing, lang), table, headings(table, lang)


def groups(frame: pd.DataFrame, standing: Standing, lang: str) -> Table:
    """One row a group and scope, with its share of the total."""
    labels = _labels(standing, lang)
    names = money.of_project(standing, [int(frame["year"].iloc[0])]) if len(frame) else {}
    rows = []
    for row in frame.groupby("scope", sort=False).head(MOST).to_dict("records"):
        known = labels.get(row["by"], labels["tag"] if row["by"] in labels["by_tag"] else {})
        group = _word("unstated", lang) if pd.isna(row["group"]) else known.get(row["group"], row["group"])
        if row["by"] == "project" and row["group"] in names.get("project_name", ()):
            group = f"{group} {names['project_name'][row['group']]}"
        by = labels["by_tag"].get(row["by"], "")
        rows.append(
            {
                "group": f"{by}：{group}" if by else group,
                "scope": _scope(row["scope"], lang),
                **{name: _number(row[name], 2) for name in ("lever", "others", "total")},
                "share": _number(row["share"], 1),
                **{name: _number(row[name], 4) for name in ("leverage_others", "leverage_total")},
                "note": _note(row["note"], lang),
            }
        )
    columns = [
        "group",
        "scope",
        "lever",
        "others",
        "total",
        "share",
        "leverage_others",
        "leverage_total",
        "note",
    ]
    table = pd.DataFrame(rows, columns=columns)
    return _title(frame, standing, lang), table, headings(table, lang)


def beyond(frame: pd.DataFrame, lang: str) -> list[str]:
    """How many groups are not shown, and where they are."""
    more = int((frame.groupby("scope").size() - MOST).clip(lower=0).max() if len(frame) else 0)
    return [say("money_more", count=more).text(lang)] if more and "by" in frame else []


def contents(standing: Standing, year: int, basis: str | None, *, cumulative: bool, lang: str) -> list[str]:
    """What the lever is, what a total contains and leaves out, and how far the day wage matters."""
    funds = money.taxonomy(standing, basis)
    whole = money.by_unit(standing, year, basis, cumulative=cumulative)
    county = whole[(whole["level"] == "county") & (whole["scope"] == "all")].set_index("indicator")["value"]
    sums = {str(name): float(value) for name, value in county.items() if pd.notna(value)}
    lever = [source.label.text(lang) for source in funds.sources if source.lever and not source.memo]
    told = [say("money_lever", sources="、".join(lever)).text(lang), *_beside(funds, sums, lang)]
    wages = money.wage_sensitivity(standing, year, basis, cumulative=cumulative)["value"]
    if wages.notna().all() and wages.nunique() > 1:
        low, now, high = (f"{float(value):.4f}" for value in wages[:3])
        told.append(say("money_wage", low=low, now=now, high=high).text(lang))
    return told


def _beside(funds: Funds, sums: Mapping[str, float], lang: str) -> list[str]:
    """One line a kind of money that a reader may look for in the total."""
    memo = "、".join(source.label.text(lang) for source in funds.sources if source.memo)
    key = "money_labour_inside" if funds.labour == "inside" else "money_labour_outside"
    labour = sums.get("labour", sums.get("money_by_labour", 0.0))
    lines = [say(key, amount=_number(labour, 2)).text(lang)] if labour else []
    for name in ("memo", "unclassified", "doubled", "unstaged", "unverified", "opening"):
        if sums.get(name):
            lines.append(say(f"money_{name}", amount=_number(sums[name], 2), sources=memo).text(lang))
    return lines


def stages(frame: pd.DataFrame, standing: Standing, lang: str) -> Table:
    """A row a source, a column a stage."""
    labels = _labels(standing, lang)
    order = [stage for stage in labels["stage"] if frame.loc[frame["stage"] == stage, "amount"].notna().any()]
    rows = []
    for (cls, source), part in frame.groupby(["class", "source"], dropna=False, sort=False):
        amounts = part.set_index("stage")["amount"]
        carried = part.set_index("stage")["carried_in"]
        cells = {stage: _number(amounts[stage], 2) for stage in order}
        carry = _number(carried.get("allocated", 0.0) or None, 2)
        rows.append({"source": _source(cls, source, labels, lang), **cells, "carried_in": carry})
    table = pd.DataFrame(rows, columns=["source", *order, "carried_in"])
    heads = [
        heading("source", lang),
        *(labels["stage"][stage] for stage in order),
        heading("carried_in", lang),
    ]
    return say("title_funds_stages").text(lang), table, heads


def stages_contain(
    frame: pd.DataFrame, standing: Standing, year: int, cumulative: bool, lang: str
) -> list[str]:
    """What the sums of the stages hold besides the total of the leverage, and what they leave out."""
    funds = money.taxonomy(standing)
    memo = {source.id for source in funds.sources if source.memo}
    inside = {
        "memo": frame.loc[frame["source"].isin(memo), "amount"].notna().any(),
        "unclassified": frame["class"].isna().any(),
    }
    names = "、".join(source.label.text(lang) for source in funds.sources if source.memo)
    told = [say(f"funds_with_{name}", sources=names).text(lang) for name, some in inside.items() if some]
    apart = money.account(standing, year).unstaged(money.years_of(standing, year, cumulative))
    fen = int(apart["amount"].fillna(0).sum())
    return [*told, *([say("money_unstaged", amount=_number(fen / 100, 2)).text(lang)] if len(apart) else [])]


def execution(frame: pd.DataFrame, standing: Standing, lang: str) -> Table:
    """A row a source, a column a denominator."""
    labels = _labels(standing, lang)
    rows = []
    for (cls, source), part in frame.groupby(["class", "source"], dropna=False, sort=False):
        rates = {str(base): float(value) for base, value in zip(part["base"], part["value"], strict=True)}
        cells = {f"rate_{base}": "" if math.isnan(rate) else f"{rate:.1%}" for base, rate in rates.items()}
        note = _note(part["note"].dropna().iloc[0] if part["note"].notna().any() else pd.NA, lang)
        rows.append({"source": _source(cls, source, labels, lang), **cells, "note": note})
    table = pd.DataFrame(rows)
    return say("title_funds_execution").text(lang), table, headings(table, lang)


def delivery(frame: pd.DataFrame, standing: Standing, lang: str) -> Table:
    """What was promised, what came, and the rate."""
    labels = _labels(standing, lang)
    rows = [
        {
            "source": labels["class"].get(name.removeprefix("delivered_class_")) or _word(name, lang),
            "promised": _number(row["denominator"], 2),
            "delivered": _number(row["numerator"], 2),
            "value": "" if pd.isna(row["value"]) or name == "unpromised" else f"{row['value']:.1%}",
            "note": _note(row["note"], lang),
        }
        for row in frame.to_dict("records")
        for name in [str(row["indicator"])]
    ]
    table = pd.DataFrame(rows)
    return say("title_funds_delivery").text(lang), table, headings(table, lang)


def doubles(frame: pd.DataFrame, standing: Standing, lang: str) -> Table:
    """Entries of money that stands twice, the same sum under one number."""
    labels = _labels(standing, lang)
    rows = [
        {
            "kind": _word(f"double_{row['kind']}", lang),
            "number": str(row["group"] + 1),
            "unit": "" if pd.isna(row["unit"]) else str(row["unit"]).split("/", 1)[-1],
            "project_id": "" if pd.isna(row["project_id"]) else row["project_id"],
            "source": labels["source"].get(row["source"], ""),
            "stage": labels["stage"].get(row["stage"], ""),
            "amount": _number(row["amount"], 2),
            "double": _number(row["double"] or None, 2),
            "out": _number(row["out"] or None, 2),
            "treatment": _word(f"treatment_{row['treatment']}", lang),
        }
        for row in frame.head(MOST).to_dict("records")
    ]
    columns = [
        "kind",
        "number",
        "unit",
        "project_id",
        "source",
        "stage",
        "amount",
        "double",
        "out",
        "treatment",
    ]
    table = pd.DataFrame(rows, columns=columns)
    return say("title_funds_doubles", count=len(frame)).text(lang), table, headings(table, lang)


def effect(frame: pd.DataFrame, standing: Standing, lang: str) -> Table:
    """The ratio as entered, after each kind, as counted."""
    rows = [
        {
            "step": _word(f"double_{row['step']}", lang),
            "scope": _scope(row["scope"], lang),
            "out_lever": _number(row["out_lever"] or None, 2),
            "out_others": _number(row["out_others"] or None, 2),
            "lever": _number(row["lever"], 2),
            "others": _number(row["others"], 2),
            "leverage_others": _number(row["leverage_others"], 4),
            "change": "" if pd.isna(row["change"]) or not row["change"] else f"{row['change']:+.4f}",
            "note": _note(row["note"], lang),
        }
        for row in frame.to_dict("records")
        if row["step"] in ("entered", "counted") or row["out_lever"] or row["out_others"]
    ]
    table = pd.DataFrame(rows)
    return say("title_funds_effect").text(lang), table, headings(table, lang)


def documents(frame: pd.DataFrame, standing: Standing, lang: str) -> Table:
    """Document numbers that several subjects share: a notice."""
    labels = _labels(standing, lang)
    shown = frame.head(20)
    table = pd.DataFrame(
        {
            "document_no": shown["document_no"],
            "stage": [labels["stage"].get(stage, "") for stage in shown["stage"]],
            "subjects": shown["subjects"].astype(str),
            "lines": shown["lines"].astype(str),
            "amount": [_number(value, 2) for value in shown["amount"]],
        }
    )
    return say("title_funds_documents", count=len(frame)).text(lang), table, headings(table, lang)


PARTS: Mapping[str, Callable[[pd.DataFrame, Standing, str], Table]] = {
    "stages": stages,
    "execution": execution,
    "delivery": delivery,
    "doubles": doubles,
    "effect": effect,
    "documents": documents,
}


def _one_unit(frame: pd.DataFrame, standing: Standing, lang: str) -> Table:
    labels = _labels(standing, lang)
    rows = [
        {
            "indicator": leverage_label(row["indicator"], labels["class"], lang),
            "scope": _scope(row["scope"], lang),
            "value": _number(row["value"], 6 if str(row["indicator"]).startswith("leverage") else 2),
            "numerator": _number(row["numerator"], 2),
            "denominator": _number(row["denominator"], 2),
            "left_out": "" if pd.isna(row["left_out"]) or not row["left_out"] else str(row["left_out"]),
            "note": _note(row["note"], lang),
        }
        for row in frame.to_dict("records")
    ]
    unit = str(frame["unit"].iloc[0])
    table = pd.DataFrame(rows)
    return f"{unit} {_title(frame, standing, lang)}", table, headings(table, lang)


def _title(frame: pd.DataFrame, standing: Standing, lang: str) -> str:
    stages = _labels(standing, lang)["stage"]
    basis = "、".join(stages.get(one, one) for one in frame["basis"].dropna().unique())
    scope = "、".join(_scope(one, lang) for one in frame["scope"].dropna().unique())
    year = int(frame["year"].iloc[0]) if len(frame) else ""
    assert standing.config.funds is not None
    currency = standing.config.funds.currency.text(lang)
    return say("title_money", year=year, basis=basis or "—", scope=scope, currency=currency).text(lang)


def _labels(standing: Standing, lang: str) -> dict[str, dict[str, str]]:
    """What ids are called: sources, classes, stages, tags and their values, forms."""
    funds = standing.config.funds
    assert funds is not None
    tags = ("instrument", "mode", "party", "level", "origin")
    words = catalogue()
    values = {key.removeprefix("tag_"): words[key][lang] for key in words if key.startswith("tag_")}
    categories = standing.config.codes.get("project_category")
    return {
        "source": {one.id: one.label.text(lang) for one in funds.sources},
        "class": {one.id: one.label.text(lang) for one in funds.classes},
        "stage": {one.id: one.label.text(lang) for one in funds.stages},
        "category": {one.code: one.label.text(lang) for one in categories.values} if categories else {},
        "tag": values,
        "by_tag": {tag: values[tag] for tag in tags},
    }


def _source(cls: Any, source: Any, labels: Mapping[str, Mapping[str, str]], lang: str) -> str:
    if pd.isna(cls):
        return _word("unclassified", lang)
    if cls == "":
        return _word("everything", lang)
    return labels["class"][cls] if pd.isna(source) else f"　{labels['source'][source]}"


def _word(name: str, lang: str) -> str:
    return say(f"money_word_{name}").text(lang)


def _scope(scope: str, lang: str) -> str:
    return say(f"scope_{scope}").text(lang)


def _note(note: Any, lang: str) -> str:
    return "" if pd.isna(note) else NOTES[note].text(lang)


def _number(value: Any, decimals: int) -> str:
    return "" if value is None or pd.isna(value) else f"{value:,.{decimals}f}"
