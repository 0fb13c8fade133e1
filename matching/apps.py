from django.apps import AppConfig


class MatchingConfig(AppConfig):
    name = "matching"

    def ready(self) -> None:
        from programs.arrangers import register_arrangers

        from . import erasing, panels, receivers  # noqa: F401  they connect themselves

        register_arrangers("pairs", "pool", "circles", "rotation", "tiers", "panel", "topics")
