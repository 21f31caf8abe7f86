"""One settings file for a laptop and for a network; the environment makes the difference. docs/deployment.md lists the variables."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from webapp import environment, local_broker

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(environment.text("REPICK_DATA_DIR", str(BASE_DIR / "data"))).resolve()
BUCKET = environment.bucket("REPICK_BUCKET")  # behind the data folder, which is a cache then
CACHE_BYTES = environment.whole_number("REPICK_CACHE_GB", 0) << 30  # 0: no limit
DEBUG = environment.flag("REPICK_DEBUG", default=False)
DEPLOYED = bool(environment.text("DATABASE_URL")) and not environment.text("DATABASE_URL").startswith("sqlite")

SECRET_KEY = environment.secret_key(DATA_DIR, may_make_one=not DEPLOYED or DEBUG)
ALLOWED_HOSTS = environment.words("REPICK_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = environment.words("REPICK_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "rest_framework",
    "rest_framework.authtoken",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "labeling",
    "training",
    "webapp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "webapp.nul_characters.refuse_nul_characters",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "webapp.urls"
WSGI_APPLICATION = "webapp.wsgi.application"
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
            ]
        },
    }
]

# --- database ---------------------------------------------------------------------------------------------------------
DATABASES = {"default": environment.database("DATABASE_URL", f"sqlite:///{DATA_DIR / 'repick.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    environment.make_folder(DATA_DIR)  # in which the database lies as a rule: SQLite makes its file, but no folder for it
    # IMMEDIATE is what keeps several writers from "database is locked"; FULL lets every decision survive a power cut. An import writes some
    # pages of an index again and again: with checkpoints every 64 MiB they are carried from the log into the database less often.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456; "
        "PRAGMA wal_autocheckpoint=16384;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people -----------------------------------------------------------------------------------------------------------
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "workspace_list"
LOGOUT_REDIRECT_URL = "login"

# --- safety -----------------------------------------------------------------------------------------------------------
HTTPS = environment.flag("REPICK_HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = int(timedelta(days=30).total_seconds())
SILENCED_SYSTEM_CHECKS = [
    "models.W047",  # SQLite lets two epochs of a station without a start stand side by side; the import looks before it makes one
    "security.W005",  # the other names of the domain are not ours to bind to HTTPS,
    "security.W021",  # nor to enter into the browsers' lists;
    "security.W008",  # and the proxy that does HTTPS redirects to it, or the health check inside would be redirected too
]
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/admin/"],
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        # The hash is that of the empty style element which Plotly makes for itself.
        "style-src": ["'self'", "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"],
        "img-src": ["'self'", "data:", "blob:"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}

# --- uploads ----------------------------------------------------------------------------------------------------------
MEBIBYTE = 1024 * 1024
UPLOAD_MAX_FILE_BYTES = environment.whole_number("REPICK_UPLOAD_MAX_FILE_MB", 4096) * MEBIBYTE
UPLOAD_CHUNK_BYTES = environment.whole_number("REPICK_UPLOAD_CHUNK_MB", 8) * MEBIBYTE  # a browser sends larger files in chunks of this size
UPLOAD_MAX_FILES = environment.whole_number("REPICK_UPLOAD_MAX_FILES", 100_000)
UPLOAD_MAX_UNPACKED_BYTES = environment.whole_number("REPICK_UPLOAD_MAX_UNPACKED_MB", 65_536) * MEBIBYTE
DATA_UPLOAD_MAX_NUMBER_FILES = 1000
FILE_UPLOAD_TEMP_DIR = None

ARCHIVES = environment.folders("REPICK_ARCHIVES")  # SDS archives that are read in place, by name
FDSN_SERVICES = environment.addresses("REPICK_FDSN_SERVICES")  # beside those that ObsPy knows by name
FDSN_PAUSE_S = 0.5  # between two requests to a service

# --- static files -----------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Collecting and compressing takes a minute, so only a deployment does it; a laptop serves static/ as it stands.
STATIC_ROOT = Path(environment.text("REPICK_STATIC_ROOT", str(DATA_DIR / "static"))) if DEPLOYED else None
WHITENOISE_USE_FINDERS = not DEPLOYED
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(DATA_DIR)}},
    "staticfiles": {
        "BACKEND": "webapp.static_files.HashedModuleStorage" if DEPLOYED else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- language and time ------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

# --- workers ----------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = environment.text("CELERY_BROKER_URL", "repick-local://localhost")
if CELERY_BROKER_URL.startswith("repick-local"):
    local_broker.register()
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, str | int] = {"folder": str(DATA_DIR / "queue")}
    CELERY_WORKER_ENABLE_REMOTE_CONTROL = False  # needs a broker that can send to all
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 12 * 3600}
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "data"
CELERY_TASK_ROUTES = {"training.*": {"queue": "training"}}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_BEAT_SCHEDULE = {
    "take up lost work": {"task": "labeling.take_up_lost_work", "schedule": 10.0, "options": {"expires": 10}},
    "look at retraining schedules": {"task": "training.look_at_schedules", "schedule": 15.0, "options": {"queue": "data", "expires": 15}},
}
WORK_HEARTBEAT_S = environment.whole_number("REPICK_HEARTBEAT_S", 5)
WORK_STALE_S = environment.whole_number("REPICK_STALE_S", 30)  # must exceed the longest gap between two heartbeats by far
TORCH_THREADS = environment.whole_number("REPICK_TORCH_THREADS", os.cpu_count() or 1)
TORCHRUN_PROCESSES = max(1, environment.whole_number("REPICK_TORCHRUN_PROCESSES", 1))  # that train one network together
WORK_RESEND_S = environment.whole_number("REPICK_RESEND_S", 60)

# --- REST API ---------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_FILTER_BACKENDS": ["labeling.api.filtering.KnownFilters"],
    "DEFAULT_PAGINATION_CLASS": "labeling.api.paging.CursorPages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "labeling.errors.api_exception_handler",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "DEFAULT_THROTTLE_RATES": {"login": "20/min"},
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Repick",
    "DESCRIPTION": "Find and mend wrong picks in seismic catalogs.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1/(workspaces/{workspace}/)?",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "docExpansion": "none"},
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "WorkStateEnum": "labeling.models.Work.State",
        "PickStateEnum": "labeling.models.Pick.State",
        "FlagStateEnum": "labeling.models.Flag.State",
        "FlagKindEnum": "labeling.models.Flag.Kind",
        "RoleEnum": "labeling.models.Membership.Role",
    },
}

# --- logging ----------------------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": environment.text("REPICK_LOG_LEVEL", "WARNING")},
    "loggers": {"labeling": {"level": "INFO"}, "training": {"level": "INFO"}},
}
