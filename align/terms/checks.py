"""Checks beyond terms: numbers, names, administrative levels, abbreviations, untranslated and repeated text, omissions.

Each check is a function over the sentences of one document and yields `Check`s, which become findings. They
use the original where there is one; without it they report only what contradicts itself or cannot be meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import regex

from align.records import Alignment, Reason, Rendering
from align.terms.abbreviations import abbreviations, expansions
from align.terms.candidates import Sentence
from align.terms.findings import Check, flag
from align.terms.names import admin_units, names, persons
from align.terms.numbers import numbers
from align.terms.termbase import Termbase


def untranslated(sentences: Sequence[Sentence]) -> Iterator[Check]:
    """Sentences that are not Hindi at all."""
    for sentence in sentences:
        text = sentence.segment.text
        letters = sum(char.isalpha() for char in text)
        latin = len(regex.findall(r"\p{Latin}", text))
        if letters >= 20 and latin > 0.7 * letters and not text.startswith("http"):
            reason = Reason("not-hindi", "the sentence is not in Hindi")
            yield flag(sentence.segment, (0, len(text)), "untranslated", "wrong", 0.9, reason)


def repetitions(sentences: Sequence[Sentence]) -> Iterator[Check]:
    """A sentence twice in a row, or a stretch of words that repeats at once."""
    before = ""
    for sentence in sentences:
        text = sentence.segment.text
        if len(text) > 20 and text == before:
            reason = Reason("sentence-twice", "the same sentence stands right before")
            yield flag(sentence.segment, (0, len(text)), "repetition", "wrong", 0.9, reason)
        before = text
        words = [word for word in sentence.words if word.text[0].isalnum()]
        parts = [word.text for word in words]
        at = 0
        while at < len(parts):
            for size in range(12, 2, -1):
                if len(parts) < at + 2 * size or parts[at : at + size] != parts[at + size : at + 2 * size]:
                    continue
                first, begin, end = words[at].start, words[at + size].start, words[at + 2 * size - 1].end
                if size < 5 and regex.search(r"[,;:!?\"“”।]", text[first:end]):
                    continue  # said twice on purpose
                reason = Reason("words-twice", "these words stand right before too")
                yield flag(sentence.segment, (begin, end), "repetition", "wrong", 0.85, reason)
                at += 2 * size - 1
                break
            at += 1


def omissions(
    sentences: Sequence[Sentence], alignments: Iterable[Alignment], originals: dict[int, str]
) -> Iterator[Check]:
    """Sentences of the original that nothing in the Hindi says; reported at the sentence before."""
    by_index = {sentence.segment.index: sentence for sentence in sentences}
    last = min(by_index, default=0)
    beads = [bead for bead in alignments if bead.engine == "original"]
    for bead in beads:
        if bead.hindi:
            last = max(bead.hindi)
            continue
        said = " ".join(originals.get(index, "") for index in bead.other).strip()
        if last in by_index and len(said) > 15:
            sentence = by_index[last]
            segment = sentence.segment
            yield Check(
                segment.document, segment.index, 0, len(segment.text), "", "omission", "omitted", "major", 0.7,
                (Reason("sentence-missing", f"after this sentence the original says: {said[:300]}"),),
            )  # fmt: skip


# Words after which a Hindi sentence goes on.
_OPEN = frozenset("के ने और एवं तथा व कि जो ताकि लेकिन".split())


def truncated(sentences: Sequence[Sentence]) -> Iterator[Check]:
    """Sentences that break off, and those far shorter than what the original says."""
    for sentence in sentences:
        text, parts = sentence.segment.text, [word for word in sentence.words if word.text[0].isalnum()]
        if len(parts) > 3 and parts[-1].text in _OPEN and not text.rstrip().endswith((":", ",", "-", "–")):
            reason = Reason("breaks-off", f"the sentence ends with {parts[-1].text}, after which something must follow")
            yield flag(sentence.segment, (parts[-1].start, len(text)), "omission", "suspicious", 0.7, reason)
        elif sentence.original is not None and len(text) < 0.4 * len(sentence.original.text) > 32:
            said = sentence.original.text
            if not any(one is not sentence and one.original and one.original.text == said for one in sentences):
                reason = Reason(
                    "too-short", f"{len(text) / len(said):.0%} as long as what the original says: {said[:300]}"
                )
                yield flag(sentence.segment, (0, len(text)), "omission", "suspicious", 0.6, reason)


def check(
    sentences: Sequence[Sentence], alignments: Sequence[Alignment], renderings: Sequence[Rendering],
    termbase: Termbase, originals: dict[int, str] | None = None,
) -> list[Check]:  # fmt: skip
    """All checks of one document; `originals`: the original's sentences by index.

    Of those of one kind that overlap, the one with the highest score is kept.
    """
    found: list[Check] = []
    for made in (
        numbers(sentences), names(sentences), persons(sentences), admin_units(sentences, renderings),
        abbreviations(sentences, renderings, termbase.abbreviations),
        expansions(sentences, termbase), untranslated(sentences), repetitions(sentences), truncated(sentences),
        omissions(sentences, alignments, originals or {}),
    ):  # fmt: skip
        found += made
    kept: list[Check] = []
    for one in sorted(found, key=lambda one: (-one.score, one.index, one.start)):
        same = (other for other in kept if (other.index, other.kind) == (one.index, one.kind))
        if not any(one.start < other.end and other.start < one.end for other in same):
            kept.append(one)
    return kept
