from django.apps import AppConfig

from .celery import app  # noqa: F401  (loaded with Django, so that shared tasks find their application)


class MentoringConfig(AppConfig):
    name = "mentoring"
