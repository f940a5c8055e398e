//! What a change of issues did, in words, with the way back: said once on the next page. Pure.

use watchpost_model::ProjectId;

use crate::pages::format::plural;

/// See the file; `parts/done.html` draws it.
pub(crate) struct Done {
    pub(crate) words: String,
    /// What the ledger remembers, to take it back by.
    pub(crate) change: Option<i64>,
    /// Whose issues they are.
    pub(crate) project: ProjectId,
}

/// For the next page, read by [`Done::read`]. `undo` is what it can be undone by, of a project.
pub(super) fn flash(word: &str, count: usize, undo: Option<(ProjectId, i64)>) -> String {
    let (project, undo) = undo.map_or((String::new(), String::new()), |(project, undo)| {
        (project.to_string(), undo.to_string())
    });
    format!("did:{}:{count}:{undo}:{project}", word.replace(' ', "_"))
}

impl Done {
    /// Reads `did:archived:3:17:2`, as the answer to a form left it: what, how many issues, what to
    /// undo it by, and in which project.
    pub(crate) fn read(said: &str) -> Option<Self> {
        let mut parts = said.strip_prefix("did:")?.split(':');
        let (word, count) = (parts.next()?.replace('_', " "), parts.next()?);
        let count: u64 = count.parse().ok()?;
        // A cookie is anybody's text.
        if word.len() > 20 || !word.chars().all(|c| c.is_ascii_lowercase() || c == ' ') {
            return None;
        }
        let change = parts.next().and_then(|id| id.parse().ok());
        let project = parts.next().and_then(|id| id.parse().ok());
        Some(Self {
            words: match count {
                0 => "Nothing to do.".to_owned(),
                count => format!("{} {word}.", plural(count, "issue")),
            },
            change: change.filter(|_| project.is_some()),
            project: project.unwrap_or(ProjectId(0)),
        })
    }
}
