"""TBX v3 (ISO 30042:2019), the dialect TBX-Basic in DCA style.

TBX-Basic has no data category for what only this program keeps, and inventing one would make the file invalid,
so that stands in notes which say what they are:

<conceptEntry id="tang-toc">
  <descrip type="subjectField">economy</descrip>
  <note>sense: of growth, not of a vehicle</note>     also broader:, id: (not an XML name), note: (starts like these)
  <note xml:lang="hi">not: त्वरित अदालत</note>        a negative context
  <langSec xml:lang="hi">
    <termSec>
      <term>त्वरण</term>
      <termNote type="administrativeStatus">deprecatedTerm-admn-sts</termNote>
      <note>why: reads acceleration in physics</note>
      <note>context: true</note>
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler, feature_namespaces
from xml.sax.xmlreader import AttributesNSImpl

from align.errors import DataError
from align.terms.drafts import (
    LANGUAGES,
    NOT_XML,
    SHORT_FORMS,
    Builder,
    Source,
    brief,
    by_language,
    clean,
    fold,
    holds,
    language_of,
)
from align.terms.termbase import STATUSES, Form, Status, Termbase

NAMESPACE = "urn:iso:std:iso:30042:ed-2"
_XML = "http://www.w3.org/XML/1998/namespace"
_MARKED = re.compile(r"(id|sense|broader|note|not): ?(.*)", re.DOTALL)
_NAME = re.compile(r"[^\W\d][\w.-]*")
_DEEPEST = 100


@dataclass
class _Node:
    space: str
    name: str
    attributes: dict[tuple[str | None, str], str]
    line: int
    content: list[str | _Node] = field(default_factory=list)

    @property
    def type(self) -> str:
        return self.attributes.get((None, "type"), "")

    @property
    def language(self) -> str:
        return self.attributes.get((_XML, "lang"), "")

    @property
    def nodes(self) -> list[_Node]:
        return [item for item in self.content if isinstance(item, _Node)]

    @property
    def text(self) -> str:
        return "".join(item if isinstance(item, str) else item.text for item in self.content)

    @property
    def shown(self) -> str:
        return f'<{self.name} type="{self.type}">' if self.type else f"<{self.name}>"


class _Tree(ContentHandler):
    """Builds nodes that know their line."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.root: _Node | None = None
        self.open: list[_Node] = []
        self.line: Callable[[], int | None] = lambda: None

    def setDocumentLocator(self, locator: Any) -> None:
        self.line = locator.getLineNumber

    def startElementNS(self, name: tuple[str | None, str], qname: str | None, attrs: AttributesNSImpl) -> None:
        node = _Node(name[0] or "", name[1], dict(attrs.items()), self.line() or 1)
        if len(self.open) >= _DEEPEST:
            raise DataError(f"{self.path}:{node.line}: {node.shown} is {_DEEPEST} elements deep; expected a TBX file")
        if self.open:
            self.open[-1].content.append(node)
        else:
            self.root = node
        self.open.append(node)

    def endElementNS(self, name: tuple[str | None, str], qname: str | None) -> None:
        self.open.pop()

    def characters(self, content: str) -> None:
        if self.open:
            self.open[-1].content.append(content)


def _parse(path: Path, data: bytes) -> _Node:
    """The elements of an XML file that declares no entity and reaches for nothing outside."""
    from defusedxml import DefusedXmlException, sax

    tree = _Tree(path)
    parser = sax.make_parser()
    parser.setFeature(feature_namespaces, True)
    parser.setContentHandler(tree)
    try:
        parser.parse(io.BytesIO(data))
    except DefusedXmlException as error:
        name = getattr(error, "name", "") or getattr(error, "sysid", "") or ""
        line = tree.line() or 1
        raise DataError(f"{path}:{line}: declares the entity `{name}`; expected a TBX file without entities") from None
    except SAXParseException as error:
        raise DataError(
            f"{path}:{error.getLineNumber() or 1}: not XML ({error.getMessage()}); expected a whole TBX file"
        ) from None
    except (SAXException, LookupError, ValueError) as error:
        raise DataError(f"{path}:{tree.line() or 1}: not XML ({error}); expected a TBX file in UTF-8") from None
    if tree.root is None:
        raise DataError(f"{path}:1: no element; expected a TBX file")
    return tree.root


_STATUS = {f"{status}Term-admn-sts": status for status in STATUSES}
_GROUPS = ("descripGrp", "adminGrp", "termNoteGrp")


def read_tbx(path: Path, data: bytes) -> Source:
    return _TbxReader(path).read(_parse(path, data))


class _TbxReader:
    """Takes from TBX what a termbase holds and lists the rest."""

    def __init__(self, path: Path) -> None:
        self.made = Builder(path)

    def read(self, root: _Node) -> Source:
        path = self.made.path
        if root.name in ("martif", "TBX"):
            raise DataError(
                f"{path}:{root.line}: root {root.shown}, TBX version 2; expected <tbx> of version 3 (ISO 30042:2019)"
            )
        if (root.space, root.name) != (NAMESPACE, "tbx"):
            raise DataError(
                f'{path}:{root.line}: root <{root.name} xmlns="{brief(root.space)}">; expected <tbx xmlns="{NAMESPACE}">'
            )
        style = root.attributes.get((None, "style"), "dca")
        if style != "dca":
            raise DataError(f"{path}:{root.line}: style {style!r}; expected dca (data categories as attributes)")
        bodies = []
        for part in self._inside(root):
            if part.name == "text":
                for inner in self._inside(part):
                    bodies.append(inner) if inner.name == "body" else self._leave(inner)
            elif part.name != "tbxHeader":
                self._leave(part)
        if not bodies:
            raise DataError(f"{path}:{root.line}: no <text> with a <body>; expected one with <conceptEntry> elements")
        for body in bodies:
            for entry in self._inside(body):
                self._entry(entry) if entry.name == "conceptEntry" else self._leave(entry)
        return self.made.source()

    def _leave(self, node: _Node) -> None:
        self.made.leave(node.line, node.shown, node.text)

    def _inside(self, node: _Node) -> list[_Node]:
        """The elements of an element that holds only elements; groups are opened."""
        stray = "".join(item for item in node.content if isinstance(item, str)).strip()
        if stray:
            self.made.leave(node.line, f"text in <{node.name}>", stray)
        result = []
        for inner in node.nodes:
            if inner.space != NAMESPACE:
                self.made.leave(inner.line, f"<{inner.name}> of {brief(inner.space) or 'no namespace'}", inner.text)
            elif inner.name in _GROUPS:
                result += self._inside(inner)
            else:
                result.append(inner)
        return result

    def _said(self, node: _Node) -> str:
        """The text of a term or note; markup inside it is reported, its text stays."""
        for inner in node.nodes:
            self.made.leave(inner.line, f"markup {inner.shown} in <{node.name}>, its text kept", inner.text)
        return clean(node.text)

    def _entry(self, entry: _Node) -> None:
        parts = self._inside(entry)
        sections = [part for part in parts if part.name == "langSec"]
        if not any(language_of(section.language) in LANGUAGES for section in sections if section.language):
            for section in sections:
                if not section.language.strip():
                    self.made.problem(
                        section.line, "<langSec> without xml:lang; expected a language such as vi, en or hi"
                    )
            self._leave(entry)
            return
        name = self._name(entry, parts, sections)
        if name in self.made.drafts:
            known = self.made.drafts[name].place
            self.made.problem(entry.line, f"id `{name}` stands already at {known}; expected each once")
            return
        self.made.entry(name, entry.line)
        for part in parts:
            if part.name == "langSec":
                self._section(name, part)
            elif part.name == "note":
                self._note(name, part)
            elif part.name == "descrip" and part.type == "subjectField":
                self.made.text(name, "domain", self._said(part), ", ")
            elif part.name == "descrip" and part.type == "definition":
                self.made.text(name, "note", self._said(part))
            else:
                self._leave(part)

    def _name(self, entry: _Node, parts: Sequence[_Node], sections: Sequence[_Node]) -> str:
        """The entry's own id, or one made of its first Vietnamese (or other) term."""
        for part in parts:
            if part.name == "note" and part.text.startswith("id: "):
                return clean(part.text[4:])
        given = clean(entry.attributes.get((None, "id"), "")).strip()
        if given:
            return given
        first = sorted(sections, key=lambda section: language_of(section.language) != "vi")
        terms = (node for section in first for term in section.nodes for node in term.nodes if node.name == "term")
        text = next((node.text for node in terms), "")
        base = re.sub(r"[\W_]+", "-", fold(text)).strip("-") or "concept"
        name, number = base, 1
        while name in self.made.drafts:
            number += 1
            name = f"{base}-{number}"
        return name

    def _note(self, concept: str, node: _Node) -> None:
        text = self._said(node)
        found = _MARKED.fullmatch(text)
        key, value = (found[1], found[2]) if found else ("note", text)
        if key == "not":
            self.made.avoid(concept, node.line, value.strip())
        elif key != "id":
            self.made.text(concept, key, value)

    def _section(self, concept: str, section: _Node) -> None:
        if not section.language.strip():
            self.made.problem(section.line, "<langSec> without xml:lang; expected a language such as vi, en or hi")
            return
        language = language_of(section.language)
        if language not in LANGUAGES:
            self.made.leave(section.line, f"language {section.language}", section.text)
            return
        for part in self._inside(section):
            if part.name == "termSec":
                self._term(concept, language, part)
            elif part.name == "note":
                self._note(concept, part)
            elif part.name == "descrip" and part.type == "definition":
                self.made.text(concept, "note", self._said(part))
            else:
                self._leave(part)

    def _term(self, concept: str, language: str, section: _Node) -> None:
        text, status, short, context = "", "", False, False
        why: list[str] = []
        for part in self._inside(section):
            said = part.text.strip()
            if part.name == "term":
                text = self._said(part).strip()
            elif part.name == "termNote" and part.type == "administrativeStatus":
                status = _STATUS.get(said, "")
                if said == "supersededTerm-admn-sts":
                    status = "deprecated"
                    self.made.leave(part.line, "that a term is superseded (kept as deprecated)", said)
                elif not status:
                    self.made.leave(part.line, "a status that TBX-Basic does not know", said)
            elif part.name == "termNote" and part.type == "termType" and said in (*SHORT_FORMS, "fullForm"):
                short = said in SHORT_FORMS
            elif part.name == "note" and language == "hi":
                note = self._said(part)
                if note == "context: true":
                    context = True
                else:
                    why.append(note.removeprefix("why: "))
            elif part.name == "note":
                self.made.text(concept, "note", f"{text}: {self._said(part)}")
            else:
                self._leave(part)
        if not text:
            self.made.problem(section.line, f"{concept}: <termSec> without a term; expected <term> with text")
        elif language != "hi":
            self.made.term(concept, section.line, language, text, status, short)
        else:
            if not status:
                self.made.leave(section.line, "no status of a Hindi form (kept as admitted)", text)
            if short:
                self.made.leave(section.line, "that a Hindi form is an abbreviation (kept as a form)", text)
            form = Form(text, cast(Status, status or "admitted"), "\n".join(why), context)
            self.made.form(concept, section.line, form)


def write_tbx(termbase: Termbase) -> bytes:
    from lxml import etree

    def add(parent: Any, name: str, text: str = "", **attributes: str) -> Any:
        node = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
        for key, value in attributes.items():
            node.set(f"{{{_XML}}}lang" if key == "lang" else key, value)
        if text:
            holds(NOT_XML, text, "XML")
            node.text = text
        return node

    root = etree.Element(
        f"{{{NAMESPACE}}}tbx", {"type": "TBX-Basic", "style": "dca", f"{{{_XML}}}lang": "vi"}, nsmap={None: NAMESPACE}
    )
    about = add(add(add(root, "tbxHeader"), "fileDesc"), "sourceDesc")
    add(about, "p", "Termbase of Vietnamese terms with their English and Hindi, written by backalign")
    body = add(add(root, "text"), "body")
    names = set(termbase.concepts)
    for number, concept in enumerate(termbase.concepts.values(), 1):
        usable = _NAME.fullmatch(concept.id) is not None
        entry = add(body, "conceptEntry", id=concept.id if usable else _free(f"concept-{number}", names))
        if concept.domain:
            add(entry, "descrip", concept.domain, type="subjectField")
        if not usable:
            add(entry, "note", f"id: {concept.id}")
        for key in ("sense", "broader"):
            if getattr(concept, key):
                add(entry, "note", f"{key}: {getattr(concept, key)}")
        if concept.note:
            add(entry, "note", f"note: {concept.note}" if _MARKED.fullmatch(concept.note) else concept.note)
        for phrase in concept.not_in:
            add(entry, "note", f"not: {phrase}", lang="hi")
        for language, rows in by_language(concept):
            section = add(entry, "langSec", lang=language) if rows else None
            for form, short in rows:
                term = add(section, "termSec")
                add(term, "term", form.form)
                add(term, "termNote", f"{form.status}Term-admn-sts", type="administrativeStatus")
                if short:
                    add(term, "termNote", "abbreviation", type="termType")
                if form.why:
                    add(term, "note", f"why: {form.why}")
                if form.context:
                    add(term, "note", "context: true")
    return cast(bytes, etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True))


def _free(name: str, names: set[str]) -> str:
    while name in names:
        name += "-"
    names.add(name)
    return name
