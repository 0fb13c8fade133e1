"""What the tests run with; tests/conftest.py provides the servers."""

import os

os.environ.setdefault("SECRET_KEY", "only-for-tests")

from .base import *  # noqa: E402,F403  (settings modules are layered by star imports)

DEV_TOOLS = True
# The real hashers take 0.1 s each by design; the suite signs in hundreds of times.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
