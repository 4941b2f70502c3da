"""Settings: everything that differs between installations comes from the environment.

No secret has a default: a missing one stops the start with its name. `./dev` makes them under its home.
"""

import os
import sys
from pathlib import Path
from urllib.parse import unquote

import django_stubs_ext
import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from ecdept.observability.logs import logging_config
from ecdept.observability.sentry import start_sentry

django_stubs_ext.monkeypatch()  # generic base classes at run time

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

SECRET_KEY = env.str("SECRET_KEY")
#: "id:base64" pairs, comma separated, newest first: the application's key-encryption keys (office.crypto).
ECDEPT_KEYS = env.str("ECDEPT_KEYS")
ECDEPT_HOME = Path(env.str("ECDEPT_HOME", default=str(BASE_DIR / "var")))
ECDEPT_DEMO = env.bool("ECDEPT_DEMO", default=False)
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
#: True behind TLS: secure cookies, HSTS, redirect. `./dev up` serves plain HTTP on the loopback only.
HTTPS = env.bool("ECDEPT_HTTPS", default=False)
SITE_URL = env.str("SITE_URL", default="http://localhost:8000")
TESTING = "pytest" in sys.modules

INSTALLED_APPS = [
    "django_prometheus",
    "office.audit",
    "office.staff",
    "office.rulebook",
    "office.files",
    "office.notices",
    "office.deadlines",
    "office.approvals",
    "orders",
    "catalog",
    "cms",
    "attendance",
    "accounts",
    "backups",
    "contracts",
    "ecdept",
    "ecdept.admin_config.OfficeAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "guardian",
    "axes",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "django_include_bootstrap",
    "heroicons",
    "django_prose_editor",
    "chartkick.django",
    "django_tables2",
    "django_filters",
    "django_structlog",
    "django_zxcvbn_password_validator",  # for its Chinese
]

MIDDLEWARE = [
    "ecdept.doors.MachineDoorMiddleware",
    "ecdept.doors.PublicPagesMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "ecdept.middleware.ReadableMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "ecdept.middleware.BoundedBodyMiddleware",  # before the next one, which reads the body
    "django.middleware.csrf.CsrfViewMiddleware",
    "ecdept.sessions.SignedInMiddleware",
    "office.audit.context.ActingMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "ecdept.middleware.RefusalMiddleware",
    "ecdept.middleware.SignInPolicyMiddleware",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "ecdept.urls"
WSGI_APPLICATION = "ecdept.wsgi.application"

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
                "django.template.context_processors.i18n",
                "ecdept.context.shell",
            ],
        },
    },
]

# Two logins (docs/ledger.md): the owner migrates, the application cannot even UPDATE an order.
_role = os.environ.get("ECDEPT_DB_ROLE", "app")
DATABASES = {"default": env.db_url("DATABASE_OWNER_URL" if _role == "owner" else "DATABASE_URL")}
DATABASES["default"].update(
    HOST=unquote(DATABASES["default"]["HOST"]),  # a socket folder comes percent-encoded
    ENGINE="django.db.backends.postgresql",
    CONN_MAX_AGE=env.int("CONN_MAX_AGE", default=60),
    CONN_HEALTH_CHECKS=True,
    ATOMIC_REQUESTS=False,
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "ecdept.cache.Cache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "ecdept",
    }
}
SESSION_ENGINE = (
    "ecdept.sessions"  # in the database, read with the person: the broker may be lost, sessions not
)
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
if CELERY_BROKER_URL.startswith("redis+socket://"):
    CELERY_BROKER_URL = CELERY_BROKER_URL.replace("?db=", "?virtual_host=")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_ENABLE_UTC = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_ROUTES = {"backups.tick": {"queue": "backups"}}  # the keeper's, which has the owner's login
#: The whole beat table. Ticks expire, so a stopped worker does not find a pile of them.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    "settle-deadlines": {"task": "deadlines.settle", "schedule": 2.0, "options": {"expires": 2}},
    "seal-ledger": {"task": "audit.seal", "schedule": 60.0, "options": {"expires": 60}},
    "send-outbox": {"task": "notices.send_outbox", "schedule": 5.0, "options": {"expires": 5}},
    "resolve-seats": {"task": "approvals.resolve_seats", "schedule": 60.0, "options": {"expires": 60}},
    "return-idle-orders": {"task": "orders.return_idle", "schedule": 30.0, "options": {"expires": 30}},
    "erase-expired-raw": {
        "task": "orders.erase_expired",
        "schedule": crontab(hour="3", minute="10"),
        "options": {"expires": 3600},
    },
    "record-orders": {"task": "orders.back_up_orders", "schedule": 300.0, "options": {"expires": 300}},
    "end-unseen-duty": {
        "task": "staff.end_unseen_duty",
        "schedule": crontab(minute="20"),
        "options": {"expires": 3600},
    },
    "draw-inspections": {
        "task": "contracts.draw_inspections",
        "schedule": 900.0,
        "options": {"expires": 900},
    },
    "open-counts": {"task": "catalog.open_counts", "schedule": 300.0, "options": {"expires": 300}},
    "read-feeds": {"task": "catalog.read_feeds", "schedule": 300.0, "options": {"expires": 300}},
    "open-planner-tasks": {
        "task": "catalog.open_planner_tasks",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "open-summary": {"task": "catalog.open_summary", "schedule": 300.0, "options": {"expires": 300}},
    "resume-batches": {"task": "orders.resume_batches", "schedule": 30.0, "options": {"expires": 30}},
    "turn-promotions": {"task": "catalog.turn_promotions", "schedule": 5.0, "options": {"expires": 5}},
    "clear-inbox": {
        "task": "notices.clear_inbox",
        "schedule": crontab(hour="3", minute="40"),
        "options": {"expires": 3600},
    },
    "open-page-review": {"task": "cms.open_review", "schedule": 300.0, "options": {"expires": 300}},
    "sweep-files": {
        "task": "files.sweep",
        "schedule": crontab(hour="3", minute="50"),
        "options": {"expires": 3600},
    },
    "look-at-sites": {"task": "cms.look_at_sites", "schedule": 30.0, "options": {"expires": 30}},
    "send-answers": {"task": "cms.send_answers", "schedule": 15.0, "options": {"expires": 15}},
    "tell-partner": {"task": "cms.tell_partner", "schedule": 5.0, "options": {"expires": 5}},
    "forget-probes": {
        "task": "cms.forget_probes",
        "schedule": crontab(hour="3", minute="55"),
        "options": {"expires": 3600},
    },
    "solve-rotas": {
        "task": "attendance.solve_waiting_rotas",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "score-suppliers": {"task": "contracts.score_suppliers", "schedule": 600.0, "options": {"expires": 600}},
    "send-door-letters": {"task": "contracts.send_door_letters", "schedule": 3.0, "options": {"expires": 3}},
    "forget-door-drafts": {
        "task": "contracts.forget_door_drafts",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "open-rounds": {"task": "cms.open_rounds", "schedule": 300.0, "options": {"expires": 300}},
    "forget-messages": {
        "task": "cms.forget_messages",
        "schedule": crontab(hour="3", minute="20"),
        "options": {"expires": 3600},
    },
    "settle-days": {"task": "attendance.settle", "schedule": 60.0, "options": {"expires": 60}},
    "resume-punches": {"task": "attendance.resume_batches", "schedule": 60.0, "options": {"expires": 60}},
    "erase-punches": {
        "task": "attendance.erase",
        "schedule": crontab(hour="3", minute="30"),
        "options": {"expires": 3600},
    },
    "keep-balances": {"task": "attendance.keep_balances", "schedule": 600.0, "options": {"expires": 600}},
    "watch-absence": {"task": "attendance.watch_absence", "schedule": 300.0, "options": {"expires": 300}},
    "end-access": {"task": "attendance.end_access", "schedule": 60.0, "options": {"expires": 60}},
    "watch-leavings": {"task": "attendance.watch_leavings", "schedule": 300.0, "options": {"expires": 300}},
    "finish-changes": {"task": "attendance.finish_changes", "schedule": 300.0, "options": {"expires": 300}},
    "erase-candidates": {
        "task": "attendance.erase_candidates",
        "schedule": crontab(hour="3", minute="35"),
        "options": {"expires": 3600},
    },
    "keep-backups": {
        "task": "backups.tick",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "watch-vault": {"task": "accounts.watch_vault", "schedule": 60.0, "options": {"expires": 60}},
    "open-grant-review": {
        "task": "accounts.open_grant_review",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "report-security": {"task": "accounts.report_security", "schedule": 600.0, "options": {"expires": 600}},
    "clear-sessions": {"task": "ecdept.clear_sessions", "schedule": crontab(hour="4", minute="0")},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(ECDEPT_HOME / "celerybeat-schedule")

AUTH_USER_MODEL = "staff.Employee"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "office.rulebook.validators.RulebookPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django_zxcvbn_password_validator.ZxcvbnPasswordValidator"},
    {"NAME": "office.rulebook.validators.BreachedPasswordValidator"},
]
PASSWORD_MINIMAL_STRENGTH = 2
ANONYMOUS_USER_NAME = None  # guardian: no anonymous row
GUARDIAN_MONKEY_PATCH_USER = False

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "ecdept.adapters.AccountAdapter"
MFA_ADAPTER = "ecdept.adapters.MFAAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = "number"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # this session goes on, all others end with the old password
#: Passwords are guarded by axes; what is left guards the second factor and the page itself.
ACCOUNT_RATE_LIMITS = {
    "login": "120/m/ip",
    "login_failed": "60/m/ip,10/5m/key,30/h/key",
    "reauthenticate": "10/m/user",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "add_webauthn": "ecdept.passkeys.AddPasskeyForm",
    "authenticate_webauthn": "ecdept.passkeys.AuthenticatePasskeyForm",
    "login_webauthn": "ecdept.passkeys.LoginPasskeyForm",
    "reauthenticate_webauthn": "ecdept.passkeys.ReauthenticatePasskeyForm",
}
#: A passkey has nothing to guess; a whole office comes from one address when its shift begins.
MFA_RATE_LIMITS = {"webauthn_login": "240/m/ip"}
MFA_TOTP_ISSUER = "ecdept"
# RFC 6238 5.2: digits read at the end of their half minute arrive in the next one; each code opens once.
MFA_TOTP_TOLERANCE = 1
USERSESSIONS_TRACK_ACTIVITY = False  # SignInPolicyMiddleware says when a session was last seen

#: How many proxies of ours stand before the web server and write X-Forwarded-For; 0: the connection's own address.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
AXES_CLIENT_IP_CALLABLE = "ecdept.lockout.client_address"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "ecdept.lockout.locked_out"
AXES_USERNAME_CALLABLE = "ecdept.lockout.number_of"

LANGUAGE_CODE = env.str("ECDEPT_LANGUAGE", default="zh-hans")
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
LANGUAGE_COOKIE_HTTPONLY = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(ECDEPT_HOME / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
MEDIA_ROOT = ECDEPT_HOME / "media"
FILES_ROOT = ECDEPT_HOME / "files"
#: Where backups are written, and the off-site store: s3://BUCKET/PREFIX?endpoint=https://HOST&region=REGION; "": none.
ECDEPT_BACKUP_DIR = Path(env.str("ECDEPT_BACKUP_DIR", default="") or ECDEPT_HOME / "backups")
ECDEPT_BACKUP_S3 = env.str("ECDEPT_BACKUP_S3", default="")
ECDEPT_BACKUP_S3_ID = env.str("ECDEPT_BACKUP_S3_ID", default="")
ECDEPT_BACKUP_S3_SECRET = env.str("ECDEPT_BACKUP_S3_SECRET", default="")
FILE_UPLOAD_TEMP_DIR = None
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
#: Largest file of orders that the import page takes, in megabytes.
ECDEPT_MAX_IMPORT_MB = env.int("ECDEPT_MAX_IMPORT_MB", default=300)
#: Hosts that may be asked for feeds and pages: names, `*.` domains, addresses, networks (office.outbound.hosts).
ECDEPT_OUTBOUND_HOSTS: list[str] = env.list("ECDEPT_OUTBOUND_HOSTS", default=[])
#: Networks from which one may clock in on the web, such as 10.0.0.0/8; none: nobody may.
ECDEPT_CLOCK_NETWORKS: list[str] = env.list("ECDEPT_CLOCK_NETWORKS", default=[])
#: ClamAV's daemon, tcp://host:3310 or unix:///path; "" asks nobody. Set, and silent: uploads are refused.
CLAMD_URL = env.str("CLAMD_URL", default="")
#: A file of SHA-1 of passwords known from breaches, sorted (office.breached); "" looks in none.
ECDEPT_BREACHED_PASSWORDS = env.str("ECDEPT_BREACHED_PASSWORDS", default="")
#: Days until old lines leave the inbox; 0 keeps them for good. Escalations that nobody read stay in any case.
NOTICES_KEPT_DAYS = env.int("ECDEPT_NOTICES_KEPT_DAYS", default=180)

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
DJANGO_TABLES2_TEMPLATE = "django_tables2/bootstrap5-responsive.html"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "microphone", "geolocation", "payment", "usb", "interest-cohort")
}
PERMISSIONS_POLICY["publickey-credentials-get"] = ["self"]
PERMISSIONS_POLICY["publickey-credentials-create"] = ["self"]
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "ecdept.errors.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="dummymail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="ecdept@localhost")

LOGGING_CONFIG = None
LOGGING = logging_config()
start_sentry(env.str("SENTRY_DSN", default=""))
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = 10  # debug: one line per request is enough, the finished one
PROMETHEUS_EXPORT_MIGRATIONS = False

SILENCED_SYSTEM_CHECKS: list[str] = []
if not HTTPS:
    # TLS ends at a proxy that this installation does not have: said in docs/operations.md.
    SILENCED_SYSTEM_CHECKS += ["security.W004", "security.W008", "security.W012", "security.W016"]
