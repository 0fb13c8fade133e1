"""Settings that every way of running shares. What differs by machine comes from the environment."""

import os
from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

SECRET_KEY = env("SECRET_KEY")
# Seals each organisation's key for notes. Whoever loses it loses them. To change it: "new,old", then rotate_note_keys.
NOTES_KEY = env("NOTES_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
SITE_URL = env("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
DEBUG = False

INSTALLED_APPS = [
    "mentoring",
    "mentoring.tenancy",
    "mentoring.outbox",
    "mentoring.jobs",
    "mentoring.files",
    "accounts",
    "programs",
    "matching",
    "sessions",
    "feedback",
    "reports",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "rules",
    "template_partials",
]

MIDDLEWARE = [
    "mentoring.middleware.request_log",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "mentoring.middleware.permissions_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "mentoring.tenancy.middleware.OrganisationMiddleware",
]

ROOT_URLCONF = "mentoring.urls"
WSGI_APPLICATION = "mentoring.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.organisation",
                "reports.context.navigation",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Web and workers connect as a role that row security binds. Migrations and backups connect as the owner.
DATABASES = {
    "default": env.db_url(
        "DATABASE_OWNER_URL" if os.environ.get("DATABASE_AS") == "owner" else "DATABASE_URL",
        engine="mentoring.tenancy.backend",
    )
}
DATABASE_APP_ROLE = env.db_url("DATABASE_URL")["USER"]
DATABASES["default"]["ATOMIC_REQUESTS"] = True
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# PgBouncer in transaction mode forbids server-side cursors.
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Whether bulk work ends with fresh statistics for the planner; see mentoring/tenancy/statistics.py.
ANALYSE_CHANGED = True

TENANCY_ORGANISATION_MODEL = "accounts.Organisation"
TENANCY_GATE = "accounts.access.gate"

REDIS_URL = env("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "mentoring",
        "OPTIONS": {"socket_connect_timeout": 5, "socket_timeout": 5},
    }
}

# Celery spells the address of a unix socket, and the number of the database behind it, in its own way.
CELERY_BROKER_URL = (
    REDIS_URL.replace("unix://", "redis+socket://", 1).replace("db=", "virtual_host=", 1)
    if REDIS_URL.startswith("unix://")
    else REDIS_URL
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
# A task whose process was killed is sent again as often as its max_retries (3) says. Only should that sending fail is
# the message put back, which has no limit.
CELERY_TASK_RETRY_ON_WORKER_LOST = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A task that outlives the visibility timeout runs twice, so the limits stay well below it.
CELERY_TASK_TIME_LIMIT = 50 * 60
CELERY_TASK_SOFT_TIME_LIMIT = 45 * 60
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 60 * 60,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "global_keyprefix": "mentoring:",
    # Requests publish too: a broker that doesn't answer must not hold them.
    "socket_connect_timeout": 5,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "nightly": {"task": "mentoring.jobs.tasks.start_nightly_jobs", "schedule": 15 * 60},
    "rescue": {"task": "mentoring.jobs.tasks.rescue_jobs", "schedule": 15},
    "calendars": {"task": "sessions.tasks.read_calendars", "schedule": 15 * 60},
}
NIGHT_HOUR = 2
# Accounts of these providers can be connected where this installation is registered with them; the address to register
# is SITE_URL/calendar/connected/google/ or …/microsoft/.
GOOGLE_CLIENT_ID = env("GOOGLE_CLIENT_ID", default="")
GOOGLE_CLIENT_SECRET = env("GOOGLE_CLIENT_SECRET", default="")
MICROSOFT_CLIENT_ID = env("MICROSOFT_CLIENT_ID", default="")
MICROSOFT_CLIENT_SECRET = env("MICROSOFT_CLIENT_SECRET", default="")
# Where sessions get a room of their own, such as https://meet.example.org; without it people give their own links.
JITSI_SERVER = env("JITSI_SERVER", default="").rstrip("/")
# A job without a sign of life for so long is given to another worker.
JOB_SILENCE = timedelta(seconds=env.float("JOB_SILENCE", default=60))

_mail = env("EMAIL_URL", default="smtp://127.0.0.1:1025")
if _mail.startswith("relay+"):
    # An HTTP relay that knows letters it has seen; see mentoring/outbox/relay.py.
    EMAIL_BACKEND = "mentoring.outbox.relay.RelayBackend"
    EMAIL_RELAY_URL = _mail.removeprefix("relay+")
else:
    EMAIL_CONFIG = env.email_url_config(_mail)
    vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 20
# By which a mail server proves itself when it reports that a letter came back; without it, it can't. See
# mentoring/outbox/reports.py.
MAIL_REPORT_SECRET = env("MAIL_REPORT_SECRET", default="")
if MAIL_REPORT_SECRET and len(MAIL_REPORT_SECRET) < 32:
    raise ImproperlyConfigured("MAIL_REPORT_SECRET must have at least 32 characters.")
# A letter whose sender went silent is given to another after so long: more than a slow conversation can take, in which
# each of a dozen answers may need EMAIL_TIMEOUT; and so soon that a reminder, of use for ten minutes, can outlive two.
OUTBOX_LEASE = timedelta(seconds=env.float("OUTBOX_LEASE", default=270))
# A letter that was refused for now is tried again after a minute, five, a quarter of an hour, one and three hours, and
# then every three; one that can't be handed over at all every minute. So long the mail server is left alone meanwhile.
OUTBOX_RETRY_AFTER = [
    timedelta(seconds=seconds)
    for seconds in env.list("OUTBOX_RETRY_AFTER", cast=float, default=[60, 300, 900, 3600, 10800])
]
OUTBOX_PAUSE = timedelta(seconds=env.float("OUTBOX_PAUSE", default=5))
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Mentoring <mentoring@localhost>")

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_REDIRECT_URL = "accounts:landing"
LOGIN_URL = "account_login"

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupNameForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
# One address a person; a letter for every change to the login.
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
# A whole office may stand behind one address and sign up in the same minute.
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "signup": "60/m/ip", "login_failed": "30/m/ip,5/5m/key"}
ACCOUNT_FORMS = {
    "login": "accounts.sign_in.LoginForm",
    "signup": "accounts.sign_in.SignupForm",
    "add_email": "accounts.sign_in.ChangeEmailForm",
    "change_email": "accounts.sign_in.CorrectEmailForm",
    "confirm_email_verification_code": "accounts.sign_in.ConfirmCodeForm",
    "change_password": "accounts.sign_in.ChangePasswordForm",
    "set_password": "accounts.sign_in.SetPasswordForm",
    "reset_password": "accounts.sign_in.ResetPasswordForm",
    "reset_password_from_key": "accounts.sign_in.ResetPasswordKeyForm",
    "reauthenticate": "accounts.sign_in.ReauthenticateForm",
}
MFA_ADAPTER = "accounts.adapter.MFAAdapter"
MFA_FORMS = {
    "authenticate": "accounts.sign_in.AuthenticateForm",
    "reauthenticate": "accounts.sign_in.CodeReauthenticateForm",
    "activate_totp": "accounts.sign_in.ActivateTOTPForm",
    "add_webauthn": "accounts.sign_in.AddPasskeyForm",
    "edit_webauthn": "accounts.sign_in.EditPasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Mentoring"
# A phone may be half a minute off, and typing takes time.
MFA_TOTP_TOLERANCE = 1
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
# static/src holds what these are built from, and is not served.
STATICFILES_DIRS = [(part, BASE_DIR / "static" / part) for part in ("css", "fonts", "img", "js")]

DATA_UPLOAD_MAX_MEMORY_SIZE = 40 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "mentoring.views.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["mentoring.api.authentication.SessionOrKey"],
    "DEFAULT_PERMISSION_CLASSES": ["mentoring.api.authentication.SignedIn"],
    "DEFAULT_THROTTLE_CLASSES": ["mentoring.api.throttling.PerMinute"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "mentoring.api.schema.Schema",
    "DEFAULT_PAGINATION_CLASS": "mentoring.api.pagination.ById",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "EXCEPTION_HANDLER": "mentoring.api.errors.answer",
    # Answers to OPTIONS would list every row that a field could name.
    "DEFAULT_METADATA_CLASS": None,
    # Programmes have a format; everything is JSON.
    "URL_FORMAT_OVERRIDE": None,
    "DURATION_FORMAT": "iso-8601",
}
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=600)
SPECTACULAR_SETTINGS = {
    "TITLE": "Mentoring",
    "DESCRIPTION": (BASE_DIR / "mentoring/api/introduction.md").read_text(),
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": r"/api/v1/(o/{org}/)?",
    # Requests and answers differ: what a request may leave out, an answer always has.
    "COMPONENT_SPLIT_REQUEST": True,
    "TAGS": [
        {"name": "Organisations", "description": "Who the data belongs to."},
        {"name": "Members", "description": "The people of an organisation, with or without a login."},
        {"name": "Programmes", "description": "Mentoring schemes."},
        {"name": "Enrolments", "description": "Who takes part in which programme, as mentor or as mentee."},
        {"name": "Mentorships", "description": "Who mentors whom."},
        {"name": "Sessions", "description": "Meetings: free slots, booking, and whether they were held."},
    ],
    "ENUM_NAME_OVERRIDES": {
        "ProgramStatus": "programs.models.Program.Status",
        "ProgramFormat": "programs.api.FORMAT_CHOICES",
        "EnrolmentStatus": "programs.models.Enrolment.Status",
        "EnrolmentPreference": "programs.models.Enrolment.Preference",
        "MentorshipStatus": "programs.models.Mentorship.Status",
        "ParticipantResponse": "programs.models.Participant.Response",
        "QuestionKind": "programs.models.Question.Kind",
        "QuestionAudience": "programs.models.Question.Audience",
        "Role": "programs.models.Role",
        "SessionStatus": "sessions.models.Session.Status",
        "SessionReport": "sessions.models.Attendance.Report",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "mentoring.logs.formatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.server": {"handlers": ["console"], "propagate": False, "level": "WARNING"},
        "django.request": {"level": "ERROR"},
    },
}
