"""XML: bytes → elements, hostile input refused, and where a mapping's places are in them.

No entity is resolved, no DTD read, no address fetched, no XInclude followed; libxml2's own limits on depth, names and
texts stay on. What tries any of it is refused rather than read without it (reliability PM01, PM02).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, cast

from lxml import etree

from canonical.finding import Finding, Severity
from channels.files.building.sources import Fetch, Record, first_filled
from channels.files.form import SAMPLE, Body, FileForm, byte_order_mark, detect_encoding
from channels.files.model.formats import Styles, XmlFormat
from channels.files.model.rules import Selection
from channels.files.model.xpath import parse, qualified
from channels.files.records import UNKNOWN, Arrival, unreadable
from channels.files.trees.tree import Tree

SIZE_LIMIT = 40_000_000
"""Bytes of one file: its elements take several times as much memory."""

MARKS_LIMIT = 1_500_000
"""Of ``<`` in one file, two for most elements: the smallest elements take the most memory for their bytes."""

SHOWN_ERRORS = 20
"""Violations of an XSD that are named."""

_PROLOG = re.compile(r"\s*(?:<\?[^>]*\?>\s*|<!--.*?-->\s*)*(<!DOCTYPE\s+([\w:.-]+)([^\[>]*)(.))?", re.DOTALL)
_XINCLUDE = "{http://www.w3.org/2001/XInclude}*"
_DTD = "DTDs are not taken"
_XSI = {"i": "http://www.w3.org/2001/XMLSchema-instance"}
_LOCATIONS = etree.XPath("//@i:schemaLocation | //@i:noNamespaceSchemaLocation", namespaces=_XSI)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/|//|\\\\")
"""How an address begins that lies outside of the file's own folder."""


def parsed(body: Body, format: XmlFormat) -> etree._Element:
    """The root. Raises Unreadable for what is no XML, or hostile."""
    if len(body) > SIZE_LIMIT:
        raise unreadable(
            "FILE-TOO-LARGE", f"The file is larger than {SIZE_LIMIT // 1_000_000} MB", fix="Send it in parts."
        )
    if len(body) == 0:
        raise unreadable("FILE-EMPTY", "The file is empty")
    if body[:2] == b"\x1f\x8b":
        raise unreadable(
            "FILE-UNREADABLE", "The file is packed (gzip), whatever its name says", fix="Send it unpacked."
        )
    _check_prolog(body, format)
    content = bytes(body)
    if content.count(b"<") > MARKS_LIMIT:
        raise unreadable("FILE-TOO-LARGE", f"The file has more than {MARKS_LIMIT} marks", fix="Send it in parts.")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        place = f"line {error.lineno}" if error.lineno else ""
        message = " ".join(str(error.msg).split())
        raise unreadable("FILE-UNREADABLE", f"This is no well-formed XML: {message}", place) from error
    except (ValueError, LookupError) as error:
        raise unreadable("FILE-UNREADABLE", f"This is no XML: {error}") from error
    _check_dtd(root.getroottree().docinfo.internalDTD, format)
    if next(root.iter(_XINCLUDE), None) is not None:
        raise unreadable("FILE-HOSTILE", "The file includes others (XInclude), which is not allowed")
    if next(root.iter(etree.Entity), None) is not None:
        raise unreadable("FILE-HOSTILE", f"The file uses entities of a DTD. {_DTD}")
    return root


def _check_prolog(body: Body, format: XmlFormat) -> None:
    """A DOCTYPE is refused, but for the agreed name with nothing inside."""
    mark, _ = byte_order_mark(body)
    start = bytes(body[mark : mark + SAMPLE]).decode(detect_encoding(body[:SAMPLE]), "replace")
    match = _PROLOG.match(start)
    if match is None or match[1] is None:
        return
    if match[4] != ">" or "<!ENTITY" in start[: match.end() + 1000]:
        raise unreadable("FILE-HOSTILE", f"The file has a DTD of its own. {_DTD}", fix="Send it without the DTD.")
    if match[2] != format.doctype:
        fix = "Send it without the DOCTYPE line."
        raise unreadable("FILE-HOSTILE", f'The file has a DOCTYPE "{match[2]}". {_DTD}', fix=fix)


def _check_dtd(dtd: Any, format: XmlFormat) -> None:
    """The same of what was parsed, wherever in the file the DOCTYPE stood."""
    if dtd is None:
        return
    declares = next(dtd.iterentities(), None) or next(dtd.iterelements(), None)
    if declares is not None or dtd.name != format.doctype:
        raise unreadable("FILE-HOSTILE", f"The file has a DTD of its own. {_DTD}", fix="Send it without the DTD.")


def open_tree(body: Body, format: XmlFormat) -> Tree:
    """An XML file, parsed and, where the format has an XSD, judged by it. Raises Unreadable."""
    root = parsed(body, format)
    name = etree.QName(root)
    encoding = (root.getroottree().docinfo.encoding or "utf-8").lower()
    form = FileForm("xml", f"XML, {name.localname}", encoding=encoding, root=str(root.tag))
    problems = (*_schema_locations(root, format), *_violations(root, format))
    return Tree(form, root, lambda records: _other_root(root, records, format), problems)


def _other_root(root: etree._Element, records: str, format: XmlFormat) -> Finding:
    """Why there are no records: most often the file is another document, or its namespace another version's."""
    first = parse(records).steps[0].name
    wanted = etree.QName(qualified(first, format.namespaces)) if first not in (".", "..", "*") else etree.QName(root)
    name = etree.QName(root)
    if name.localname == wanted.localname and name.namespace != wanted.namespace:
        message = f"The namespace of {name.localname} is {name.namespace or 'none'}"
        return Finding(
            code="FILE-NAMESPACE", severity=Severity.ERROR, message=message, expected=wanted.namespace or "none"
        )
    message = f"The file has no {records}: its outermost element is {name.localname}"
    return Finding(code="FILE-EMPTY", severity=Severity.ERROR, message=message, expected=records)


def _schema_locations(root: etree._Element, format: XmlFormat) -> Iterator[Finding]:
    """Whether it names schemas by address, as UBL and others do in good faith. None is fetched (reliability PM01)."""
    for found in cast("list[Any]", _LOCATIONS(root)):
        words = str(found).split()
        named = words if found.attrname.endswith("noNamespaceSchemaLocation") else words[1::2]
        address = next((word for word in named if _ADDRESS.match(word)), None)
        if address is None:
            continue
        refused = format.schema_location == "refuse"
        place = f"line {found.getparent().sourceline}"
        message = "The file names a schema by its address, which is not fetched"
        fix = "Send it without xsi:schemaLocation." if refused else None
        severity = Severity.ERROR if refused else Severity.INFO
        yield Finding(
            code="FILE-SCHEMA-LOCATION", severity=severity, locator=place, message=message, value=address[:200], fix=fix
        )
        return  # of several the first is told


def _violations(root: etree._Element, format: XmlFormat) -> Iterator[Finding]:
    if format.xsd is None:
        return
    schema = schema_of(format.xsd)
    if not schema.validate(root):
        for entry in islice(iter(schema.error_log), SHOWN_ERRORS):  # type: ignore[call-overload]
            message = " ".join(entry.message.split())
            yield Finding(code="FILE-SCHEMA", severity=Severity.ERROR, locator=f"line {entry.line}", message=message)


@lru_cache(maxsize=32)
def schema_of(text: str) -> etree.XMLSchema:
    """Raises ValueError for a text that is no XSD, or one that needs others: nothing is fetched."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(text.encode(), parser)
        for name in ("import", "include", "redefine"):
            if next(root.iter(f"{{http://www.w3.org/2001/XMLSchema}}{name}"), None) is not None:
                raise ValueError(f"the XSD has an {name}: put it all into one")
        return etree.XMLSchema(root)
    except (etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
        raise ValueError(f"the XSD cannot be used: {' '.join(str(error).split())}") from error


class XmlSource:
    """Elements as ``objects`` reads them."""

    records_are_things = True
    marks_texts = False

    def __init__(self, format: XmlFormat, arrival: Arrival = UNKNOWN) -> None:
        self.arrival = arrival
        self.styles: Styles = format
        self.style: str | None = "point" if format.decimals is None else None
        self._namespaces = dict(format.namespaces)
        self._walk: Walk | None = None
        self._fetches: dict[str, Fetch] = {}

    def fetch(self, selection: Selection) -> Fetch | None:
        return first_filled([self._fetch(expression) for expression in selection.expressions])

    def _fetch(self, expression: str) -> Fetch:
        known = self._fetches.get(expression)
        if known is None:
            known = self._fetches[expression] = self._compiled_fetch(expression)
        return known

    def _compiled_fetch(self, expression: str) -> Fetch:
        find, names = self._compiled(expression), self._plain(expression)

        def by_xpath(record: Record) -> str:
            for found in find(record):
                return found.strip() if isinstance(found, str) else text_of(found)
            return ""

        last = parse(expression).steps[-1]
        attribute = last.name if last.is_attribute else None
        if names is None:
            return by_xpath
        if not names:
            return lambda record: (record.get(attribute) or "").strip()
        first, *others = names

        def fetch(record: Record) -> str:
            element = record.find(first)
            if element is None:  # most places that a mapping names are not there: they cost the least
                return ""
            for name in others:
                element = element.find(name)
                if element is None:
                    return by_xpath(record)  # it may be in another of those alike
            return text_of(element) if attribute is None else (element.get(attribute) or "").strip()

        return fetch

    def _plain(self, expression: str) -> list[str] | None:
        """The names of elements on the way, where the path is nothing but names going down, with or without an
        attribute at its end."""
        path = parse(expression)
        elements = [step for step in path.steps if not step.is_attribute]
        attributes = [step.name for step in path.steps if step.is_attribute]
        plain = not path.is_absolute and not any(":" in name for name in attributes)
        if not plain or any(step.tests or step.name in (".", "..", "*") for step in elements):
            return None
        return [qualified(step.name, self._namespaces) for step in elements]

    def place(self, record: Record, selection: Selection) -> str:
        ways = selection.expressions
        expression = next((way for way in ways if self._fetch(way)(record)), ways[0] if ways else "")
        if expression.startswith("/"):
            return expression
        around = path_of(record, self._walk)
        return around if expression in ("", ".") else f"{around}/{expression}"

    def below(self, expression: str) -> Callable[[Record], Sequence[Record]]:
        find, names = self._compiled(expression), self._plain(expression)

        def below(record: Record) -> Sequence[Record]:
            if names and record.find(names[0]) is None:
                return ()
            return [found for found in find(record) if not isinstance(found, str)]

        return below

    @contextmanager
    def walking(self) -> Iterator[None]:
        self._walk = Walk()
        try:
            yield
        finally:
            self._walk = None  # it would keep the whole file

    def lead(self, records: Sequence[Record]) -> Record:
        return records[0]

    def _compiled(self, expression: str) -> Callable[[Record], list[Any]]:
        """Finds elements and texts: a path of names finds nothing else."""
        return cast(
            "Callable[[Record], list[Any]]",
            etree.XPath(expression, namespaces=self._namespaces, smart_strings=False),
        )


def text_of(element: etree._Element) -> str:
    """An element's own text, without that of elements in it, nor the blanks around it."""
    text = element.text or ""
    if len(element):
        text += "".join(child.tail or "" for child in element)
    return text.strip()


@dataclass(slots=True)
class Walk:
    """The element whose path was asked for last, its number among those alike, and the path of what is around it: the
    next one's number is then known without counting."""

    last: etree._Element | None = None
    number: int = 0
    around: str = ""


def path_of(element: etree._Element, walk: Walk | None = None) -> str:
    """Where an element stands: ``/cXML/Request/OrderRequest/ItemOut[2]``, without namespaces."""
    if walk is not None and walk.last is not None and walk.last is not element:
        following = next(walk.last.itersiblings(walk.last.tag), None)
        if following is element:
            walk.last, walk.number = element, walk.number + 1
            return f"{walk.around}/{_named(element, walk.number)}"
    if walk is not None and walk.last is element:
        return f"{walk.around}/{_named(element, walk.number)}"
    parent = element.getparent()
    around = path_of(parent) if parent is not None else ""
    number = 1 + sum(1 for _ in element.itersiblings(element.tag, preceding=True))
    if walk is not None:
        walk.last, walk.number, walk.around = element, number, around
    return f"{around}/{_named(element, number)}"


def _named(element: etree._Element, number: int) -> str:
    """The element's name, with its number where others are alike."""
    name = etree.QName(element).localname
    alone = number == 1 and next(element.itersiblings(element.tag), None) is None
    return name if alone else f"{name}[{number}]"
