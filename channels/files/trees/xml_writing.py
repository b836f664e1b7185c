"""Documents → XML: elements are made on the way to each place that a mapping names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from lxml import etree

from channels.files.model.formats import XmlFormat
from channels.files.model.styles import Unclear
from channels.files.model.xpath import Step, Test, XPath, parse, qualified
from channels.files.trees.tree_writing import Base
from channels.files.trees.xml_tree import text_of

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class XmlSink:
    """One XML file, built up."""

    def __init__(self, format: XmlFormat) -> None:
        self._format = format
        self._root: etree._Element | None = None
        self._paths: dict[str, XPath] = {}

    def entry(self, base: Base | None, expression: str) -> Base:
        path = self._path(expression)
        if base is not None and expression == ".":
            return base  # the record itself is the one entry
        if base is None or path.is_absolute:
            if self._root is not None and len(path.steps) == 1:
                raise Unclear("a file of this mapping holds one document", "", "Send each in a file of its own.")
            return self._append(self._down(self._start(path.steps[0]), path.steps[1:-1]), path.steps[1:])
        return self._append(self._down(base, path.steps[:-1]), path.steps)

    def put(self, base: Base, expression: str, text: str, value: Any) -> None:
        path = self._path(expression)
        start = self._start(path.steps[0]) if path.is_absolute else base
        steps = path.steps[1:] if path.is_absolute else path.steps
        self._set(start, steps, text)

    def put_beside(self, base: Base, expression: str, text: str) -> None:
        path = self._path(expression)
        if path.steps[-1].is_attribute and not path.is_absolute and len(path.steps) > 1:
            for element in self._all(base, path.steps[:-1]):
                element.set(self._name(path.steps[-1]), text)
        else:
            self.put(base, expression, text, None)

    def body(self) -> bytes:
        """The file as UTF-8, elements in the format's order."""
        root = self._root
        if root is None:
            return b""
        for around in list(root.iter()):  # all of them before any is moved: the iteration would lose its place
            order = self._format.sequence.get(etree.QName(around).localname)
            if order:
                rank = {name: place for place, name in enumerate(order)}
                around[:] = sorted(around, key=lambda e: rank.get(etree.QName(e).localname, len(rank)))
        doctype = ""
        if self._format.doctype:
            doctype = f'<!DOCTYPE {self._format.doctype} SYSTEM "{self._format.doctype_system or ""}">'
        etree.indent(root)
        head = f'<?xml version="1.0" encoding="UTF-8"?>\n{doctype}{chr(10) if doctype else ""}'
        return head.encode() + etree.tostring(root, encoding="UTF-8", xml_declaration=False) + b"\n"

    def _path(self, expression: str) -> XPath:
        path = self._paths.get(expression)
        if path is None:
            path = self._paths[expression] = parse(expression)
        return path

    def _name(self, step: Step) -> str:
        return qualified(step.name, self._format.namespaces)

    def _start(self, step: Step) -> etree._Element:
        if self._root is None:
            self._root = etree.Element(self._name(step), nsmap=dict(self._format.namespaces) or None)
        return self._root

    def _append(self, around: etree._Element, steps: Sequence[Step]) -> etree._Element:
        """A new element of the last step; without any the root itself."""
        return self._made(around, steps[-1]) if steps else around

    def _down(self, element: etree._Element, steps: Sequence[Step]) -> etree._Element:
        for step in steps:
            if step.name != ".":
                found = [child for child in element.findall(self._name(step)) if self._passes(element, child, step)]
                element = found[0] if found else self._made(element, step)
        return element

    def _made(self, around: etree._Element, step: Step) -> etree._Element:
        made = etree.SubElement(around, self._name(step))
        for test in step.tests:
            if test.path:
                self._set(made, test.path, test.text)
        return made

    def _passes(self, around: etree._Element, child: etree._Element, step: Step) -> bool:
        return all(self._holds(around, child, test, step) for test in step.tests)

    def _holds(self, around: etree._Element, child: etree._Element, test: Test, step: Step) -> bool:
        if test.number is not None:
            return around.findall(self._name(step)).index(child) + 1 == test.number
        *way, last = test.path
        for element in self._all(child, way):
            if last.is_attribute:
                if element.get(self._name(last)) == test.text:
                    return True
            elif any(text_of(found) == test.text for found in element.findall(self._name(last))):
                return True
        return False

    def _all(self, base: etree._Element, steps: Sequence[Step]) -> list[etree._Element]:
        elements = [base]
        for step in steps:
            if step.name != ".":
                elements = [
                    child
                    for element in elements
                    for child in element.findall(self._name(step))
                    if self._passes(element, child, step)
                ]
        return elements

    def _set(self, base: etree._Element, steps: Sequence[Step], text: str) -> None:
        if _NO_XML.search(text):
            raise Unclear("holds a character that XML has no place for", "text without control characters")
        last = steps[-1]
        if last.is_attribute:
            self._down(base, steps[:-1]).set(self._name(last), text)
        else:
            self._down(base, steps).text = text
