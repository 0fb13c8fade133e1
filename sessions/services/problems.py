"""Why something can't be done now; the message is a sentence for whoever asked."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from ..slots import Slot


class SessionProblem(Exception):
    """What was asked of a session can't be done. Nothing was changed."""


class SlotTaken(SessionProblem):
    """Somebody who would take part isn't free at this time, or not any more; some free times close to it are offered."""

    def __init__(self, alternatives: Sequence[Slot] = (), message: str = "") -> None:
        super().__init__(message or _("This time is no longer free."))
        self.alternatives = list(alternatives)
