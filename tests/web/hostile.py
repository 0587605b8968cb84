"""Words that would run if a page let them, and how a page is read for whether it did."""

from __future__ import annotations

from html.parser import HTMLParser

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "{{7*7}}",
    "<a href=javascript:alert(1)>x</a>",
    '" autofocus onfocus=alert(1) x="',
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<math><mi xlink:href=javascript:alert(1)>",
    "\u202e<b onmouseover=alert(1)>gpj.exe</b>",
]
_FOREIGN = {"iframe", "object", "embed", "math", "base"}
_ADDRESSES = {"href", "src", "action", "formaction", "xlink:href", "srcdoc"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag in _FOREIGN or (tag == "script" and not (named.get("src") or "").startswith("/static/")):
            self.found.append(tag)
        for name, value in attrs:
            scheme = (value or "").strip().lower()
            if name.startswith("on") or name == "style" or (name in _ADDRESSES and scheme.startswith("javascript:")):
                self.found.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        if data.strip() == "49":
            self.found.append("a template ran")


def dangers(html: str) -> list[str]:
    """Return what in a page is not ours: scripts from elsewhere, handlers, styles, javascript: addresses."""
    reader = _Reader()
    reader.feed(html)
    return reader.found
