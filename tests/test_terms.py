"""Term evidence, verdicts, matching of the other languages, composed forms: tables of exact cases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from align.alignment.words import words
from align.engines.gloss import Lexicon, lookup
from align.records import Alignment, Rendering, Segment, Translation
from align.stages.terms import TermStage
from align.terms import discovery, evidence
from align.terms.calques import Calques
from align.terms.candidates import Place
from align.terms.compose import compose
from align.terms.matching import Matcher
from align.terms.mentions import Mentions, stem, syllable
from align.terms.scoring import GoldLine, Mark, describe, match, read_gold, score
from align.terms.termbase import Concept, Form, Termbase
from align.terms.verdict import WEIGHTS, Judge, judge, settle


def base(*concepts: Concept) -> Termbase:
    return Termbase({one.id: one for one in concepts})


MASS = Concept(
    "dan-van", ("dân vận",), ("mass mobilization",),
    (Form("जन-लामबंदी", "preferred"), Form("जनसंपर्क", "deprecated", "public relations")),
)  # fmt: skip
SKILL = Concept(
    "dan-van-kheo", ("dân vận khéo",), ("skillful mass mobilization",),
    (Form("कुशल जन-लामबंदी", "preferred"), Form("कुशल जन-आंदोलन", "deprecated", "a popular agitation")), ("DVK",),
)  # fmt: skip
COMMITTEE = Concept(
    "uy-ban-nhan-dan", ("Ủy ban nhân dân",), ("People's Committee",),
    (Form("जन समिति", "preferred"), Form("पीपुल्स कमेटी", "admitted")), ("UBND",), ("जन समितियों का संघ",),
)  # fmt: skip
EXEMPLARY = Concept(
    "thi-dua",
    ("thi đua",),
    ("emulation",),
    (Form("अनुकरण", "preferred"), Form("अनुकरणीय", "deprecated")),
    (),
    ("अनुकरणीय भूमिका",),
)
SECTORS = Concept("bo-nganh", ("bộ, ngành",), ("ministries and sectors",), (Form("मंत्रालयों, शाखाओं", "deprecated"),))
ALL = base(MASS, SKILL, COMMITTEE, EXEMPLARY, SECTORS)


@pytest.mark.parametrize(
    ("text", "surfaces"),
    [
        ("जन समितियों ने", ["जन समितियों"]),  # oblique plural
        ("जन-समिति और जनसमिति", ["जन-समिति", "जनसमिति"]),  # hyphen, or written as one
        ("प्रांतीय पीपुल्स कमेटी", ["पीपुल्स कमेटी"]),  # transliterated English
        ("जन समितियों का संघ बना", []),  # negative context
        ("अनुकरणीय भूमिका निभाई", []),  # exemplary is right here
        ("अनुकरणीय आंदोलन", ["अनुकरणीय"]),
        ("जन। समिति", []),  # never across a stop
        ("मंत्रालयों, शाखाओं और", ["मंत्रालयों, शाखाओं"]),  # a comma counts as "and"
        ("मंत्रालयों और शाखाओं", ["मंत्रालयों और शाखाओं"]),
        ("कुशल जन-लामबंदी", ["कुशल जन-लामबंदी"]),  # the longest wins over जन-लामबंदी
        ("अजनसमिति", []),
    ],
)
def test_hindi_forms_are_found_as_they_are_written(text: str, surfaces: list[str]) -> None:
    assert [text[one.start : one.end] for one in Matcher(ALL).longest(text)] == surfaces


def test_what_is_found_does_not_depend_on_the_other_forms() -> None:
    small = Termbase({"a": Concept("a", ("từ a",), (), (Form("पार्टी समिति", "preferred"),))})
    more = Termbase(small.concepts | {"b": Concept("b", ("từ b",), (), (Form("पार्टी की केंद्रीय सभा", "preferred"),))})
    for base in (small, more):
        assert [one.concept for one in Matcher(base).longest("पार्टी की समिति ने")] == ["a"]
    assert [one.concept for one in Matcher(more).longest("पार्टी केंद्रीय सभा, पार्टी की केंद्रीय सभा")] == ["b", "b"]


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("vi", "mô hình “Dân vận khéo” của UBND xã", ["dan-van-kheo", "uy-ban-nhan-dan"]),
        ("vi", "Uỷ ban nhân dân tỉnh", ["uy-ban-nhan-dan"]),  # old tone placement
        ("vi", "ubnd", []),  # abbreviations only in capitals
        ("vi", "công tác dân vận. Khéo léo", ["dan-van"]),
        ("en", "The People’s Committees' emulation", ["uy-ban-nhan-dan", "thi-dua"]),
        ("en", "skillful mass mobilisation", ["dan-van-kheo"]),
    ],
)
def test_terms_are_found_in_the_other_languages(language: str, text: str, found: list[str]) -> None:
    assert [one.concept for one in Mentions(ALL, language).find(text)] == found


def test_a_longer_word_hides_the_term_in_it() -> None:
    commune = base(Concept("xa", ("xã",), ("commune",), ()))
    assert [one.concept for one in Mentions(commune, "vi", ["xã hội"]).find("xã hội và xã")] == ["xa"]
    assert syllable("hoà") == syllable("hòa")
    assert stem("mobilising") == stem("mobilizes")


def test_forms_follow_from_forms() -> None:
    made = {one.id: {form.form: form.status for form in one.hindi} for one in compose(ALL).concepts.values()}
    assert made["dan-van-kheo"]["कुशल जनसंपर्क"] == "deprecated"
    assert made["dan-van"]["जन आंदोलन"] == "deprecated"
    assert made["dan-van-kheo"]["कुशल जन-लामबंदी"] == "preferred"


@pytest.mark.parametrize(
    ("said", "terms", "language", "value"),
    [
        ("skillful mass mobilization", ["skillful mass mobilization"], "en", 1.0),
        ("the skilful movement", ["skillful mass mobilization"], "en", 0.0),
        ("skillful mass movement", ["skillful mass mobilization"], "en", 2 / 3),
        ("hợp đồng thi đua", ["giao ước thi đua"], "vi", 0.5),
        ("", ["thi đua"], "vi", 0.0),
    ],
)
def test_sameness_is_the_share_of_common_words(said: str, terms: list[str], language: str, value: float) -> None:
    assert evidence.sameness(said, terms, language) == pytest.approx(value)


def test_the_dictionary_spells_a_calque() -> None:
    lexicon = Lexicon([("फूल", ("flower",), ("hoa",)), ("रंग", ("colour",), ("màu",))])
    glosses = lookup("फूल और रंग", lexicon)
    assert evidence.says(glosses, ["hoa màu"], "vi") == 1.0
    assert evidence.says(glosses, ["field crops"], "en") == 0.0


CROPS = Concept("hoa-mau", ("hoa màu",), ("field crops",), (Form("फसलें", "preferred"),))
POOR = Concept("ho-ngheo", ("hộ nghèo",), ("poor household",), (Form("गरीब परिवार", "preferred"),))
NEAR = Concept(
    "ho-can-ngheo", ("hộ cận nghèo",), ("near-poor household",),
    (Form("लगभग गरीब परिवार", "preferred"), Form("पड़ोसी निर्धन परिवार", "deprecated", "cận read as neighbouring")),
)  # fmt: skip
SCRATCH = Concept(
    "thoat-can-ngheo", ("thoát cận nghèo",), ("leave near-poverty",), (Form("लगभग गरीबी से बाहर", "preferred"),)
)
WORDS = Lexicon([
    ("फूल", ("flower",), ("hoa",)), ("रंग", ("colour",), ("màu",)), ("गरीब", ("poor",), ("nghèo",)),
    ("परिवार", ("family",), ("hộ", "gia đình")), ("निर्धन", ("poor",), ("nghèo",)), ("दिग्गज", ("veteran",), ("bậc lão làng",)),
    ("पूर्व", ("former",), ("cựu",)), ("सेनानी", ("veteran",), ("cựu chiến binh",)),
])  # fmt: skip


def test_words_that_spell_a_term_are_found_though_no_form_lists_them() -> None:
    """Read word by word; with a word misread in another form or another concept; with English in between."""
    veterans = Concept("cuu-chien-binh", ("cựu chiến binh",), ("veteran",), (Form("पूर्व सैनिक", "preferred"),))
    calques = Calques(base(CROPS, POOR, NEAR, SCRATCH, veterans), WORDS)
    (crops,) = [one for one in calques.find("कई फूल और रंग डूब गए") if one.concept == "hoa-mau"]
    assert (crops.start, crops.end, crops.share, crops.literal, crops.misread) == (3, 13, 1.0, 2, 0)
    assert crops.pairs == (("फूल", "hoa"), ("रंग", "màu"))
    (near,) = [one for one in calques.find("71 पड़ोसी गरीब परिवार हैं") if one.concept == "ho-can-ngheo"]
    assert (near.share, near.words, near.misread, near.own) == (1.0, 3, 1, 1)
    (other,) = [one for one in calques.find("पड़ोसी गरीब") if one.concept == "thoat-can-ngheo"]
    assert (other.misread, other.own) == (1, 0)  # known from hộ cận nghèo
    (veteran,) = [one for one in calques.find("दिग्गजों ने कहा") if one.concept == "cuu-chien-binh"]
    assert (veteran.misread, veteran.words) == (1, 1)
    assert calques.find("बच्चे स्कूल गए") == []


def test_rarity_and_strangeness_are_of_words_that_no_right_form_has() -> None:
    calques = Calques(base(NEAR), WORDS)
    rare, sure = calques.strange("पड़ोसी गरीब", "ho-can-ngheo")
    assert (rare, sure) == (1.0, 1.0)  # the dictionary does not have it, and it stands for cận only
    assert calques.strange("गरीब परिवार", "ho-can-ngheo") == (0.0, 0.0)


def test_a_misread_word_is_shown_beside_what_it_stands_for() -> None:
    found = TermStage(base(POOR, NEAR), lexicon=WORDS).judge(
        *document("पड़ोसी गरीब परिवार", "neighbouring poor households", "hộ nghèo láng giềng", "hộ cận nghèo")
    )
    (rendering,) = [one for one in found.renderings if one.verdict != "ok"]
    assert (rendering.concept, rendering.hindi) == ("ho-can-ngheo", "पड़ोसी गरीब परिवार")
    assert any("पड़ोसी = cận" in reason.detail for reason in rendering.reasons)


def test_inflection_never_makes_one_word_another() -> None:
    levels = Concept("cac-cap-hoi", ("các cấp hội",), ("levels",), (Form("सभा के स्तर", "deprecated"),))
    subject = Concept("doi-tuong", ("đối tượng",), ("target group",), (Form("सही विषय", "deprecated"),))
    matcher = Matcher(base(levels, subject))
    assert matcher.longest("सभी स्तरों पर") == []  # all levels, not the levels of an assembly
    assert [one.concept for one in matcher.longest("सही विषयों में")] == ["doi-tuong"]


def test_a_form_that_starts_in_another_of_its_concept_does_not_hide_it() -> None:
    forms = (*SKILL.hindi, Form("जन-आंदोलन के लिए अनुकरण आंदोलन", "deprecated"))
    concept = Concept(SKILL.id, SKILL.vietnamese, SKILL.english, forms)
    text = "कुशल जन-आंदोलन के लिए अनुकरण आंदोलन फैल रहा है।"
    found = TermStage(base(concept)).judge(*document(text, "skillful mass movement", "phong trào khéo", "Dân vận khéo"))
    assert [(one.hindi, one.verdict) for one in found.renderings] == [("कुशल जन-आंदोलन", "suspicious")]
    forms = (*forms, Form("कुशल जन-आंदोलन कार्य", "deprecated"))
    concept = Concept(SKILL.id, SKILL.vietnamese, SKILL.english, forms)
    text = '"कुशल जन-आंदोलन" कार्य किया'
    found = TermStage(base(concept)).judge(*document(text, "skillful mass movement", "phong trào khéo", "Dân vận khéo"))
    assert [one.hindi for one in found.renderings] == ["कुशल जन-आंदोलन"]


def test_one_error_a_stretch_the_likeliest() -> None:
    segment = Segment("a", "hindi", "hi", 0, "पड़ोसी गरीब परिवार", 0, 18)
    long, short = Place(segment, 0, 18, "x", "calque"), Place(segment, 7, 18, "y", "calque")
    right = Place(segment, 7, 18, "z", "listed", Form("गरीब परिवार", "preferred"))
    settled = settle([(short, "suspicious", 0.5), (long, "suspicious", 0.8), (right, "ok", 0.1)])
    assert [(one.concept, verdict) for one, verdict, _ in settled] == [("x", "suspicious"), ("z", "ok")]


def test_loans_addresses_and_names() -> None:
    assert evidence.loans(["कमेटी"], ["committee"]) == 1.0
    assert evidence.loans(["समिति"], ["committee"]) == 0.0
    assert evidence.in_slug("https://example.vn/mo-hinh-dan-van-kheo.html", "dan-van-kheo")
    assert not evidence.in_slug("https://example.vn/mo-hinh.html", "dan-van-kheo")
    text = "पुंग बान्ह"
    assert evidence.name_share(words(text), lookup(text, Lexicon([]))) == 1.0


def document(
    hindi: str, english: str, vietnamese: str, original: str = ""
) -> tuple[list[Segment], list[Translation], list[Alignment]]:
    segments = [Segment("a", "hindi", "hi", 0, hindi, 0, len(hindi))]
    said = [Translation("a", 0, "en", "one", english), Translation("a", 0, "vi", "one", vietnamese)]
    beads = []
    if original:
        segments.append(Segment("a", "original", "vi", 0, original, 0, len(original)))
        beads.append(Alignment("a", "original", "vi", (0,), (0,), 0.9))
    return segments, said, beads


def test_a_wrong_form_is_flagged_with_reasons_a_person_can_check() -> None:
    found = TermStage(ALL).judge(
        *document("कुशल जन-आंदोलन", "skillful mass movement", "phong trào quần chúng khéo léo", "Dân vận khéo")
    )
    (rendering,) = found.renderings
    assert (rendering.concept, rendering.verdict, rendering.suggestion) == (
        "dan-van-kheo",
        "suspicious",
        "कुशल जन-लामबंदी",
    )
    assert rendering.reasons[0].code == "deprecated"
    assert found.findings[0].reasons == rendering.reasons


def test_a_right_form_is_ok_and_order_does_not_matter() -> None:
    given = document("जन समिति ने बैठक की।", "The People's Committee met.", "Ủy ban nhân dân đã họp.")
    one, two = TermStage(ALL).judge(*given), TermStage(ALL).judge(given[0], given[1][::-1], given[2])
    assert [(r.hindi, r.verdict) for r in one.renderings] == [("जन समिति", "ok")]
    assert [(r.hindi, r.verdict) for r in two.renderings] == [("जन समिति", "ok")]


def test_the_weights_are_data_that_read_back() -> None:
    data = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    assert Judge.from_json(data).as_json() == data
    assert all(0 < model.threshold < 1 for model in judge().errors.values())
    assert all(right <= found for right, found in judge().precision.values())


def mark(start: int, end: int, label: str = "x", verdict: str = "suspicious") -> Mark:
    return Mark("d", 0, start, end, label, verdict, "h")


def test_matching_is_one_to_one_best_overlap_first() -> None:
    assert match([mark(0, 5), mark(0, 9)], [mark(0, 10)]) == {1: 0}
    assert match([mark(0, 5)], [mark(5, 9)]) == {}
    assert match([mark(0, 5)], [mark(0, 5, "y")]) == {}


def test_scores_follow_the_rules_of_the_gold() -> None:
    gold = [GoldLine("d", 0, "x" * 40, "", "", "", (
        mark(0, 5), mark(6, 10, "v", "variant"), mark(12, 20, "o", "ok"), Mark("d", 0, 0, 40, "m", "omitted"),
    ), ())]  # fmt: skip
    said = [mark(0, 4), mark(6, 10, "v"), mark(12, 20, "o"), mark(30, 40, "new"), Mark("d", 0, 0, 40, "m", "omitted")]
    made = score(gold, said, samples=50)
    assert (made.errors.found, made.errors.right, made.errors.wanted) == (4, 2, 2)
    assert (made.annotated.found, made.annotated.right) == (3, 2)
    assert made.alarms == (1, 1)
    assert "errors                 P 0.50 [0.50-0.50] R 1.00 [1.00-1.00] F1 0.67" in describe(made)


def test_every_verdict_rule_and_concept_has_its_intervals() -> None:
    def line(number: int, *terms: Mark, checks: tuple[Mark, ...] = ()) -> GoldLine:
        return GoldLine("d", number, "x" * 40, "", "", "", terms, checks)

    def at(number: int, label: str, verdict: str, *rules: str) -> Mark:
        return Mark("d", number, 0, 5, label, verdict, "h", rules)

    gold = [line(n, at(n, "a", "wrong"), checks=(at(n, "number", "wrong"),)) for n in range(20)]
    gold += [line(n, at(n, "b", "suspicious")) for n in range(20, 40)]
    # Every second `a` is found by rule r, and in each line of `b` an `a` that is none by rule s.
    said = [at(n, "a", "wrong", "r") for n in range(0, 20, 2)] + [at(n, "a", "suspicious", "s") for n in range(20, 40)]
    made = score(gold, said, [at(n, "number", "wrong", "t") for n in range(0, 40, 2)], samples=400)
    assert (made.verdicts["wrong"].right, made.verdicts["wrong"].found, made.verdicts["wrong"].reached) == (10, 10, 10)
    assert (made.rules["r"].precision, made.rules["s"].precision) == (1.0, 0.0)
    assert (made.rules["r"].wanted, made.rules["r"].reached) == (40, 10)
    assert made.concepts["a"].recall == 0.5
    low, high = made.concepts["a"].recall_within
    assert 0.2 < low < 0.5 < high < 0.8
    assert made.concepts["b"].recall_within == (0.0, 0.0)
    low, high = made.check_rules["t"].precision_within
    assert low < made.check_rules["t"].precision == 0.5 < high
    assert made == score(gold, said, [at(n, "number", "wrong", "t") for n in range(0, 40, 2)], samples=400)
    text = describe(made, concepts=True)
    assert all(f"{name}" in text for name in ("rule r ", "rule t ", "concept a ", "check number"))
    assert score(gold, said, samples=0).errors.f1_within == (0.0, 0.0)


def test_gold_is_read_with_repeated_surfaces(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    term = {"concept": "x", "hi": "ab", "verdict": "ok"}
    path.write_text(json.dumps({"hi": "ab ab", "terms": [term, term], "other": []}) + "\n")
    (line,) = read_gold(path)
    assert [(one.start, one.end) for one in line.terms] == [(0, 2), (3, 5)]
    path.write_text(json.dumps({"hi": "ab", "terms": [{**term, "hi": "zz"}]}) + "\n")
    with pytest.raises(Exception, match=r"a\.jsonl:1: not an annotated sentence"):
        read_gold(path)


def test_discovery_proposes_and_adds_nothing() -> None:
    from align.records import Reason

    one = Rendering("a", 0, 0, 4, "नया रूप", "dan-van", "ok", 0.1, (Reason("came-back", ""),))
    (proposal,) = discovery.renderings([one, one], ALL)
    assert (proposal.form, proposal.status, proposal.count) == ("नया रूप", "admitted", 2)
    segment = Segment("a", "hindi", "hi", 0, 'आंदोलन "हरा गाँव" और "हरे गाँव"', 0, 30)
    assert [(p.form, p.count) for p in discovery.quoted([segment], ALL)] == [("हरा गाँव", 2)]
    forms = discovery.abbreviations(
        [Rendering("a", 0, 0, 4, "जन समिति", "uy-ban-nhan-dan", "ok", 0), Rendering("a", 0, 5, 9, "पीपुल्स कमेटी", "uy-ban-nhan-dan", "ok", 0)],
        {("a", 0): "UBND xã và UBND tỉnh"}, ALL,
    )  # fmt: skip
    assert set(forms["UBND"]) == {"जन समिति", "पीपुल्स कमेटी"}
