"""Text that admins write for many: a few marks become headings, lists, bold and links; nothing else becomes anything.

## A heading            - a point           1. a step
**bold**                [a name](https://…)          https://…
"""

from __future__ import annotations

import re
from html import escape

import nh3
from django.utils.safestring import SafeString, mark_safe

TAGS = {"h3", "h4", "p", "br", "ul", "ol", "li", "strong", "em", "a"}
SCHEMES = {"http", "https", "mailto"}

_HEADING = re.compile(r"(#{1,4})\s+(.+)")
_POINT = re.compile(r"[-*•]\s+(.+)")
_STEP = re.compile(r"\d{1,3}[.)]\s+(.+)")
# Nothing here can be tried in many ways, so that no text takes long.
_LINK = re.compile(r"\[([^\[\]\n]{1,200})\]\(([^()\s]{1,500})\)|(https?://[^\s<>\"']{1,500})")
_BOLD = re.compile(r"\*\*([^*\n]{1,300})\*\*")


def to_html(text: str) -> SafeString:
    """The text as clean HTML: it is built from escaped parts and then cleaned once more."""
    blocks: list[str] = []
    lines: list[str] = []
    kind = ""

    def close() -> None:
        nonlocal kind
        if lines and kind in ("ul", "ol"):
            blocks.append(f"<{kind}>{''.join(f'<li>{line}</li>' for line in lines)}</{kind}>")
        elif lines:
            blocks.append(f"<p>{'<br>'.join(lines)}</p>")
        lines.clear()
        kind = ""

    for line in text.splitlines():
        line = line.strip()
        if found := _HEADING.fullmatch(line):
            close()
            # No level is left out, for who goes through the headings.
            tag = "h4" if len(found[1]) > 2 and any(block.startswith("<h3>") for block in blocks) else "h3"
            blocks.append(f"<{tag}>{_inline(found[2])}</{tag}>")
            continue
        point, step = _POINT.fullmatch(line), _STEP.fullmatch(line)
        wanted = "ul" if point else "ol" if step else "p"
        if not line or wanted != kind:
            close()
        if line:
            kind = wanted
            found = point or step
            lines.append(_inline(found[1] if found else line))
    close()
    return clean("".join(blocks))


def clean(html: str) -> SafeString:
    """Only what to_html makes."""
    return mark_safe(  # noqa: S308  (nh3 leaves nothing but these)
        nh3.clean(html, tags=TAGS, attributes={"a": {"href"}}, url_schemes=SCHEMES, link_rel="noopener noreferrer")
    )


def _inline(text: str) -> str:
    made, at = [], 0
    for found in _LINK.finditer(text):
        made.append(_bold(text[at : found.start()]))
        if found[3]:
            address = found[3].rstrip(".,;:!?)")
            made.append(f'<a href="{escape(address)}">{escape(address)}</a>{escape(found[3][len(address) :])}')
        else:
            made.append(f'<a href="{escape(found[2])}">{escape(found[1])}</a>')
        at = found.end()
    return "".join([*made, _bold(text[at:])])


def _bold(text: str) -> str:
    return _BOLD.sub(r"<strong>\1</strong>", escape(text))
