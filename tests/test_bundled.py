"""The model in the box, as `make demo` and every offline user run it."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import Project

from align.config import TranslationConfig
from align.engines import translator
from align.engines.bundled import BundledEmbedder
from align.languages import guess_language, script_share


@pytest.fixture(scope="module")
def loaded() -> object:
    return translator(TranslationConfig.model_validate({"to": "en", "engine": "bundled"})).load()


def test_it_translates_into_both_languages(loaded: object) -> None:
    texts = ["पार्टी समिति ने गरीब परिवारों की मदद की।", "लोगों ने सड़क बनाने के लिए जमीन दान की।"]
    for language in ("en", "vi"):
        made = loaded.translate(texts, "hi", language)  # type: ignore[attr-defined]
        assert all(one.text and script_share(one.text, language) == 1.0 for one in made)
        assert all(guess_language(one.text) in (language, None) for one in made)


def test_a_literal_rendering_and_the_right_one_come_back_differently(loaded: object) -> None:
    movement, mobilization = (
        loaded.translate([f"गाँव ने {term} का मॉडल बनाया।"], "hi", "en")[0].text.lower()  # type: ignore[attr-defined]
        for term in ("कुशल जन-आंदोलन", "कुशल जन-लामबंदी")
    )
    assert "movement" in movement
    assert "mobilization" in mobilization


def test_what_is_too_long_is_translated_in_pieces_and_noted(loaded: object) -> None:
    text = "जिले की पार्टी समिति ने गाँव के लोगों के साथ मिलकर सड़क बनाई, स्कूल की मरम्मत की और गरीब परिवारों की मदद की, " * 4
    made = loaded.translate([text], "hi", "en")[0]  # type: ignore[attr-defined]
    assert "in-pieces" in {note.code for note in made.notes}


def test_vectors_have_length_one_and_do_not_depend_on_their_neighbours() -> None:
    embedder = BundledEmbedder()
    texts = ["पार्टी समिति ने बैठक की।", "The Party committee met.", "", "Lan"]
    together = embedder.embed(texts, "hi")
    alone = np.concatenate([embedder.embed([text], "hi") for text in texts])
    assert together.shape == (4, 384)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-4)
    assert np.allclose(together, alone, atol=1e-3)


def test_find_checks_one_article_without_a_config(project: Project) -> None:
    result = project.align("find", project.folder / "hindi" / "mot.txt")
    assert result.returncode == 0, result.stderr
    assert "mot:0: suspicious: कुशल जन-आंदोलन for dân vận khéo" in result.stdout
    assert "came back: " in result.stdout
    assert "/report/index.html" in result.stdout
    bad = project.align("find", project.folder / "none.txt")
    assert bad.returncode == 2
    assert "no such file or folder" in bad.stderr
