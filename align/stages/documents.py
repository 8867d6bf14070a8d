"""Stage 1: find the article files, read them, pair them with their originals and other versions."""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import regex

from align.alignment.pairing import Match, match_texts
from align.config import DocumentsConfig
from align.engines.protocols import Embedder
from align.errors import AlignError, DataError
from align.formats import documents as formats
from align.languages import guess_language, normalise, sentence_spans
from align.records import Document, Dropped, Role

VERSION = "2"

_READ = 200  # sentences of a document by which it is known
_LANGUAGE_SUFFIX = regex.compile(r"\.(hi|vi|en)$")
_SOURCE_LINE = regex.compile(r"^\s*(?:स्रोत|Nguồn|Source)\s*[:：]\s*(\S.*?)\s*$", regex.MULTILINE | regex.IGNORECASE)
_ADDRESS = regex.compile(r"https?://\S+")


@dataclass(frozen=True)
class Source:
    """A file to read: its document id and role."""

    id: str
    role: Role
    path: Path
    language: str


@dataclass(frozen=True)
class Paired:
    """A pair made by content: the text `other` in `language` is the `role` of the Hindi document `document`.

    `alike` is how alike the two are, `runner_up` the same for the best other partner of either.
    """

    document: str
    role: Role
    language: str
    other: str
    alike: float
    runner_up: float

    def __str__(self) -> str:
        another = f", any other {self.runner_up:.2f} at most" if self.runner_up > -1 else ""
        return f"{self.other} is the {self.role} of {self.document}: by content, alike {self.alike:.2f}{another}"


@dataclass(frozen=True)
class Sources:
    """The files of a run, hindi first, in the order of their ids; `skipped` ones keep a reason."""

    hindi: tuple[Source, ...]
    originals: tuple[Source, ...]
    skipped: tuple[Dropped, ...]
    versions: tuple[Source, ...] = ()

    @property
    def all(self) -> tuple[Source, ...]:
        """Every file, in the order in which they are read."""
        return (*self.hindi, *self.originals, *self.versions)


def find(config: DocumentsConfig) -> Sources:
    """List the files that `documents.path`, `documents.originals` and `documents.versions` name.

    Raises DataError: a path that does not exist, no document at all, two files with one id.
    """
    skipped: list[Dropped] = []
    hindi = _files(config.path, "hindi", "hi", "documents.path", skipped)
    language = config.originals_language
    originals = _files(config.originals, "original", language, "documents.originals", skipped)
    versions: list[Source] = []
    for other, paths in sorted(config.versions.items()):
        versions += _files(paths, "version", other, f"documents.versions.{other}", skipped)
    return Sources(tuple(hindi), tuple(originals), tuple(skipped), tuple(versions))


def _files(paths: tuple[str, ...], role: Role, language: str, key: str, skipped: list[Dropped]) -> list[Source]:
    found: dict[str, Source] = {}
    for pattern in paths:
        before = len(found)
        for path, base in _expand(pattern, key):
            name = path.relative_to(base).as_posix() if path != base else path.name
            stem = name[: -len(path.suffix)]
            marked = _LANGUAGE_SUFFIX.search(stem)
            if path.suffix.lower() not in formats.READERS:
                if path == base:
                    raise DataError(
                        f"{key}: {path}: cannot read {path.suffix or 'a file without suffix'}; expected {_suffixes()}"
                    )
                skipped.append(
                    Dropped("documents", stem, role, "unknown-format", f"{path.name}: expected {_suffixes()}")
                )
                continue
            if marked and marked.group(1) != language:
                skipped.append(
                    Dropped("documents", stem, role, "other-language", f"{path.name} is named as `{marked.group(1)}`")
                )
                continue
            document = stem[: marked.start()] if marked else stem
            if document in found and found[document].path != path:
                raise DataError(
                    f"{key}: two files with the id `{document}`: {found[document].path} and {path}; "
                    "rename one, or name the files one by one"
                )
            found[document] = Source(document, role, path, language)
        if len(found) == before:
            raise DataError(f"{key}: no article in {pattern}; expected files ending in {_suffixes()}")
    return [found[document] for document in sorted(found)]


def _suffixes() -> str:
    return " ".join(formats.READERS)


def _expand(pattern: str, key: str) -> Iterator[tuple[Path, Path]]:
    """Files of a path or glob, each with the folder its id is relative to."""
    path = Path(pattern)
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
            if file.is_file() and not hidden:
                yield file, path
    elif path.exists():
        yield path, path
    elif glob.has_magic(pattern):
        fixed = Path(*_before_magic(path.parts))
        for name in sorted(glob.glob(pattern, recursive=True)):
            if os.path.isfile(name):
                yield Path(name), fixed
    else:
        raise DataError(f"{key}: {pattern}: no such file or folder; expected a file, a folder or a glob")


def _before_magic(parts: tuple[str, ...]) -> Iterator[str]:
    for part in parts[:-1]:
        if glob.has_magic(part):
            return
        yield part


def unit_key(source: Source, config: DocumentsConfig) -> str:
    """Changes whenever reading the file could give something else. OSError becomes DataError in `read`."""
    digest = hashlib.sha256()
    try:
        with source.path.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    except OSError as error:
        digest.update(str(error).encode())
    options = f"{VERSION}|{source.id}|{source.role}|{source.language}|{source.path.suffix}|{config.encoding}|{config.columns!r}"
    return digest.hexdigest() + "|" + options + f"|{config.max_megabytes}"


def read(source: Source, config: DocumentsConfig) -> list[Document | Dropped]:
    """The documents of one file and what was left out of it. A file that cannot be used is one Dropped.

    A .csv, .tsv or .jsonl gives a document a row, under the row's own id, and an original where the
    column for it is filled.
    """
    try:
        size = source.path.stat().st_size if source.path.exists() else 0
        if size > config.max_megabytes * 1e6:
            raise DataError(
                f"{source.path}: {size / 1e6:.0f} MB; expected at most {config.max_megabytes:g} MB an article file "
                "(split it, or raise `documents.max_megabytes`)"
            )
        articles = formats.read(source.path, config.columns, config.encoding)
    except AlignError as error:
        return [Dropped("documents", source.id, source.role, "unreadable", str(error))]
    records: list[Document | Dropped] = []
    table = source.path.suffix.lower() in formats.TABLES
    for article in articles:
        document = article.id if table and article.id else source.id
        if not article.text.strip():
            records.append(Dropped("documents", document, source.role, "empty", f"{source.path}: a row without text"))
            continue
        guessed = guess_language(article.text[:20000])
        if guessed is not None and (guessed == "hi") != (source.role == "hindi"):
            expected = "Hindi" if source.role == "hindi" else "the original's language"
            detail = f"{source.path}: the text looks like `{guessed}`; expected {expected}"
            records.append(Dropped("documents", document, source.role, "wrong-language", detail, 0, len(article.text)))
            continue
        records.append(_document(document, source.role, source.language, article, source.path))
        if article.original.strip() and source.role == "hindi":
            language = config.originals_language
            records.append(Document(document, "original", language, normalise(article.original), str(source.path)))
        records += [
            Dropped("documents", document, source.role, "markup", why, 0, 0, text) for why, text in article.left_out
        ]
    return records


def _document(document: str, role: Role, language: str, article: formats.Article, path: Path) -> Document:
    """Source: what the file says, else a source line in the text, else the file itself."""
    source = article.source
    if not source:
        for match in _SOURCE_LINE.finditer(article.text):
            address = _ADDRESS.search(match.group(1))
            source = address.group() if address else match.group(1)
    title = article.title
    if not title:
        first = next((line.strip() for line in article.text.split("\n") if line.strip()), "")
        title = first if len(first) <= 160 else first[:159] + "…"
    return Document(document, role, language, article.text, source or path.name, title)


def pair(
    documents: list[Document], embedder: Embedder | None = None
) -> tuple[list[Document], list[Dropped], list[Paired]]:
    """Order by id, the original and other versions after their Hindi; refuse a second document with one key.

    Texts without a Hindi document of their id are compared with the Hindi ones that lack them, if an `embedder` is
    given; what surely belongs together takes the Hindi document's id. Returns the documents that stay, a record
    for each that does not, and how each pair by content was made. Raises DataError for duplicate ids.
    """
    by_key: dict[tuple[str, Role, str], Document] = {}
    for document in documents:
        key = (document.id, document.role, document.language if document.role == "version" else "")
        if key in by_key:
            raise DataError(
                f"id `{document.id}` ({document.role}) stands twice, in {by_key[key].source} and {document.source}; "
                "expected each id once: rename a file or mend the id column"
            )
        by_key[key] = document
    hindi = {document.id: document for document in by_key.values() if document.role == "hindi"}
    dropped: list[Dropped] = []
    pairs: list[Paired] = []
    kinds = sorted({(key[1], key[2]) for key in by_key if key[1] != "hindi"})
    for role, language in kinds:
        alone = [by_key.pop(key) for key in sorted(by_key) if key[1:] == (role, language) and key[0] not in hindi]
        lacking = [hindi[name] for name in sorted(hindi) if (name, role, language) not in by_key]
        reasons: dict[str, str] = {}
        made: set[str] = set()
        for match in _matches(lacking, alone, embedder):
            one, other = lacking[match.left], alone[match.right]
            if match.doubt:
                reasons[other.id] = f"nearest is `{one.id}`, {match.doubt}"
            else:
                by_key[one.id, role, language] = replace(other, id=one.id)
                pairs.append(Paired(one.id, role, other.language, other.id, match.alike, match.other))
                made.add(other.id)
        for document in alone:
            if document.id not in made:
                detail = "no Hindi document with this id; pairs are found by file stem or id column"
                if embedder is not None:
                    detail += (
                        f", else by content: {reasons.get(document.id, 'no Hindi document without one is like it')}"
                    )
                dropped.append(Dropped("documents", document.id, role, "unpaired", detail))
    return [by_key[key] for key in sorted(by_key)], dropped, sorted(pairs, key=lambda one: (one.document, one.role))


def _matches(hindi: list[Document], others: list[Document], embedder: Embedder | None) -> list[Match]:
    if embedder is None or not hindi or not others:
        return []
    left, right = ([_sentences(document) for document in side] for side in (hindi, others))
    return match_texts(left, right, ("hi", others[0].language), embedder)


def _sentences(document: Document) -> list[str]:
    """The first sentences of a document, enough to know it by."""
    found: list[str] = []
    for line in document.text.split("\n"):
        found += [line[start:end] for start, end in sentence_spans(line, document.language)]
        if len(found) >= _READ:
            break
    return found[:_READ]
