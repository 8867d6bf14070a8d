"""Scoring findings against an annotated gold: one-to-one, best overlap first, with bootstrap intervals.

Errors are suspicious, wrong and omitted. A found error matches a gold error when document and concept are
equal and the spans overlap. On a gold variant a found error counts for neither side, and so does a found
variant on a gold error; on a gold ok, or where nobody annotated, it is a false positive. An omitted term
spans its whole segment. Checks match when document and group of kinds are equal and the spans overlap.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

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


@dataclass(frozen=True, slots=True)
class Score:
    """Counts and what follows from them; `low` and `high` bound F1 at 95 %, by bootstrap over lines."""

    found: int
    right: int
    wanted: int
    reached: int
    low: float = 0.0
    high: float = 0.0

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
        text = f"P {self.precision:.2f} R {self.recall:.2f} F1 {self.f1:.2f}"
        interval = f" [{self.low:.2f}-{self.high:.2f}]" if self.high else ""
        return f"{text}{interval} ({self.right} of {self.found} right, {self.reached} of {self.wanted} reached)"


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

    def make(kept: Sequence[tuple[int, Mark]], links: Mapping[int, int], goal: Sequence[Mark]) -> Score:
        rows: dict[tuple[str, int], list[int]] = {(line.document, line.line): [0, 0, 0] for line in gold}
        for i, mark in kept:
            row = rows.setdefault((mark.document, mark.line), [0, 0, 0])
            row[0] += 1
            row[1] += i in links
        for mark in goal:
            rows[mark.document, mark.line][2] += 1
        return _bootstrapped(list(rows.values()), samples)

    result = Scores(
        make(counted, pairs, wanted), make(among, pairs, wanted), make(counted_variants, variant_pairs, variants_wanted), {}, (0, 0)
    )  # fmt: skip
    fine = [mark for mark in terms if mark.verdict == "ok"]
    unmatched = [mark for i, mark in enumerate(found) if i not in pairs and mark.hindi]
    result.alarms = (sum(_overlaps(mark, unmatched) for mark in fine), len(fine))
    hit = set(pairs.values())
    result.misses = [mark for j, mark in enumerate(wanted) if j not in hit]
    result.false = [mark for i, mark in counted if i not in pairs]
    for verdict in sorted(ERRORS):
        goal = [j for j, mark in enumerate(wanted) if mark.verdict == verdict]
        own = [i for i, mark in counted if mark.verdict == verdict]
        result.verdicts[verdict] = Score(len(own), sum(i in pairs for i in own), len(goal), sum(j in hit for j in goal))
    for rule in sorted({rule for mark in found for rule in mark.rules}):
        own = [i for i, mark in counted if rule in mark.rules]
        right = sum(i in pairs for i in own)
        result.rules[rule] = Score(len(own), right, len(wanted), right)
    for concept in sorted({mark.label for mark in (*found, *wanted)}):
        own = [i for i, mark in counted if mark.label == concept]
        goal = [j for j, mark in enumerate(wanted) if mark.label == concept]
        result.concepts[concept] = Score(len(own), sum(i in pairs for i in own), len(goal), sum(j in hit for j in goal))
    for group in CHECKED:
        goal_marks = [mark for line in gold for mark in line.checks if mark.label == group]
        own_marks = [mark for mark in checks if mark.label == group]
        links = match(own_marks, goal_marks)
        result.checks[group] = make(list(enumerate(own_marks)), links, goal_marks)
    all_goal = [mark for line in gold for mark in line.checks if mark.label in CHECKED]
    all_own = [mark for mark in checks if mark.label in CHECKED]
    links = match(all_own, all_goal)
    result.checks["all"] = make(list(enumerate(all_own)), links, all_goal)
    return result


def _bootstrapped(rows: Sequence[Sequence[int]], samples: int) -> Score:
    """Totals of (found, right, wanted) a line, and the 2.5th and 97.5th percentile of F1 over resampled lines."""
    totals = [sum(row[at] for row in rows) for at in range(3)]
    chance = random.Random(20)
    values = []
    busy = [row for row in rows if any(row)]
    for _ in range(samples if busy else 0):
        some = chance.choices(rows, k=len(rows))
        found, right, wanted = (sum(row[at] for row in some) for at in range(3))
        values.append(2 * right / (found + wanted) if found + wanted else 0.0)
    values.sort()
    low, high = (values[len(values) * 25 // 1000], values[len(values) * 975 // 1000]) if values else (0.0, 0.0)
    return Score(totals[0], totals[1], totals[2], totals[1], low, high)


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
            f"rule {rule:<17} P {made.precision:.2f} ({made.right} of {made.found})"
            for rule, made in scores.rules.items()
        ]
    if concepts:
        lines += [f"concept {name:<24} {made}" for name, made in scores.concepts.items()]
    return "\n".join(lines)


def counts(marks: Iterable[Mark]) -> Counter[str]:
    """How often each verdict was given."""
    return Counter(mark.verdict for mark in marks)


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
