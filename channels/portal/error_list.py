"""The list of what is to be mended in a file, as a table to be saved."""

from __future__ import annotations

import csv
import io

from channels.portal.desk import Download, SeenFile
from channels.portal.words import word

COLUMNS = ("document", "number", "importance", "where", "problem", "found", "expected", "allowed", "what to do", "code")

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")
"""How cells begin that spreadsheet programs would compute (CWE-1236)."""


def error_list(file: SeenFile) -> Download:
    """CSV in UTF-8 with a byte order mark, as spreadsheet programs open it by a click; every cell is text there."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for document, finding in file.problems:
        cells = (
            document.kind if document else "file",
            document.number if document else file.name,
            word("severity", finding.severity).label,
            finding.locator,
            finding.message,
            finding.value or "",
            finding.expected or "",
            " ".join(finding.allowed),
            finding.fix or "",
            finding.code,
        )
        table.writerow([_inert(cell) for cell in cells])
    return Download(f"{file.name}.problems.csv", "text/csv; charset=utf-8", b"\xef\xbb\xbf" + text.getvalue().encode())


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
