//! The last refusals of each project, in memory, for whoever waits for an event that does not
//! come. The gates note, the side door reads. Nothing in here is asked for what is accepted.

use std::collections::HashMap;
use std::sync::Mutex;

use axum::http::header;
use axum::http::request::Parts;
use watchpost_model::{KeyId, ProjectId, Rejection, Timestamp};

use crate::error::GateError;
use crate::gate::{auth, client};
use crate::limits::{
    REJECTION_AGE_SECS_MAX, REJECTION_KIND_COUNT_MAX, REJECTION_PAUSE_MICROS,
    REJECTION_TEXT_BYTES_MAX,
};
use crate::sync::lock;

/// What was refused of late, by project. `None`: of requests that belong to no project that there
/// is. Each project has places of its own, so no stranger pushes another's out; and what differs
/// only in what a client makes up shares one.
#[derive(Default)]
pub(crate) struct Rejections(Mutex<HashMap<Option<ProjectId>, Vec<Rejection>>>);

/// A request that is refused, as far as it is known.
pub(crate) struct Refused<'a> {
    pub(crate) head: &'a Parts,
    pub(crate) error: &'a GateError,
    /// The project in its path.
    pub(crate) named: Option<ProjectId>,
    pub(crate) key: Option<KeyId>,
}

impl Rejections {
    /// Notes a refusal where people of `place` find it.
    pub(crate) fn note(&self, place: Option<ProjectId>, refused: &Refused<'_>, now: Timestamp) {
        let verdict = refused.error.verdict();
        let mut lists = lock(&self.0);
        let list = lists.entry(place).or_default();
        let same = |one: &&mut Rejection| (one.reason, one.key) == (verdict.reason, refused.key);
        let known = list.iter_mut().find(same);
        if let Some(known) = known {
            known.count = known.count.saturating_add(1);
            let passed = now.as_micros().saturating_sub(known.last.as_micros());
            if (0..REJECTION_PAUSE_MICROS).contains(&passed) {
                // A flood costs no texts.
                return;
            }
            if passed > REJECTION_AGE_SECS_MAX * 1_000_000 {
                known.count = 1;
            }
            let count = known.count;
            *known = describe(refused, count, now);
            return;
        }
        if list.len() >= REJECTION_KIND_COUNT_MAX {
            let oldest = list.iter().enumerate().min_by_key(|(_, one)| one.last);
            if let Some((place, _)) = oldest {
                list.swap_remove(place);
            }
        }
        list.push(describe(refused, 1, now));
    }

    /// Those of `project` and those of nobody's, newest first.
    pub(crate) fn of(&self, project: ProjectId, now: Timestamp) -> Vec<Rejection> {
        let lists = lock(&self.0);
        let places = [Some(project), None];
        let found = places.iter().filter_map(|place| lists.get(place)).flatten();
        let is_fresh = |one: &&Rejection| now.secs_since(one.last) <= REJECTION_AGE_SECS_MAX;
        let mut found: Vec<_> = found.filter(is_fresh).cloned().collect();
        found.sort_by_key(|one| std::cmp::Reverse(one.last));
        found
    }
}

fn describe(refused: &Refused<'_>, count: u64, now: Timestamp) -> Rejection {
    let head = refused.head;
    let verdict = refused.error.verdict();
    let given = auth::credentials(head).ok().flatten();
    let named = given.and_then(|given| given.client);
    let program = || client::text(head, header::USER_AGENT).map(str::to_owned);
    let page = client::text(head, header::ORIGIN).or_else(|| client::text(head, header::REFERER));
    Rejection {
        last: now,
        count,
        reason: verdict.reason,
        status: verdict.status.as_u16(),
        detail: cut(&refused.error.to_string()),
        key: refused.key,
        named: refused.named,
        origin: page.map(origin_of),
        client: named.or_else(program).map(|text| cut(&text)),
    }
}

/// A page without its path and query, which may hold what is nobody's business.
fn origin_of(page: &str) -> String {
    let start = page.find("://").map_or(0, |place| place + 3);
    let rest = page.get(start..).unwrap_or_default();
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    cut(page.get(..start + end).unwrap_or_default())
}

fn cut(text: &str) -> String {
    let end = text.floor_char_boundary(REJECTION_TEXT_BYTES_MAX);
    text.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;
    use crate::outcome::Owner;

    fn head(user_agent: &str) -> Parts {
        let request = Request::builder().header("user-agent", user_agent);
        let page = "https://shop.example/cart?token=secret";
        let request = request.header("referer", page);
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn a_flood_of_one_kind_is_one_entry_and_kinds_are_bounded() {
        let rejections = Rejections::default();
        let (one, other) = (ProjectId(1), ProjectId(2));
        let note = |place, key: i64, at: i64| {
            let head = head(&format!("made-up/{at}"));
            let refused = Refused {
                head: &head,
                error: &GateError::Refused(Owner::default()),
                named: Some(ProjectId(at)),
                key: Some(KeyId(key)),
            };
            rejections.note(place, &refused, Timestamp::from_secs(at));
        };
        note(Some(other), 7, 1000);
        for at in 1000..3000 {
            note(Some(one), 1, at);
        }
        let found = rejections.of(one, Timestamp::from_secs(3000));
        assert_eq!((found.len(), found[0].count), (1, 2000));
        assert_eq!(found[0].client.as_deref(), Some("made-up/2999"));
        assert_eq!(found[0].origin.as_deref(), Some("https://shop.example"));
        for key in 0..100 {
            note(Some(one), key, 3000 + key);
        }
        let found = rejections.of(one, Timestamp::from_secs(3100));
        assert_eq!(found.len(), REJECTION_KIND_COUNT_MAX);
        assert_eq!(found[0].key, Some(KeyId(99)), "the newest first");
        let theirs = rejections.of(other, Timestamp::from_secs(3100));
        assert_eq!(theirs.len(), 1, "whose floods they were not");
        let late = Timestamp::from_secs(3100 + REJECTION_AGE_SECS_MAX);
        assert!(rejections.of(other, late).is_empty(), "that was long ago");
    }
}
