//! One thing to report, as the program hands it over. Nothing here is on the wire yet.
//! Programs build it, `client` completes and queues it, `wire` writes it down.

use std::backtrace::Backtrace;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::Location;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::clock::unix_now;
use crate::exception::Exception;
use crate::{EventId, Level};

/// One thing to report.
///
/// ```
/// use watchpost_client::{Event, Level};
///
/// let event = Event::text("Basket is empty")
///     .with_level(Level::Warning)
///     .with_view("shop::basket::pay")
///     .with_data("items", 0)
///     .with_tag("currency", "EUR");
/// assert_eq!(event.message(), "Basket is empty");
/// ```
pub struct Event {
    pub(crate) id: EventId,
    pub(crate) time: Duration,
    pub(crate) level: Level,
    pub(crate) message: String,
    /// Outermost first.
    pub(crate) exceptions: Vec<Exception>,
    pub(crate) origin: Origin,
    pub(crate) backtrace: Option<Backtrace>,
    pub(crate) place: Option<&'static Location<'static>>,
    pub(crate) view: Option<String>,
    pub(crate) logger: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) site: Option<String>,
    pub(crate) user: Option<User>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) data: Map<String, Value>,
    pub(crate) fingerprint: Vec<String>,
    pub(crate) checksum: Option<String>,
}

/// Whether the program carried on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Captured by the program.
    Handled,
    /// Seen by the panic hook.
    Panic,
}

/// Who was hit. All parts are optional.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// The id in the program's own books.
    pub id: Option<String>,
    /// The name used to sign in.
    pub username: Option<String>,
    /// The mail address.
    pub email: Option<String>,
    /// The address of the visitor. The first protocol has no place for it.
    pub ip_address: Option<String>,
}

impl Event {
    /// A plain message, at level error until told otherwise.
    pub fn text(message: impl Into<String>) -> Self {
        Self {
            id: EventId::random(),
            time: unix_now(),
            level: Level::Error,
            message: message.into(),
            exceptions: Vec::new(),
            origin: Origin::Handled,
            backtrace: None,
            place: None,
            view: None,
            logger: None,
            url: None,
            site: None,
            user: None,
            tags: BTreeMap::new(),
            data: Map::new(),
            fingerprint: Vec::new(),
            checksum: None,
        }
    }

    /// How bad it is.
    #[must_use]
    pub fn with_level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// The function (or page, or job) that caused it. Without one, the innermost function of the
    /// program on the stack is taken.
    #[must_use]
    pub fn with_view(mut self, view: impl Into<String>) -> Self {
        self.view = Some(view.into());
        self
    }

    /// The logger it comes from. Without one, servers say `root`.
    #[must_use]
    pub fn with_logger(mut self, logger: impl Into<String>) -> Self {
        self.logger = Some(logger.into());
        self
    }

    /// The address of the request that was served.
    #[must_use]
    pub fn with_url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// The site, where one program serves several.
    #[must_use]
    pub fn with_site(mut self, site: impl Into<String>) -> Self {
        self.site = Some(site.into());
        self
    }

    /// Who was hit.
    #[must_use]
    pub fn with_user(mut self, user: User) -> Self {
        self.user = Some(user);
        self
    }

    /// A short text to filter by.
    #[must_use]
    pub fn with_tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    /// Anything else worth knowing.
    #[must_use]
    pub fn with_data(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.data.insert(key.into(), value.into());
        self
    }

    /// What makes it the same issue as another: events with equal parts are grouped.
    #[must_use]
    pub fn with_fingerprint<P: Into<String>>(mut self, parts: impl IntoIterator<Item = P>) -> Self {
        self.fingerprint = parts.into_iter().map(Into::into).collect();
        self
    }

    /// The fingerprint of the first protocol: 32 hex digits. It wins over
    /// [`with_fingerprint`](Self::with_fingerprint).
    #[must_use]
    pub fn with_checksum(mut self, checksum: impl Into<String>) -> Self {
        self.checksum = Some(checksum.into());
        self
    }

    /// The id it will have on the server.
    pub fn id(&self) -> EventId {
        self.id
    }

    /// How bad it is.
    pub fn level(&self) -> Level {
        self.level
    }

    /// The message, or what the error printed.
    pub fn message(&self) -> &str {
        match self.exceptions.first() {
            Some(exception) if self.message.is_empty() => &exception.value,
            _ => &self.message,
        }
    }

    /// The name of the error's type; `None` for plain messages.
    pub fn class_name(&self) -> Option<&str> {
        let exception = self.exceptions.first()?;
        Some(&exception.name)
    }

    /// The logger it comes from.
    pub fn logger(&self) -> Option<&str> {
        self.logger.as_deref()
    }

    /// The view it was given.
    pub fn view(&self) -> Option<&str> {
        self.view.as_deref()
    }

    /// The data it was given.
    pub fn data(&self) -> &Map<String, Value> {
        &self.data
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("id", &self.id)
            .field("level", &self.level)
            .field("message", &self.message())
            .field("class_name", &self.class_name())
            .finish_non_exhaustive()
    }
}
