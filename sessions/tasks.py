"""The worker's way in to sessions: what is done in an organisation's own night, and the reading of calendars."""

from __future__ import annotations

from celery import shared_task
from django.db import transaction

from accounts.models import Organisation
from mentoring.jobs.registry import every_night
from mentoring.tenancy.scope import organisation_scope
from mentoring.tenancy.tasks import TenantTask

from . import services
from .services import clocks, nudging, wishing


@every_night("sessions.silence")
def settle_silent() -> None:
    """What one has said counts, marked as unconfirmed, once the others have said nothing for a week."""
    services.settle_silent()


# A round that is late is followed by another.
@shared_task(expires=15 * 60)
def read_calendars() -> None:
    """Have every calendar read whose turn it is, each in a task of its own, so that a slow one holds up no other."""
    for organisation in Organisation.objects.all():
        with organisation_scope(organisation), transaction.atomic():
            ids = services.calendars_to_read()
        for calendar_id in ids:
            read_calendar.apply_async(
                kwargs={"organisation_id": organisation.pk, "calendar_id": calendar_id}, expires=15 * 60
            )


@shared_task(base=TenantTask, atomic=False, acks_late=False)
def read_calendar(*, organisation_id: int, calendar_id: int) -> None:
    """Read when the owner of one calendar is busy."""
    services.read_calendar(calendar_id)


@every_night("sessions.wishes")
def lapse_wishes() -> None:
    """Who wished for a session and got no answer in time hears of it."""
    wishing.lapse_wishes()


@every_night("sessions.clocks")
def keep_wall_times() -> None:
    """When the rules of a zone's clocks have changed, sessions stay at the wall time that was meant."""
    clocks.keep_wall_times()


@every_night("sessions.preparation")
def prompt_preparation() -> None:
    """Two days before a session, those in it are asked to think about it."""
    nudging.prompt_preparation()


@every_night("sessions.quiet")
def nudge_quiet() -> None:
    """Mentorships that have gone quiet hear of it once."""
    nudging.nudge_quiet()


@every_night("sessions.digests")
def write_digests() -> None:
    """Whoever wants one letter a day gets it in their morning."""
    services.write_digests()
