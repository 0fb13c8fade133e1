"""Who is with whom, in each way in which a format may arrange its people; see `programs.formats`.

Whatever module here holds an arranger is found, so that another way of arranging is another file.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from programs.models import Program

from .base import Arranged, Arranger, GroupFound, LeftOver, PairFound, Prepared, Seat, reasons_of

# Made by `services.running`, with all that it takes for thousands.
PAIRS = "pairs"

__all__ = [
    "ARRANGERS",
    "PAIRS",
    "Arranged",
    "Arranger",
    "GroupFound",
    "LeftOver",
    "PairFound",
    "Prepared",
    "Seat",
    "arranger_of",
    "reasons_of",
]


def _found() -> dict[str, Arranger]:
    modules = [import_module(f"{__name__}.{each.name}") for each in iter_modules(__path__) if each.name != "base"]
    kinds = {
        each
        for module in modules
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Arranger) and each is not Arranger
    }
    return {each.key: each() for each in sorted(kinds, key=lambda each: each.key)}


ARRANGERS: dict[str, Arranger] = _found()


def arranger_of(program: Program) -> Arranger | None:
    """The arranger of a programme's format; None where it makes plain pairs of two sides."""
    return ARRANGERS.get(program.kind.arranging)
