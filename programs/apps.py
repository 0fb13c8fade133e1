from django.apps import AppConfig


class ProgramsConfig(AppConfig):
    name = "programs"

    def ready(self) -> None:
        from . import erasing, own_panels, receivers, resource_panels  # noqa: F401  (registers and connects them)
