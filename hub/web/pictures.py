"""Small pictures, drawn on the server as SVG: no script, no inline style, colours by class so that dark mode fits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

WIDTH, HEIGHT = 560, 170
LEFT, TOP, FOOT = 34, 12, 27
"""Room for the scale, above the highest bar, and for the days."""
SPARK_WIDTH, SPARK_HEIGHT = 150, 34
SHARE_HEIGHT = BAR_HEIGHT = 14

MARKS: dict[str, Markup] = {
    "ok": Markup('<svg viewBox="0 0 24 24"><path d="M5 13l5 5L19 7"/></svg>'),
    "bad": Markup('<svg viewBox="0 0 24 24"><path d="M6 6l12 12M18 6L6 18"/></svg>'),
    "wait": Markup('<svg viewBox="0 0 24 24"><circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.5 2"/></svg>'),
    "warn": Markup('<svg viewBox="0 0 24 24"><path d="M12 5v9M12 18.6v.4"/></svg>'),
    "quiet": Markup('<svg viewBox="0 0 24 24"><path d="M7 12h10"/></svg>'),
}
"""Tone → its mark: meaning is never in a colour alone."""

_RECT = Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="2"><title>{}</title></rect>')
_TEXT = Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>')
_LINE = Markup('<line class="axis" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>')
_MARK = Markup('<line class="axis" x1="{:.1f}" x2="{:.1f}" y1="{}" y2="{}"/>')
_SVG = Markup('<svg class="picture {}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>')


@dataclass(frozen=True, slots=True)
class Share:
    """One slice of a whole, e.g. the documents of one state."""

    value: str
    label: str
    tone: str
    count: int


def volume_bars(periods: Sequence[tuple[str, int]], named: int) -> Markup:
    """A bar for each (name, count) with a scale and every ``named``-th name; each bar's title has its figure."""
    top = _nice(max((count for _, count in periods), default=0))
    plot = HEIGHT - FOOT - TOP
    pitch = (WIDTH - LEFT) / max(1, len(periods))
    shapes: list[Markup] = []
    for part in (0, 0.5, 1) if top > 1 else (0, 1):
        y = TOP + plot * (1 - part)
        shapes += [_LINE.format(LEFT, WIDTH, y, y), _TEXT.format(LEFT - 6, y + 4, "end", f"{int(top * part):,}")]
    for index, (name, count) in enumerate(periods):
        x, height = LEFT + index * pitch, max(2.0, plot * count / top)
        title = f"{name}: {count:,}"
        if count:
            shapes.append(_RECT.format("bar", x + pitch * 0.14, TOP + plot - height, pitch * 0.72, height, title))
        if index % named == 0:
            shapes.append(_TEXT.format(x + pitch / 2, HEIGHT - 5, "middle", name))
    label = f"{sum(count for _, count in periods):,} documents"
    return _SVG.format("", WIDTH, HEIGHT, label, Markup("").join(shapes))


def spark(counts: Sequence[int]) -> Markup:
    """A row of small bars without a scale, for a table cell; the last one is today."""
    top = max(counts, default=0) or 1
    pitch = SPARK_WIDTH / max(1, len(counts))
    shapes = []
    for index, count in enumerate(counts):
        height = max(3.0, (SPARK_HEIGHT - 2) * count / top) if count else 1.5
        style = "bar" if count else "bar none"
        shapes.append(_RECT.format(style, index * pitch + 1, SPARK_HEIGHT - height, pitch - 2, height, f"{count:,}"))
    label = f"{sum(counts):,} in {len(counts)} days, {counts[-1] if counts else 0:,} today"
    return _SVG.format("spark", SPARK_WIDTH, SPARK_HEIGHT, label, Markup("").join(shapes))


def age_bar(seconds: float, tone: str) -> Markup:
    """How long something has waited, from a second to a week on a scale that grows by factors; the marks are at a
    minute, an hour and a day."""
    shapes = [
        _RECT.format(
            f"bar {tone}", 0, 3, max(3.0, _place(seconds)), BAR_HEIGHT - 6, "The marks: a minute, an hour, a day"
        )
    ]
    shapes += [_MARK.format(x, x, 0, BAR_HEIGHT) for x in map(_place, (60, 3_600, 86_400))]
    label = "age against a minute, an hour and a day"
    return _SVG.format("spark thin", SPARK_WIDTH, BAR_HEIGHT, label, Markup("").join(shapes))


def silence_bar(silence: float, usual: float, tolerated: float) -> Markup:
    """Seconds of silence against what is usual and what is tolerated, the two marks."""
    scale = (SPARK_WIDTH - 2) / max(silence, tolerated, 1.0)
    tone = "warn" if silence > tolerated else ""
    shapes = [
        _RECT.format(f"bar {tone}", 0, 3, max(3.0, silence * scale), BAR_HEIGHT - 6, "The marks: usual, tolerated")
    ]
    shapes += [_MARK.format(x, x, 0, BAR_HEIGHT) for x in (usual * scale, tolerated * scale)]
    label = "silent for longer than it ever is" if tone else "within its habits"
    return _SVG.format("spark thin", SPARK_WIDTH, BAR_HEIGHT, label, Markup("").join(shapes))


def _place(seconds: float) -> float:
    """On a logarithmic scale from a second to a week."""
    return SPARK_WIDTH * min(1.0, math.log(max(1.0, seconds)) / math.log(7 * 86_400))


def share_bar(shares: Sequence[Share], says: str = "") -> Markup:
    """One bar divided by the shares; every share that is not nothing stays wide enough to be seen. ``says`` is said of
    the whole, unless the shares speak for themselves."""
    total = sum(share.count for share in shares)
    if not total:
        return Markup("")
    widths = [max(6.0, WIDTH * share.count / total) for share in shares]
    fit = WIDTH / sum(widths)
    shapes, x = [], 0.0
    for share, width in zip(shares, widths, strict=True):
        title = f"{share.label}: {share.count:,}"
        shapes.append(_RECT.format(f"state-{share.tone}", x, 0, max(1.0, width * fit - 2), SHARE_HEIGHT, title))
        x += width * fit
    label = says or ", ".join(f"{share.label} {share.count:,}" for share in shares)
    return _SVG.format("", WIDTH, SHARE_HEIGHT, label, Markup("").join(shapes))


def _nice(top: int) -> int:
    """The next of 1, 2, 4, 10, 20, 40, 100 ... that is not below ``top``: a scale whose half is a whole number too."""
    step = 1
    while True:
        for factor in (1, 2, 4):
            if factor * step >= top:
                return factor * step
        step *= 10
