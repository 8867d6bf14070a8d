"""Stage 3: every Hindi segment into English and Vietnamese, through the cache, with a look at every output.

Batches are planned over all texts before the cache is asked, so that a run that was killed, one with more
workers, and one without either, translate the same texts together and write the same records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import regex

from align.engines.protocols import Engine, Executor, Hypothesis
from align.languages import DEVANAGARI, LANGUAGES, guess_language, sentence_spans, words
from align.records import Reason, Segment, Translation

VERSION = "2"

_NUMBER = regex.compile(r"\p{N}+(?:[.,]\p{N}+)*")


class Cache(Protocol):
    """What the stage needs of the translation cache."""

    def key(self, signature: str, source: str, target: str, text: str) -> str:
        """The key of one translation."""
        ...

    def get(self, keys: Sequence[str]) -> dict[str, Hypothesis]:
        """Those that are there."""
        ...

    def put(self, rows: Iterable[tuple[str, Hypothesis]]) -> None:
        """Store a batch."""
        ...


def guards(source: str, text: str, source_language: str, target: str) -> list[Reason]:
    """What is visibly wrong with a translation, by code:

    `empty`, `wrong-language`, `repetition`, `length` (far too short or long), `source-script`
    (Devanagari left over), `sentence-dropped` (fewer sentences than the source by two, or half).
    """
    if not text.strip():
        return [Reason("empty", "nothing came back")] if source.strip() else []
    notes = []
    guessed = guess_language(text)
    # A loop is not judged by its language, names and figures have none.
    if guessed not in (None, target) and len(text) > 20:
        notes.append(Reason("wrong-language", f"looks like {LANGUAGES[guessed or 'en']}; expected {LANGUAGES[target]}"))
    if target != "hi" and (left := DEVANAGARI.findall(text)):
        notes.append(Reason("source-script", f"{len(left)} Devanagari characters left over"))
    loop = _loop(text)
    if loop and not _loop(source):
        notes.append(Reason("repetition", f"`{loop}` again and again"))
    short, long = len(words(source)) * 0.3, len(words(source)) * 3.2 + 8
    count = len(words(text))
    if len(words(source)) >= 8 and not short <= count <= long:
        notes.append(Reason("length", f"{count} words for {len(words(source))}"))
    here, there = len(sentence_spans(source, source_language)), len(sentence_spans(text, target))
    if here >= 2 and there <= here // 2:
        notes.append(Reason("sentence-dropped", f"{there} sentences for {here}"))
    return notes


def _loop(text: str) -> str:
    """A phrase of one to six words that stands three times in a row (four for one word), or ''."""
    tokens = [word.lower() for word in words(text)]
    for size in range(1, 7):
        times = 4 if size == 1 else 3
        run = 1
        for at in range(size, len(tokens) - size + 1, 1):
            same = tokens[at : at + size] == tokens[at - size : at]
            if not same:
                continue
            run = 2
            while tokens[at + (run - 1) * size : at + run * size] == tokens[at : at + size] and run < times:
                run += 1
            if run >= times and not all(_NUMBER.fullmatch(token) for token in tokens[at : at + size]):
                return " ".join(tokens[at : at + size])
    return ""


@dataclass(frozen=True)
class Job:
    """Translates one batch in a worker: guards look, and what they object to is decoded once more."""

    engine: Engine
    source: str
    target: str

    def __call__(self) -> Callable[[Sequence[str]], list[Hypothesis]]:
        """Load the engine; the executor calls this once in each worker."""
        translator = self.engine.load()

        def translate(texts: Sequence[str]) -> list[Hypothesis]:
            first = translator.translate(texts, self.source, self.target)
            result = [_noted(text, made, self) for text, made in zip(texts, first, strict=True)]
            # What only the engine noted (translated in pieces, say) would come out the same again.
            again = [at for at, made in enumerate(result) if len(made.notes) > len(first[at].notes)]
            if again:
                second = translator.translate([texts[at] for at in again], self.source, self.target, safer=True)
                for at, made in zip(again, second, strict=True):
                    retried = _noted(texts[at], made, self)
                    better = retried if len(retried.notes) < len(result[at].notes) else result[at]
                    note = Reason("retried", "better with safer decoding" if better is retried else "no better")
                    result[at] = replace(better, notes=(*better.notes, note))
            return result

        return translate


def _noted(text: str, made: Hypothesis, job: Job) -> Hypothesis:
    return replace(made, notes=(*made.notes, *guards(text, made.text, job.source, job.target)))


def plan(texts: Iterable[str], budget: int) -> list[list[str]]:
    """Batches of distinct texts, sorted by length, of at most `budget` padded tokens (estimated).

    The estimate, a token for five bytes of UTF-8 (measured on Hindi news: one for 5.9), needs no tokenizer, so a
    plan costs nothing and does not depend on the engine.
    """
    batches: list[list[str]] = []
    current: list[str] = []
    longest = 0
    for text in sorted(set(texts), key=lambda text: (len(text), text)):
        size = 4 + len(text.encode()) // 5
        if current and max(longest, size) * (len(current) + 1) > budget:
            batches.append(current)
            current, longest = [], 0
        current.append(text)
        longest = max(longest, size)
    if current:
        batches.append(current)
    return batches


def missing(texts: Iterable[str], engine: Engine, source: str, target: str, cache: Cache) -> int:
    """How many distinct texts the cache lacks."""
    signature = f"{engine.signature}|guards:{VERSION}"
    keys = [cache.key(signature, source, target, text) for text in set(texts)]
    return len(keys) - len(cache.get(keys))


def translate_texts(
    texts: Sequence[str], engine: Engine, source: str, target: str, budget: int, cache: Cache, executor: Executor,
    advance: Callable[[int], None] = lambda _: None,
) -> dict[str, Hypothesis]:  # fmt: skip
    """Translate distinct texts; every finished batch goes into the cache at once.

    `advance` is told how many texts are done. Raises what the engine raises; finished batches stay.
    """
    signature = f"{engine.signature}|guards:{VERSION}"
    result: dict[str, Hypothesis] = {}
    todo: list[list[str]] = []
    result.update((text, Hypothesis("")) for text in texts if not text.strip())
    for batch in plan((text for text in texts if text.strip()), budget):
        keys = {cache.key(signature, source, target, text): text for text in batch}
        for key, made in cache.get(list(keys)).items():
            result[keys[key]] = made
        rest = [text for text in batch if text not in result]
        advance(len(batch) - len(rest))
        if rest:
            todo.append(rest)
    # Longest first: the last batches to finish are short ones.
    todo.reverse()
    for batch, done in zip(todo, executor.map(Job(engine, source, target), todo), strict=True):
        cache.put((cache.key(signature, source, target, text), one) for text, one in zip(batch, done, strict=True))
        result.update(zip(batch, done, strict=True))
        advance(len(batch))
    return result


def records(
    segments: Iterable[Segment], language: str, label: str, made: dict[str, Hypothesis]
) -> Iterator[Translation]:
    """The records of segments whose texts are in `made`."""
    for segment in segments:
        one = made[segment.text]
        yield Translation(segment.document, segment.index, language, label, one.text, one.score, one.notes)


def recorded(
    segments: Iterable[Segment], language: str, label: str, rows: dict[tuple[str, int], Hypothesis]
) -> Iterator[Translation]:
    """The records of finished translations, looked up by document and index; a missing one is noted."""
    for segment in segments:
        one = rows.get((segment.document, segment.index))
        if one is None:
            notes = (Reason("missing", "the recorded file has no row for this segment"),)
            yield Translation(segment.document, segment.index, language, label, "", None, notes)
        else:
            seen = tuple(guards(segment.text, one.text, "hi", language))
            yield Translation(segment.document, segment.index, language, label, one.text, one.score, seen)


def pivoted(first: dict[str, Hypothesis], second: dict[str, Hypothesis], via: str) -> dict[str, Hypothesis]:
    """Join two steps: what the pivot's guards saw is kept, marked with the pivot's language."""
    result = {}
    for text, middle in first.items():
        last = second[middle.text]
        notes = tuple(Reason(f"{via}:{note.code}", note.detail) for note in middle.notes)
        score = None if middle.score is None or last.score is None else middle.score + last.score
        result[text] = Hypothesis(last.text, score, (*notes, *last.notes))
    return result


def note_counts(translations: Iterable[Translation]) -> Counter[str]:
    """How often each guard spoke."""
    return Counter(note.code for translation in translations for note in translation.notes)
