"""The nightly work of feedback."""

from mentoring.jobs.registry import every_night

from . import concerns
from .surveying import sending


@every_night("feedback.surveys")
def mind_surveys() -> None:
    """Surveys go to those whose moment has come, and who has a few days left is reminded."""
    sending.send_due()
    sending.remind()


@every_night("feedback.concerns")
def mind_concerns() -> None:
    """Whoever told somebody who has gone since is asked to choose another reader, so that nothing is lost."""
    concerns.tell_of_gone_contacts()
