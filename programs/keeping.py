"""What of a programme goes into a template, and into a copy. The apps above keep their part of it here as well.

    register_keeper("agendas", take=…, give=…)

`take(program)` gives what is to be kept as plain data (nothing about people); `give(program, kept, later)` makes it anew in
a draft. `later` moves a day of the old programme to where it belongs in the new one: None where it has no place there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from .models import Program

Later = Callable[[date | None], date | None]


@dataclass(frozen=True)
class Keeper:
    take: Callable[[Program], Any]
    give: Callable[[Program, Any, Later], None]


_keepers: dict[str, Keeper] = {}


def register_keeper(name: str, *, take: Callable[[Program], Any], give: Callable[[Program, Any, Later], None]) -> None:
    """Kept in the order of registration, which for one app's parts is that in which they build on each other."""
    _keepers[name] = Keeper(take, give)


def take_all(program: Program) -> dict[str, Any]:
    """Everything of a programme that another may start with."""
    return {name: keeper.take(program) for name, keeper in _keepers.items()}


def give_all(program: Program, kept: dict[str, Any], later: Later) -> None:
    """Make it anew; what no part of the platform keeps any more is left out."""
    for name, keeper in _keepers.items():
        if name in kept:
            keeper.give(program, kept[name], later)
