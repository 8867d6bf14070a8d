"""Readers of article files: .txt .md .html .docx, and .jsonl .csv .tsv with a row an article.

Every reader takes the file's bytes and yields `Article`s; decoding is strict, and what a reader leaves
out (menus, scripts, code blocks) is in `Article.left_out` with a reason.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from align.config import Columns
from align.errors import DataError
from align.languages import normalise

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class Article:
    """What a file says of one article. `id` is None where the file is the article."""

    text: str
    id: str | None = None
    title: str = ""
    source: str = ""
    original: str = ""
    left_out: tuple[tuple[str, str], ...] = field(default=())  # (reason, text)


def decode(data: bytes, place: str, encoding: str | None = None) -> str:
    """Decode strictly, by `encoding`, by a byte order mark, as UTF-8, or as UTF-16 that shows itself.

    Raises DataError: the offset and value of the first bad byte, and what to set.
    """
    if encoding is None:
        encoding = next((name for mark, name in _BOMS if data.startswith(mark)), None) or _utf16(data) or "utf-8"
    try:
        text = data.decode(encoding)
    except LookupError:
        raise DataError(
            f"{place}: encoding `{encoding}` is not known; expected a name such as utf-8 or utf-16-le"
        ) from None
    except (UnicodeDecodeError, UnicodeError) as error:
        if data[:4] in (b"\x89PNG", b"%PDF", b"PK\x03\x04", b"\x7fELF", b"GIF8") or b"\x00" in data[:4096]:
            raise DataError(
                f"{place}: a binary file ({len(data)} bytes); expected text, or .docx by its name"
            ) from None
        offset = getattr(error, "start", 0)
        byte = f"0x{data[offset]:02x}" if offset < len(data) else "the end"
        raise DataError(
            f"{place}: not {encoding} at byte {offset} ({byte}); save the file as UTF-8 or set `documents.encoding`"
        ) from None
    if "\x00" in text:
        raise DataError(f"{place}: a binary file (zero bytes in it); expected text")
    return normalise(text.removeprefix("\ufeff"))


def _utf16(data: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of the spaces and line ends is zero."""
    head = data[:4096]
    if len(head) < 4 or b"\x00" not in head:
        return None
    if (head[1::2].count(0) > len(head) // 16 and head[0::2].count(0) == 0) or (
        b"\x09" in head[1::2] and b" \x00" in head
    ):
        return "utf-16-le"
    if (head[0::2].count(0) > len(head) // 16 and head[1::2].count(0) == 0) or (
        b"\x09" in head[0::2] and b"\x00 " in head
    ):
        return "utf-16-be"
    return None


def _read_text(data: bytes, place: str, encoding: str | None, columns: Columns) -> Iterator[Article]:
    yield Article(decode(data, place, encoding))


def _read_markdown(data: bytes, place: str, encoding: str | None, columns: Columns) -> Iterator[Article]:
    from markdown_it import MarkdownIt

    text = decode(data, place, encoding)
    blocks, left_out, title = [], [], ""
    if text.startswith("---\n") and "\n---\n" in text[4:]:
        head, _, text = text[4:].partition("\n---\n")
        left_out.append(("front-matter", head))
    heading = False
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "heading_open":
            heading = token.tag == "h1"
        elif token.type == "inline":
            block = "".join(_inline(child) for child in token.children or ())
            blocks.append(block)
            if heading and not title:
                title, heading = block.strip(), False
        elif token.type in ("fence", "code_block", "html_block"):
            left_out.append((token.type, token.content))
    yield Article("\n".join(blocks), title=title, left_out=tuple(left_out))


def _inline(token: Any) -> str:
    if token.type in ("text", "code_inline"):
        return str(token.content)
    if token.type in ("softbreak", "hardbreak"):
        return "\n" if token.type == "hardbreak" else " "
    return str(token.content) if token.type == "image" else ""


_SKIPPED = ("script", "style", "noscript", "template", "nav", "footer", "aside", "form", "button", "svg", "iframe")
_BLOCKS = frozenset(
    "address article blockquote caption dd div dl dt fieldset figcaption figure h1 h2 h3 h4 h5 h6 header hr li main "
    "ol p pre section table tbody td tfoot th thead tr ul body br".split()
)


def _read_html(data: bytes, place: str, encoding: str | None, columns: Columns) -> Iterator[Article]:
    from bs4 import BeautifulSoup, Tag
    from bs4.element import Comment, NavigableString

    marked = next((name for mark, name in _BOMS if data.startswith(mark)), None)
    declared = encoding or marked
    if declared is None:
        import regex

        found = regex.search(rb"charset\s*=\s*[\"']?([\w-]+)", data[:2048], regex.IGNORECASE)
        declared = found.group(1).decode("ascii", "replace") if found else None
    soup = BeautifulSoup(decode(data, place, declared), "lxml")
    left_out = []
    for tag in soup(_SKIPPED):
        said = " ".join(tag.get_text(" ").split())
        if said and tag.name not in ("script", "style", "template"):
            left_out.append((f"<{tag.name}>", said))
        tag.extract()
    title = soup.title.get_text(" ", strip=True) if soup.title else ""
    source = ""
    for name, selector, key in (
        ("link", {"rel": "canonical"}, "href"),
        ("meta", {"property": "og:url"}, "content"),
    ):
        node = soup.find(name, attrs=dict(selector))
        if isinstance(node, Tag) and not source:
            source = str(node.get(key) or "")
    bodies = soup.find_all("article") or soup.find_all("main")
    body: Tag = bodies[0] if len(bodies) == 1 else soup.body or soup
    if body is not soup.body and soup.body is not None:
        outside = soup.body
        body.extract()
        said = " ".join(outside.get_text(" ").split())
        if said:
            left_out.append(("outside the article", said))
    pieces: list[str] = []
    for child in body.descendants:
        if isinstance(child, Tag):
            if child.name in _BLOCKS:
                pieces.append("\n")
        elif isinstance(child, NavigableString) and not isinstance(child, Comment):
            pieces.append(str(child).replace("\n", " "))
            parent = child.parent
            if parent is not None and parent.name in _BLOCKS and child is parent.contents[-1]:
                pieces.append("\n")
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    yield Article("\n".join(line for line in lines if line), title=title, source=source, left_out=tuple(left_out))


def _read_docx(data: bytes, place: str, encoding: str | None, columns: Columns) -> Iterator[Article]:
    import docx

    try:
        document = docx.Document(io.BytesIO(data))
        lines = []
        for block in document.iter_inner_content():
            if hasattr(block, "rows"):
                lines += [cell.text for row in block.rows for cell in row.cells]
            else:
                lines.append(block.text)
        title = document.core_properties.title or ""
    except Exception as error:  # python-docx lets zip, XML and key errors of its own through
        raise DataError(
            f"{place}: not a Word document ({type(error).__name__}); expected .docx as Word saves it"
        ) from None
    yield Article(normalise("\n".join(lines)), title=title)


def _read_jsonl(data: bytes, place: str, encoding: str | None, columns: Columns) -> Iterator[Article]:
    for number, line in enumerate(decode(data, place, encoding).split("\n"), 1):
        if not line.strip():
            continue
        where = f"{place}:{number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{where}: not JSON ({error}); expected one object a line") from None
        if not isinstance(row, dict):
            raise DataError(f"{where}: {type(row).__name__}; expected an object with `{columns.text}`")
        yield _article(row, where, number, columns)


def _read_table(data: bytes, place: str, encoding: str | None, columns: Columns, delimiter: str) -> Iterator[Article]:
    text = decode(data, place, encoding)
    csv.field_size_limit(1 << 30)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
        names = reader.fieldnames or []
        if columns.text not in names:
            raise DataError(
                f"{place}:1: columns {', '.join(names)[:120] or 'none'}; expected one called `{columns.text}` "
                "(or set `documents.columns.text`)"
            )
        for number, row in enumerate(reader, 1):
            yield _article(row, f"{place}:{reader.line_num}", number, columns)
    except csv.Error as error:
        raise DataError(f"{place}:{reader.line_num}: {error}; expected a table with one header line") from None


def _article(row: dict[str, Any], where: str, number: int, columns: Columns) -> Article:
    def cell(column: str) -> str:
        value = row.get(column)
        return "" if value is None else normalise(str(value))

    if columns.text not in row or not isinstance(row[columns.text], str):
        raise DataError(
            f"{where}: no text under `{columns.text}`; expected the article (or set `documents.columns.text`)"
        )
    return Article(
        cell(columns.text),
        cell(columns.id) or f"{number:06d}",
        cell(columns.title),
        cell(columns.source),
        cell(columns.original),
    )


def _read_csv(data: bytes, place: str, encoding: str | None, columns: Columns) -> Iterator[Article]:
    return _read_table(data, place, encoding, columns, ",")


def _read_tsv(data: bytes, place: str, encoding: str | None, columns: Columns) -> Iterator[Article]:
    return _read_table(data, place, encoding, columns, "\t")


Reader = Callable[[bytes, str, str | None, Columns], Iterator[Article]]
READERS: dict[str, Reader] = {
    ".txt": _read_text, ".md": _read_markdown, ".html": _read_html, ".htm": _read_html, ".docx": _read_docx,
    ".jsonl": _read_jsonl, ".csv": _read_csv, ".tsv": _read_tsv,
}  # fmt: skip
TABLES = (".jsonl", ".csv", ".tsv")


def read(path: Path, columns: Columns, encoding: str | None = None) -> list[Article]:
    """All articles of a file. Raises DataError naming file, line and what was expected."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); check that it exists and may be read") from None
    if not data.strip():
        raise DataError(f"{path}: the file is empty; expected an article")
    articles = list(READERS[path.suffix.lower()](data, str(path), encoding, columns))
    if not any(article.text.strip() for article in articles):
        raise DataError(f"{path}: no text in it; expected an article")
    return articles
