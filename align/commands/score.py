"""`align score`: how good findings are, measured against an annotated gold."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def score() -> None:
    """Score what a run made against annotated data."""


@score.command()
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("gold", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--concepts", is_flag=True, help="Print every concept's figures too.")
@click.option("--samples", default=1000, show_default=True, help="Bootstrap samples for the intervals.")
def findings(run: Path, gold: tuple[Path, ...], concepts: bool, samples: int) -> None:
    """Precision, recall and F1 of the findings in the run folder RUN against the annotated GOLD files.

    A gold file (one JSON object a sentence: hi, terms, other) belongs to the document with its name.
    """
    from align.errors import DataError
    from align.records import Finding, Rendering, Segment
    from align.store import RunFolder
    from align.terms.scoring import describe, place, read_gold
    from align.terms.scoring import score as compare

    folder = RunFolder(run)
    lines = [line for path in gold for line in read_gold(path)]
    for kind in (Segment, Rendering, Finding):
        if not folder.file(kind).is_file():
            raise DataError(f"{folder.file(kind)}: not there; expected a run folder with finished `terms`")
    names = {line.document for line in lines}
    segments = [one for one in folder.read(Segment) if one.role == "hindi" and one.document in names]
    lacking = names - {one.document for one in segments}
    if lacking:
        raise DataError(f"{', '.join(sorted(lacking))}: annotated, but no such document in {run}")
    marks, checks = place(lines, segments, folder.read(Rendering), folder.read(Finding))
    click.echo(describe(compare(lines, marks, checks, samples), concepts=concepts))


@score.command()
@click.argument("gold", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("found", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def alignments(gold: Path, found: Path) -> None:
    """Strict and lax precision, recall and F1 (Vecalign's definitions) of the beads FOUND against GOLD.

    Both are files of beads, as `align sentences` prints them or as Vecalign writes them ([0,1]:[2]).
    """
    from align.alignment.scores import parse_beads, score_beads

    sides = [parse_beads(_as_vecalign(path), str(path)) for path in (gold, found)]
    made = score_beads([sides[0]], [sides[1]])
    for name, rates in (("strict", made.strict), ("lax", made.lax)):
        click.echo(f"{name:<7} P {rates.precision:.3f}  R {rates.recall:.3f}  F1 {rates.f1:.3f}")


def _as_vecalign(path: Path) -> str:
    """A file of beads in Vecalign's notation, whichever of the two it is in."""
    from align.errors import DataError

    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 at byte {error.start}; expected a file of beads") from None
    lines = (line.split("\t") for line in text.splitlines())
    return "\n".join(f"[{cells[0]}]:[{cells[1]}]" if len(cells) > 1 else cells[0] for cells in lines)


@score.command()
@click.argument("hypothesis", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("reference", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def translations(hypothesis: Path, reference: Path) -> None:
    """chrF++ and BLEU of HYPOTHESIS against REFERENCE, line by line, with sacrebleu's signatures."""
    from align.errors import DataError
    from align.formats.documents import decode
    from align.metrics import translation_scores

    sides = [decode(path.read_bytes(), str(path)).removesuffix("\n").split("\n") for path in (hypothesis, reference)]
    try:
        made = translation_scores(*sides)
    except ValueError as error:
        raise DataError(f"{hypothesis}, {reference}: {error}") from None
    for one in made:
        click.echo(str(one))
