"""Django's settings: one screen. What differs between places comes from the environment (see .env.example)."""

import os
from urllib.parse import parse_qs, unquote, urlsplit

from csp.constants import NONE, SELF

from gridmap import cluster

ROOT = cluster.ROOT
LOCAL = cluster.LOCAL
DEBUG = False
SECRET_KEY = cluster.secret("GRIDMAP_SECRET_KEY")
FIELD_KEY = cluster.secret("GRIDMAP_FIELD_KEY")  # seals names, phones, addresses
FIELD_KEY_BEFORE = os.environ.get("GRIDMAP_FIELD_KEY_BEFORE", "")  # beside it while keys are changed (manage.py rotate_keys)
INDEX_KEY = cluster.secret("GRIDMAP_INDEX_KEY")  # keyed apart: finds a phone or a name without opening any
JOIN_KEY = cluster.secret("GRIDMAP_JOIN_KEY")  # marks the tokens in QR codes
AUDIT_KEY = cluster.secret("GRIDMAP_AUDIT_KEY")  # keyed apart: whoever can write the database cannot forge the audit
TAG_KEY = cluster.secret("GRIDMAP_TAG_KEY")  # of its own: which sensitive tag a label in the database stands for
# The county's SMS gateway; without an address none is sent. Seconds after which whom nothing reached gets one, by level.
SMS_URL = os.environ.get("GRIDMAP_SMS_URL", "")
SMS_SECRET = os.environ.get("GRIDMAP_SMS_SECRET", "")
SMS_PER_SECOND = int(os.environ.get("GRIDMAP_SMS_PER_SECOND", "100"))
SMS_AFTER = {"red": 20, "orange": 60, "yellow": 300, "blue": 900}
CAP_SENDER = os.environ.get("GRIDMAP_CAP_SENDER", "gridmap@localhost")  # who we are in CAP: no spaces, no commas
SOCKET_SEAM = os.environ.get("GRIDMAP_SOCKET_SEAM", "0") == "1"  # writes past uvicorn's send: quicker, and tied to its inside (0022)
DEMO = os.environ.get("GRIDMAP_DEMO", "1") == "1"
SECURE = os.environ.get("GRIDMAP_SECURE", "0") == "1"  # behind HTTPS; plain HTTP is for loopback alone
HOSTS = os.environ.get("GRIDMAP_HOSTS", "127.0.0.1 localhost").split()  # never "*": it opens the sockets to any origin
PORT = int(os.environ.get("GRIDMAP_PORT", "8000"))
ALLOWED_HOSTS = HOSTS
ORIGINS = os.environ.get("GRIDMAP_ORIGINS", "").split() or [
    f"{'https' if SECURE else 'http'}://{host}:{PORT}" for host in HOSTS
]
CSRF_TRUSTED_ORIGINS = ORIGINS

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.gis",
    "django.contrib.postgres",
    "channels",
    "ninja",
    "csp",
    "gridmap",
    *(f"gridmap.{room}" for room in ("grids", "people", "register", "imports", "tags", "incidents", "broadcasts", "callups", "orders", "dispatches", "edge", "realtime", "idempotency", "audit")),
]
MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",  # before WhiteNoise, so that files go out with it too
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # answers carry a masked CSRF token, so length tells nothing (BREACH)
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "gridmap.middleware.sessions_end",
    "gridmap.middleware.one_shape",
]
ROOT_URLCONF = "gridmap.urls"
ASGI_APPLICATION = "gridmap.asgi.application"
TEMPLATES: list[dict[str, object]] = []

IDLE_IN_TRANSACTION_MS = 30_000 if "GRIDMAP_STATEMENT_MS" in os.environ else 0  # of web processes: a command may wait for whoever types
_database = urlsplit(cluster.url())
_user, _password = cluster.login() or (unquote(_database.username or ""), unquote(_database.password or ""))
DATABASES = {
    "default": {
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        "NAME": os.environ.get("GRIDMAP_DATABASE_NAME") or _database.path.lstrip("/"),
        "USER": _user,
        "PASSWORD": _password,
        "HOST": _database.hostname or parse_qs(_database.query).get("host", [""])[0],
        "PORT": _database.port or "",
        "CONN_MAX_AGE": 0,  # under ASGI each request has a thread of its own; a kept connection would leak
        # serve.py sets a limit for web processes; 0, no limit, for the clock and for commands. A process that froze, or whose link was
        # cut, within a transaction must not hold a broadcast's row for ever: nothing of ours is idle in one for long.
        "OPTIONS": {
            "application_name": "gridmap", "options": f"-c statement_timeout={os.environ.get('GRIDMAP_STATEMENT_MS', '0')} -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_MS}",
            "connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 30_000,
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "people.User"
AUTH_PASSWORD_VALIDATORS: list[dict[str, object]] = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name")},
    },
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]

SESSION_COOKIE_NAME = "__Host-gridmap_session" if SECURE else "gridmap_session"
CSRF_COOKIE_NAME = "__Host-gridmap_csrf" if SECURE else "gridmap_csrf"
JOIN_COOKIE_NAME = "__Host-gridmap_join" if SECURE else "gridmap_join"
DEVICE_COOKIE_NAME = "__Host-gridmap_device" if SECURE else "gridmap_device"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True  # pages get the token from GET /api/session and GET /api/inbox
CSRF_FAILURE_VIEW = "gridmap.errors.csrf_failed"
SESSION_COOKIE_AGE = 12 * 3600  # then everybody signs in anew, walls excepted
# A session that nobody touches ends sooner; a tablet in a jacket lies untouched for longer than a desk with its owner at it.
IDLE_MINUTES = {name: int(os.environ.get(f"GRIDMAP_IDLE_{name.upper()}_MINUTES", most)) for name, most in {"desk": 60, "field": 240}.items()}
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF, *(origin.replace("http", "ws", 1) for origin in ORIGINS)],
        "worker-src": [SELF],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

ID_NUMBERS = os.environ.get("GRIDMAP_ID_NUMBERS", "0") == "1"  # identity numbers are read for the year of birth; kept only where the county asks
PRESENCE_DAYS = int(os.environ.get("GRIDMAP_PRESENCE_DAYS", "365"))  # then "here" and "away" become unknown
# Days after which data is deleted (gridmap/retention.py); what is kept for hours or days says so where it is kept.
KEEP_DAYS = {
    name: max(1, int(os.environ.get(f"GRIDMAP_KEEP_{name.upper()}_DAYS", days)))
    for name, days in {"former": 730, "erased": 3650, "changes": 730, "receipts": 730, "audit": 730, "sign_ins": 30, "positions": 30}.items()
}
# Hours of the night, local time, in which no routine message goes out; "none" for none. And how many a group gets within a day.
_quiet = os.environ.get("GRIDMAP_QUIET_HOURS", "22-7")
QUIET_HOURS: tuple[int, int] | None = None if _quiet == "none" else (int(_quiet.split("-")[0]) % 24, int(_quiet.split("-")[1]) % 24)
MOST_ROUTINE_A_DAY = int(os.environ.get("GRIDMAP_MOST_ROUTINE_A_DAY", "3"))
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = False
STATIC_URL = "/static/"
FRONTEND = ROOT / "frontend" / "dist"
WHITENOISE_ROOT = None
WHITENOISE_ALLOW_ALL_ORIGINS = False
STATICFILES_DIRS: list[str] = []
STATIC_ROOT = FRONTEND
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/assets/"
# GDAL 3.6 cannot block file access from a hostile spatial reference: only integer SRIDs are ever taken (trap 9).
SILENCED_SYSTEM_CHECKS = ["gis.W001"]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    # 503 is "not ready" or "the database is down", which says so itself.
    "filters": {"served": {"()": "django.utils.log.CallbackFilter", "callback": lambda record: getattr(record, "status_code", 0) != 503}},
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["served"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"gridmap": {"level": "INFO"}, "django.request": {"level": "ERROR"}},
}
