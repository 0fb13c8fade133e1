"""The worker's way in to jobs, and the two ticks of beat."""

from celery import shared_task
from django.apps import apps
from django.conf import settings

from mentoring.tenancy.tasks import TenantTask

from . import parts, services
from .registry import every_night


@shared_task(base=TenantTask, atomic=False)
def run_job(*, organisation_id: int, job_id: int) -> None:
    """Do one job of one organisation."""
    services.run_job(job_id)


# Not sent again should its worker die: whoever does the job finishes what is left.
@shared_task(base=TenantTask, atomic=False, acks_late=False)
def help_job(*, organisation_id: int, job_id: int) -> None:
    """Do parts of a job that another worker has taken up, as long as there are any."""
    parts.help_job(job_id)


# A tick that is late is followed by another; two that pile up are one too many.
@shared_task(expires=60)
def rescue_jobs() -> None:
    """Give unfinished jobs that nobody works on to a worker again."""
    services.rescue_jobs()


@shared_task(expires=15 * 60)
def start_nightly_jobs() -> None:
    """Start the nightly work of every organisation whose night it is."""
    organisations = apps.get_model(settings.TENANCY_ORGANISATION_MODEL)._default_manager.all()
    services.start_nightly_jobs(organisations, night_hour=settings.NIGHT_HOUR)


@every_night("jobs.forget")
def forget_jobs() -> None:
    """Rows of jobs that ended long ago go."""
    services.forget_jobs()
