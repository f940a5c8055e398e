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
    /// What the frames that are wanted have in their names.
    pub(crate) frame_text: String,
    /// What the issue is narrowed to; see `issue/narrow.rs`.
    narrow: [(&'static str, String); 3],
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
            frame_text: field("frame_text"),
            narrow: ["query", "environment", "statsPeriod"].map(|name| (name, field(name))),
        }
    }

    /// Whether the frame of this name is wanted.
    pub(crate) fn opens(&self, id: &str) -> bool {
        !id.is_empty() && self.open == id
    }

    /// Whether the fold of this name is wanted, or a frame in it: `f0-30-7` is in `f0-30`.
    pub(crate) fn opens_fold(&self, id: &str) -> bool {
        let within = |rest: &str| rest.is_empty() || rest.starts_with('-');
        !id.is_empty() && self.open.strip_prefix(id).is_some_and(within)
    }

    /// The address where `id` is in full, on the page `here`.
    pub(crate) fn href(&self, here: &str, id: &str) -> String {
        self.href_with(here, &format!("open={id}"), id)
    }

    /// The address of a part of the page `here` that is read another way, as `choice` says:
    /// `order=oldest`. What is picked out stays picked.
    pub(crate) fn href_with(&self, here: &str, choice: &str, part: &str) -> String {
        let picks = [
            ("thread", self.thread.as_str()),
            ("step_level", &self.level),
            ("step_type", &self.kind),
            ("step_text", &self.text),
            ("steps", if self.all_steps { "all" } else { "" }),
        ];
        let narrow = self.narrow.iter();
        let narrow = narrow.map(|(name, value)| (*name, value.as_str()));
        let picks = picks.into_iter().chain(narrow);
        let picks = picks.filter(|(_, value)| !value.is_empty());
        let mut query: Vec<String> = picks
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        query.push(choice.to_owned());
        format!("{here}?{}#{part}", query.join("&"))
    }

    /// What the issue is narrowed to, for forms to keep.
    pub(crate) fn narrowed(&self) -> Vec<(&'static str, &str)> {
        let narrow = self.narrow.iter().filter(|(_, value)| !value.is_empty());
        narrow
            .map(|(name, value)| (*name, value.as_str()))
            .collect()
    }

    /// Whether frames are picked out.
    pub(crate) fn picks_frames(&self) -> bool {
        !self.frame_text.is_empty()
    }

    /// Whether breadcrumbs are picked out.
    pub(crate) fn picks_steps(&self) -> bool {
        !(self.level.is_empty() && self.kind.is_empty() && self.text.is_empty())
    }
}
