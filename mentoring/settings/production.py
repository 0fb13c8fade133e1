"""One machine or many, behind a proxy that ends TLS. Everything that differs is in the environment."""

from django.core.exceptions import ImproperlyConfigured

from .base import *  # noqa: F403  (settings modules are layered by star imports)

DEV_TOOLS = False
if any(len(key.strip()) < 32 for key in NOTES_KEY.split(",")):  # noqa: F405  (from base)
    raise ImproperlyConfigured("NOTES_KEY must be at least 32 random characters; it must never be lost.")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrftoken"
# Preloading binds every other site of the domain as well: its owner decides.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
