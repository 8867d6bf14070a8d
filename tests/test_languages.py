"""Sentences, words and languages: tables of exact cases, then properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from align.languages import clause_spans, guess_language, normalise, script_share, sentence_spans, words

SENTENCES = [
    ("hi", ["डॉ. राम ने कहा।", "1.200 लोग, 3.5 प्रतिशत।"]),
    ("hi", ["यह श्लोक है॥", "दूसरा वाक्य।"]),
    ("hi", ["के. आर. नारायणन राष्ट्रपति थे।", "वे गए।"]),
    ("hi", ["प्रो. डॉ. एन. के. सिंह आए।"]),
    ("hi", ["कीमत रु. 500 है.", "वह गया."]),
    ("hi", ["“चलो!” नामक मॉडल सफल रहा।"]),
    ("hi", ['"क्या हुआ?"', "सब चुप थे।"]),
    ("hi", ["वह रुका... फिर चला गया।"]),
    ("hi", ["1. पहला काम पूरा हुआ।", "दूसरा बाकी है।"]),
    ("hi", ["शीर्षक बिना विराम"]),
    ("hi", ["वह आया।", "और गया।"]),
    ("hi", ["ठीक है!", "चलो।"]),
    ("hi", ["संकल्प 20-एनक्यू/टीयू लागू है।", "(स्रोत: वेबसाइट example.vn)।"]),
    ("en", ["Mr. Smith paid 1.200 VND.", "He left."]),
    ("en", ["J. K. Rowling wrote... and then stopped.", "Yes!"]),
    ("en", ['"Why?" he asked.', "Nobody knew."]),
    ("en", ["The U.S. agreed.", "Others did not."]),
    ("en", ["It rose 3.5% (see Fig. 2).", "Then it fell."]),
    ("en", ["(a) First point.", "Second point."]),
    ("vi", ["TP. Hồ Chí Minh có 1.200 người.", "Tỷ lệ giảm còn 3,5%."]),
    ("vi", ["PGS.TS. Nguyễn Văn A phát biểu.", "Hội nghị kết thúc."]),
    ("vi", ['Ông nói: "Tốt!"', "Mọi người vỗ tay."]),
    ("vi", ["Gạo, ngô, khoai, v.v. được hỗ trợ.", "Hết."]),
    ("vi", ["UBND Q. 1 đã chi 1,4 tỷ đồng.", "Xong."]),
]


@pytest.mark.parametrize(("language", "expected"), SENTENCES)
def test_sentences(language: str, expected: list[str]) -> None:
    line = " ".join(expected)
    assert [line[start:end] for start, end in sentence_spans(line, language)] == expected


def test_danda_needs_no_space() -> None:
    line = "पहला वाक्य।दूसरा वाक्य।"
    assert [line[a:b] for a, b in sentence_spans(line, "hi")] == ["पहला वाक्य।", "दूसरा वाक्य।"]


TEXT = st.text(alphabet=st.sampled_from(list("कखगािीु्ंँ ।॥.?!…,;:\"'“”()1२٣aàB.đ\u200d\u00a0-–")), max_size=120)


@given(TEXT, st.sampled_from(["hi", "en", "vi"]))
def test_sentences_cover_every_character_once(line: str, language: str) -> None:
    covered = [0] * len(line)
    for start, end in sentence_spans(line, language):
        assert line[start:end] == line[start:end].strip() != ""
        for at in range(start, end):
            covered[at] += 1
    assert max(covered, default=0) <= 1
    assert all(count == 1 for char, count in zip(line, covered, strict=True) if not char.isspace())


@given(TEXT, st.integers(5, 40))
def test_clauses_cover_and_hold_the_limit(text: str, limit: int) -> None:
    spans = clause_spans(text, limit)
    assert all(0 < end - start <= limit for start, end in spans)
    kept = set().union(*(range(start, end) for start, end in spans)) if spans else set()
    assert all(text[at].isspace() for at in range(len(text)) if at not in kept)


def test_clauses_cut_at_the_best_mark() -> None:
    text = "पहला भाग जो लंबा है; दूसरा भाग, जो और लंबा है और चलता रहता है"
    first = text[slice(*clause_spans(text, 40)[0])]
    assert first.endswith(";")


def test_words_keep_vowel_signs() -> None:
    assert words("जनसंपर्क का कुशल") == ["जनसंपर्क", "का", "कुशल"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("जिले की पार्टी समिति ने कहा", "hi"),
        ("The district Party committee has said that it will", "en"),
        ("Huyện ủy đã triển khai mô hình dân vận khéo", "vi"),
        ("Quang Ninh 2024", None),
        ("123 456", None),
        ("", None),
    ],
)
def test_guess_language(text: str, expected: str | None) -> None:
    assert guess_language(text) == expected


def test_script_share_counts_letters_only() -> None:
    assert script_share("VN दिए 123", "hi") == 3 / 5  # signs count
    assert script_share("123", "hi") == 1.0


def test_normalise_composes_and_keeps_one_newline() -> None:
    assert normalise("e\u0302\r\nक\rख") == "ê\nक\nख"
