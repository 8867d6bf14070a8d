"""Names and numbers as marks: what gets one, how they come back, what is said when they do not."""

from __future__ import annotations

from random import Random

import pytest

from align.engines.gloss import Lexicon
from align.engines.slots import MARKS, NAME_MARKS, NUMBER_MARKS, Slotted, faults, fill, mended_beginning, slotted

ROWS = [
    ("में", ("in",), ("ở",)),
    ("लोग", ("people",), ("người",)),
    ("ने", ("by",), ("bởi",)),
    ("भारत", ("India",), ("Ấn Độ",)),
    ("क्वांग निन्ह", ("Quang Ninh",), ("Quảng Ninh",)),
    ("बुई", ("Bui",), ("Bùi",)),
    ("थी मिन्ह", ("Thi Minh",), ("Thị Minh",)),
    ("आन", ("An", "honour"), ("An", "danh dự")),
    ("महिला संघ", ("Women's Union",), ("Hội Phụ nữ",)),
]


@pytest.fixture
def lexicon() -> Lexicon:
    return Lexicon(ROWS)


def test_names_and_numbers_get_marks_and_come_back(lexicon: Lexicon) -> None:
    made = slotted("क्वांग निन्ह में 3 करोड़ 50 लाख लोग", "vi", lexicon)
    assert made.source == "❶ में ⓵ लोग người"
    assert made.fills == {"❶": "Quảng Ninh", "⓵": "35 triệu"}
    assert fill("Ở ❶ có ⓵ người", made.fills) == ("Ở Quảng Ninh có 35 triệu người", [])


def test_what_was_written_in_billions_stays_in_billions(lexicon: Lexicon) -> None:
    assert slotted("3,870 अरब", "vi", lexicon).fills == {"⓵": "3.870 tỷ"}
    assert slotted("3,870 अरब", "en", lexicon).fills == {"⓵": "3,870 billion"}


def test_words_that_are_translated_get_none(lexicon: Lexicon) -> None:
    assert slotted("भारत में महिला संघ", "en", lexicon).fills == {}


def test_a_name_that_is_also_a_word_needs_a_neighbour(lexicon: Lexicon) -> None:
    assert slotted("आन में", "en", lexicon).fills == {}
    assert slotted("बुई आन में", "en", lexicon).fills == {"❶": "Bui An"}


def test_names_side_by_side_are_one_with_one_unknown_word(lexicon: Lexicon) -> None:
    assert slotted("बुई थी मिन्ह गुयेत ने", "vi", lexicon).fills == {"❶": "Bùi Thị Minh Guyet"}


def test_each_occurrence_has_its_own_mark(lexicon: Lexicon) -> None:
    made = slotted("5 लोग, 5 लोग", "en", lexicon)
    assert made.fills == {"⓵": "5", "⓶": "5"}
    assert fill("⓵ people, ⓵ people", made.fills) == ("5 people, 5 people", ["5", "5"])


def test_what_is_lost_or_invented_is_said(lexicon: Lexicon) -> None:
    fills = {"❶": "Quang Ninh", "⓵": "35 million"}
    assert fill("people in ❶ ⓶", fills) == ("people in Quang Ninh", ["35 million"])


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("( ❶)", "(Hue)"),
        ("“ ❶”", "“Hue”"),
        ('said " ❶"', 'said "Hue"'),
        ("5- ❶", "5-Hue"),
        ("Ha - ❶", "Ha - Hue"),
        ("in ❶, so", "in Hue, so"),
    ],
)
def test_spaces_around_marks(output: str, text: str) -> None:
    assert fill(output, {"❶": "Hue"}) == (text, [])


def test_more_numbers_than_marks_stay_text(lexicon: Lexicon) -> None:
    text = " ".join(str(number) for number in range(20, 20 + len(NUMBER_MARKS) + 3))
    made = slotted(text, "en", lexicon)
    assert len(made.fills) == len(NUMBER_MARKS)
    assert fill(made.source, made.fills) == (text, [])


def test_training_marks_both_sides_or_neither(lexicon: Lexicon) -> None:
    hindi, target = "क्वांग निन्ह में 1,260 लोग, 7 लोग", "1,260 people and seven people in Quang Ninh"
    seen = set()
    for seed in range(40):
        made = slotted(hindi, "en", lexicon, Random(seed), target, drop=0.0)
        assert {mark for mark in made.source if mark in MARKS} == {mark for mark in made.target if mark in MARKS}
        assert "7" in made.source  # the target says "seven"
        assert "7" not in made.fills.values()
        assert fill(made.target, made.fills) == (target, [])
        seen |= set(made.fills)
    assert len(seen & set(NAME_MARKS)) > 3, "every mark must be drawn to be learned"
    assert len(seen & set(NUMBER_MARKS)) > 3


def test_training_finds_a_name_whatever_marks_its_letters_carry(lexicon: Lexicon) -> None:
    target = "Người ở Quang Ninh"
    assert slotted("क्वांग निन्ह में लोग", "vi", lexicon, Random(3), target, skip=0.0).target.startswith("Người ở ")
    assert "Quang" not in slotted("क्वांग निन्ह में लोग", "vi", lexicon, Random(3), target, skip=0.0).target


@pytest.mark.parametrize(
    ("text", "faulty", "beginning"),
    [
        ("in ❶ and ❷, ❸", 0, ""),
        ("in ❶ and ❶, ❸", 2, "in ❶ and ❷"),
        ("in ❶ and ❺, ❸", 2, "in ❶ and ❷"),
        ("in ❶, ❷ and ❷", 2, "in ❶, ❷ and ❸"),
        ("in ❶ and ❷", 1, ""),
        ("in ❶ and ❷, ❸ ❸", 1, ""),
    ],
)
def test_a_doubled_mark_makes_room_for_a_missing_one(text: str, faulty: int, beginning: str) -> None:
    piece = Slotted("❶, ❷ और ❸ में", {"❶": "Hue", "❷": "Vinh", "❸": "Lai"})
    assert faults(text, piece.fills) == faulty
    assert mended_beginning(text, piece) == beginning


@pytest.mark.parametrize(
    ("hindi", "english", "vietnamese"),
    [
        ("2021-2025 में", ["2021-2025"], ["2021-2025"]),
        ("संकल्प 20-NQ/TU", ["20-NQ/TU"], ["20-NQ/TU"]),
        ("30 जून, 2024 में", ["June 30, 2024"], ["30/6/2024"]),
        ("30 जून 2024 में", ["June 30, 2024"], ["30/6/2024"]),
        ("30 जून में 2,024 लोग", ["30", "2,024"], ["30", "2.024"]),
        ("2,300 m2", ["2,300"], ["2.300"]),
        ("5 - 7", ["5", "7"], ["5", "7"]),
    ],
)
def test_what_is_one_form_gets_one_mark(
    hindi: str, english: list[str], vietnamese: list[str], lexicon: Lexicon
) -> None:
    lexicon = Lexicon([*ROWS, ("जून", ("June",), ("tháng sáu",))])
    assert list(slotted(hindi, "en", lexicon).fills.values()) == english
    assert list(slotted(hindi, "vi", lexicon).fills.values()) == vietnamese
