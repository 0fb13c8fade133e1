"""The formats of mentoring: what each asks of matching and of its sessions.

Each is one declaration in a module of its own here; whatever module holds one is found, so that another format is
another file.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from .base import FAMILIES, Agenda, Ask, Format, Guide, Part, Setting, Step, tier_of
from .onboarding import ONBOARDING
from .reverse import REVERSE
from .traditional import TRADITIONAL

__all__ = [
    "FAMILIES",
    "FORMATS",
    "ONBOARDING",
    "REVERSE",
    "TRADITIONAL",
    "Agenda",
    "Ask",
    "Format",
    "Guide",
    "Part",
    "Setting",
    "Step",
    "find_formats",
    "format_choices",
    "tier_of",
]


def find_formats() -> dict[str, Format]:
    """Every declaration in this package, in the order of their positions."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    declared = {id(each): each for module in modules for each in vars(module).values() if isinstance(each, Format)}
    return {each.key: each for each in sorted(declared.values(), key=lambda each: (each.position, each.key))}


FORMATS: dict[str, Format] = find_formats()


def format_choices() -> list[tuple[str, str]]:
    """For the model: asked anew, so that a format more is no change of the database."""
    return [(key, each.name) for key, each in FORMATS.items()]
