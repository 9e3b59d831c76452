"""What each rule could say of the rows just checked, and why some could say nothing at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from povplan.config import Config
from povplan.formulas import Scope, row_formula
from povplan.formulas.faults import tell
from povplan.jobs.checking import Findings
from povplan.jobs.doubts import rule_label
from povplan.jobs.facts import parameters_in
from povplan.jobs.standing import Standing
from povplan.messages import Said, say
from povplan.spec import Ledger, Pattern, Rule

COLUMNS = (
    *("ledger", "rule", "rule_label", "evaluated", "rows_passed", "rows_failed"),
    *("not_evaluable", "failed_share"),
)
NEVER = ("ledger", "rule", "rule_label", "not_evaluable", "reason_zh", "reason_en")


def statistics(found: Findings, config: Config, lang: str) -> pd.DataFrame:
    """COLUMNS of every check that was asked of some row, in the order of the ledgers and their checks.

    `evaluated` is passed and failed; the share is failed of evaluated, blank where nothing was evaluated.
    """
    counts = found.evaluated.groupby(["ledger", "rule"], sort=False, as_index=False).sum(numeric_only=True)
    evaluated = counts["passed"] + counts["failed"]
    share = (counts["failed"] / evaluated.where(evaluated > 0)).astype("Float64").round(6)
    labels = [rule_label(str(rule), config).text(lang) for rule in counts["rule"]]
    named = counts.rename(columns={"passed": "rows_passed", "failed": "rows_failed"})
    frame = named.assign(rule_label=labels, evaluated=evaluated, failed_share=share)
    return frame.loc[frame["evaluated"] > 0, list(COLUMNS)].reset_index(drop=True)


def never_evaluated(found: Findings, standing: Standing, years: Sequence[int], lang: str) -> pd.DataFrame:
    """NEVER of the rules and patterns that could be evaluated on no row, with what they lack."""
    columns = ["passed", "failed", "not_evaluable"]
    counts = found.evaluated.groupby(["ledger", "rule"], sort=False)[columns].sum()
    lines = []
    for (name, id_), (passed, failed, unknown) in zip(counts.index, counts.to_numpy().tolist(), strict=True):
        if passed + failed == 0 and name in standing.config.ledgers:
            ledger = standing.config.ledgers[name]
            check = next((one for one in ledger.checks if one.id == id_), None)
            why = _why(standing, ledger, check, years, unknown)
            label = rule_label(id_, standing.config).text(lang)
            lines.append((name, id_, label, unknown, why.zh, why.en))
    return pd.DataFrame(lines, columns=list(NEVER))


def _why(
    standing: Standing, ledger: Ledger, check: Rule | Pattern | None, years: Sequence[int], unknown: int
) -> Said:
    """What a check lacks; where it lacks nothing, that no row is meant or everything it needs is blank."""
    lacking = list(_lacking(standing, ledger, check, years)) if check else []
    if lacking:
        return Said("；".join(one.zh for one in lacking), "; ".join(one.en for one in lacking))
    return say("statistics_blank" if unknown else "statistics_nobody")


def _lacking(
    standing: Standing, ledger: Ledger, check: Rule | Pattern, years: Sequence[int]
) -> Iterator[Said]:
    """Fields without any value, ledgers without rows, a year before, parameters not in force."""
    config = standing.config
    scope = Scope(ledger, config.ledgers, config.parameters, config.codes)
    formulas = [row_formula(text, scope) for text in _texts(check)]
    names = dict.fromkeys([*(n for one in formulas for n in one.fields), *_named(check)])
    frames = [standing.folded(ledger.ledger, year).frame for year in years]
    blank = [n for n in names if not any(n in frame and frame[n].notna().any() for frame in frames)]
    for name in blank:
        yield tell("statistics_no_field", field=ledger.field(name).label.said)
    for name in sorted({n for one in formulas for n in one.needs}):
        if not any(name in standing.frames(year) for year in years):
            yield tell("statistics_no_ledger", ledger=config.ledgers[name].label.said)
    before = any(one.uses_previous for one in formulas) or getattr(check, "kind", "") == "unchanged"
    if before and not any(ledger.ledger in (standing.before(year) or {}) for year in years):
        yield say("statistics_no_year_before")
    for said in parameters_in(config, *_texts(check)):
        name = said.zh.rsplit(" ", 1)[-1]
        if all(config.parameters[name].in_force(year) is None for year in years):
            yield tell("statistics_no_parameter", parameter=said)


def _texts(check: Rule | Pattern) -> list[str]:
    texts = (check.check, check.when) if isinstance(check, Rule) else (check.where, check.part)
    return [text for text in texts if text]


def _named(check: Rule | Pattern) -> tuple[str, ...]:
    """Fields that a check looks at without a formula."""
    return () if isinstance(check, Rule) else (*check.fields, *check.by)
