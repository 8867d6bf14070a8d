"""Guards, batches, the cache and retries, with a translator made of a function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from align.engines.local import Local
from align.engines.protocols import Hypothesis, Translator
from align.errors import EngineError
from align.records import Segment
from align.stages import translations
from align.store import TranslationCache

HINDI = "जिले की पार्टी समिति ने गाँव के लोगों के साथ मिलकर नई सड़क बनाने का काम पूरा किया।"
GOOD = "The district Party committee finished building the new road together with the people of the village."


@dataclass
class Fake:
    """Translates with `say(text, safer)` and remembers the batches."""

    say: Callable[[str, bool], str]
    batches: list[tuple[tuple[str, ...], bool]] = field(default_factory=list)
    signature: str = "fake"

    def problems(self) -> list[tuple[str, str, str]]:
        return []

    def load(self) -> Translator:
        return self

    def translate(self, texts: Sequence[str], source: str, target: str, *, safer: bool = False) -> list[Hypothesis]:
        self.batches.append((tuple(texts), safer))
        return [Hypothesis(self.say(text, safer), -0.5) for text in texts]


@pytest.fixture
def cache(tmp_path: Path) -> TranslationCache:
    return TranslationCache(tmp_path / "cache.sqlite")


def translate(texts: list[str], engine: Fake, cache: TranslationCache, budget: int = 200) -> dict[str, Hypothesis]:
    return translations.translate_texts(texts, engine, "hi", "en", budget, cache, Local(1))


@pytest.mark.parametrize(
    ("source", "text", "target", "codes"),
    [
        (HINDI, GOOD, "en", []),
        (HINDI, "", "en", ["empty"]),
        (HINDI, "Huyện ủy đã cùng người dân trong thôn hoàn thành việc làm con đường mới.", "en", ["wrong-language"]),
        (HINDI, GOOD + " सड़क", "en", ["source-script"]),
        (HINDI, "I am sorry but " * 6, "en", ["repetition"]),
        (HINDI, "the the the the the committee of the district and its people", "en", ["repetition"]),
        (HINDI, "Road.", "en", ["length"]),
        (f"{HINDI} {HINDI} {HINDI}", GOOD, "en", ["length", "sentence-dropped"]),
        ("35, 35, 35, 35", "35, 35, 35, 35", "en", []),
        ("", "", "en", []),
    ],
)
def test_guards(source: str, text: str, target: str, codes: list[str]) -> None:
    assert sorted(note.code for note in translations.guards(source, text, "hi", target)) == codes


def test_a_text_is_translated_once_however_often_it_stands(cache: TranslationCache) -> None:
    engine = Fake(lambda text, safer: GOOD)
    translate([HINDI, HINDI, "दूसरा।"], engine, cache)
    assert sorted(text for batch, _ in engine.batches for text in batch) == sorted([HINDI, "दूसरा।"])
    again = Fake(lambda text, safer: "never asked")
    made = translate([HINDI, "दूसरा।"], again, cache)
    assert again.batches == []
    assert made[HINDI] == Hypothesis(GOOD, -0.5)


def test_what_a_guard_objects_to_is_decoded_once_more(cache: TranslationCache) -> None:
    engine = Fake(lambda text, safer: GOOD if safer else "no no no no no")
    made = translate([HINDI], engine, cache)[HINDI]
    assert made.text == GOOD
    assert [note.code for note in made.notes] == ["retried"]
    assert [safer for _, safer in engine.batches] == [False, True]


def test_a_retry_that_is_no_better_keeps_the_first_and_says_so(cache: TranslationCache) -> None:
    made = translate([HINDI], Fake(lambda text, safer: "yes " * 5 if safer else "no " * 5), cache)[HINDI]
    assert made.text == "no " * 5
    assert (made.notes[-1].code, made.notes[-1].detail) == ("retried", "no better")


def test_plans_hold_the_budget_and_do_not_depend_on_order() -> None:
    texts = [HINDI[:size] for size in range(5, 80, 3)]
    batches = translations.plan(texts, 120)
    assert batches == translations.plan(reversed(texts), 120)
    assert sorted(text for batch in batches for text in batch) == sorted(texts)
    for batch in batches:
        assert len(batch) == 1 or max(4 + len(text.encode()) // 5 for text in batch) * len(batch) <= 120


def test_finished_batches_survive_an_engine_that_dies(cache: TranslationCache) -> None:
    texts = [HINDI[:size] for size in range(20, 80, 4)]

    def say(text: str, safer: bool) -> str:
        if len(text) < 40:
            raise EngineError("gone")
        return GOOD

    with pytest.raises(EngineError):
        translate(texts, Fake(say), cache, budget=60)
    engine = Fake(lambda text, safer: GOOD)
    translate(texts, engine, cache, budget=60)
    assert all(len(text) < 40 for batch, _ in engine.batches for text in batch)


def test_another_signature_or_language_is_another_translation(cache: TranslationCache) -> None:
    translate([HINDI], Fake(lambda text, safer: GOOD), cache)
    other = Fake(
        lambda text, safer: "The committee finished the new road together with all the people there.", signature="other"
    )
    assert translate([HINDI], other, cache)[HINDI].text.startswith("The committee")


def test_empty_texts_do_not_reach_the_engine(cache: TranslationCache) -> None:
    engine = Fake(lambda text, safer: GOOD)
    assert translate(["", HINDI], engine, cache)[""] == Hypothesis("")
    assert engine.batches == [((HINDI,), False)]


def test_a_pivot_keeps_what_its_first_step_saw() -> None:
    from align.records import Reason

    first = {"क": Hypothesis("k", -0.2, (Reason("length", "x"),))}
    made = translations.pivoted(first, {"k": Hypothesis("c", -0.3)}, "en")["क"]
    assert (made.text, made.score) == ("c", -0.5)
    assert [note.code for note in made.notes] == ["en:length"]


def test_recorded_rows_are_found_by_place_and_a_missing_one_is_noted() -> None:
    segments = [Segment("d", "hindi", "hi", index, HINDI, 0, 1) for index in (0, 1)]
    made = list(translations.recorded(segments, "en", "deepl", {("d", 0): Hypothesis(GOOD)}))
    assert (made[0].text, made[0].engine, made[0].notes) == (GOOD, "deepl", ())
    assert made[1].notes[0].code == "missing"


def test_a_damaged_cache_says_what_to_do(tmp_path: Path) -> None:
    from align.errors import StoreError

    path = tmp_path / "cache.sqlite"
    path.write_bytes(b"this is not a database, it is a text" * 40)
    with pytest.raises(StoreError, match=r"cache\.sqlite: damaged .* delete it and run again"):
        TranslationCache(path)


def test_a_worker_that_dies_is_an_engine_error() -> None:
    with pytest.raises(EngineError, match="one of 2 workers died"):
        list(Local(2).map(_suicide, range(8)))


def test_workers_keep_the_order_and_their_errors_keep_their_words() -> None:
    assert list(Local(2).map(_double, range(9))) == [2 * number for number in range(9)]
    with pytest.raises(EngineError, match="no such model here"):
        list(Local(2).map(_failing, range(9)))


def _suicide() -> Callable[[int], int]:
    import os

    os._exit(9)


def _double() -> Callable[[int], int]:
    return _twice


def _twice(number: int) -> int:
    return 2 * number


def _failing() -> Callable[[int], int]:
    raise EngineError("no such model here")


def test_workers_leave_when_their_parent_is_killed() -> None:
    """With -9, which gives it no time to tell them."""
    import os
    import signal
    import subprocess
    import sys
    import time

    code = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from align.engines.local import Local; from test_translations import _slow\n"
        "if __name__ == '__main__':\n"
        "    for number in Local(2).map(_slow, range(99)): print(number, flush=True)\n"
    )
    here = os.path.dirname(os.path.abspath(__file__))
    parent = subprocess.Popen(
        [sys.executable, "-c", code, here, os.path.dirname(here)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    workers = {int(parent.stdout.readline()) for _ in range(6)}
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    for _ in range(100):
        if not any(os.path.exists(f"/proc/{worker}") for worker in workers):
            return
        time.sleep(0.1)
    raise AssertionError(f"still there: {workers}")


def _slow() -> Callable[[int], int]:
    return _own_number


def _own_number(number: int) -> int:
    import os
    import time

    time.sleep(0.05)
    return os.getpid()
