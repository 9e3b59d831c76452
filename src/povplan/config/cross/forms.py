"""Forms: the ledgers they feed, the headers by which they do, the values they fix."""

from __future__ import annotations

from collections.abc import Iterator

from povplan.config.cross.identities import Claim, repeated
from povplan.config.cross.references import life, unknown, unknown_fields
from povplan.config.declared import Declared, Placed, PlacedLedger
from povplan.config.places import Loc
from povplan.config.shape import suggest
from povplan.errors import Fault
from povplan.messages import say
from povplan.spec import Feed, Form, Ledger, Unpivot


def form_checks(declared: Declared) -> Iterator[Fault]:
    """Every feed of every form, and the labels of ledgers whose form is implied."""
    for form in declared.forms:
        yield from life(form.spec.valid, form)
        yield from _items(form)
        for feed in form.each("feeds"):
            yield from unknown(declared, "ledgers", feed.spec.ledger, declared.ledger_of, feed, "ledger")
            yield from repeated(_headers(feed))
            if fed := declared.ledger_of.get(feed.spec.ledger):
                yield from _feed(declared, fed, feed, has_labels=form.spec.items is not None)
    if declared.profile:
        for number, name in enumerate(declared.profile.spec.implied):
            known = declared.ledger_of
            yield from unknown(declared, "ledgers", name, known, declared.profile, "implied", number)
    forms = {form.spec.form: form for form in declared.forms}
    for ledger in declared.without_form:
        yield from repeated(_labels(ledger))
        if namesake := forms.get(ledger.spec.ledger):
            yield namesake.fault(say("config_implied_form_taken", name=ledger.spec.ledger), "form")


def _headers(feed: Placed[Feed]) -> Iterator[Claim]:
    """Every header text of a feed; one text given twice for one field is no quarrel."""
    groups: list[tuple[Loc, tuple[str, ...]]] = []
    for part, headers in (("columns", feed.spec.columns), ("compare", feed.spec.compare)):
        groups += [((part, field), texts) for field, texts in headers.items()]
    if feed.spec.unpivot:
        blocks = enumerate(feed.spec.unpivot.columns)
        groups += [(("unpivot", "columns", number, "header"), block.header) for number, block in blocks]
    for loc, texts in groups:
        for number, text in enumerate(texts):
            if text not in texts[:number]:
                yield text, feed, (*loc, number)


def _labels(ledger: PlacedLedger) -> Iterator[Claim]:
    for field in ledger.fields:
        yield field.spec.label.zh, field, ("label", "zh")
        for number, alias in enumerate(field.spec.aliases):
            if alias not in (field.spec.label.zh, *field.spec.aliases[:number]):
                yield alias, field, ("aliases", number)


def _items(form: Placed[Form]) -> Iterator[Fault]:
    """A sheet with an item a row feeds one ledger, and each of its header words means one thing."""
    if form.spec.items is None:
        return
    if len(form.spec.feeds) != 1 or form.spec.feeds[0].unpivot is not None:
        yield form.fault(say("config_items_one_feed"), "items", key=True)
    yield from repeated(
        (text, form, ("items", key, number))
        for key in ("item", "value", "unit", "aside")
        for number, text in enumerate(getattr(form.spec.items, key))
    )


def _feed(declared: Declared, ledger: Ledger, feed: Placed[Feed], *, has_labels: bool) -> Iterator[Fault]:
    """`has_labels`: the fields that the feed does not name are known by their labels."""
    spec = feed.spec
    keys: list[tuple[str, Loc]] = [
        (name, (part, name))
        for part, of in (("columns", spec.columns), ("compare", spec.compare), ("constants", spec.constants))
        for name in of
    ]
    fill_down: list[tuple[str, Loc]] = [(name, ("fill_down", n)) for n, name in enumerate(spec.fill_down)]
    yield from unknown_fields(declared, ledger, keys, feed, key=True)
    yield from unknown_fields(declared, ledger, fill_down, feed)
    yield from _values(declared, ledger, feed, spec.constants, ("constants",))
    covered = {*spec.columns, *spec.constants}
    if spec.unpivot:
        yield from _unpivot(declared, ledger, feed, spec.unpivot)
        covered |= set(ledger.names).intersection(*(block.set for block in spec.unpivot.columns))
    yield from _key(ledger, feed, covered | ({*ledger.names} if has_labels else set()))


def _unpivot(declared: Declared, ledger: Ledger, feed: Placed[Feed], unpivot: Unpivot) -> Iterator[Fault]:
    yield from unknown_fields(declared, ledger, [(unpivot.value, ("unpivot", "value"))], feed)
    for number, block in enumerate(unpivot.columns):
        loc: Loc = ("unpivot", "columns", number, "set")
        names: list[tuple[str, Loc]] = [(name, (*loc, name)) for name in block.set]
        yield from unknown_fields(declared, ledger, names, feed, key=True)
        yield from _values(declared, ledger, feed, block.set, loc)


def _values(
    declared: Declared, ledger: Ledger, feed: Placed[Feed], values: dict[str, str], loc: Loc
) -> Iterator[Fault]:
    """A fixed value of a choice must be one of its codes."""
    lists = {field.id: declared.list_of.get(field.codes or "") for field in ledger.fields}
    for name, value in values.items():
        codes = lists.get(name)
        known = [code.code for code in codes.values] if codes else [value]
        if value not in known:
            said = say("config_unknown_code", name=value, codes=codes.codes if codes else "")
            yield feed.fault(suggest(said, value, known), *loc, name)


def _key(ledger: Ledger, feed: Placed[Feed], covered: set[str]) -> Iterator[Fault]:
    """Without its key a row is nobody's. The unit may come from the sheet or the folder instead."""
    given = covered | {field.id for field in ledger.fields if field.place}
    missing = [[name for name in key if name not in given] for key in ledger.key]
    if missing and all(missing):
        fewest = min(missing, key=len)
        said = say("config_key_not_covered", ledger=ledger.ledger, fields=", ".join(fewest))
        yield feed.fault(said, "columns")
