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
