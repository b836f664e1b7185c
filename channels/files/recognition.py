"""Which sort of file some bytes are, told from the bytes alone: a name says what somebody thought."""

from __future__ import annotations

import json
import re

from channels.files.form import SAMPLE, Body, FileForm, byte_order_mark, detect_encoding, detect_separator, line_end_of

_XML = re.compile(r"\s*(?:<\?xml|<[A-Za-z_!])")
_ROOT = re.compile(
    r"\s*(?:(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\])?[^>]*>)\s*)*<([\w.-]+:)?([\w.-]+)([^>]*)>", re.DOTALL
)
_WEB_PAGE = re.compile(r"\s*(?:<!doctype html|<html)", re.IGNORECASE)


def recognise(body: Body) -> FileForm:
    """The form of a file that no mapping is known for. X12 is not looked for: the codec for it is asked first."""
    if len(body) == 0:
        return FileForm("unknown", "An empty file")
    start = bytes(body[:8])
    for signature, form in _SIGNATURES.items():
        if start.startswith(signature):
            return form
    mark, _ = byte_order_mark(body)
    encoding = detect_encoding(body)
    sample = bytes(body[mark : mark + SAMPLE]).decode(encoding, "replace")
    if _WEB_PAGE.match(sample):
        return FileForm("unknown", "A web page (HTML)", encoding=encoding)
    if _XML.match(sample):
        return _xml_form(sample, encoding)
    if sample.lstrip()[:1] in ("{", "[") and _is_json(sample, len(body) > SAMPLE):
        return FileForm("json", "JSON", encoding=encoding)
    if "\0" in sample:
        return FileForm("unknown", "Bytes that are no text")
    separator = detect_separator(sample)
    if separator in sample:
        return FileForm("csv", "Rows of text", encoding=encoding, separator=separator, line_end=line_end_of(sample))
    return FileForm("fixed", "Lines of text", encoding=encoding, line_end=line_end_of(sample))


def _xml_form(sample: str, encoding: str) -> FileForm:
    """What sort of XML it is, by its outermost element and what the usual sorts have near their start."""
    match = _ROOT.match(sample)
    if match is None:
        return FileForm("xml", "XML", encoding=encoding)
    prefix, name, attributes = match.groups()
    declared = re.search(rf"\bxmlns{re.escape(':' + prefix[:-1]) if prefix else ''}\s*=\s*[\"']([^\"']*)", attributes)
    namespace = declared[1] if declared else ""
    root = f"{{{namespace}}}{name}" if namespace else name
    return FileForm("xml", _sort(sample, name, namespace), encoding=encoding, root=root)


def _sort(sample: str, name: str, namespace: str) -> str:
    if name == "cXML":
        request = re.search(r"<([A-Z]\w+(?:Request|Message))[\s>]", sample)
        return f"cXML {request[1]}" if request else "cXML"
    if namespace.startswith("urn:oasis:names:specification:ubl:"):
        return f"UBL {name}"
    message = re.search(r"<IDOC\b.{0,2000}?<MESTYP>(\w+)</MESTYP>", sample, re.DOTALL)
    return f"SAP IDoc {message[1]}" if message else f"XML, {name}"


def _is_json(sample: str, is_part: bool) -> bool:
    try:
        json.loads(sample)
    except json.JSONDecodeError as error:
        return is_part and error.pos > len(sample) // 2
    except RecursionError:
        return True
    return True


_SIGNATURES = {
    b"PK\x03\x04": FileForm("sheet", "XLSX or ODS workbook"),
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": FileForm("sheet", "XLS workbook"),
    b"\x1f\x8b": FileForm("unknown", "A gzip archive: send the file itself, unpacked"),
    b"%PDF": FileForm("unknown", "A PDF document"),
}
"""First bytes → what they begin."""
