"""What is on disk: the run folder, its lock, the units of finished work, and the translation cache.

Every file that people rely on is written beside its place and renamed, so it is whole or absent. Finished
work is kept in three SQLite files that survive a kill: `.align/units.sqlite` in the run folder (records by
stage and key), and the caches of translations and of vectors, which all runs share.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO, TypeVar

import filelock
import platformdirs

from align.errors import DataError, StoreError
from align.records import (
    Alignment,
    Decision,
    Document,
    Dropped,
    Finding,
    Hypothesis,
    Pair,
    Reason,
    Record,
    Rendering,
    Segment,
    Translation,
    from_json,
    to_json,
)

R = TypeVar("R", Document, Segment, Translation, Alignment, Rendering, Finding, Decision, Pair, Dropped)

FILES: dict[type[Record], str] = {
    Document: "documents.jsonl", Segment: "segments.jsonl", Translation: "translations.jsonl",
    Alignment: "alignments.jsonl", Rendering: "renderings.jsonl", Finding: "findings.jsonl", Dropped: "dropped.jsonl",
}  # fmt: skip


def digest(*parts: str) -> str:
    """SHA-256 over the parts, kept apart from one another."""
    made = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        made.update(len(data).to_bytes(8, "big"))
        made.update(data)
    return made.hexdigest()


@contextlib.contextmanager
def _disk(place: Path) -> Iterator[None]:
    """Turn the operating system's refusals into errors that say what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            message = f"{place}: the disk is full; free some space and run again: finished work is kept"
        elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            message = f"{place}: may not be written ({error.strerror}); choose another folder with --set run.output=DIR"
        else:
            message = f"{place}: {error.strerror or error}; choose another folder with --set run.output=DIR"
        raise StoreError(message) from None


@contextlib.contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; it is renamed to `path` when all of it is on disk."""
    temporary = path.with_name(f".{path.name}.part")
    with _disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            with temporary.open("rb") as stream:
                os.fsync(stream.fileno())
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A text stream whose content becomes `path` when it is closed without an error."""
    with replacing_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as stream:
        yield stream


def read_records(path: Path, kind: type[R]) -> Iterator[R]:
    """Stream a record file. Raises DataError with the line of the first bad record."""
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    yield from_json(kind, line)
                except (ValueError, TypeError) as error:
                    raise DataError(
                        f"{path}:{number}: not a {kind.__name__} record ({error}); delete the file and run again"
                    ) from None
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; run the stage that makes it (align run CONFIG)") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 ({error.reason}); delete the file and run again") from None


class _Sqlite:
    """An SQLite file with one table, refusing to go on when it is damaged."""

    def __init__(self, path: Path, table: str, remedy: str) -> None:
        self.path, self.remedy = path, remedy
        with _disk(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        with self._errors():
            self.connection = sqlite3.connect(path, timeout=60)
            self.connection.execute("PRAGMA journal_mode=WAL")
            self.connection.execute("PRAGMA synchronous=NORMAL")
            self.connection.execute(table)
            self.connection.commit()

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if "full" in str(error):
                raise StoreError(f"{self.path}: the disk is full; free some space and run again") from None
            if "locked" in str(error):
                raise StoreError(f"{self.path}: in use by another program for a minute; wait for it to end") from None
            raise StoreError(f"{self.path}: cannot be used ({error}); {self.remedy}") from None
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{self.path}: damaged ({error}); {self.remedy}") from None

    def close(self) -> None:
        """Close the file."""
        self.connection.close()


class TranslationCache(_Sqlite):
    """Translations by engine signature, languages and text. A batch is one transaction."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            "CREATE TABLE IF NOT EXISTS translation (key TEXT PRIMARY KEY, text TEXT NOT NULL, score REAL, notes TEXT NOT NULL)",
            "move it away or delete it and run again: only translations are in it, and they are made anew",
        )

    @staticmethod
    def key(signature: str, source: str, target: str, text: str) -> str:
        """The key of one translation."""
        return digest(signature, source, target, text)

    def get(self, keys: Sequence[str]) -> dict[str, Hypothesis]:
        """Those of the keys that are there."""
        found: dict[str, Hypothesis] = {}
        with self._errors():
            for start in range(0, len(keys), 500):
                some = keys[start : start + 500]
                rows = self.connection.execute(
                    "SELECT key, text, score, notes FROM translation WHERE key IN (SELECT value FROM json_each(?))",
                    (json.dumps(some),),
                )
                for key, text, score, notes in rows:
                    try:
                        read = tuple(Reason(*note) for note in json.loads(notes))
                    except (ValueError, TypeError):
                        continue  # a row that somebody edited: translated anew
                    found[key] = Hypothesis(text, score, read)
        return found

    def put(self, rows: Iterable[tuple[str, Hypothesis]]) -> None:
        """Store a batch; all of it or nothing."""
        packed = [
            (key, hypothesis.text, hypothesis.score, json.dumps([(n.code, n.detail) for n in hypothesis.notes]))
            for key, hypothesis in rows
        ]
        with self._errors(), self.connection:
            self.connection.executemany("INSERT OR REPLACE INTO translation VALUES (?, ?, ?, ?)", packed)


class VectorCache(_Sqlite):
    """Sums of token vectors by embedder signature, language and text. A call's vectors are one transaction."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            "CREATE TABLE IF NOT EXISTS vector (key TEXT PRIMARY KEY, sums BLOB NOT NULL, count REAL NOT NULL) WITHOUT ROWID",
            "move it away or delete it and run again: only vectors are in it, and they are made anew",
        )

    @staticmethod
    def key(signature: str, language: str, text: str) -> str:
        """The key of one text's vector."""
        return digest(signature, language, text)

    def get(self, keys: Sequence[str]) -> dict[str, tuple[bytes, float]]:
        """Those of the keys that are there: float32 sums as bytes, and the number of tokens."""
        found: dict[str, tuple[bytes, float]] = {}
        with self._errors():
            for start in range(0, len(keys), 500):
                rows = self.connection.execute(
                    "SELECT key, sums, count FROM vector WHERE key IN (SELECT value FROM json_each(?))",
                    (json.dumps(keys[start : start + 500]),),
                )
                found.update({key: (sums, count) for key, sums, count in rows})
        return found

    def put(self, rows: Iterable[tuple[str, bytes, float]]) -> None:
        """Store a batch; all of it or nothing."""
        with self._errors(), self.connection:
            self.connection.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?, ?)", rows)


class Units(_Sqlite):
    """Finished units of work (all records of one document in one stage) by stage and key."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            "CREATE TABLE IF NOT EXISTS unit (stage TEXT, key TEXT, lines TEXT NOT NULL, PRIMARY KEY (stage, key))",
            "delete it and run again: what it held is computed anew",
        )
        self.used: dict[str, set[str]] = {}

    def get(self, stage: str, key: str) -> str | None:
        """The record lines of a unit, None if it is not done."""
        with self._errors():
            row = self.connection.execute("SELECT lines FROM unit WHERE stage = ? AND key = ?", (stage, key)).fetchone()
        self.used.setdefault(stage, set()).add(key)
        return None if row is None else str(row[0])

    def put(self, stage: str, key: str, lines: str) -> None:
        """Store a finished unit."""
        with self._errors(), self.connection:
            self.connection.execute("INSERT OR REPLACE INTO unit VALUES (?, ?, ?)", (stage, key, lines))

    def forget_unused(self, stage: str) -> None:
        """Drop units that this run did not ask for: those of articles and settings that are gone."""
        used = self.used.get(stage, set())
        with self._errors(), self.connection:
            keys = [key for (key,) in self.connection.execute("SELECT key FROM unit WHERE stage = ?", (stage,))]
            gone = [(stage, key) for key in keys if key not in used]
            self.connection.executemany("DELETE FROM unit WHERE stage = ? AND key = ?", gone)


def cache_path(configured: str) -> Path:
    """Where the translation cache is: the config's word, else ALIGN_CACHE, else the user's cache folder."""
    if configured:
        return Path(configured)
    if os.environ.get("ALIGN_CACHE"):
        return Path(os.environ["ALIGN_CACHE"]) / "translations.sqlite"
    return Path(platformdirs.user_cache_dir("backalign")) / "translations.sqlite"


def vectors_path(configured: str) -> Path:
    """Where the vector cache is: beside the translation cache."""
    return cache_path(configured).with_name("vectors.sqlite")


class RunFolder:
    """The folder that one `align run` leaves; see DESIGN.md for its contract."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.state = path / ".align"

    @contextlib.contextmanager
    def locked(self) -> Iterator[Units]:
        """Make the folder, refuse a foreign or busy one, and open its units."""
        if self.path.exists() and not self.path.is_dir():
            raise StoreError(f"{self.path}: a file; expected a folder (choose another with --set run.output=DIR)")
        own = self.state.is_dir() or (self.path / "manifest.json").is_file()
        if self.path.is_dir() and not own and any(self.path.iterdir()):
            raise StoreError(
                f"{self.path}: holds other files and is no run folder; choose an empty or new one with --set run.output=DIR"
            )
        with _disk(self.path):
            self.state.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(self.state / "lock", timeout=0)
            try:
                lock.acquire()
            except filelock.Timeout:
                raise StoreError(
                    f"{self.path}: another run is writing into this folder; wait for it or choose another with --set run.output=DIR"
                ) from None
        try:
            units = Units(self.state / "units.sqlite")
            try:
                yield units
            finally:
                units.close()
        finally:
            lock.release()

    def file(self, kind: type[Record]) -> Path:
        """Where the records of a kind are."""
        return self.path / FILES[kind]

    def read(self, kind: type[R]) -> Iterator[R]:
        """Stream the records of a kind."""
        return read_records(self.file(kind), kind)

    def by_document(self, kind: type[R]) -> Iterator[tuple[str, list[R]]]:
        """Stream the records of a kind, document by document (they lie together and in order)."""
        current: str | None = None
        group: list[R] = []
        for record in self.read(kind):
            document = record.id if isinstance(record, Document) else str(getattr(record, "document", ""))
            if document != current:
                if current is not None:
                    yield current, group
                current, group = document, []
            group.append(record)
        if current is not None:
            yield current, group

    def manifest(self) -> dict[str, Any]:
        """The manifest as it is, empty when there is none or it is not readable."""
        try:
            data = json.loads((self.path / "manifest.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return data if isinstance(data, dict) else {}

    def write_manifest(self, manifest: dict[str, Any]) -> None:
        """Replace the manifest."""
        with replacing(self.path / "manifest.json") as stream:
            json.dump(manifest, stream, ensure_ascii=False, indent=2)
            stream.write("\n")


class Groups:
    """Looks up the records of a document in a stream that is in the same order of documents.

    Only the current document's records are held; asking for documents out of order is a defect.
    """

    def __init__(self, groups: Iterator[tuple[str, Any]]) -> None:
        self._groups: Iterator[tuple[str, list[Any]]] = groups
        self._next: tuple[str, list[Any]] | None = next(self._groups, None)

    def take(self, document: str) -> list[Any]:
        """The records of `document`, empty when the stream has none."""
        while self._next is not None and self._next[0] < document:
            self._next = next(self._groups, None)
        if self._next is None or self._next[0] != document:
            return []
        records = self._next[1]
        self._next = next(self._groups, None)
        return records


def lines_of(records: Iterable[Record]) -> str:
    """Records of several kinds as tagged lines, the form in which units are kept."""
    return "".join(f"{type(record).__name__}\t{to_json(record)}\n" for record in records)


_KINDS: dict[str, type[Record]] = {kind.__name__: kind for kind in (*FILES, Pair)}


def records_of(lines: str) -> list[Record]:
    """Read back `lines_of`."""
    result: list[Record] = []
    for line in lines.splitlines():
        name, _, text = line.partition("\t")
        result.append(from_json(_KINDS[name], text))
    return result
