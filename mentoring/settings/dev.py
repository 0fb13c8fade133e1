"""A developer's own machine, and `make run`: real servers, mail that can be read in the browser."""

import os
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "only-for-this-machine")
os.environ.setdefault("NOTES_KEY", "only-for-the-notes-that-are-on-this-machine")
os.environ.setdefault("DATABASE_URL", "postgres://mentoring_app@127.0.0.1:5432/mentoring")

from .base import *  # noqa: F403  (settings modules are layered by star imports)

DEV_TOOLS = True
INSTALLED_APPS += ["mentoring.demo", "mentoring.bench"]  # noqa: F405  (from base)
# Serve the files as they lie in static/, so that a change shows at once.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
# Mail is kept and shown at /dev/mail/, unless EMAIL_URL names a server.
DEV_MAIL_DIR = Path(os.environ.get("DEV_MAIL_DIR") or BASE_DIR / ".data" / "mail")  # noqa: F405  (from base)
if "EMAIL_URL" not in os.environ:
    EMAIL_BACKEND = "mentoring.outbox.devmail.DevMailBackend"
# Passkeys without TLS, which browsers allow on localhost only.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
