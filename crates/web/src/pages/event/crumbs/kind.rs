//! What kind of step a breadcrumb is, by the many names that clients give them. Pure.

/// A kind of step; each has an icon and a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StepKind {
    Error,
    Http,
    Navigation,
    Query,
    User,
    Console,
    System,
    Other,
}

impl StepKind {
    pub(super) const ALL: [Self; 8] = [
        Self::Error,
        Self::Http,
        Self::Navigation,
        Self::Query,
        Self::User,
        Self::Console,
        Self::System,
        Self::Other,
    ];

    /// By the type, where it says anything, or else by the category.
    pub(super) fn of(kind: &str, category: &str) -> Self {
        let of_kind = Self::named(kind);
        if of_kind != Self::Other {
            return of_kind;
        }
        let whole = Self::named(category);
        let first = category.split(['.', ':', '/']).next().unwrap_or_default();
        match whole {
            Self::Other => Self::named(first),
            known => known,
        }
    }

    fn named(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "error" | "exception" | "crash" => Self::Error,
            "http" | "xhr" | "fetch" | "httplib" | "requests" | "httpx" | "urllib3" | "okhttp"
            | "graphql" | "grpc" | "rpc" => Self::Http,
            "navigation" | "route" | "router" | "page" | "activity" => Self::Navigation,
            "query" | "sql" | "db" | "redis" | "database" | "mongodb" | "cache" => Self::Query,
            "user" | "ui" | "auth" | "touch" | "gesture" => Self::User,
            "console" | "debug" | "log" | "logger" | "logging" | "info" => Self::Console,
            "system" | "session" | "device" | "network" | "app" | "started" | "battery" => {
                Self::System
            }
            _ => Self::Other,
        }
    }

    /// As addresses name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Http => "http",
            Self::Navigation => "navigation",
            Self::Query => "query",
            Self::User => "user",
            Self::Console => "console",
            Self::System => "system",
            Self::Other => "other",
        }
    }

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Error => "Error",
            Self::Http => "HTTP",
            Self::Navigation => "Navigation",
            Self::Query => "Query",
            Self::User => "User",
            Self::Console => "Log",
            Self::System => "System",
            Self::Other => "Other",
        }
    }

    pub(crate) fn icon(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Http => "globe",
            Self::Navigation => "link",
            Self::Query => "database",
            Self::User => "person",
            Self::Console => "console",
            Self::System => "status",
            Self::Other => "right",
        }
    }
}
