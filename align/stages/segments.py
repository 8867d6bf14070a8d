"""Stage 2: documents to sentences, headings and list lines.

`document.text[start:end]` is exactly the segment, and every non-space character of a document is in a
segment or in a dropped line.
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

from align.config import SegmentsConfig
from align.languages import clause_spans, sentence_spans
from align.records import Document, Dropped, Segment

VERSION = "1"

_I = regex.IGNORECASE
_SHARE = (
    r"(?:शेयर|साझा|फेसबुक|ट्विटर|ज़?ालो|ज़ालो|ईमेल|व्हाट्सएप|प्रिंट|लिंक कॉपी|कॉपी|share|facebook|twitter|zalo|email|e-mail|"
    r"whatsapp|telegram|linkedin|print|copy link|chia sẻ|in bài(?: viết)?|sao chép liên kết|x|a[-+])"
)
# Whole lines that portals put around an article, each with the reason that its record carries.
_BOILERPLATE = (
    ("source", regex.compile(r"(?:स्रोत|source|nguồn)\s*(?:[:：]\s*(?:https?://\S+|[^।.!?]{0,80}))?\s*", _I)),
    ("address", regex.compile(r"(?:https?://|www\.)\S+", _I)),
    ("comments", regex.compile(r"(?:टिप्पणी|टिप्पणियाँ|टिप्पणियां|comments?|bình luận)\s*(?:[:：]\s*)?(?:\(\s*\p{N}*\s*\)|\p{N}*)", _I)),
    ("advertisement", regex.compile(r"[\[(]?\s*(?:विज्ञापन|advertisements?|quảng cáo|ads?)[\s_-]*\p{N}*\s*[\])]?", _I)),
    ("share", regex.compile(rf"{_SHARE}(?:\s+(?:करें|पर|this|on|bài viết))*(?:[\s|/·•,:]+{_SHARE}(?:\s+(?:करें|पर))*)*[\s:]*", _I)),
    ("related", regex.compile(
        r"(?:संबंधित (?:समाचार|खबरें|लेख)|(?:यह|ये) भी (?:पढ़ें|देखें)|और पढ़ें|related (?:news|articles)|read more|see also|"
        r"tin liên quan|xem thêm|đọc thêm)\s*[:：>»]*", _I)),
    ("tags", regex.compile(r"(?:टैग्?स?|tags?|từ khóa|कीवर्ड)\s*[:：].*", _I)),
    ("rating", regex.compile(r"(?:रेटिंग|rate this|đánh giá)\s*[:：]?[\s\p{N}/.★☆]*", _I)),
    ("copyright", regex.compile(r"(?:©|\(c\)|कॉपीराइट|copyright|bản quyền).{0,160}", _I)),
)  # fmt: skip
_MARKS = regex.compile(r"\[\s*(?:विज्ञापन|advertisement|quảng cáo)[\s_-]*\p{N}*\s*\]", _I)


def segment(document: Document, config: SegmentsConfig) -> Iterator[Segment | Dropped]:
    """Split one document. Yields segments in reading order and a Dropped for each line, mark or cut."""
    index = 0
    offset = 0
    for line in document.text.split("\n"):
        for start, end, reason in _parts(line, config):
            if reason:
                left, right = offset + start, offset + end
                yield Dropped(
                    "segments", document.id, document.role, reason, "", left, right, document.text[left:right]
                )
                continue
            for left, right in sentence_spans(line[start:end], document.language):
                pieces = [(left, right)]
                if right - left > config.max_characters:
                    text = line[start + left : start + right]
                    pieces = [(left + a, left + b) for a, b in clause_spans(text, config.max_characters)]
                    detail = f"{right - left} characters cut at clause marks into segments {index} to {index + len(pieces) - 1}"
                    here = offset + start + left
                    yield Dropped("segments", document.id, document.role, "split", detail, here, here + right - left)
                for a, b in pieces:
                    begin, stop = offset + start + a, offset + start + b
                    yield Segment(
                        document.id, document.role, document.language, index, document.text[begin:stop], begin, stop
                    )
                    index += 1
        offset += len(line) + 1


def _parts(line: str, config: SegmentsConfig) -> Iterator[tuple[int, int, str]]:
    """Cut a line into text (reason empty) and boilerplate spans, without surrounding blanks."""
    stripped = line.strip()
    if not stripped:
        return
    first = line.index(stripped[0])
    if config.boilerplate == "keep":
        yield first, first + len(stripped), ""
        return
    if len(stripped) <= 200:
        for reason, pattern in _BOILERPLATE:
            if pattern.fullmatch(stripped):
                yield first, first + len(stripped), reason
                return
    start = first
    for mark in _MARKS.finditer(line):
        yield from _text(line, start, mark.start())
        yield mark.start(), mark.end(), "advertisement"
        start = mark.end()
    yield from _text(line, start, first + len(stripped))


def _text(line: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    if line[start:end].strip():
        yield start, end, ""
