from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    name = "feedback"

    def ready(self) -> None:
        from . import concern_panels, keeping, receivers  # noqa: F401  they connect themselves
        from . import survey_panels  # noqa: F401
