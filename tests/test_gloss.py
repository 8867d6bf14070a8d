"""The word-for-word gloss and the annotated source of the bundled model."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from align.engines.gloss import (
    Gloss,
    Lexicon,
    amount,
    annotate,
    coverage,
    fold,
    inflections,
    load_lexicon,
    lookup,
    normalise,
    number,
    transliterate,
    word_for_word,
)

ROWS = [
    ("में", ("in", "at"), ("ở", "trong")),
    ("के", ("of",), ("của",)),
    ("कुशल", ("skillful", "skilled"), ("khéo léo", "khéo")),
    ("जन", ("people", "mass"), ("dân", "nhân dân")),
    ("आंदोलन", ("movement",), ("phong trào",)),
    ("जन समिति", ("People's Committee",), ("Ủy ban nhân dân",)),
    ("क्वांग निन्ह", ("Quang Ninh",), ("Quảng Ninh",)),
    ("क्वांग", ("Quang",), ("Quảng",)),
    ("पार्टी", ("party", "Party"), ("Đảng", "đảng")),
    ("गाँव", ("village",), ("làng", "thôn")),
    ("पुस्तक", ("book",), ("sách",)),
    ("लड़का", ("boy",), ("con trai",)),
    ("पढ़ना", ("to read",), ("đọc",)),
    ("अरब", ("billion", "Arab"), ("tỷ", "Ả Rập")),
    ("हिंदी", ("Hindi",), ("tiếng Hindi",)),
]


@pytest.fixture
def lexicon() -> Lexicon:
    return Lexicon(ROWS)


def found(text: str, lexicon: Lexicon) -> list[tuple[str, str]]:
    return [(gloss.text, gloss.found) for gloss in lookup(text, lexicon)]


def test_offsets_point_into_the_text_as_given(lexicon: Lexicon) -> None:
    text = "“कुशल जन-आंदोलन” के लिए 1,260 गां\u200dव, VND।"
    glosses = lookup(text, lexicon)
    assert all(text[gloss.start : gloss.end] == gloss.text for gloss in glosses)
    spaces = set(range(len(text))) - {i for gloss in glosses for i in range(gloss.start, gloss.end)}
    assert all(text[i].isspace() for i in spaces)


def test_longest_match_wins_and_crosses_hyphens(lexicon: Lexicon) -> None:
    assert found("जन समिति", lexicon) == [("जन समिति", "phrase")]
    assert found("जन-समितियों", lexicon) == [("जन-समितियों", "phrase")]
    assert found("जन-आंदोलन", lexicon) == [("जन", "entry"), ("-", "plain"), ("आंदोलन", "entry")]


@pytest.mark.parametrize("spelling", ["गाँव", "गांव", "गां\u200dव"])
def test_spellings_meet(spelling: str, lexicon: Lexicon) -> None:
    (gloss,) = lookup(spelling, lexicon)
    assert gloss.english == ("village",)


def test_nukta_and_homorganic_nasals_fold() -> None:
    assert fold("ज़िला") == fold("जिला")
    assert fold("हिन्दी") == fold("हिंदी")
    assert fold("गये") == fold("गए")
    assert fold("\u0958लम") == fold("क\u093cलम")


@pytest.mark.parametrize(
    ("form", "english"),
    [("पुस्तकों", "book"), ("पुस्तकें", "book"), ("लड़के", "boy"), ("लड़कों", "boy"), ("पढ़कर", "to read"),
     ("पढ़ेंगे", "to read"), ("पढ़ता", "to read")],
)  # fmt: skip
def test_inflected_forms_are_found(form: str, english: str, lexicon: Lexicon) -> None:
    (gloss,) = lookup(form, lexicon)
    assert (gloss.found, gloss.english[0]) == ("inflection", english)


def test_two_words_written_as_one(lexicon: Lexicon) -> None:
    (gloss,) = lookup("कुशलआंदोलन", lexicon)
    assert gloss.english == ("skillful movement",)
    assert gloss.vietnamese == ("phong trào khéo léo",)


def test_inflections_never_contain_the_word_itself() -> None:
    for word in ("लड़के", "करना", "समितियों", "अ", ""):
        assert fold(word) not in inflections(fold(word))


def test_numbers_are_written_as_the_language_writes_them() -> None:
    assert number("1,00,000", "en") == "100,000"
    assert number("१,२६०", "vi") == "1.260"
    assert number("12.5%", "vi") == "12,5%"
    assert number("12.5%", "en") == "12.5%"
    assert number("2025-2030", "vi") == "2025-2030"
    assert number("30.4.1975", "vi") == "30.4.1975"


def test_indian_amounts_are_converted(lexicon: Lexicon) -> None:
    (gloss,) = lookup("3 करोड़ 50 लाख", lexicon)
    assert (gloss.english, gloss.vietnamese, gloss.found) == (("35 million",), ("35 triệu",), "number")
    assert lookup("5 लाख", lexicon)[0].vietnamese == ("500.000",)
    assert lookup("1.2 अरब", lexicon)[0].vietnamese == ("1,2 tỷ",)
    assert amount(2e12, "vi") == "2 nghìn tỷ"


def test_a_number_without_a_scale_stays_alone(lexicon: Lexicon) -> None:
    assert found("5 गाँव", lexicon) == [("5", "number"), ("गाँव", "entry")]


def test_unknown_words_are_transliterated(lexicon: Lexicon) -> None:
    (gloss,) = lookup("न्गुयेन", lexicon)
    assert gloss == Gloss("न्गुयेन", 0, 7, ("Nguyen",), ("Nguyen",), "transliteration")
    assert transliterate("अमरनाथ") == "Amarnath"
    assert transliterate("क्वांग") == "Quang"
    assert transliterate("") == ""


def test_annotation_follows_the_target_language(lexicon: Lexicon) -> None:
    text = "क्वांग निन्ह में कुशल जन-आंदोलन के 1,260 गाँव"
    assert annotate(text, "en", lexicon) == (
        "Quang Ninh में कुशल skillful जन people / mass - आंदोलन movement के 1,260 गाँव village"
    )  # skilled begins like skillful: one gloss is enough
    assert annotate(text, "vi", lexicon) == (
        "Quảng Ninh में कुशल khéo léo / khéo जन dân / nhân dân - आंदोलन phong trào के 1.260 गाँव làng / thôn"
    )


def test_party_is_a_word_not_a_name(lexicon: Lexicon) -> None:
    assert annotate("पार्टी", "vi", lexicon) == "पार्टी Đảng"


def test_annotation_is_repeatable_and_drops_glosses_only_in_training(lexicon: Lexicon) -> None:
    text = "कुशल जन आंदोलन पुस्तक " * 20
    assert annotate(text, "en", lexicon) == annotate(text, "en", lexicon)
    assert annotate(text, "en", lexicon, Random(3)) == annotate(text, "en", lexicon, Random(3))
    assert annotate(text, "en", lexicon, Random(3), drop_all=1.0) == text.strip()
    assert "movement" not in annotate(text, "en", lexicon, Random(3), drop=1.0, drop_all=0.0)


def test_word_for_word_reads_as_a_line(lexicon: Lexicon) -> None:
    line = word_for_word("“कुशल जन-आंदोलन” के 3 गाँव।", "en", lexicon)
    assert line == "“skillful people-movement” of 3 village."
    assert word_for_word("न्गुयेन", "en", lexicon) == "[Nguyen]"
    assert word_for_word("", "en", lexicon) == ""


def test_coverage_counts_running_hindi_words(lexicon: Lexicon) -> None:
    known, total, unknown = coverage(["जन समिति में 5 न्गुयेन VND"], lexicon)
    assert (known, total, unknown) == (3, 4, {"न्गुयेन": 1})


def test_later_files_override(tmp_path: Path) -> None:
    header = "hindi\tenglish\tvietnamese\n"
    (tmp_path / "hindi-english-vietnamese.tsv").write_text(header + "घर\thouse|home\tnhà\n", encoding="utf-8")
    (tmp_path / "additions.tsv").write_text(header + "घर\thome\tngôi nhà|nhà\n# note\nbroken\n", encoding="utf-8")
    lexicon = load_lexicon(tmp_path)
    assert len(lexicon) == 1
    assert lookup("घरों", lexicon)[0].vietnamese == ("ngôi nhà", "nhà")


def test_normalise_keeps_what_a_reader_sees() -> None:
    assert normalise("गा\u200cँव १२३") == "गाँव 123"


def test_import_is_light() -> None:
    code = "import sys, align.engines.gloss; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
