"""Scoring findings against an annotated gold: one-to-one, best overlap first, with bootstrap intervals.

Errors are suspicious, wrong and omitted. A found error matches a gold error when document and concept are
equal and the spans overlap. On a gold variant a found error counts for neither side, and so does a found
variant on a gold error; on a gold ok, or where nobody annotated, it is a false positive. An omitted term
spans its whole segment. Checks match when document and group of kinds are equal and the spans overlap.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from align.errors import DataError
from align.records import Finding, Rendering, Segment

ERRORS = frozenset(("suspicious", "wrong", "omitted"))
# Kinds that one annotator calls this and another that: they match one another.
GROUPS: Mapping[str, str] = {
    "number": "number", "unit": "number", "entity": "entity", "admin-unit": "admin-unit",
    "abbreviation": "abbreviation", "untranslated": "abbreviation", "consistency": "consistency", "grammar": "grammar",
    "omission": "omission", "repetition": "repetition", "language": "language",
}  # fmt: skip
CHECKED = ("number", "entity", "abbreviation", "admin-unit")


@dataclass(frozen=True, slots=True)
class Mark:
    """A marked place: characters `start` to `end` of segment or line `line` of a document.

    `label` is the concept of a term and the group of kinds of a check; `rules` are the codes of its reasons.
    """

    document: str
    line: int
    start: int
    end: int
    label: str
    verdict: str
    hindi: str = ""
    rules: tuple[str, ...] = ()

    def overlap(self, other: Mark) -> int:
        """Characters shared, 0 in different lines."""
        if (self.document, self.line) != (other.document, other.line):
            return 0
        return max(0, min(self.end, other.end) - max(self.start, other.start))


@dataclass(frozen=True, slots=True)
class GoldLine:
    """One annotated sentence."""

    document: str
    line: int
    hindi: str
    english: str
    vietnamese: str
    original: str
    terms: tuple[Mark, ...]
    checks: tuple[Mark, ...]


Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Score:
    """Counts and what follows from them; the intervals are the middle 95 % of bootstrap samples of the lines.

    (0, 0) is an interval that was not asked for or that no sample gives.
    """

    found: int
    right: int
    wanted: int
    reached: int
    precision_within: Interval = (0.0, 0.0)
    recall_within: Interval = (0.0, 0.0)
    f1_within: Interval = (0.0, 0.0)

    @property
    def precision(self) -> float:
        """Share of what was found that is right."""
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """Share of what was wanted that was reached."""
        return self.reached / self.wanted if self.wanted else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def __str__(self) -> str:
        figures = (
            ("P", self.precision, self.precision_within, self.found),
            ("R", self.recall, self.recall_within, self.wanted),
            ("F1", self.f1, self.f1_within, self.found + self.wanted),
        )
        shown = " ".join(f"{name} {_figure(value, within, cases)}" for name, value, within, cases in figures)
        return f"{shown} ({self.right} of {self.found} right, {self.reached} of {self.wanted} reached)"


def _figure(value: float, within: Interval, cases: int) -> str:
    if not cases:
        return "-"
    return f"{value:.2f}" + (f" [{within[0]:.2f}-{within[1]:.2f}]" if within[1] else "")


@dataclass
class Scores:
    """All figures of one comparison."""

    errors: Score
    annotated: Score
    variants: Score
    checks: dict[str, Score]
    alarms: tuple[int, int]
    verdicts: dict[str, Score] = field(default_factory=dict)
    rules: dict[str, Score] = field(default_factory=dict)
    check_rules: dict[str, Score] = field(default_factory=dict)
    concepts: dict[str, Score] = field(default_factory=dict)
    misses: list[Mark] = field(default_factory=list)
    false: list[Mark] = field(default_factory=list)


def read_gold(path: Path) -> list[GoldLine]:
    """One annotated document; its name is the file's. Lines marked as boilerplate are kept without terms."""
    lines = []
    for number, row in enumerate(path.read_text(encoding="utf-8").splitlines()):
        try:
            data = json.loads(row)
            terms = _marks(path.stem, number, data["hi"], data.get("terms", []), "concept")
            checks = _marks(path.stem, number, data["hi"], data.get("other", []), "type")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f"{path}:{number + 1}: not an annotated sentence ({error})") from error
        lines.append(GoldLine(
            path.stem, number, data["hi"], data.get("en", ""), data.get("vi", ""), data.get("vi_src", ""), terms, checks,
        ))  # fmt: skip
    return lines


def _marks(document: str, line: int, hindi: str, rows: Iterable[Mapping[str, str]], label: str) -> tuple[Mark, ...]:
    """Surfaces in reading order; a surface that stands several times is taken once for each mention."""
    reached: dict[tuple[str, str], int] = {}
    marks = []
    for row in rows:
        surface = row["hi"]
        name = GROUPS.get(row[label], row[label]) if label == "type" else row[label]
        if not surface:
            marks.append(Mark(document, line, 0, len(hindi), name, row["verdict"]))
            continue
        at = hindi.find(surface, reached.get((name, surface), 0))
        at = at if at >= 0 else hindi.find(surface)
        if at < 0:
            raise ValueError(f"{surface!r} is not in the sentence")
        reached[name, surface] = at + len(surface)
        marks.append(Mark(document, line, at, at + len(surface), name, row["verdict"], surface))
    return tuple(marks)


def match(found: Sequence[Mark], gold: Sequence[Mark]) -> dict[int, int]:
    """Pair found with gold marks of one label, one to one, best overlap first: found index -> gold index."""
    places: dict[tuple[str, int, str], list[int]] = {}
    for j, mark in enumerate(gold):
        places.setdefault((mark.document, mark.line, mark.label), []).append(j)
    pairs = []
    for i, mark in enumerate(found):
        for j in places.get((mark.document, mark.line, mark.label), ()):
            shared = mark.overlap(gold[j])
            if shared:
                union = max(mark.end, gold[j].end) - min(mark.start, gold[j].start)
                pairs.append((-shared / union, i, j))
    taken: dict[int, int] = {}
    used: set[int] = set()
    for _, i, j in sorted(pairs):
        if i not in taken and j not in used:
            taken[i] = j
            used.add(j)
    return taken


def _overlaps(mark: Mark, others: Iterable[Mark], same_label: bool = True) -> bool:
    return any(mark.overlap(other) and (not same_label or other.label == mark.label) for other in others)


def score(
    gold: Sequence[GoldLine], renderings: Sequence[Mark], checks: Sequence[Mark] = (), samples: int = 1000
) -> Scores:
    """Compare the program's renderings (ok ones may be among them) and checks with the gold."""
    by_line: dict[tuple[str, int], GoldLine] = {(line.document, line.line): line for line in gold}
    terms = [mark for line in gold for mark in line.terms]
    wanted = [mark for mark in terms if mark.verdict in ERRORS]
    found = [mark for mark in renderings if mark.verdict in ERRORS]
    pairs = match(found, wanted)
    variants_wanted = [mark for mark in terms if mark.verdict == "variant"]
    variants_found = [mark for mark in renderings if mark.verdict == "variant"]
    variant_pairs = match(variants_found, variants_wanted)

    def neighbours(mark: Mark) -> tuple[Mark, ...]:
        line = by_line.get((mark.document, mark.line))
        return line.terms if line else ()

    counted = [
        (i, mark) for i, mark in enumerate(found)
        if i in pairs or not _overlaps(mark, (one for one in neighbours(mark) if one.verdict == "variant"))
    ]  # fmt: skip
    among = [
        (i, mark) for i, mark in counted
        if i in pairs or _overlaps(mark, (one for one in neighbours(mark) if one.hindi), same_label=False)
    ]  # fmt: skip
    counted_variants = [
        (i, mark) for i, mark in enumerate(variants_found)
        if i in variant_pairs or not _overlaps(mark, (one for one in neighbours(mark) if one.verdict in ERRORS))
    ]  # fmt: skip

    places = {place: number for number, place in enumerate(by_line)}
    resampled = _resample(len(places), samples)

    def make(
        kept: Iterable[tuple[int, Mark]], links: Collection[int], goal: Iterable[tuple[int, Mark]], hit: Collection[int]
    ) -> Score:
        rows = np.zeros((len(places), 4), np.int64)  # found, right, wanted, reached
        for i, mark in kept:
            if (mark.document, mark.line) in places:
                rows[places[mark.document, mark.line]] += (1, i in links, 0, 0)
        for j, mark in goal:
            rows[places[mark.document, mark.line]] += (0, 0, 1, j in hit)
        return _bootstrapped(rows, resampled)

    hit, variants_hit = set(pairs.values()), set(variant_pairs.values())
    goals, variant_goals = list(enumerate(wanted)), list(enumerate(variants_wanted))
    result = Scores(
        make(counted, pairs, goals, hit), make(among, pairs, goals, hit),
        make(counted_variants, variant_pairs, variant_goals, variants_hit), {}, (0, 0),
    )  # fmt: skip
    fine = [mark for mark in terms if mark.verdict == "ok"]
    unmatched = [mark for i, mark in enumerate(found) if i not in pairs and mark.hindi]
    result.alarms = (sum(_overlaps(mark, unmatched) for mark in fine), len(fine))
    result.misses = [mark for j, mark in goals if j not in hit]
    result.false = [mark for i, mark in counted if i not in pairs]
    for verdict in sorted(ERRORS):
        own = [(i, mark) for i, mark in counted if mark.verdict == verdict]
        result.verdicts[verdict] = make(own, pairs, [(j, mark) for j, mark in goals if mark.verdict == verdict], hit)
    for rule in sorted({rule for _, mark in counted for rule in mark.rules}):
        own = [(i, mark) for i, mark in counted if rule in mark.rules]
        result.rules[rule] = make(own, pairs, goals, {pairs[i] for i, _ in own if i in pairs})
    for concept in sorted({mark.label for mark in (*found, *wanted)}):
        own = [(i, mark) for i, mark in counted if mark.label == concept]
        result.concepts[concept] = make(own, pairs, [(j, mark) for j, mark in goals if mark.label == concept], hit)
    for group in (*CHECKED, "all"):
        labels = CHECKED if group == "all" else (group,)
        wished = [mark for line in gold for mark in line.checks if mark.label in labels]
        said = [mark for mark in checks if mark.label in labels]
        links = match(said, wished)
        result.checks[group] = make(enumerate(said), links, enumerate(wished), set(links.values()))
        if group == "all":
            for rule in sorted({rule for mark in said for rule in mark.rules}):
                own = [(i, mark) for i, mark in enumerate(said) if rule in mark.rules]
                reached = {links[i] for i, _ in own if i in links}
                result.check_rules[rule] = make(own, links, enumerate(wished), reached)
    return result


def _resample(lines: int, samples: int) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """How often each line stands in each bootstrap sample: (samples, lines), the same at every call."""
    chance = np.random.default_rng(20)
    return chance.multinomial(lines, np.full(lines, 1 / max(1, lines)), size=samples if lines else 0).astype(np.int64)


def _bootstrapped(
    rows: np.ndarray[tuple[int, int], np.dtype[np.int64]], resampled: np.ndarray[tuple[int, int], np.dtype[np.int64]]
) -> Score:
    """Totals of (found, right, wanted, reached) a line, with the 2.5th and 97.5th percentile over the samples.

    A sample without anything found says nothing of precision and is left out of its interval; so for recall.
    """
    counts = [int(value) for value in rows.sum(axis=0)]
    made = Score(counts[0], counts[1], counts[2], counts[3])
    if not len(resampled) or not any(counts):
        return made
    found, right, wanted, reached = (resampled @ rows).T

    def within(
        part: np.ndarray[tuple[int], np.dtype[np.int64]], whole: np.ndarray[tuple[int], np.dtype[np.int64]]
    ) -> Interval:
        values = part[whole > 0] / whole[whole > 0]
        if not len(values):
            return (0.0, 0.0)
        low, high = np.percentile(values, (2.5, 97.5))
        return (float(low), float(high))

    # F1 of P = right/found and R = reached/wanted, without dividing by either.
    both = right * wanted + reached * found
    f1 = within(2 * right * reached, np.where(both > 0, both, found + wanted))
    return replace(made, precision_within=within(right, found), recall_within=within(reached, wanted), f1_within=f1)


def describe(scores: Scores, rules: bool = True, concepts: bool = False) -> str:
    """The figures as text for a terminal."""
    lines = [
        f"errors                 {scores.errors}",
        f"  annotated spans only {scores.annotated}",
        f"variants               {scores.variants}",
        f"false alarms on ok     {scores.alarms[0]} of {scores.alarms[1]} ({scores.alarms[0] / max(1, scores.alarms[1]):.1%})",
    ]
    lines += [f"  {verdict:<20} {made}" for verdict, made in scores.verdicts.items()]
    lines += [f"check {group:<16} {made}" for group, made in scores.checks.items()]
    if rules:
        lines += [
            f"rule {rule:<23} {_precision(made)}" for rule, made in (*scores.rules.items(), *scores.check_rules.items())
        ]
    if concepts:
        lines += [f"concept {name:<24} {made}" for name, made in scores.concepts.items()]
    return "\n".join(lines)


def _precision(made: Score) -> str:
    return f"P {_figure(made.precision, made.precision_within, made.found)} ({made.right} of {made.found} right)"


def place(
    gold: Sequence[GoldLine], segments: Iterable[Segment], renderings: Iterable[Rendering], findings: Iterable[Finding]
) -> tuple[list[Mark], list[Mark]]:
    """A run's renderings and checks as marks on the gold's lines, whatever the run's segments are.

    Each gold line is looked up in its document, in reading order, across segment borders.
    """
    texts: dict[str, list[tuple[int, int, str]]] = {}
    where: dict[tuple[str, int], int] = {}
    for one in segments:
        known = texts.setdefault(one.document, [])
        start = known[-1][1] + 1 if known else 0
        known.append((start, start + len(one.text), one.text))
        where[one.document, one.index] = start
    starts: dict[str, list[tuple[int, int, int]]] = {}
    whole = {name: " ".join(text for _, _, text in parts) for name, parts in texts.items()}
    reached: dict[str, int] = {}
    for line in gold:
        text = whole.get(line.document, "")
        at = text.find(line.hindi, reached.get(line.document, 0))
        if at >= 0:
            reached[line.document] = at + len(line.hindi)
            starts.setdefault(line.document, []).append((at, at + len(line.hindi), line.line))

    def put(one: Rendering | Finding, label: str) -> Mark | None:
        base = where.get((one.document, one.index))
        if base is None:
            return None
        begin, end = base + one.start, base + one.end
        best = max(
            starts.get(one.document, []), key=lambda row: min(end, row[1]) - max(begin, row[0]), default=(0, 0, -1)
        )
        if min(end, best[1]) <= max(begin, best[0]):
            return None
        rules = tuple(reason.code for reason in one.reasons)
        return Mark(one.document, best[2], begin - best[0], end - best[0], label, one.verdict, one.hindi, rules)

    marks = [mark for one in renderings if (mark := put(one, one.concept))]
    checks = [mark for one in findings if one.kind != "term" and (mark := put(one, GROUPS.get(one.kind, one.kind)))]
    return marks, checks
