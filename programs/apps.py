from django.apps import AppConfig


class ProgramsConfig(AppConfig):
    name = "programs"

    def ready(self) -> None:
        from . import own_panels, receivers  # noqa: F401  (registers and connects them)
