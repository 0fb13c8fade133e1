"""Which ways of arranging people there are. Matching fills it in; only formats that can be arranged are on offer."""

from __future__ import annotations

from .formats import FORMATS, Format

_known: set[str] = set()


def register_arrangers(*keys: str) -> None:
    """Called by whoever can arrange people so; the keys are those of Format.arranging."""
    _known.update(keys)


def on_offer(*, besides: str = "") -> list[Format]:
    """The formats that a programme can be launched in, in their order; `besides` is one that it has already."""
    return [kind for kind in FORMATS.values() if kind.arranging in _known or kind.key == besides]
