from django.apps import AppConfig


class BenchConfig(AppConfig):
    name = "mentoring.bench"
