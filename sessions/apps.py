from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "sessions"
    # Django's own sessions app has the label "sessions".
    label = "mentoring_sessions"

    def ready(self) -> None:
        from . import erasing, keeping, measures, panels, receivers, timeline  # noqa: F401  they connect themselves
