//! Looks at accepted events on every page that shows them: the answer is 200, HTML is well-formed,
//! XML and JSON can be read.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a harness is test code"
)]

use std::collections::BTreeSet;
use std::sync::Mutex;

use serde_json::Value;

use super::arena::{Arena, EMAIL, parallel};
use super::html;
use crate::browser::Browser;
use crate::http::{Answer, Connection};

/// Readers at the same time.
const READERS: usize = 4;

/// Every page of every event, then those of their issues, the lists and the feeds.
pub(super) fn look_at_all(arena: &Arena, accepted: &BTreeSet<String>) {
    let browser = Browser::signed_in(&arena.server, EMAIL);
    let reader = Reader {
        arena,
        cookies: browser.headers(),
    };
    let ids: Vec<&String> = accepted.iter().collect();
    let issues = Mutex::new(BTreeSet::new());
    parallel_with(&reader, &ids, |reader, connection, id| {
        let issue = reader.event(connection, id);
        issues.lock().expect("no panic").insert(issue);
    });
    let issues: Vec<String> = issues.into_inner().expect("no panic").into_iter().collect();
    parallel_with(&reader, &issues, |reader, connection, issue| {
        reader.issue(connection, issue);
    });
    reader.lists(&mut arena.connect());
}

/// Each thread with a connection of its own.
fn parallel_with<T: Sync>(
    reader: &Reader<'_>,
    items: &[T],
    work: impl Fn(&Reader<'_>, &mut Connection, &T) + Sync,
) {
    let chunks: Vec<&[T]> = items.chunks(items.len().div_ceil(READERS).max(1)).collect();
    parallel(READERS, &chunks, |_, chunk| {
        let mut connection = reader.arena.connect();
        for item in *chunk {
            work(reader, &mut connection, item);
        }
    });
}

struct Reader<'a> {
    arena: &'a Arena,
    cookies: String,
}

impl Reader<'_> {
    /// A page for people, as far as HTML goes.
    fn page(&self, connection: &mut Connection, path: &str) {
        let text = Self::get(connection, path, &self.cookies).text();
        html::check(&text).unwrap_or_else(|fault| panic!("{path}: {fault}\n{text}"));
    }

    fn get(connection: &mut Connection, path: &str, headers: &str) -> Answer {
        let answer = connection.exchange("GET", path, headers, b"");
        let answer = answer.unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer
    }

    fn api(&self, connection: &mut Connection, path: &str) -> Value {
        let site = &self.arena.site;
        site.tell(connection, &site.org_path(path))
    }

    /// The pages of one event; its issue.
    fn event(&self, connection: &mut Connection, id: &str) -> String {
        let found = self.api(connection, &format!("eventids/{id}/"));
        let issue = found["groupId"].as_str().expect("an issue").to_owned();
        let org = &self.arena.site.account.org;
        let page = format!("/organizations/{org}/issues/{issue}/events/{id}/");
        self.page(connection, &page);
        self.page(connection, &format!("{page}?frames=all"));
        let json = Self::get(connection, &format!("{page}json/"), &self.cookies);
        assert_eq!(json.json()["event_id"], id, "{page}json/");
        let told = self.api(connection, &format!("issues/{issue}/events/{id}/"));
        assert_eq!(told["eventID"], id, "{told}");
        issue
    }

    /// The pages of one issue.
    fn issue(&self, connection: &mut Connection, issue: &str) {
        let org = &self.arena.site.account.org;
        self.page(connection, &format!("/organizations/{org}/issues/{issue}/"));
        self.page(
            connection,
            &format!("/organizations/{org}/issues/{issue}/events/"),
        );
        for rest in ["", "events/?full=1", "events/latest/", "tags/"] {
            self.api(connection, &format!("issues/{issue}/{rest}"));
        }
    }

    /// What shows many at once, to the last page.
    fn lists(&self, connection: &mut Connection) {
        let account = &self.arena.site.account;
        let org = &account.org;
        let mut next = Some(format!("/organizations/{org}/issues/"));
        while let Some(path) = next {
            self.page(connection, &path);
            let text = Self::get(connection, &path, &self.cookies).text();
            next = html::link(&text, "next").map(|href| match href.strip_prefix('?') {
                Some(query) => format!("/organizations/{org}/issues/?{query}"),
                None => href,
            });
        }
        for path in ["issues/?limit=100", "events/?full=1"] {
            let path = self.arena.site.project_path(path);
            self.arena.site.tell(connection, &path);
        }
        for file in ["messages.xml", "messages.atom", "summaries.xml"] {
            let path = format!("/feeds/{}/{file}", account.store_key);
            let feed = Self::get(connection, &path, &self.cookies).text();
            roxmltree::Document::parse(&feed).unwrap_or_else(|error| panic!("{file}: {error}"));
        }
    }
}
