"""The model in the box, as `make demo` and every offline user run it."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import Project

from align.config import TranslationConfig
from align.engines import translator
from align.engines.bundled import BundledEmbedder, _joined
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


LITERAL = [
    ("गाँव ने {} का मॉडल बनाया।", "कुशल जन-आंदोलन", "movement", "कुशल जन-लामबंदी", "mobilization"),
    ("जिले में {} अच्छा चला।", "जन जुटाव का काम", "gather", "जन लामबंदी का काम", "mobilization"),
    ("महिलाओं ने {} शुरू किया।", "नकल आंदोलन", "imitation", "अनुकरण आंदोलन", "emulation"),
    ("कम्यून ने {} में भाग लिया।", "प्रतिस्पर्धा आंदोलन", "competition", "देशभक्तिपूर्ण अनुकरण आंदोलन", "emulation"),
    ("सदस्यों ने {} की रक्षा की।", "पार्टी की सूचना प्रौद्योगिकी", "technology", "पार्टी के वैचारिक आधार", "ideological"),
    ("{} ने बैठक की।", "सार्वजनिक समिति", "public", "जन समिति", "people"),
    ("{} ने उपहार दिए।", "मातृभूमि मोर्चा", "motherland", "फादरलैंड फ्रंट", "fatherland"),
    ("प्रांत {} में लगा है।", "नए गाँवों की इमारत", "village", "नए ग्रामीण क्षेत्रों के निर्माण", "rural"),
    ("उन्हें {} मिला।", "क्षमता प्रमाण पत्र", "capacity", "योग्यता प्रमाण पत्र", "merit"),
    ("कम्यून में दस {} हैं।", "गरीब पड़ोसी परिवार", "neighbour", "लगभग गरीब परिवार", "near"),
]  # fmt: skip


@pytest.mark.parametrize(("frame", "wrong", "says", "right", "term"), LITERAL)
def test_a_literal_rendering_and_the_right_one_come_back_differently(
    loaded: object, frame: str, wrong: str, says: str, right: str, term: str
) -> None:
    drift, back = (
        loaded.translate([frame.format(one)], "hi", "en")[0].text.lower()  # type: ignore[attr-defined]
        for one in (wrong, right)
    )
    assert says in drift.replace("neighbor", "neighbour")
    assert term in back
    assert drift != back


def test_names_and_numbers_come_back(loaded: object) -> None:
    text = "क्वांग निन्ह प्रांत ने 2025 में 1,250 गरीब परिवारों को 3 करोड़ 50 लाख डोंग दिए।"
    english = loaded.translate([text], "hi", "en")[0].text  # type: ignore[attr-defined]
    vietnamese = loaded.translate([text], "hi", "vi")[0].text  # type: ignore[attr-defined]
    assert all(form in english for form in ("Quang Ninh", "2025", "1,250", "35 million")), english
    assert all(form in vietnamese for form in ("Quảng Ninh", "2025", "1.250", "35 triệu")), vietnamese


def test_what_is_too_long_is_translated_in_pieces_and_noted(loaded: object) -> None:
    text = "जिले की पार्टी समिति ने गाँव के लोगों के साथ मिलकर सड़क बनाई, स्कूल की मरम्मत की और गरीब परिवारों की मदद की, " * 4
    made = loaded.translate([text], "hi", "en")[0]  # type: ignore[attr-defined]
    assert "in-pieces" in {note.code for note in made.notes}


def test_pieces_of_a_sentence_are_joined_as_one() -> None:
    parts = [("Towns have it.", ","), ("The 112 children are cared for.", "।"), ("The end", "")]
    assert _joined(parts) == "Towns have it, the 112 children are cared for. The end"
    assert _joined([("He said", "ि"), ("Hanoi is large.", "")]) == "He said Hanoi is large."


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
