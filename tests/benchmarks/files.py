"""What is measured: rows of CSV and of workbooks to canonical documents, against the plain library that reads the same
file and makes nothing of it; and the memory that a large file takes."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from mmap import ACCESS_READ, mmap
from pathlib import Path
from time import perf_counter

from openpyxl import Workbook
from python_calamine import load_workbook

from channels.files import FileMapping, read_all, scan
from partners.ready_mappings import ready_mapping
from tests.benchmarks.memory import anonymous_megabytes, highest
from tests.benchmarks.row import Row

HEADER = [
    *("Invoice Number", "Invoice Date", "PO Number", "Currency", "Line", "Vendor Item", "UPC", "Description"),
    *("Quantity", "Unit", "Unit Price", "Invoice Total"),
]
CSV_ROWS, SHEET_ROWS, LARGE = 50_000, 20_000, 200_000
TIMES = 3


def invoice_rows(count: int) -> Iterator[list[object]]:
    """Invoices of ten lines each."""
    for n in range(count):
        invoice, upc, price = n // 10, 614_141_000_000 + n % 9999, round((n % 1000) / 100 + 1, 2)
        head = [f"INV{invoice:06}", date(2026, 1, 31), f"PO{invoice:06}", "USD", n % 10 + 1]
        yield [*head, f"SKU{n % 5000:05}", str(upc), f"Widget {n % 300}", n % 97 + 1, "EA", price, 1234.5]


def csv_file(count: int) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([HEADER, *invoice_rows(count)])
    return out.getvalue().encode()


def workbook(count: int) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Invoices")
    for row in [HEADER, *invoice_rows(count)]:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def documents(body: bytes | mmap, mapping: FileMapping) -> int:
    """Finds and reads all of them, as the pipeline does. Raises ValueError when one is not good."""
    found = scan(body, mapping)
    count = 0
    for result in read_all(body, mapping, found.documents):
        if not result.is_good:
            raise ValueError(f"the measured file gives no document: {result.findings}")
        count += 1
    return count


def fastest(work: Callable[[], object]) -> float:
    """Seconds of the best of a few runs."""
    taken = []
    for _ in range(TIMES):
        start = perf_counter()
        work()
        taken.append(perf_counter() - start)
    return min(taken)


def rows() -> Iterator[Row]:
    body = csv_file(CSV_ROWS)
    plain = fastest(lambda: sum(1 for _ in csv.reader(io.TextIOWrapper(io.BytesIO(body), newline=""))))
    ours = fastest(lambda: documents(body, ready_mapping("csv-invoice")))
    yield Row("files.csv", CSV_ROWS / ours, "rows/s", plain / ours, "csv.reader")
    book = workbook(SHEET_ROWS)
    plain = fastest(lambda: sum(1 for _ in load_workbook(io.BytesIO(book)).get_sheet_by_index(0).iter_rows()))
    ours = fastest(lambda: documents(book, ready_mapping("xlsx-invoice")))
    yield Row("files.xlsx", SHEET_ROWS / ours, "rows/s", plain / ours, "calamine")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.csv"
        path.write_bytes(csv_file(LARGE))
        run = subprocess.run([sys.executable, "-m", __name__, path], capture_output=True, text=True, check=True)
    yield Row(f"files.memory of {LARGE} rows", float(run.stdout), "MB")


def main(path: Path) -> None:
    """A process of its own: prints how many MB of anonymous memory reading the file takes above the idle process."""
    mapping = ready_mapping("csv-invoice")
    documents(csv_file(10), mapping)
    idle = anonymous_megabytes()
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as body:
        print(f"{highest(lambda: documents(body, mapping)) - idle:.1f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
