//! What a change of issues did, in words, with the way back. Said on the page after it.

use watchpost_model::ProjectId;
use watchpost_store::limits::TRASH_SECS;

use crate::pages::format::plural;

/// Changes that one button takes back: they go through a cookie.
const UNDO_COUNT_MAX: usize = 150;

/// What a form says of them when there were more.
pub(super) const LOST: &str = "lost";

/// Changes that belong together, as the ledger remembers them: `3-17.3-18`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Undo(pub(super) Vec<(Option<ProjectId>, i64)>);

impl Undo {
    /// Reads them; a number alone is of the project that the form names.
    pub(super) fn read(text: &str) -> Option<Self> {
        let one = |part: &str| match part.split_once('-') {
            Some((project, id)) => Some((Some(project.parse().ok()?), id.parse().ok()?)),
            None => Some((None, part.parse().ok()?)),
        };
        let all: Option<Vec<_>> = text.split('.').map(one).collect();
        all.map(Self)
    }

    /// After what a form says was done before; `None` when some of that is lost: taking back a
    /// part is not what people would expect.
    pub(super) fn after(&self, so_far: &str) -> Option<Self> {
        let Self(mut all) = match so_far {
            "" => Self::default(),
            text => Self::read(text)?,
        };
        all.extend_from_slice(&self.0);
        (all.len() <= UNDO_COUNT_MAX).then_some(Self(all))
    }

    /// In one word; `None` when there is nothing to take back, or too much to remember.
    pub(super) fn text(&self) -> Option<String> {
        let Self(all) = self;
        if all.is_empty() || all.len() > UNDO_COUNT_MAX {
            return None;
        }
        let word = |(project, id): &(Option<ProjectId>, i64)| match project {
            Some(project) => format!("{project}-{id}"),
            None => id.to_string(),
        };
        Some(all.iter().map(word).collect::<Vec<_>>().join("."))
    }
}

/// See the file.
pub(crate) struct Done {
    pub(crate) words: String,
    /// How long it can be taken back, where that is short.
    pub(crate) note: Option<String>,
    /// What to take it back by.
    pub(crate) undo: Option<String>,
}

impl Done {
    pub(super) fn new(word: &str, count: u64, undo: &Undo) -> Self {
        let undo = undo.text();
        let is_short = undo.is_some() && matches!(word, "deleted" | "discarded");
        Self {
            words: match count {
                0 => "Nothing to do.".to_owned(),
                count => format!("{} {word}.", plural(count, "issue")),
            },
            note: is_short.then(|| format!("Undo works for {} minutes.", TRASH_SECS / 60)),
            undo,
        }
    }

    /// Reads `did:archived:3:1-17`, as the answer to a form left it: what, how many issues, and
    /// what to undo it by.
    pub(crate) fn read(said: &str) -> Option<Self> {
        let mut parts = said.strip_prefix("did:")?.split(':');
        let (word, count) = (parts.next()?.replace('_', " "), parts.next()?);
        let count: u64 = count.parse().ok()?;
        // A cookie is anybody's text.
        if word.len() > 20 || !word.chars().all(|c| c.is_ascii_lowercase() || c == ' ') {
            return None;
        }
        let undo = parts.next().and_then(Undo::read).unwrap_or_default();
        Some(Self::new(&word, count, &undo))
    }

    /// For the next page: the reverse of [`Self::read`].
    pub(super) fn flash(word: &str, count: u64, undo: &Undo) -> String {
        let undo = undo.text().unwrap_or_default();
        format!("did:{}:{count}:{undo}", word.replace(' ', "_"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_survives_the_way_to_the_next_page() {
        let undo = Undo(vec![(Some(ProjectId(3)), 17), (Some(ProjectId(4)), 18)]);
        let flash = Done::flash("changed back", 2, &undo);
        let done = Done::read(&flash).unwrap();
        assert_eq!(done.words, "2 issues changed back.");
        assert_eq!(done.undo.as_deref(), Some("3-17.4-18"));
        assert_eq!(Undo::read("3-17.4-18"), Some(undo));
        assert_eq!(Undo::read("17"), Some(Undo(vec![(None, 17)])));
        for wrong in ["", "x", "1-", "-1-2", "1.", "1-2-3"] {
            assert_eq!(Undo::read(wrong), None, "{wrong}");
        }
        let many = Undo(vec![(None, 1); UNDO_COUNT_MAX - 1]);
        let all = many.after("7").unwrap();
        assert_eq!(all.0.first(), Some(&(None, 7)));
        assert_eq!(all.after(LOST), None);
        assert_eq!(all.after("8"), None);
        assert_eq!(all.after("").as_ref(), Some(&all));
        for wrong in ["", "did:", "did:<b>:1:", "did:x:-1:", "did:x:y:"] {
            assert!(Done::read(wrong).is_none(), "{wrong}");
        }
        let deleted = Done::read("did:deleted:1:1-2").unwrap();
        assert_eq!(deleted.note.as_deref(), Some("Undo works for 15 minutes."));
        assert_eq!(Done::read("did:deleted:1:").unwrap().note, None);
    }
}
