"""`align terms`: a termbase from and to other programs, its faults, its entries."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from align.terms.drafts import LeftOut
    from align.terms.termbase import Termbase

_FILE = click.Path(path_type=Path)
_SHOWN = 5


@click.group()
def terms() -> None:
    """Exchange, check and search termbases (.yaml .tbx .tsv .xlsx)."""


@terms.command("import", short_help="Make a termbase of a TBX, TSV or XLSX file.")
@click.argument("file", type=_FILE)
@click.option("--to", "target", type=_FILE, required=True, metavar="OUT.yaml", help="The termbase to write.")
def import_(file: Path, target: Path) -> None:
    """Make a termbase of a TBX, TSV or XLSX file; what a termbase cannot hold is listed."""
    from align.terms.exchange import read

    _ending(target, (".yaml", ".yml"))
    source = read(file)
    _tell(source.left_out)
    for concept in source.termbase.concepts.values():
        if not concept.vietnamese:
            place = source.places.get((concept.id, ""), str(file))
            click.echo(
                f"{place}: {concept.id}: no Vietnamese term; kept, expected one before a run uses {target}", err=True
            )
    _write(source.termbase, file, target)


@terms.command("export", short_help="Write a termbase as TBX, TSV, XLSX or YAML.")
@click.argument("termbase", type=_FILE)
@click.option(
    "--to", "target", type=_FILE, required=True, metavar="FILE", help="By its ending .tbx .tsv .xlsx or .yaml."
)
def export(termbase: Path, target: Path) -> None:
    """Write a termbase for another program; importing the file gives the same termbase."""
    from align.terms.exchange import WRITERS, read

    _ending(target, tuple(WRITERS))
    source = read(termbase)
    _tell(source.left_out)
    _write(source.termbase, termbase, target)


@terms.command("check", short_help="Say what is wrong with a termbase.")
@click.argument("termbase", nargs=-1, required=True, type=_FILE)
def check(termbase: tuple[Path, ...]) -> None:
    """Say what is wrong with a termbase, each with file, line, value and what is expected; exits with 1 if anything is.

    \b
    contradiction  one form, spelling and inflection aside, is right and wrong for a concept
    duplicate      a form or term says nothing that another of its entry does not say
    preferred      no preferred form, several, or another entry's without a sense in both
    unmatchable    a form or term that can never be found
    ambiguous      Vietnamese of several entries, some without a sense

    Several files count as one termbase, in which a concept of a later file replaces the one of an earlier.
    """
    from align.terms.audit import audit, clashes
    from align.terms.drafts import Contradiction, Source
    from align.terms.exchange import read
    from align.terms.termbase import Termbase

    faults, whole = [], Source(Termbase(), {})
    for path in termbase:
        try:
            source = read(path)
        except Contradiction as error:
            faults += clashes(error)
            click.echo(f"{path}: not read further: {error}", err=True)
            continue
        _tell(source.left_out)
        new = source.termbase.concepts
        places = {key: place for key, place in whole.places.items() if key[0] not in new} | source.places
        repeated = tuple(one for one in whole.repeated if one[0] not in new) + source.repeated
        whole = Source(Termbase(whole.termbase.concepts | new), places, (), repeated)
    faults += audit(whole)
    for fault in faults:
        click.echo(str(fault))
    counts = Counter(fault.kind for fault in faults)
    said = ", ".join(f"{count} {kind}" for kind, count in counts.items()) or "nothing to mend"
    click.echo(f"{len(whole.termbase.concepts)} concepts: {said}")
    if faults:
        raise click.exceptions.Exit(1)


@terms.command("find", short_help="Print the entries with a word in any language.")
@click.argument("termbase", type=_FILE)
@click.argument("word")
def find(termbase: Path, word: str) -> None:
    """Print the entries with WORD in any language, those first that have it as a term; exits with 1 if there is none.

    `dan van` finds dân vận; a Hindi word is found in every spelling and inflection.
    """
    from align.terms.audit import search
    from align.terms.exchange import entry_text, read

    found = search(read(termbase).termbase, word)
    click.echo(
        "\n".join(map(entry_text, found)) if found else f"{word}: in no entry of {termbase}",
        nl=not found,
        err=not found,
    )
    if not found:
        raise click.exceptions.Exit(1)
    click.echo(f"{len(found)} entries with {word}", err=True)


@terms.command(short_help="List what a run has and a termbase lacks.")
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("termbase", type=_FILE)
@click.option("--least", default=1, show_default=True, help="How often a form must stand in the run.")
def propose(run: Path, termbase: Path, least: int) -> None:
    """List what the run folder RUN has and TERMBASE lacks: forms, recurring quoted names, abbreviations read in two ways.

    Each with its places (document:segment) and the first of them in its sentence; nothing is added. The line of a form can be
    copied into the termbase, once its places have been looked at and its status, which is a guess, has been settled.
    """
    from align.records import Alignment, Rendering, Segment
    from align.store import RunFolder
    from align.terms import discovery
    from align.terms.termbase import load

    folder, known = RunFolder(run), load([termbase])
    found, segments = list(folder.read(Rendering)), list(folder.read(Segment))
    texts = {(one.document, one.index): one.text for one in segments if one.role == "original"}
    originals = {
        (bead.document, index): " ".join(texts[bead.document, other] for other in bead.other)
        for bead in folder.read(Alignment)
        if bead.engine == "original"
        for index in bead.hindi
    }
    hindi = {(one.document, one.index): one.text for one in segments if one.role == "hindi"}
    forms, names = discovery.renderings(found, known, least), discovery.quoted(segments, known, max(2, least))
    heading = ""
    for one in sorted(forms, key=lambda one: one.concept):
        if one.concept != heading:
            heading, concept = one.concept, known.concepts[one.concept]
            click.echo(f"{heading}: {concept.vietnamese[0]}; preferred {concept.preferred or 'none'}")
        click.echo(f"    - {{form: {one.form}, status: {one.status}}}  # {one.why}; {_places(one.examples, one.count)}")
        click.echo(f"      {_around(hindi.get(one.examples[0], ''), one.form)}")
    for group in discovery.clusters(names):
        click.echo("one name in several ways? " + " | ".join(f"{one.form} ({one.count})" for one in group))
    for one in names:
        click.echo(f"quoted name, in no entry: {one.form}  # {_places(one.examples, one.count)}")
    for short, read in sorted(discovery.abbreviations(found, originals, known).items()):
        click.echo(
            f"{short} is rendered in {len(read)} ways: "
            + ", ".join(f"{form} ({count})" for form, count in read.most_common())
        )
    click.echo(f"{len(forms)} forms, {len(names)} quoted names; nothing was added to {termbase}", err=True)


def _places(examples: tuple[tuple[str, int], ...], count: int) -> str:
    shown = ", ".join(f"{document}:{index}" for document, index in examples)
    return f"{count} at {shown}" + (", ..." if count > len(examples) else "")


def _around(text: str, form: str, room: int = 40) -> str:
    """The form in its sentence, with some characters on either side; the sentence's beginning where it is inflected."""
    at = text.find(form)
    if at < 0:
        return text[: 2 * room] + ("..." if len(text) > 2 * room else "")
    start, end = max(0, at - room), at + len(form) + room
    return ("..." if start else "") + text[start:end] + ("..." if end < len(text) else "")


def _ending(path: Path, endings: tuple[str, ...]) -> None:
    if path.suffix.lower() not in endings:
        raise click.BadParameter(
            f"{path}: found ending `{path.suffix}`; expected {' '.join(endings)}", param_hint="--to"
        )


def _write(termbase: Termbase, source: Path, target: Path) -> None:
    from align.terms.exchange import write

    if target.exists() and source.resolve() == target.resolve():
        raise click.BadParameter(f"{target}: the file that is read; expected another", param_hint="--to")
    write(termbase, target)
    click.echo(f"{target}: {len(termbase.concepts)} concepts")


def _tell(left_out: tuple[LeftOut, ...]) -> None:
    """Say what is not in the termbase, the first few of each kind and the count of the rest."""
    kinds: dict[str, list[LeftOut]] = {}
    for one in left_out:
        kinds.setdefault(one.what, []).append(one)
    for what, group in kinds.items():
        for one in group[:_SHOWN]:
            click.echo(f"left out: {one}", err=True)
        if len(group) > _SHOWN:
            click.echo(f"left out: {what}: {len(group) - _SHOWN} more", err=True)
