"""The pieces that everything shown in a notebook is made of: escaped text, tables, trees, sparklines,
thumbnails.

Nothing here knows what dv is. Whatever comes from data is escaped by `text`, what cannot be seen too, so
that a name can neither become markup nor look like another. Colours are mixed with the colour of the text
around, so that light and dark pages both read well; no script, no picture from elsewhere.
"""

from __future__ import annotations

import base64
import html
import struct
import zlib
from collections.abc import Iterable, Sequence

from dvdata.shown import escaped, shown_size

STYLE = """<style>
.dv { line-height: 1.45 }
.dv table { border-collapse: collapse; margin: .4em 0; color: inherit; font: inherit }
.dv th, .dv td { text-align: left !important; vertical-align: top; background: none;
  padding: .15em 1em .15em 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent) }
.dv td.number { text-align: right !important; font-variant-numeric: tabular-nums; white-space: nowrap }
.dv .faint { opacity: .7 }
.dv .id { font-family: ui-monospace, monospace }
.dv .good { color: color-mix(in srgb, currentColor 45%, #1a9e4b) }
.dv .bad { color: color-mix(in srgb, currentColor 45%, #e5484d) }
.dv .changed { color: color-mix(in srgb, currentColor 45%, #b7791f) }
.dv ul { list-style: none; margin: .1em 0; padding-left: 1.2em }
.dv svg { vertical-align: middle; fill: currentColor; opacity: .75 }
.dv img { image-rendering: pixelated; border: 1px solid color-mix(in srgb, currentColor 20%, transparent) }
</style>"""


class Html(str):
    """Markup that is safe as it is."""

    __slots__ = ()


def text(value: object) -> Html:
    """A value as text: every character that is markup, or that cannot be seen, is written out."""
    return value if isinstance(value, Html) else Html(html.escape(escaped(str(value))))


def tag(name: str, *content: object, of: str = "") -> Html:
    """An element with its content; `of` is its class."""
    attribute = f' class="{of}"' if of else ""
    return Html(f"<{name}{attribute}>{''.join(map(text, content))}</{name}>")


def shown(*parts: object) -> str:
    """The whole of one output."""
    return f'{STYLE}<div class="dv">{"".join(map(text, parts))}</div>'


def table(head: Sequence[object], rows: Iterable[Sequence[object]], *, left_out: int = 0) -> Html:
    """A table; numbers stand to the right. `left_out`: how many more rows there are."""
    lines = [tag("tr", *(tag("th", cell) for cell in head))] if any(head) else []
    for row in rows:
        lines.append(tag("tr", *(tag("td", cell, of="number" if is_number(cell) else "") for cell in row)))
    more = tag("div", f"… and {left_out:,} more", of="faint") if left_out > 0 else ""
    return Html(tag("table", *lines) + more)


def is_number(value: object) -> bool:
    return (isinstance(value, (int, float)) and not isinstance(value, bool)) or isinstance(value, Quantity)


class Quantity(str):
    """A number that was made readable: '1.2 MB'."""

    __slots__ = ()


def size(count: int) -> Quantity:
    """Bytes, as all of dv writes them."""
    return Quantity(shown_size(count))


def tree(items: Iterable[object], *, more: bool = False) -> Html:
    """Names one under another; an item may hold a tree of its own."""
    lines = [tag("li", item) for item in items]
    if more:
        lines.append(tag("li", "…", of="faint"))
    return tag("ul", *lines)


def sparkline(counts: Sequence[float], *, width: int = 120, height: int = 18) -> Html:
    """Bars as high as the counts; a count that is not 0 is never invisible."""
    highest = max(counts, default=0)
    if highest <= 0:
        return Html("")
    step = width / len(counts)
    bars = []
    for i, count in enumerate(counts):
        tall = max(1.0, height * count / highest) if count > 0 else 0.0
        place = f'x="{i * step:.1f}" y="{height - tall:.1f}"'
        bars.append(f'<rect {place} width="{max(step - 1, 0.5):.1f}" height="{tall:.1f}"/>')
    return Html(f'<svg width="{width}" height="{height}" role="img">{"".join(bars)}</svg>')


def picture(rows: Sequence[bytes], *, channels: int = 1, alt: str = "") -> Html:
    """A PNG of 8-bit rows, grey or RGB, inside the page."""
    width, height = len(rows[0]) // channels, len(rows)
    colour = {1: 0, 3: 2}[channels]
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)),
            (b"IDAT", data),
            (b"IEND", b""),
        )
    )
    source = base64.b64encode(png).decode()
    return Html(
        f'<img width="{width}" height="{height}" alt="{text(alt)}" src="data:image/png;base64,{source}">'
    )
