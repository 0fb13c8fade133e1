"""What the outbox does every night."""

from mentoring.jobs.registry import every_night

from . import services


@every_night("outbox.clear_bodies")
def clear_bodies() -> None:
    """Forget what old letters said."""
    services.clear_bodies()


@every_night("outbox.clear_marks")
def clear_marks() -> None:
    """Forget addresses that nothing was sent to for long."""
    services.clear_marks()
