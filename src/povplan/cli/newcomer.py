"""`init --from`: last year's files read, their headers shown and asked about, a workspace that knows them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

from povplan.cli.asking import Asker, decide
from povplan.cli.output import Voice
from povplan.cli.typed import typable
from povplan.errors import PovplanError
from povplan.messages import Said, say
from povplan.words import flat, normal

if TYPE_CHECKING:
    from povplan.config import Config
    from povplan.jobs.learning import CountySeen, Decision, Heading, Seen
    from povplan.jobs.receiving import Received
    from povplan.jobs.submissions import Collected
    from povplan.spec import County

NAMES_SHOWN = 5


def learn(
    target: Path,
    files: Sequence[Path],
    profile: str | None,
    county: County,
    voice: Voice,
    asker: Asker,
    *,
    speaks: str,
    dry_run: bool,
) -> None:
    """Make a workspace that reads the forms of `files`; nothing is written before the last answer."""
    from povplan.jobs.founding import Beginning, found, refuse_unfit
    from povplan.jobs.learning import see, survey, units_csv, written
    from povplan.jobs.receiving import receive
    from povplan.jobs.submissions import collect

    refuse_unfit(target, county)
    collected = collect(files, target)
    voice(say("learn_reading", count=len(collected.files)))
    seen = see(collected, profile, voice.progress)
    voice.done()
    _tell_passed_over(collected, seen, voice)
    _tell_seen(seen, voice)
    decisions = decide(seen.headings, seen.config, asker)
    stage = _stage(seen, decisions, asker)
    config = written(seen.config, decisions, speaks, seen.headings, stage)
    learned = {name: text for name, text in config.texts.items() if seen.config.texts.get(name) != text}
    received = receive(collected, config, voice.progress)
    voice.done()
    known = survey(received, config, county.name, seen.titles)
    if known.needs_county:
        if not asker.attended:
            raise PovplanError(say("learn_no_county"))
        known = survey(received, config, asker.county())
    year = _year(known, asker)
    units = {"units.csv": units_csv(known.units)} if known.units else {}
    named = county.model_copy(update={"name": known.county})
    founded = found(target, seen.config, Beginning(named, speaks, learned, units), dry_run=dry_run)
    if dry_run:
        _print_changes(seen.config, learned)
    else:
        print(founded.root)
    _tell_unread(received, seen, voice)
    _tell_learned(known, config, decisions, voice, None if dry_run else founded.root)
    if dry_run:
        voice(say("init_dry_run"))
    elif seen.hold_rows and not known.rows:
        voice(say("learn_next_nothing", folder=typable(target), files=" ".join(map(typable, files))))
    else:
        voice(_next(target, files, known, year))


def _stage(seen: Seen, decisions: Sequence[Decision], asker: Asker) -> str:
    """The stage of the amounts of a sheet with a column for each source, as it says, else as answered."""
    from povplan.jobs.learning import SOURCE, stage_said

    wide = [d.heading for d in decisions if d.kind == "field" and d.target and d.target[1].startswith(SOURCE)]
    return (stage_said(wide, seen.titles, seen.config) or asker.stage(seen.config)) if wide else ""


def _year(known: CountySeen, asker: Asker) -> int | None:
    """The year of rows that state none: as their titles say, else as answered."""
    if not known.undated or len(known.titled) > 1:
        return None
    if known.titled:
        return known.titled[0]
    return asker.year(dt.date.today().year - 1) if asker.attended else None


# ---- what is shown ---------------------------------------------------------------------------------


def _tell_passed_over(collected: Collected, seen: Seen, voice: Voice) -> None:
    """What could not be read, holds nothing, stands twice or is no submission at all."""
    from povplan.cli.showing import refusal

    for name, why in seen.refused:
        voice.insist(refusal(name, why))
    for name in seen.empty:
        voice(say("file_no_table", name=name))
    for said in collected.skipped:
        voice(said)


def _tell_seen(seen: Seen, voice: Voice) -> None:
    """The profile, what is no ledger of it, and every header with its match."""
    profile = seen.config.profile
    tables = sum(sheet.fits for _, sheets in seen.files for sheet in sheets)
    voice(_labelled("learn_profile", profile.label.said, profile=profile.profile, tables=tables))
    for file, sheet in seen.strangers:
        voice(say("learn_stranger", file=file, sheet=sheet))
    for file, sheet in seen.blank:
        voice(say("learn_blank", file=file, sheet=sheet))
    if not voice.quiet:
        _print_headings(seen, voice.lang)
    counts = {s: sum(h.status == s for h in seen.headings) for s in ("sure", "likely", "unmatched")}
    voice(say("learn_counts", **counts))


def _print_headings(seen: Seen, lang: str) -> None:
    """Ledger, header, cell, field, confidence, match; headers named like their field are only counted."""
    import pandas as pd

    from povplan.cli.fitting import print_table
    from povplan.cli.showing import headings
    from povplan.jobs.learning import label_of

    same = Counter(heading.form for heading in seen.headings if _is_named_alike(heading, seen.config))
    lines = [
        _line(form, say("learn_same", count=count).text(lang), "sure", seen, lang)
        for form, count in same.items()
    ]
    for heading in seen.headings:
        if not _is_named_alike(heading, seen.config):
            place, best = heading.places[0], heading.best if heading.status == "likely" else None
            target = heading.seen.field or ((best.ledger, best.field) if best else None)
            more = {
                "learned_cell": f"{place.file} {place.sheet}!{place.cell}",
                "learned_field": label_of(seen.config, target).text(lang) if target else "",
                "learned_share": f"{best.confidence:.0%}" if best else "100%" if target else "",
            }
            lines.append({**_line(heading.form, heading.text, heading.status, seen, lang), **more})
    frame = pd.DataFrame(lines)
    print_table(frame, headings(frame, lang))


def _line(form: str, header: str, status: str, seen: Seen, lang: str) -> dict[str, str]:
    return {
        "learned_form": seen.config.forms[form].label.text(lang),
        "learned_header": header,
        "learned_cell": "",
        "learned_field": "",
        "learned_share": "100%",
        "learned_status": say(f"status_{status}").text(lang),
    }


def _is_named_alike(heading: Heading, config: Config) -> bool:
    """Whether the header, with as many merged ones as it needs, is the very label of the field that it is."""
    if not heading.seen.field:
        return False
    from povplan.jobs.learning import label_of

    label = flat((normal(label_of(config, heading.seen.field).zh),))
    path = heading.seen.path
    return any(flat(path[start:]) == label for start in range(len(path)))


def _print_changes(config: Config, learned: dict[str, str]) -> None:
    """The lines that would be written, file by file."""
    for name, text in learned.items():
        path = config.files.get(name, f"configs/{name}")
        old, new = config.texts.get(name, "").splitlines(), text.splitlines()
        print("\n".join(unified_diff(old, new, path, path, n=0, lineterm="")))


def _tell_unread(received: Received, seen: Seen, voice: Voice) -> None:
    """What cannot be read with what was learned either, but for what was said before."""
    from povplan.cli.showing import refusal

    told = {name for name, _ in seen.refused} | {*seen.empty}
    told |= {path.name for path, sheets in seen.files if not any(sheet.fits for sheet in sheets)}
    for name, why in received.refused:
        if name not in told:
            voice.insist(refusal(name, why))


def _tell_learned(
    known: CountySeen, config: Config, decisions: Sequence[Decision], voice: Voice, root: Path | None
) -> None:
    """Units, rows read, and what was written where."""
    if known.units:
        townships = {unit.path.rsplit("/", 1)[0] for unit in known.units}
        voice(say("learn_units", count=len(known.units), townships=len(townships)))
    else:
        voice(say("learn_no_units"))
    if known.unlisted:
        names = "、".join(path.split("/", 1)[1] for path in known.unlisted[:NAMES_SHOWN])
        voice(say("learn_unlisted", count=len(known.unlisted), names=names))
    if known.rows:
        voice(_rows(known, config))
    counts = {kind: sum(d.kind == kind for d in decisions) for kind in ("field", "own", "out", "open")}
    if root:
        told = {"aliases": counts["field"], "own": counts["own"], "out": counts["out"]}
        voice(say("learn_done", folder=root, **told))
    if counts["open"]:
        voice(say("learn_open", count=counts["open"]))


def _rows(known: CountySeen, config: Config) -> Said:
    parts = [_labelled_rows(config.ledgers[name].label.said, count) for name, count in known.rows.items()]
    zh, en = "、".join(part.zh for part in parts), ", ".join(part.en for part in parts)
    return Said(say("learn_rows", rows=zh).zh, say("learn_rows", rows=en).en)


def _labelled_rows(label: Said, count: int) -> Said:
    zh, en = (say("learn_rows_one", ledger=text, count=count) for text in (label.zh, label.en))
    return Said(zh.zh, en.en)


def _labelled(key: str, label: Said, **told: object) -> Said:
    return Said(say(key, label=label.zh, **told).zh, say(key, label=label.en, **told).en)


def _next(target: Path, files: Sequence[Path], known: CountySeen, year: int | None) -> Said:
    """The command to type next, as it can be typed."""
    if known.undated and len(known.titled) > 1:
        years = "、".join(map(str, known.titled))
        return say("learn_next_years", years=years, folder=target)
    given = " ".join(map(typable, files))
    told = {"folder": typable(target), "files": given}
    if not known.undated:
        return say("learn_next", year="", **told)
    word = say("learn_year_word")
    zh, en = (say("learn_next", year=f" --year {year or w}", **told) for w in (word.zh, word.en))
    return Said(zh.zh, en.en)
