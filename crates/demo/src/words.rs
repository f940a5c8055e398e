//! What invented code and logs are made of. The demo and the load of benchmarks pick from these
//! lists; the load was measured with them, so that a changed word changes its figures.

/// Words of log lines, answers and values.
#[rustfmt::skip] // A word a line would be all there is to see.
pub const WORDS: &[&str] = &[
    "account", "address", "agent", "alert", "amount", "answer", "archive", "article", "assign",
    "attempt", "backup", "balance", "banner", "basket", "batch", "booking", "border", "branch",
    "bridge", "broken", "browser", "buffer", "bundle", "button", "cache", "calendar", "campaign",
    "cancel", "carrier", "cart", "catalog", "category", "change", "channel", "charge", "checkout",
    "claim", "client", "cluster", "collect", "column", "comment", "commit", "company", "confirm",
    "connect", "contact", "content", "contract", "convert", "country", "coupon", "create",
    "credit", "currency", "customer", "customs", "dashboard", "deadline", "decline", "default",
    "delay", "delete", "deliver", "depot", "detail", "device", "discount", "dispatch", "document",
    "domain", "draft", "driver", "duplicate", "element", "empty", "encode", "engine", "entry",
    "estimate", "event", "exceeded", "expired", "export", "factory", "failed", "feature", "field",
    "filter", "final", "finance", "folder", "foreign", "format", "forward", "freight", "gateway",
    "gift", "grant", "group", "guest", "handler", "header", "history", "holiday", "import",
    "index", "inline", "insert", "invoice", "item", "journal", "keeper", "label", "latest",
    "ledger", "letter", "level", "limit", "listing", "loader", "locale", "locked", "lookup",
    "loyalty", "mailer", "manual", "margin", "market", "member", "merge", "message", "method",
    "mirror", "missing", "mobile", "module", "monitor", "network", "notice", "number", "object",
    "offer", "offline", "option", "order", "origin", "outlet", "package", "page", "pallet",
    "parcel", "partner", "password", "patch", "payment", "pending", "period", "permit", "picker",
    "planner", "pointer", "policy", "preview", "price", "printer", "process", "product",
    "profile", "program", "promise", "proposal", "provider", "purchase", "quantity", "query",
    "quota", "quote", "rating", "reader", "receipt", "record", "refund", "region", "register",
    "reject", "release", "remote", "renewal", "report", "request", "reserve", "resolve", "retry",
    "return", "review", "route", "sales", "sample", "scanner", "schedule", "schema", "search",
    "season", "segment", "sender", "serial", "session", "setting", "shelf", "shipment", "signal",
    "single", "socket", "source", "stale", "status", "stock", "storage", "store", "stream",
    "subject", "supplier", "support", "survey", "switch", "table", "target", "tariff", "team",
    "template", "tenant", "terminal", "ticket", "timeout", "token", "total", "track", "transfer",
    "travel", "trigger", "truck", "unit", "update", "upload", "user", "vacant", "valid", "value",
    "vendor", "version", "voucher", "waiting", "wallet", "warehouse", "warning", "weight",
    "widget", "window", "worker", "writer", "zone",
];

/// What functions do.
#[rustfmt::skip] // A word a line would be all there is to see.
pub const VERBS: &[&str] = &[
    "apply", "assign", "book", "build", "cancel", "charge", "check", "close", "collect",
    "compute", "confirm", "count", "create", "decode", "delete", "dispatch", "encode", "expand",
    "export", "fetch", "filter", "find", "format", "handle", "import", "insert", "load", "lock",
    "lookup", "merge", "notify", "open", "pack", "parse", "pick", "plan", "post", "prepare",
    "price", "publish", "read", "refresh", "refund", "register", "render", "reserve", "resolve",
    "retry", "route", "save", "schedule", "send", "ship", "sort", "split", "store", "sync",
    "track", "transform", "unlock", "update", "validate", "verify", "write",
];

/// Errors of Python programs.
#[rustfmt::skip] // A word a line would be all there is to see.
pub const PYTHON_ERRORS: &[&str] = &[
    "ValueError", "KeyError", "TypeError", "AttributeError", "IndexError", "TimeoutError",
    "ConnectionError", "RuntimeError", "PermissionError", "LookupError", "OperationalError",
    "IntegrityError", "ValidationError", "PaymentDeclined", "StockExceeded", "ZeroDivisionError",
];

/// Errors of JavaScript programs.
#[rustfmt::skip] // A word a line would be all there is to see.
pub const JAVASCRIPT_ERRORS: &[&str] = &[
    "TypeError", "ReferenceError", "RangeError", "SyntaxError", "NetworkError", "ChunkLoadError",
    "AbortError", "HttpError", "ValidationError", "QuotaExceededError",
];

/// Libraries that a Python program has installed.
#[rustfmt::skip] // A word a line would be all there is to see.
pub const PACKAGES: &[&str] = &[
    "amqp", "asgiref", "attrs", "billiard", "boto3", "botocore", "cachetools", "celery",
    "certifi", "cffi", "chardet", "click", "cryptography", "dateutil", "dj-database-url",
    "django", "django-cors-headers", "django-filter", "django-redis", "djangorestframework",
    "docutils", "et-xmlfile", "gunicorn", "httptools", "idna", "itsdangerous", "jinja2",
    "jmespath", "jsonschema", "kombu", "lxml", "markdown", "markupsafe", "msgpack", "numpy",
    "oauthlib", "openpyxl", "packaging", "pandas", "pillow", "pip", "prometheus-client",
    "prompt-toolkit", "protobuf", "psycopg2", "pyasn1", "pycparser", "pydantic", "pygments",
    "pyjwt", "pyparsing", "python-dotenv", "pytz", "pyyaml", "redis", "requests",
    "requests-oauthlib", "rsa", "s3transfer", "sentry-sdk", "setuptools", "six", "sqlparse",
    "stripe", "tornado", "typing-extensions", "tzdata", "urllib3", "uvicorn", "vine", "wcwidth",
    "werkzeug", "wheel", "whitenoise", "xlsxwriter", "zipp",
];

/// Browsers, with their version and user agent.
pub const BROWSERS: &[(&str, &str)] = &[
    (
        "Chrome",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
         Chrome/142.0.0.0 Safari/537.36",
    ),
    (
        "Firefox",
        "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    ),
    (
        "Safari",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) \
         Version/18.1 Safari/605.1.15",
    ),
    (
        "Edge",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
         Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
    ),
];
