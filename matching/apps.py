from django.apps import AppConfig


class MatchingConfig(AppConfig):
    name = "matching"

    def ready(self) -> None:
        from . import panels, receivers  # noqa: F401  they connect themselves
