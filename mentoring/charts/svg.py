"""Writing SVG so that no text can become markup."""

import html
import re
import unicodedata
from typing import Final

# What XML 1.0 forbids even as a character reference.
FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


class Markup(str):
    """Text that is markup already. Django's templates take it as safe by its `__html__`."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def escape(text: str) -> Markup:
    if isinstance(text, Markup):
        return text
    return Markup(html.escape(FORBIDDEN.sub("", text), quote=True))


def element(name: str, *children: str, **attributes: str | float | None) -> Markup:
    """Write one element; `class_` and `aria_label` become `class` and `aria-label`, None is left out.

    Raises ValueError for what our content security policy would refuse: styles and handlers.
    """
    written = [name]
    for key, value in attributes.items():
        attribute = key.rstrip("_").replace("_", "-")
        if attribute == "style" or attribute.startswith("on") or not NAME.fullmatch(attribute):
            raise ValueError(f"Attribute {attribute!r} is not allowed in a chart.")
        if value is not None:
            written.append(f'{attribute}="{escape(number(value) if isinstance(value, int | float) else value)}"')
    inner = "".join(escape(child) for child in children)
    return Markup(f"<{' '.join(written)}>{inner}</{name}>" if inner else f"<{' '.join(written)}/>")


def number(value: float) -> str:
    """Write a coordinate with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))


def text_width(text: str, size: float) -> float:
    """Estimate how wide a text is; a little too wide rather than too narrow."""
    return size * sum(_width(character) for character in text)


def wrap(text: str, width: float, size: float, *, lines: int = 2) -> list[str]:
    """Break a text into at most so many lines of a width, with an ellipsis where it is cut."""
    words, found, line = text.split(), [], ""
    for word in words:
        longer = f"{line} {word}".strip()
        if line and text_width(longer, size) > width:
            found.append(line)
            line = word
        else:
            line = longer
    found.append(line)
    kept = found[:lines]
    cut = len(found) > lines
    answer = []
    for position, part in enumerate(kept):
        whole = not (cut and position == len(kept) - 1) and text_width(part, size) <= width
        answer.append(part if whole else _shortened(part, width, size))
    return answer


def _shortened(text: str, width: float, size: float) -> str:
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def _width(character: str) -> float:
    if unicodedata.combining(character):
        return 0
    if unicodedata.east_asian_width(character) in "WF":
        return 1
    if character in "iljtfrI.,:;'|!() ":
        return 0.34
    if character in "mwMW%@":
        return 0.9
    return 0.68 if character.isupper() else 0.57
