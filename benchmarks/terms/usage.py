"""Counts how concepts and words are used, for align/terms/usage.json: in corpora/training and in annotated articles."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

from gold import Article

from align.engines.bundled import lexicon
from align.terms.calques import EMPTY
from align.terms.candidates import Place
from align.terms.compose import compose
from align.terms.matching import Matcher, tokens
from align.terms.mentions import Mentions
from align.terms.scoring import Mark, match
from align.terms.termbase import Termbase
from align.terms.usage import Usage, around

ROOT = Path(__file__).parents[2]


def of_training(termbase: Termbase) -> Usage:
    """The counts of corpora/training."""
    phrases = {word for entry in lexicon().folded.values() for word in entry[1] if " " in word}
    mentions, matcher, made = Mentions(termbase, "vi", phrases), Matcher(compose(termbase)), Usage()
    words: Counter[str] = Counter()
    for path in sorted((ROOT / "corpora" / "training").glob("*.jsonl")):
        for row in path.read_text(encoding="utf-8").splitlines():
            line = json.loads(row)
            hindi = line["hi"]
            said = sorted(mentions.concepts(line.get("vi") or ""))
            made.sentences += 1
            made.single.update(said)
            made.pairs.update(combinations(said, 2))
            words.update(token.key for token in tokens(hindi) if token.key not in EMPTY and token.key != "&")
            done: set[tuple[str, int]] = set()
            for one in matcher.all(hindi):
                near = around(hindi, one.start, one.end)
                if one.form.status != "deprecated":
                    if one.concept in said and (one.concept, one.start) not in done:
                        done.add((one.concept, one.start))
                        made.meant.setdefault(one.concept, Counter()).update(near)
                elif one.form.context and one.concept not in said:
                    made.literal.setdefault(f"{one.concept}|{one.form.form}", Counter()).update(near)
    literal = {name: Counter({word: n for word, n in row.items() if n > 1}) for name, row in made.literal.items()}
    literal = {name: row for name, row in literal.items() if row}
    return Usage(made.sentences, made.single, made.pairs, words, made.meant, literal)


def of_article(article: Article, found: Sequence[Place]) -> Usage:
    """The counts of an annotated article; `found` are its places."""
    marks = [mark for line in article.lines for mark in line.terms]
    made, said = Usage(), [one for one in found if one.kind != "omitted"]
    pairs = match([_mark(one) for one in said], marks)
    for number, place in enumerate(said):
        if number not in pairs and any(mark.verdict != "ok" and mark.overlap(_mark(place)) for mark in marks):
            continue  # another concept was meant here, and not rendered rightly either
        verdict = marks[pairs[number]].verdict if number in pairs else "none"
        outcome = verdict if verdict in ("ok", "variant", "none") else "error"
        made.mark(place.concept, place.written, outcome, around(place.segment.text, place.start, place.end))
    texts = {line.line: line.hindi for line in article.lines}
    reached = set(pairs.values())
    for number, mark in enumerate(marks):
        if number not in reached and mark.hindi:
            outcome = mark.verdict if mark.verdict in ("ok", "variant") else "error"
            made.mark(mark.label, mark.hindi, outcome, around(texts[mark.line], mark.start, mark.end))
    return made


def _mark(place: Place) -> Mark:
    return Mark(place.segment.document, place.segment.index, place.start, place.end, place.concept, "")
