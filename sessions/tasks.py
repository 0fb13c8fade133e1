"""Nightly work of sessions, in the organisation's own night."""

from __future__ import annotations

from mentoring.jobs.registry import every_night

from . import services


@every_night("sessions.silence")
def settle_silent() -> None:
    """What one has said counts, marked as unconfirmed, once the others have said nothing for a week."""
    services.settle_silent()
