"""What the tests run with; tests/conftest.py provides the servers."""

import os

os.environ.setdefault("SECRET_KEY", "only-for-tests")
os.environ.setdefault("NOTES_KEY", "only-for-the-notes-in-tests-and-nothing-else")

from .base import *  # noqa: F403  (settings modules are layered by star imports)

DEV_TOOLS = True
INSTALLED_APPS += ["mentoring.demo", "mentoring.bench"]  # noqa: F405  (from base)
# The real hashers take 0.1 s each by design; the suite signs in hundreds of times.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
# Tests that need it give one of their own.
DEV_MAIL_DIR = BASE_DIR / ".data" / "test-mail"  # noqa: F405  (from base)
if "EMAIL_URL" not in os.environ:
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

# What is found out in one test would mislead the planner in the next, whose organisations have other numbers.
ANALYSE_CHANGED = False

# `make lint` looks at the migrations of our own apps with it.
INSTALLED_APPS += ["django_migration_linter"]
MIGRATION_LINTER_OPTIONS = {
    "no_cache": True,
    "sql_analyser": "postgresql",
    "exclude_apps": ["account", "mfa", "auth", "contenttypes", "sessions"],
    # Drops a column on purpose: what stood in it in plain words must not stay.
    "ignore_name": ["0005_no_plain_notes"],
}
# Passkeys without TLS, which browsers allow on localhost only.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
