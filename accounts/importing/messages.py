"""What the reader of a file is told, in sentences."""

from __future__ import annotations

from typing import Any, NamedTuple


class Message(NamedTuple):
    """A sentence about a file, a row or a cell; `code` is for tests and filters, `field` names the column's meaning."""

    code: str
    text: str
    field: str | None = None

    def as_dict(self) -> dict[str, str | None]:
        return {"code": self.code, "text": self.text, "field": self.field}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Message:
        return cls(data["code"], data["text"], data.get("field"))


def shown(text: str, limit: int = 60) -> str:
    """Text as a sentence may quote it: printable, on one line, cut where it grows too long."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return f"“{clean[: limit - 1]}…”" if len(clean) > limit else f"“{clean}”"
