"""Checks beyond terms: tables of what must be found and what must not."""

from __future__ import annotations

import pytest

from align.engines.gloss import Lexicon
from align.records import Alignment, Segment
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
    return checks.check(READER.sentences(segments, [], beads), beads, (), frozenset(("UBMTTQ",)))


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
        ("तीन जिले", "3 huyện", []),
        ("1,050 मिलियन VND", "", ["unit"]),
        ("105 मिलियन VND", "", []),
        ("संकल्प 20-एनक्यू/टीयू", "", ["abbreviation"]),
        ("UBMTTQ प्रांत", "", ["untranslated"]),
        ("500 VND और GDP", "", []),
        ("35-NQ/TW", "", []),
        ("सातवाँ समुदाय है", "", ["admin-unit"]),
        ("लोगों और समुदाय में", "", []),
        ("यह nông thôn है", "", ["untranslated", "untranslated"]),
        ("नए मॉडल का निर्माण नए मॉडल का निर्माण", "", ["repetition"]),
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
