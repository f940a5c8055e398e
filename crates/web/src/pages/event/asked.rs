//! What an address asks of the parts of an event's page: which thread, which frames that were left
//! out, which breadcrumbs. Pure.

use crate::pages::form::Fields;
use crate::pages::links::encode;

/// The part of a query that is about the event's own parts.
pub(crate) struct Asked {
    /// The number of a thread, as text.
    pub(crate) thread: String,
    /// The frames that were left out and are wanted now.
    open: String,
    /// Whether all breadcrumbs are wanted.
    pub(crate) all_steps: bool,
    pub(crate) level: String,
    pub(crate) kind: String,
    pub(crate) text: String,
}

impl Asked {
    /// Reads the query of `path`.
    pub(crate) fn read(path: &str) -> Self {
        let query = path.split_once('?').map_or("", |(_, query)| query);
        let query = query.split('#').next().unwrap_or_default();
        let fields = Fields::parse(query.as_bytes());
        let field = |name: &str| fields.get(name).to_owned();
        Self {
            thread: field("thread"),
            open: field("open"),
            all_steps: fields.get("steps") == "all",
            level: field("step_level"),
            kind: field("step_type"),
            text: field("step_text"),
        }
    }

    /// Whether what goes by this name is wanted.
    pub(crate) fn opens(&self, id: &str) -> bool {
        !id.is_empty() && self.open == id
    }

    /// The address where `id` is in full, on the page `here`.
    pub(crate) fn href(&self, here: &str, id: &str) -> String {
        let thread = match self.thread.as_str() {
            "" => String::new(),
            thread => format!("thread={}&", encode(thread)),
        };
        format!("{here}?{thread}open={id}#{id}")
    }

    /// The address where all breadcrumbs are that are asked for now.
    pub(crate) fn all_steps_href(&self, here: &str) -> String {
        let (level, kind) = (encode(&self.level), encode(&self.kind));
        let text = encode(&self.text);
        format!("{here}?steps=all&step_level={level}&step_type={kind}&step_text={text}#breadcrumbs")
    }

    /// Whether breadcrumbs are picked out.
    pub(crate) fn picks_steps(&self) -> bool {
        !(self.level.is_empty() && self.kind.is_empty() && self.text.is_empty())
    }
}
