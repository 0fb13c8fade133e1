"""The nightly work of feedback."""

from mentoring.jobs.registry import every_night

from .surveying import sending


@every_night("feedback.surveys")
def mind_surveys() -> None:
    """Surveys go to those whose moment has come, and who has a few days left is reminded."""
    sending.send_due()
    sending.remind()
