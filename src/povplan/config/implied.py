"""What follows from other definitions: the form of a ledger that has none, the code lists of the funds."""

from __future__ import annotations

from collections.abc import Iterable

from povplan.messages import say
from povplan.spec import Code, CodeList, Feed, Form, FundClass, Funds, FundSource, FundStage, Ledger, Text

FUND_LISTS = ("fund_source", "fund_stage", "fund_class")


def implied_form(ledger: Ledger) -> Form:
    """One sheet, one column a field, under its label or any alias; recognised by how many are found."""
    columns = {field.id: (field.label.zh, *field.aliases) for field in ledger.fields}
    feed = Feed(ledger=ledger.ledger, columns=columns, ignore=ledger.ignore)
    return Form(form=ledger.ledger, label=ledger.label, feeds=(feed,))


def completed(form: Form, ledger: Ledger) -> Form:
    """A form of items, whose fields answer to their labels and aliases beside what its feed names."""
    (feed,) = form.feeds
    taken = {text for texts in feed.columns.values() for text in texts}
    columns = {
        name: (*feed.columns.get(name, ()), *(text for text in texts if text not in taken))
        for name, texts in implied_form(ledger).feeds[0].columns.items()
    }
    known = {name: texts for name, texts in columns.items() if texts}
    return form.model_copy(update={"feeds": (feed.model_copy(update={"columns": known}),)})


def fund_lists(funds: Funds) -> dict[str, CodeList]:
    """`fund_source`, `fund_stage` and `fund_class`, with the words that offices use for each value."""
    source, stage, of_class = FUND_LISTS
    return {
        source: _list(source, funds.sources),
        stage: _list(stage, funds.stages),
        of_class: _list(of_class, funds.classes),
    }


def _list(name: str, values: Iterable[FundSource | FundStage | FundClass]) -> CodeList:
    said = say(f"config_{name}")
    codes = tuple(
        Code(code=value.id, label=value.label, aliases=() if isinstance(value, FundClass) else value.aliases)
        for value in values
    )
    return CodeList(codes=name, label=Text(zh=said.zh, en=said.en), values=codes)
