"""What earlier text and earlier verdicts tell of a rendering, and the annotated articles they are counted on."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from align.engines.gloss import Lexicon
from align.records import Segment
from align.terms.candidates import Reader
from align.terms.matching import Matcher, finite
from align.terms.names import level_names
from align.terms.scoring import read_gold
from align.terms.termbase import Concept, Form, Termbase
from align.terms.usage import COUNTS, Usage, around, form_key, usage
from align.terms.verdict import judge

ANNOTATED = sorted((Path(__file__).parents[1] / "corpora" / "annotated").glob("*.jsonl"))


def counts() -> Usage:
    meant = {"kien-toan": Counter({"संगठन": 8, "समित": 4})}
    literal = {"kien-toan|पूरा करना": Counter({"लक्ष्य": 9, "काम": 5})}
    return Usage(
        100,
        Counter({"a": 10, "b": 10}),
        Counter({("a", "b"): 10}),
        Counter({"संगठन": 20, "लक्ष्य": 20, "काम": 60}),
        meant,
        literal,
    )


def test_the_words_around_tell_the_term_from_its_usual_sense() -> None:
    known = counts()
    body = known.evidence("kien-toan", "पूरा करना", True, ["संगठन"])
    task = known.evidence("kien-toan", "पूरा करना", True, ["लक्ष्य"])
    assert body["sense"] > 0 > task["sense"]
    assert "sense" not in known.evidence("kien-toan", "पूरा करना", False, ["संगठन"])
    assert known.evidence("kien-toan", "पूरा करना", True, []) == {}


def test_an_article_does_not_speak_for_itself() -> None:
    own = Usage()
    own.mark("kien-toan", "पूरा करना", "error", ["संगठन"])
    own.mark("kien-toan", "पूरा करना", "none", ["काम"])
    whole = counts().plus([own])
    assert whole.outcomes(form_key("kien-toan", "पूरा करने")) == (0, 0, 1, 1)
    assert whole.evidence("kien-toan", "पूरा करना", True, [])["seen_error"] == pytest.approx(1 / 3)
    assert whole.evidence("kien-toan", "पूरा करना", True, ["संगठन"], own) == counts().evidence(
        "kien-toan", "पूरा करना", True, ["संगठन"]
    )


def test_company_is_measured_against_chance() -> None:
    known = counts()
    assert known.lift("a", "b") == known.lift("b", "a") > 0.5
    assert known.lift("a", "c") == 0.0
    assert -0.5 <= known.lift("a", "a") <= 1.0


def test_the_counts_in_the_box_read_back() -> None:
    data = json.loads(COUNTS.read_text(encoding="utf-8"))
    assert Usage.from_json(data).as_json() == data
    assert usage().sentences > 10_000
    assert any(row[2] for row in usage().judged.values())


def test_only_content_words_near_by_count() -> None:
    text = "एक दो तीन चार पाँच के लिए पूरा करना और छह"
    start = text.index("पूरा")
    assert around(text, start, start + len("पूरा करना"))[-1] == "छह"
    assert len(around(text, start, start + 9)) == 5


def test_verbs_are_found_in_their_finite_forms() -> None:
    concept = Concept(
        "nhan-rong", ("nhân rộng",), ("replicate",), (Form("मॉडल दोहराना", "deprecated"), Form("बुरी सूचना", "deprecated"))
    )  # fmt: skip
    matcher = Matcher(Termbase({concept.id: concept}))
    for said in ("मॉडल दोहराया गया", "मॉडल दोहराएगा", "मॉडल दोहराते हुए", "मॉडल दोहराना"):
        assert [one.form.form for one in matcher.all(said)] == ["मॉडल दोहराना"]
    assert finite("सूचना") == ()  # a noun
    assert not list(matcher.all("बुरी सूचा"))


TOWN = Concept("thi-xa", ("thị xã",), ("town",), (Form("कस्बा", "preferred"), Form("शहर", "deprecated", "city", True)))
TOWNSHIP = Concept(
    "thi-tran", ("thị trấn",), ("township",), (Form("टाउनशिप", "preferred"), Form("शहर", "deprecated", "city", True))
)  # fmt: skip
CITY = Concept("thanh-pho", ("thành phố",), ("city",), (Form("शहर", "preferred"),))
NAMES = Lexicon([
    (hindi, (english,), (vietnamese,))
    for hindi, english, vietnamese in (
        ("बिम", "Bim", "Bỉm"), ("सोन", "Son", "Sơn"), ("काय", "Cay", "Cây"), ("डुओंग", "Duong", "Dương"), ("हा", "Ha", "Hạ"),
        ("लॉन्ग", "Long", "Long"),
    )
])  # fmt: skip


@pytest.mark.parametrize(
    ("hindi", "wrong"),
    [
        ("बिम सोन शहर में", "thi-xa"),  # a town of the gazetteer
        ("काय डुओंग शहर में", "thi-tran"),  # neither city nor town
        ("हा लॉन्ग शहर में", ""),  # a city
        ("सभी कम्यूनों और शहरों में", "thi-tran"),  # xã, thị trấn
        ("सभी जिलों और शहरों में", ""),
    ],
)
def test_a_town_called_a_city_is_a_wrong_rendering_of_its_level(hindi: str, wrong: str) -> None:
    reader = Reader(Termbase({one.id: one for one in (TOWN, TOWNSHIP, CITY)}), NAMES)
    found = reader.places(reader.sentences([Segment("a", "hindi", "hi", 0, hindi, 0, len(hindi))], [], []))
    assert {one.concept for one in found if one.form and one.form.status == "deprecated"} == {"thi-xa", "thi-tran"}
    said = {one.concept for one in found if one.features.get("no_city") and one.features.get("of_level")}
    assert said == ({wrong} if wrong else set())
    assert {one.concept for one in found if judge().judge(one)[0] not in ("ok", "variant")} == said


def test_the_name_before_a_level_is_looked_up() -> None:
    reader = Reader(Termbase({CITY.id: CITY}), NAMES)
    (sentence,) = reader.sentences([Segment("a", "hindi", "hi", 0, "बिम सोन शहर", 0, 11)], [], [])
    ((start, (_, said)),) = level_names(sentence).items()
    assert (start, said) == (8, "town")


@pytest.mark.parametrize("path", ANNOTATED, ids=lambda path: path.stem)
def test_an_annotated_article_is_one_that_can_be_scored(path: Path) -> None:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == [f"{path.stem}:{number}" for number in range(1, len(rows) + 1)]
    for row, line in zip(rows, read_gold(path), strict=True):
        assert all(row[name].strip() for name in ("vi_src", "hi", "en", "vi"))
        assert [mark.hindi for mark in line.terms if mark.hindi] == [term["hi"] for term in row["terms"] if term["hi"]]
        assert all(term["vi_term"].lower() in row["vi_src"].lower() for term in row["terms"])


def test_there_are_articles_to_measure_on() -> None:
    assert len(ANNOTATED) == 40
