"""The records that stages hand to one another and that a run folder holds, one JSON object a line.

They are frozen, refer to one another by key and never nest copies. Offsets are Unicode code points;
`start`/`end` are half-open. A document's key is `(id, role)`, of a further version `(id, role, language)`.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeVar, get_args, get_origin, get_type_hints

Role = Literal["hindi", "original", "version"]
Verdict = Literal["ok", "variant", "suspicious", "wrong", "omitted"]
Severity = Literal["minor", "major", "critical"]
Kind = Literal[
    "term", "number", "unit", "entity", "abbreviation", "admin-unit", "untranslated",
    "consistency", "grammar", "omission", "repetition", "language",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was dropped, noted or flagged: a stable `code` and a sentence for people."""

    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A translation; `score` is the mean log-probability of its tokens, None where unknown.

    `notes` says what the engine itself noticed, such as a source cut to the model's length.
    """

    text: str
    score: float | None = None
    notes: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A text as it was decoded and extracted: NFC, newlines as \\n, boilerplate still in it."""

    id: str
    role: Role
    language: str
    text: str
    source: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """A sentence, heading or list line; `text == document.text[start:end]`. `index` counts from 0."""

    document: str
    role: Role
    language: str
    index: int
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Translation:
    """The translation of the Hindi segment `index`.

    `score` is the mean log-probability of the tokens (at most 0) or None where the engine gives none.
    `notes` is what the guards saw.
    """

    document: str
    index: int
    language: str
    engine: str
    text: str
    score: float | None = None
    notes: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Alignment:
    """A bead: Hindi segments `hindi` say what segments `other` say. Either side may be empty.

    `engine` is the translating engine, `original` for the original text or `version` for a further version;
    `language` is the other side's. The beads of original and versions are cut from one partition of the
    sentences of all: no two of them contradict each other. `score` is from 0 to 1 (0 for an empty side).
    """

    document: str
    engine: str
    language: str
    hindi: tuple[int, ...]
    other: tuple[int, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Rendering:
    """A place where a concept is rendered, the good ones too.

    `start`/`end` are relative to the segment's text; an omitted term spans the segment with `hindi`
    empty. `score` runs from 0 (surely right) to 1 (surely wrong). `english`/`vietnamese` hold what
    came back at that place, by engine.
    """

    document: str
    index: int
    start: int
    end: int
    hindi: str
    concept: str
    verdict: Verdict
    score: float
    reasons: tuple[Reason, ...] = ()
    english: dict[str, str] = field(default_factory=dict)
    vietnamese: dict[str, str] = field(default_factory=dict)
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rendering that is not ok (`kind` term), or a check that failed.

    `id` survives changes elsewhere in the document: it is made from document, kind, concept, surface
    and ordinal. `severity` follows MQM.
    """

    id: str
    document: str
    index: int
    start: int
    end: int
    hindi: str
    kind: Kind
    concept: str
    verdict: Verdict
    severity: Severity
    score: float
    reasons: tuple[Reason, ...] = ()
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """A reviewer's word on a finding; it lapses when the segment's own text changes."""

    finding: str
    segment_digest: str
    reviewer: str
    verdict: Verdict
    rendering: str
    note: str
    time: str


@dataclass(frozen=True, slots=True)
class Pair:
    """One row of the corpus.

    `texts` maps hi, en and vi to text. `engine` says, by language, where a text is from: an engine's
    name, `original` or `version`. `findings` are ids; `status` is `flagged`, `clean` or a reviewer's verdict.
    """

    document: str
    hindi: tuple[int, ...]
    other: tuple[int, ...]
    texts: dict[str, str]
    engine: dict[str, str]
    score: float
    findings: tuple[str, ...] = ()
    status: str = "clean"


@dataclass(frozen=True, slots=True)
class Dropped:
    """Something that was left out, cut or skipped, and why. `start`/`end` are in the document's text."""

    stage: str
    document: str
    role: Role
    reason: str
    detail: str = ""
    start: int = 0
    end: int = 0
    text: str = ""


Record = Document | Segment | Translation | Alignment | Rendering | Finding | Decision | Pair | Dropped
R = TypeVar("R", bound=Record)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, float):
        return round(value, 4) + 0.0
    return value


def to_json(record: Record) -> str:
    """One line of a record file, without the newline: field names as keys, scores to four places."""
    return json.dumps(_plain(record), ensure_ascii=False)


class _Shapes:
    """The few container shapes that records use, worked out once a class."""

    hints: ClassVar[dict[type, dict[str, Any]]] = {}

    @classmethod
    def of(cls, record: type) -> dict[str, Any]:
        if record not in cls.hints:
            cls.hints[record] = get_type_hints(record)
        return cls.hints[record]


def from_json(kind: type[R], line: str) -> R:
    """Read back what `to_json` wrote.

    Raises ValueError or TypeError where the line is no such record; callers name file and line.
    """
    data = json.loads(line)
    if not isinstance(data, dict):
        raise TypeError(f"expected an object, found {type(data).__name__}")
    hints = _Shapes.of(kind)
    for name, value in data.items():
        if name not in hints:
            raise TypeError(f"unknown field {name!r} for {kind.__name__}")
        if get_origin(hints[name]) is tuple:
            inner = get_args(hints[name])[0]
            data[name] = tuple(Reason(**item) if inner is Reason else item for item in value)
    return kind(**data)
