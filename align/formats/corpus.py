"""Writers of the parallel corpus: TMX 1.4b, TSV, JSONL, Parquet. All stream; none holds the corpus."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO

from align import __version__
from align.records import Pair, to_json

LANGUAGES = ("hi", "en", "vi")
# Characters that XML 1.0 cannot hold at all; they have no place in a sentence either.
_NO_XML = {code: None for code in (*range(0x20), 0xFFFE, 0xFFFF) if code not in (0x9, 0xA, 0xD)}


def write_tsv(pairs: Iterable[Pair], path: Path) -> None:
    """Tab-separated with a header; tabs and line ends inside a text become blanks."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(
            stream, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None, escapechar=None
        )
        out.writerow(["document", "hi", "en", "vi", "en_engine", "vi_engine", "score", "status", "findings"])
        for pair in pairs:
            texts = [" ".join(pair.texts.get(language, "").split()) for language in LANGUAGES]
            engines = [pair.engine.get("en", ""), pair.engine.get("vi", "")]
            out.writerow([pair.document, *texts, *engines, f"{pair.score:.4f}", pair.status, " ".join(pair.findings)])


def write_jsonl(pairs: Iterable[Pair], path: Path) -> None:
    """One Pair record a line."""
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for pair in pairs:
            stream.write(to_json(pair) + "\n")


def write_tmx(pairs: Iterable[Pair], path: Path) -> None:
    """TMX 1.4b, one unit a row with a variant a language, provenance in `prop` elements."""
    from lxml import etree

    xml_lang = "{http://www.w3.org/XML/1998/namespace}lang"
    with path.open("wb") as stream, etree.xmlfile(stream, encoding="utf-8") as xml:
        xml.write_declaration()
        xml.write_doctype('<!DOCTYPE tmx SYSTEM "tmx14.dtd">')
        with xml.element("tmx", version="1.4"):
            header = etree.Element(
                "header", creationtool="align", creationtoolversion=__version__, segtype="sentence", adminlang="en",
                srclang="hi", datatype="plaintext", **{"o-tmf": "align"},
            )  # fmt: skip
            xml.write(header, "\n")
            with xml.element("body"):
                for pair in pairs:
                    unit = etree.Element("tu")
                    for name, value in (
                        ("document", pair.document), ("score", f"{pair.score:.4f}"), ("status", pair.status),
                        ("findings", " ".join(pair.findings)),
                    ):  # fmt: skip
                        if value:
                            etree.SubElement(unit, "prop", type=f"x-{name}").text = value.translate(_NO_XML)
                    for language in LANGUAGES:
                        text = pair.texts.get(language, "").strip()
                        if text:
                            variant = etree.SubElement(unit, "tuv", {xml_lang: language})
                            if pair.engine.get(language):
                                prop = etree.SubElement(variant, "prop", type="x-engine")
                                prop.text = pair.engine[language].translate(_NO_XML)
                            etree.SubElement(variant, "seg").text = text.translate(_NO_XML)
                    xml.write(unit, "\n")


def write_parquet(pairs: Iterable[Pair], path: Path) -> None:
    """A column a field, in row groups of 10,000."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([
        ("document", pa.string()), ("hi", pa.string()), ("en", pa.string()), ("vi", pa.string()),
        ("en_engine", pa.string()), ("vi_engine", pa.string()), ("hindi_segments", pa.list_(pa.int32())),
        ("other_segments", pa.list_(pa.int32())), ("score", pa.float32()), ("status", pa.string()),
        ("findings", pa.list_(pa.string())),
    ])  # fmt: skip
    with pq.ParquetWriter(path, schema) as out:
        rows: list[dict[str, object]] = []
        for pair in pairs:
            rows.append({
                "document": pair.document, **{language: pair.texts.get(language, "") for language in LANGUAGES},
                "en_engine": pair.engine.get("en", ""), "vi_engine": pair.engine.get("vi", ""),
                "hindi_segments": list(pair.hindi), "other_segments": list(pair.other), "score": pair.score,
                "status": pair.status, "findings": list(pair.findings),
            })  # fmt: skip
            if len(rows) == 10_000:
                out.write_table(pa.Table.from_pylist(rows, schema))
                rows.clear()
        if rows:
            out.write_table(pa.Table.from_pylist(rows, schema))


WRITERS: dict[str, Callable[[Iterable[Pair], Path], None]] = {
    "tmx": write_tmx, "tsv": write_tsv, "jsonl": write_jsonl, "parquet": write_parquet,
}  # fmt: skip


def write_card(stream: IO[str], name: str, facts: dict[str, object]) -> None:
    """A dataset card in the form that data hubs read: a YAML head, then what a user must know."""
    head = {
        "pretty_name": name, "language": list(LANGUAGES), "task_categories": ["translation"],
        "tags": ["parallel-corpus", "back-translation", "vietnamese", "hindi"],
    }  # fmt: skip
    stream.write("---\n")
    for field, listed in head.items():
        stream.write(f"{field}: {json.dumps(listed, ensure_ascii=False)}\n")
    stream.write(f"---\n\n# {name}\n\n")
    stream.write(
        "Hindi news text with English and Vietnamese beside it, sentence by sentence. The Hindi was machine-translated\n"
        "from Vietnamese; a column says for each text whether it is an original or which engine translated it back.\n"
        "Rows whose `status` is `flagged` hold renderings of official terms that look wrong; `findings` names them.\n"
        "The rights to the articles stay with their publishers; the back-translations carry the licence of the engine.\n\n"
    )
    for key, value in facts.items():
        stream.write(f"- {key}: {value}\n")
