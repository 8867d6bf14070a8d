"""Segments: nothing lost, nothing doubled, boilerplate out with a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from align.config import SegmentsConfig
from align.records import Document, Dropped, Segment
from align.stages.segments import segment


def split(text: str, language: str = "hi", **settings: object) -> tuple[list[Segment], list[Dropped]]:
    document = Document("d", "hindi", language, text)
    records = list(segment(document, SegmentsConfig.model_validate(settings)))
    return [one for one in records if isinstance(one, Segment)], [one for one in records if isinstance(one, Dropped)]


LINES = st.lists(
    st.sampled_from([
        "पार्टी समिति ने कहा। लोगों ने सुना।", "शीर्षक", "स्रोत", "टिप्पणी (0)", "[विज्ञापन_2]", "", "  ", "  खाली के बाद।  ",
        "पहले [विज्ञापन_2] बाद में।", "Share Facebook Twitter", "© 2024 portal", "लंबा " * 60 + "।", "अ" * 130, "1. सूची", "?!",
    ]),
    max_size=12,
)  # fmt: skip


@given(LINES, st.sampled_from(["hi", "en", "vi"]), st.integers(40, 90))
def test_every_character_is_in_a_segment_or_a_dropped_line(lines: list[str], language: str, limit: int) -> None:
    text = "\n".join(lines)
    segments, dropped = split(text, language, max_characters=limit)
    covered = [0] * len(text)
    for one in (*segments, *(one for one in dropped if one.reason != "split")):
        assert text[one.start : one.end] == one.text
        for at in range(one.start, one.end):
            covered[at] += 1
    assert all(count == 1 for char, count in zip(text, covered, strict=True) if not char.isspace())
    assert max(covered, default=0) <= 1
    assert [one.index for one in segments] == list(range(len(segments)))
    assert all(len(one.text) <= limit for one in segments)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("स्रोत", "source"),
        ("स्रोत: https://example.vn/mo-hinh.html", "source"),
        ("स्रोत: बाक निन्ह अखबार", "source"),
        ("Nguồn: Báo Bắc Ninh", "source"),
        ("https://example.vn/a", "address"),
        ("टिप्पणी (0)", "comments"),
        ("टिप्पणियाँ (12)", "comments"),
        ("Bình luận (3)", "comments"),
        ("[विज्ञापन_2]", "advertisement"),
        ("विज्ञापन", "advertisement"),
        ("फेसबुक पर साझा करें", "share"),
        ("Share | Facebook | Zalo | Email", "share"),
        ("यह भी पढ़ें:", "related"),
        ("Xem thêm", "related"),
        ("टैग: जन, लामबंदी", "tags"),
        ("© 2024 समाचार", "copyright"),
    ],
)
def test_boilerplate_is_dropped_with_its_reason(line: str, reason: str) -> None:
    segments, dropped = split(f"पहला वाक्य।\n{line}\n")
    assert [one.text for one in segments] == ["पहला वाक्य।"]
    assert [(one.reason, one.text) for one in dropped] == [(reason, line)]


@pytest.mark.parametrize(
    "line",
    [
        "स्रोत पर कर कटौती की जाएगी।",
        "विज्ञापन के बारे में नियम बदले गए।",
        "टिप्पणी करते हुए उन्होंने कहा।",
        "Source code is kept in the archive.",
        "साझा प्रयासों से गाँव बदला।",
    ],
)
def test_sentences_that_start_like_boilerplate_stay(line: str) -> None:
    segments, dropped = split(line)
    assert [one.text for one in segments] == [line]
    assert dropped == []


def test_boilerplate_can_be_kept() -> None:
    segments, dropped = split("वाक्य।\nस्रोत", boilerplate="keep")
    assert [one.text for one in segments] == ["वाक्य।", "स्रोत"]
    assert dropped == []


def test_a_long_sentence_is_cut_with_a_record() -> None:
    text = "पहला भाग बहुत लंबा है और चलता रहता है, दूसरा भाग भी लंबा है और चलता रहता है।"
    segments, dropped = split(text, max_characters=45)
    assert segments[0].text.endswith(",")
    assert [one.reason for one in dropped] == ["split"]
    assert "into segments 0 to 1" in dropped[0].detail
