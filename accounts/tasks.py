"""What this app does at night."""

from mentoring.jobs.registry import every_night

from . import services


@every_night("accounts.close_accesses")
def close_accesses() -> None:
    """Those whose last day is over can enter no more."""
    services.close_accesses()
