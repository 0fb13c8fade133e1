"""Promotions and moves that nobody named: seen where somebody's level, department or site differs from the last export.

A level that rises is a promotion, whatever else changes; else another department is a move, and another site alone a
change of site. Somebody whose level or department wasn't known, or who comes back to another job, has changed nothing.
Two things look alike and are none: a department that only got another name, and a new scale of levels.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from .messages import Message, shown
from .records import Value

Changes = dict[str, tuple[Value, Value]]
# When more than a quarter of at least so many people rise at once, it is the scale that changed.
_SCALE_OF, _SCALE_SHARE = 20, 0.25
# A department of one or two whose people all go elsewhere has moved; a larger one was renamed.
_RENAMED_FROM = 3


def found_kind(changes: Changes) -> Literal["", "promotion", "move", "location"]:
    """What the differences of one person amount to."""
    old, new = changes.get("level", (None, None))
    if isinstance(old, int) and isinstance(new, int) and new > old:
        return "promotion"
    for name in ("department", "site"):
        old, new = changes.get(name, (None, None))
        if old and new:
            return "move" if name == "department" else "location"
    return ""


@dataclass(slots=True)
class Found:
    """Follows the rows of a file, and then says which of their differences are changes of somebody's job."""

    leaving: Counter[tuple[str, str]] = field(default_factory=Counter)
    staying: Counter[str] = field(default_factory=Counter)
    levelled: int = 0
    rising: int = 0
    renamed: dict[str, str] = field(default_factory=dict)
    is_new_scale: bool = False

    def follow(self, changes: Changes, *, department: str, level: int | None) -> None:
        """Count one person whom the file and the organisation know, with the department and level from before."""
        old, new = changes.get("department", (None, None))
        if old and new:
            self.leaving[str(old), str(new)] += 1
        elif department:
            self.staying[department] += 1
        if level is not None:
            self.levelled += 1
            self.rising += found_kind(changes) == "promotion"

    def settle(self, new_departments: list[str]) -> None:
        """Decide, once every row has been followed, what was renamed and whether the levels are others now."""
        ways = Counter(old for old, _new in self.leaving)
        self.renamed = {
            old: new
            for (old, new), people in self.leaving.items()
            if new in new_departments and people >= _RENAMED_FROM and ways[old] == 1 and not self.staying[old]
        }
        self.is_new_scale = self.levelled >= _SCALE_OF and self.rising > self.levelled * _SCALE_SHARE

    def kind(self, changes: Changes) -> str:
        """What one person's differences count as, in the light of all the others."""
        left = dict(changes)
        if self.is_new_scale:
            left.pop("level", None)
        old, new = left.get("department", (None, None))
        if old and self.renamed.get(str(old)) == new:
            left.pop("department")
        return found_kind(left)

    def messages(self) -> list[Message]:
        """What was not counted, and why."""
        found = [
            Message("renamed", f"{shown(old)} is called {shown(new)} now: nobody there counts as moved.", "department")
            for old, new in sorted(self.renamed.items())
        ]
        if self.is_new_scale:
            found.append(
                Message(
                    "new_scale",
                    f"{self.rising} of {self.levelled} people have a higher level than before, which looks like another "
                    "scale of levels: none of them counts as promoted.",
                    "level",
                )
            )
        return found
