from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    name = "feedback"

    def ready(self) -> None:
        from . import concern_panels, erasing, keeping, measures, receivers, survey_panels  # noqa: F401  they connect themselves
