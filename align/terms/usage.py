"""How concepts and words are used: what tells an ordinary Hindi word from the same word standing for a term.

पूरा करना is right for completing a task and wrong for kiện toàn, and nothing in the words says which is meant;
what stands around them does. `usage.json` holds counts over corpora/training (its Vietnamese says where a
concept is meant) and over annotated articles (benchmarks/terms/run.py writes it):

- which concepts share a sentence;
- the Hindi words around the renderings of a concept, and around a context form where its concept is not meant;
- how often annotators found a form right, a variant, wrong, or no rendering of the concept at all.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from align.terms.calques import EMPTY
from align.terms.matching import Token, tokens

COUNTS = Path(__file__).with_name("usage.json")
LONGEST = 5  # words of a form whose outcomes are counted
NEAR = 4  # content words on either side
_OUTCOMES = ("ok", "variant", "error", "none")
_NOTHING: Counter[str] = Counter()
_PRIOR = 30.0  # words as the whole language has them, added to every count of neighbours


@lru_cache(maxsize=2000)
def _tokens(text: str) -> list[Token]:
    return [token for token in tokens(text) if token.key not in EMPTY and token.key != "&"]


def around(text: str, start: int, end: int) -> list[str]:
    """The keys of the content words before and after a stretch of a Hindi sentence, at most four on either side."""
    found = _tokens(text)
    before = [token.key for token in found if token.end <= start]
    return before[-NEAR:] + [token.key for token in found if token.start >= end][:NEAR]


def form_key(concept: str, surface: str) -> str:
    """What outcomes are counted by: the concept and the words as they are compared."""
    return f"{concept}|{' '.join(token.key for token in tokens(surface))}"


@dataclass
class Usage:
    """Counts. `single` and `pairs` of `sentences`; `words` of the language; `meant` by concept, `literal` by
    `concept|form`; `judged` by `form_key`: how often ok, variant, error and none."""

    sentences: int = 0
    single: Counter[str] = field(default_factory=Counter)
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    meant: dict[str, Counter[str]] = field(default_factory=dict)
    literal: dict[str, Counter[str]] = field(default_factory=dict)
    judged: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._total = sum(self.words.values())
        self._sizes: dict[str, int] = {}

    def lift(self, one: str, other: str) -> float:
        """How much oftener than by chance two concepts share a sentence, from -0.5 (never) over 0 (as by chance, or too rare
        to say) to 1 (sixteen times or more): a logarithm of observed over expected, both smoothed by half a sentence."""
        pair = (one, other) if one < other else (other, one)
        expected = self.single.get(one, 0) * self.single.get(other, 0) / max(1, self.sentences)
        return max(-0.5, min(1.0, math.log2((self.pairs.get(pair, 0) + 0.5) / (expected + 0.5)) / 4))

    def _near(self, table: str, name: str, less: Counter[str], near: Sequence[str]) -> float:
        """Mean over the words of how much oftener they stand beside `name` than in the language: -1 to 3, natural logarithm."""
        counts = (self.meant if table == "meant" else self.literal).get(name, _NOTHING)
        size = self._size(table, name) - sum(less.values())
        total = 0.0
        for word in near:
            usual = (self.words.get(word, 0) + 1) / (self._total + 50_000)
            here = (counts.get(word, 0) - less.get(word, 0) + _PRIOR * usual) / (size + _PRIOR)
            total += max(-1.0, min(3.0, math.log(here / usual)))
        return total / len(near)

    def _size(self, table: str, name: str) -> int:
        whole = f"{table}:{name}"
        if whole not in self._sizes:
            self._sizes[whole] = sum((self.meant if table == "meant" else self.literal).get(name, _NOTHING).values())
        return self._sizes[whole]

    def evidence(
        self, concept: str, form: str, deprecated: bool, near: Sequence[str], less: Usage | None = None
    ) -> dict[str, float]:
        """What the neighbours and earlier verdicts say of words (`form` as listed, else as they stand) for a concept.

        `less` are the counts of an article that must not speak for itself. Values: `meant` and `elsewhere` -1 to 3, their
        difference `sense`, `seen` 0 or 1, shares `seen_ok` and so on.
        """
        made: dict[str, float] = {}
        if near:
            gone = less.meant.get(concept, _NOTHING) if less else _NOTHING
            made["meant"] = self._near("meant", concept, gone, near)
            if deprecated and f"{concept}|{form}" in self.literal:
                made["elsewhere"] = self._near("literal", f"{concept}|{form}", _NOTHING, near)
                made["sense"] = made["meant"] - made["elsewhere"]
        if counts := self.outcomes(form_key(concept, form), less):
            made["seen"] = 1.0
            made |= {f"seen_{name}": n / (sum(counts) + 1) for name, n in zip(_OUTCOMES, counts, strict=True)}
        return made

    def outcomes(self, key: str, less: Usage | None = None) -> tuple[int, ...]:
        """How often annotators found the form ok, a variant, an error, no rendering at all; () if never seen."""
        counts = self.judged.get(key)
        if not counts:
            return ()
        gone = less.judged.get(key, (0, 0, 0, 0)) if less else (0, 0, 0, 0)
        left = tuple(n - m for n, m in zip(counts, gone, strict=True))
        return left if any(left) else ()

    def mark(self, concept: str, form: str, outcome: str, near: Iterable[str]) -> None:
        """Count one annotated place; `outcome` is ok, variant, error or none. Of long surfaces, which do not recur, only the
        neighbours are counted."""
        if outcome != "none":
            self.meant.setdefault(concept, Counter()).update(near)
        if len(form.split()) <= LONGEST:
            self.judged.setdefault(form_key(concept, form), [0, 0, 0, 0])[_OUTCOMES.index(outcome)] += 1

    def plus(self, others: Iterable[Usage]) -> Usage:
        """These counts and those of annotated articles."""
        meant = {name: Counter(counts) for name, counts in self.meant.items()}
        judged = {name: list(counts) for name, counts in self.judged.items()}
        for one in others:
            for name, counts in one.meant.items():
                meant.setdefault(name, Counter()).update(counts)
            for name, row in one.judged.items():
                judged[name] = [n + m for n, m in zip(judged.get(name, (0, 0, 0, 0)), row, strict=True)]
        return Usage(self.sentences, self.single, self.pairs, self.words, meant, self.literal, judged)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Usage:
        """Read what `as_json` wrote."""
        return cls(
            data["sentences"], Counter(data["single"]),
            Counter({(one, other): n for one, row in data["pairs"].items() for other, n in row.items()}),
            Counter(data["words"]), {name: Counter(row) for name, row in data["meant"].items()},
            {name: Counter(row) for name, row in data["literal"].items()}, data["judged"],
        )  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        """The counts as data, in alphabetical order."""
        table: dict[str, dict[str, int]] = {}
        for (one, other), n in sorted(self.pairs.items()):
            table.setdefault(one, {})[other] = n

        def rows(counts: dict[str, Counter[str]]) -> dict[str, dict[str, int]]:
            return {name: dict(sorted(row.items())) for name, row in sorted(counts.items()) if row}

        return {
            "sentences": self.sentences, "single": dict(sorted(self.single.items())), "pairs": table,
            "words": dict(sorted(self.words.items())), "meant": rows(self.meant), "literal": rows(self.literal),
            "judged": dict(sorted(self.judged.items())),
        }  # fmt: skip


@cache
def usage() -> Usage:
    """The counts in the box."""
    return Usage.from_json(json.loads(COUNTS.read_text(encoding="utf-8")))
