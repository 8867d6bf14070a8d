"""Checks beyond terms: tables of what must be found and what must not."""

from __future__ import annotations

import pytest

from align.engines.gloss import Lexicon
from align.records import Alignment, Segment, Translation
from align.terms import checks
from align.terms.candidates import Reader
from align.terms.findings import Check
from align.terms.termbase import Concept, Form, Termbase

BASE = Termbase({"xa": Concept("xa", ("xã",), ("commune",), (Form("कम्यून", "preferred"),), ("UBMTTQ",))})
READER = Reader(BASE, Lexicon([("समुदाय", ("community",), ("cộng đồng",)), ("में", ("in",), ("trong",))]))


def run(*pairs: tuple[str, str]) -> list[Check]:
    """Findings of a document of (Hindi, original) sentences."""
    segments, beads = [], []
    for at, (hindi, original) in enumerate(pairs):
        segments.append(Segment("a", "hindi", "hi", at, hindi, 0, len(hindi)))
        if original:
            segments.append(Segment("a", "original", "vi", at, original, 0, len(original)))
        beads.append(Alignment("a", "original", "vi", (at,), (at,) if original else (), 0.9))
    return checks.check(READER.sentences(segments, [], beads), beads, (), BASE)


@pytest.mark.parametrize(
    ("hindi", "original", "kinds"),
    [
        ("1.2 अरब VND", "1,2 triệu đồng", ["number"]),
        ("12 लाख VND", "1,2 triệu đồng", []),
        ("9,850 मिलियन VND", "9.850 tỷ đồng", ["unit"]),
        ("140 करोड़ VND", "1,4 tỷ đồng", []),
        ("46 हेक्टेयर", "4,6 ha", ["number"]),
        ("1,250 परिवार", "1.250 hộ", []),
        ("12,50,000 लोग", "1,25 triệu người", []),
        ("35.5% परिवार", "35,5% hộ", []),
        ("36.5% परिवार", "35,5% hộ", ["number"]),
        ("20 मार्च 2024 को", "Ngày 20/3/2024", []),
        ("21 मार्च 2024 को", "Ngày 20/3/2024", ["number"]),
        ("20 अप्रैल को", "sáng 20 tháng 3", ["number"]),
        ("12/15 कम्यून", "12/15 xã", []),
        ("12/16 कम्यून", "12/15 xã", ["number"]),
        ("286 बल्ब", "268 bóng đèn", ["number"]),
        ("12 मैच", "8 điểm", []),
        ("36 डॉलर", "35 đồng chí", []),  # comrades, not money
        ("10,000 लोग", "10,000 người", []),
        ("286 बल्ब और 3 घर", "268 bóng đèn, ba nhà", []),  # two numbers against one: which is which is not known
        ("12,500 हेक्टेयर भूमि", "12.500 m2 đất", ["unit"]),
        ("12,500 m2 भूमि", "12.500 m² đất", []),
        ("15/12 कम्यून", "", ["number"]),
        ("15/12/2024 को", "", []),
        ("3,000 कार्य दिवस, जिनका मूल्य 14 मिलियन VND है", "", ["number"]),
        ("3,000 कार्य दिवस, जिनका मूल्य 1.4 अरब VND है", "", []),
        ("लोगों ने कहा कि", "", ["omission"]),
        ("यह काम लोगों ने किया और", "", ["omission"]),
        (
            "बैठक हुई।",
            "Hội nghị đã diễn ra với sự tham gia của đại diện các sở, ban, ngành, đoàn thể và đông đảo nhân dân.",
            ["omission"],
        ),
        ("21 करोड़ 40 लाख VND", "214 triệu đồng", []),
        ("1 अरब 240 मिलियन VND", "1,24 tỷ đồng", []),
        ("1 अरब 240 मिलियन VND", "1 tỷ 420 triệu đồng", ["number"]),
        ("तीन जिले", "3 huyện", []),
        ("1,050 मिलियन VND", "", ["unit"]),
        ("105 मिलियन VND", "", []),
        ("संकल्प 20-एनक्यू/टीयू", "", ["abbreviation"]),
        ("UBMTTQ प्रांत", "", ["untranslated"]),
        ("500 VND और GDP", "", []),
        ("KT-XH का विकास", "", ["untranslated"]),
        ("ASEAN-EU बैठक, COVID-19, VOV", "", []),
        ("35-NQ/TW", "", []),
        ("सातवाँ समुदाय है", "", ["admin-unit"]),
        ("लोगों और समुदाय में", "", []),
        ("यह nông thôn है", "", ["untranslated", "untranslated"]),
        ("नए मॉडल का निर्माण नए मॉडल का निर्माण", "", ["repetition"]),
        ("वह कहता है, नहीं भाई नहीं, नहीं भाई नहीं", "", []),  # on purpose
        ("लोगों का, लोगों द्वारा, लोगों के लिए", "", []),
    ],
)
def test_each_check_finds_its_own_and_nothing_else(hindi: str, original: str, kinds: list[str]) -> None:
    assert [one.kind for one in run((hindi, original))] == kinds


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ("सोन थुय कम्यून", "सोन थुई कम्यून", ["सोन थुई"]),
        ("ताम क्य शहर", "ताम की शहर", ["ताम की"]),
        ("सोप कोप जिला", "सोप कोप जिला", []),
        ("थान्ह होआ प्रांत", "थान्ह हाई प्रांत", []),  # two places
    ],
)
def test_one_name_in_two_ways(first: str, second: str, found: list[str]) -> None:
    said = [one for one in run((first, ""), (first, ""), (second, "")) if one.kind == "entity"]
    assert [one.hindi for one in said] == found


def test_a_price_for_each_against_the_sums_of_the_article() -> None:
    article = [("संघ ने 415 मिलियन VND जुटाए।", ""), ("सड़कों पर 268 बल्ब लगाए गए।", "")]
    (one,) = run(*article, ("प्रत्येक बल्ब का मूल्य 1.2 अरब VND है।", ""))
    assert (one.index, one.hindi, one.reasons[0].code) == (2, "1.2 अरब VND", "implausible-sum")
    assert run(*article, ("प्रत्येक बल्ब का मूल्य 12 लाख VND है।", "")) == []


def test_an_amount_that_came_back_otherwise_in_both_languages() -> None:
    segments = [Segment("a", "hindi", "hi", 0, "लागत 12 अरब है।", 0, 15)]

    def found(english: str, vietnamese: str) -> list[str]:
        said = [Translation("a", 0, "en", "one", english), Translation("a", 0, "vi", "one", vietnamese)]
        return [one.hindi for one in checks.check(READER.sentences(segments, said, []), [], (), BASE)]

    assert found("It costs 12 million.", "Giá 12 triệu.") == ["12 अरब"]
    assert found("It costs 12 million.", "Giá 12 tỷ.") == []
    assert found("It costs 12 billion.", "Giá 12 tỷ.") == []


NAMES = Lexicon([
    ("डुओंग", ("Duong",), ("Dương",)), ("साउ", ("Sau",), ("Sáu",)), ("गुयेन", ("Nguyen",), ("Nguyễn",)), ("बे", ("without",), ("không",)),
    ("विन्ह", ("Vinh",), ("Vinh",)), ("बी", ("B",), ("B",)), ("पुराने", ("old",), ("cũ",)), ("हा लॉन्ग", ("Ha Long",), ("Hạ Long",)),
    ("न्यू यॉर्क", ("New York",), ("New York",)), ("काय", ("body",), ("thân",)), ("बान", ("Ban",), ("Bàn",)),
])  # fmt: skip


def said(*hindi: str, lexicon: Lexicon = NAMES, base: Termbase = BASE) -> list[tuple[int, str, str]]:
    """Sentence, surface and rule of what is found in a document without original."""
    segments = [Segment("a", "hindi", "hi", at, text, 0, len(text)) for at, text in enumerate(hindi)]
    found = checks.check(Reader(base, lexicon).sentences(segments, [], []), [], (), base)
    return [(one.index, one.hindi, one.reasons[0].code) for one in found]


def test_a_name_of_ordinary_words_between_names() -> None:
    found = said("सुश्री गुयेन थी बे साउ ने कहा।", "यह सुश्री बी साउ का घर है।")
    assert found == [(1, "बी साउ", "name-differs")]


@pytest.mark.parametrize(
    ("hindi", "found"),
    [
        ("काय डुओंग शहर में", ["no-such-city"]),
        ("हा लॉन्ग शहर में", []),
        ("पुराने विन्ह शहर में", []),
        ("न्यू यॉर्क शहर में", []),
        ("डुओंग शहर में", []),  # one syllable tells too little
        ("सुंदर शहर में", []),
    ],
)
def test_a_city_that_is_none(hindi: str, found: list[str]) -> None:
    assert [code for _, _, code in said(hindi)] == found


def test_the_whole_city_where_every_place_is_a_town() -> None:
    assert said("डुओंग बान कस्बे में बैठक हुई।", "पूरे शहर में 7 वार्ड हैं।") == [(1, "पूरे शहर", "two-levels")]
    assert said("डुओंग बान कस्बे में बैठक हुई।", "हा लॉन्ग शहर में।", "पूरे शहर में 7 वार्ड हैं।") == []
    assert said("पूरे शहर में 7 वार्ड हैं।") == []


FUND = Concept(
    "quy-ho-tro", ("quỹ hỗ trợ", "quản lý quỹ hỗ trợ của Hội"), ("support fund",), (Form("सहायता निधि", "preferred"),), ("QHT", "QLQHT"),
    domain="front",
)  # fmt: skip
SHIPS = Lexicon([
    ("संघ", ("association",), ("Hội",)), ("प्रबंधन", ("management",), ("quản lý",)), ("संचालन", ("running", "management"), ("điều hành",)),
    ("जहाज", ("ship",), ("tàu",)), ("गाँव", ("village",), ("thôn",)), ("निधि", ("fund",), ("quỹ",)), ("सहायता", ("support",), ("hỗ trợ",)),
])  # fmt: skip
RIGHT = "संघ की सहायता निधि का प्रबंधन अच्छा है।"


@pytest.mark.parametrize(
    ("others", "found"),
    [
        (["संघ के जहाजों का प्रबंधन भी अच्छा है।"], ["जहाजों का प्रबंधन"]),  # owner before
        (["जहाज संचालन पर संघ के काम की समीक्षा हुई।"], ["जहाज संचालन"]),  # another word for the noun, owner behind
        (["संघ के जहाजों का प्रबंधन भी अच्छा है।", "जहाज बंदरगाह पर हैं।"], []),  # the article does speak of ships
        (["गाँव के जहाजों का प्रबंधन भी अच्छा है।"], []),  # another owner
        (["संघ के जहाजों का रंग नीला है।"], []),  # another noun
        (["संघ की पुरानी निधि का प्रबंधन कठिन है।"], []),  # shares a word with the right one
    ],
)
def test_an_abbreviation_expanded_as_another_is_known_by_its_company(others: list[str], found: list[str]) -> None:
    base = Termbase({FUND.id: FUND})
    assert [
        hindi for _, hindi, code in said(RIGHT, *others, lexicon=SHIPS, base=base) if code == "other-expansion"
    ] == found
    assert said(*others, lexicon=SHIPS, base=base) == []  # without a right one there is nothing to compare with


def test_one_place_at_two_levels() -> None:
    said = [one for one in run(("डिएन बान कस्बा", ""), ("डिएन बान शहर", "")) if one.kind == "admin-unit"]
    assert [(one.index, one.hindi) for one in said] == [(1, "डिएन बान शहर")]


def test_a_missing_and_a_doubled_sentence() -> None:
    text = "यह एक काफी लंबा वाक्य है जो दो बार आता है।"
    assert [one.kind for one in run((text, ""), (text, ""))] == ["repetition"]
    segments = [Segment("a", "hindi", "hi", 0, text, 0, len(text))]
    beads = [Alignment("a", "original", "vi", (0,), (0,), 0.9), Alignment("a", "original", "vi", (), (1,), 0.0)]
    sentences = READER.sentences(segments, [], beads)
    (one,) = checks.omissions(sentences, beads, {1: "Đây là một câu hoàn toàn bị bỏ sót."})
    assert (one.kind, one.verdict, one.index) == ("omission", "omitted", 0)


@pytest.mark.parametrize(
    ("second", "original", "found"),
    [
        ("श्री फाम वान हाउ ने कहा।", "", ["फाम वान हाउ"]),  # one word that sounds alike
        ("श्री फान वान हाउ ने कहा।", "", []),
        ("श्री फान थी लोंग ने कहा।", "", []),  # another person
        ("श्री फाम वान हाउ ने कहा।", "Đồng chí Phan Văn Hậu nói.", ["फाम वान हाउ"]),
        ("श्री फाम वान हाउ ने कहा।", "Đồng chí Phạm Văn Hậu nói.", []),  # the original says that they are two
    ],
)
def test_a_name_of_three_words_in_two_ways(second: str, original: str, found: list[str]) -> None:
    first = ("श्री फान वान हाउ ने कहा।", "Đại tá Phan Văn Hậu đến." if original else "")
    assert [one.hindi for one in run(first, (second, original)) if one.kind == "entity"] == found


@pytest.mark.parametrize(
    ("hindi", "original", "found"),
    [
        ("जिला टीकेसीएन ने सिफारिश की।", "", ["टीकेसीएन"]),
        ("बीबीसी और एचआईवी पर रिपोर्ट आई।", "", []),  # known everywhere
        ("42 एकड़ भूमि का अधिग्रहण हुआ।", "Thu hồi 42 ha đất.", ["42 एकड़"]),
        ("42 हेक्टेयर भूमि का अधिग्रहण हुआ।", "Thu hồi 42 ha đất.", []),
        ("थुआन थान जिला संघ ने काम किया।", "Liên đoàn thị xã Thuận Thành đã làm tốt.", ["थुआन थान जिला"]),
        ("कम्यून और जिला संघ ने काम किया।", "Liên đoàn xã và huyện đã làm tốt.", []),
    ],
)
def test_letters_units_and_levels_that_the_original_does_not_have(hindi: str, original: str, found: list[str]) -> None:
    kinds = ("abbreviation", "unit", "number", "admin-unit")
    assert [one.hindi for one in run((hindi, original)) if one.kind in kinds] == found
