"""The database as the product has it: tables made by the owner, tests run as the role of web and workers."""

import os

import environ
import pytest
from django.conf import settings
from django.db import connection

from tests.browser import browser, page, visitor

__all__ = ["browser", "page", "visitor"]


def connect_as(url_name):
    """Go on as the owner, whom row security doesn’t bind, or as the role of web and workers."""
    login = environ.Env().db_url(url_name)
    connection.close()
    connection.settings_dict.update(USER=login["USER"], PASSWORD=login["PASSWORD"])


def cut_connections():
    """As a restart of the database does, to everybody of our role but us."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    connect_as("DATABASE_OWNER_URL")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    from mentoring.tenancy.apps import grant_to_app_role
    from mentoring.tenancy.statistics import give_first_statistics, keep_statistics_fresh

    with django_db_blocker.unblock():
        grant_to_app_role(using="default")
        give_first_statistics(using="default")
        keep_statistics_fresh(using="default")
        with connection.cursor() as cursor:
            # Only for tests that commit: their tables are emptied afterwards.
            name = connection.ops.quote_name(settings.DATABASE_APP_ROLE)
            cursor.execute(f"GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO {name}")
        connect_as("DATABASE_URL")
    yield
    with django_db_blocker.unblock():
        connect_as("DATABASE_OWNER_URL")


@pytest.fixture(autouse=True, scope="session")
def _async_unsafe():
    # Playwright's loop runs in the tests' thread; the ORM would refuse to work beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
