//! What was sent and acknowledged, and what must therefore be found: the one judge of every part.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};

use super::http::{Answer, Connection};
use super::site::{Server, Site};
use crate::poll;

/// Digesting everything a crash left behind may take this long on a busy machine.
const SETTLE_LIMIT: Duration = Duration::from_secs(40);

/// A row of the event list: id and issue.
type Row = (String, String);

/// The books about one data directory.
#[derive(Clone, Debug, Default)]
pub(super) struct Books {
    /// Sent, whatever became of them.
    pub(super) sent: BTreeSet<String>,
    /// Acknowledged: these must be there.
    pub(super) acknowledged: BTreeSet<String>,
    /// Old enough to be forgotten by a cleanup: they may be gone, and their issues with them.
    pub(super) doomed: BTreeSet<String>,
    /// Found so far, with the issue of each.
    stored: BTreeMap<String, String>,
}

impl Books {
    /// Compares the books with everything the server has.
    pub(super) fn check_all(&mut self, site: &Site, server: &Server) -> anyhow::Result<()> {
        self.stored.clear();
        self.check(site, server)
    }

    /// Compares what is new since the last look, and the counters of all issues.
    pub(super) fn check(&mut self, site: &Site, server: &Server) -> anyhow::Result<()> {
        let mut connection = server.connect()?;
        let marker = settle(site, &mut connection, "the last in the queue")?;
        self.sent.insert(marker.clone());
        self.acknowledged.insert(marker);
        self.list_new(site, &mut connection)?;
        let lost = self.acknowledged.iter().filter(|id| {
            let known = self.stored.contains_key(*id);
            !known && !self.doomed.contains(*id)
        });
        let lost: Vec<&String> = lost.collect();
        ensure!(
            lost.is_empty(),
            "{} acknowledged events are lost: {lost:?}",
            lost.len()
        );
        self.compare_counts(site, &mut connection)
    }

    /// Reads the event list from the newest on, until a page brings nothing new.
    fn list_new(&mut self, site: &Site, connection: &mut Connection) -> anyhow::Result<()> {
        let mut seen = BTreeSet::new();
        let mut path = project_path(site, "events/?per_page=100");
        loop {
            let (rows, next) = page(site, connection, &path)?;
            let mut fresh = 0;
            for (id, issue) in rows {
                ensure!(seen.insert(id.clone()), "{id} is stored twice");
                ensure!(
                    self.sent.contains(&id),
                    "{id} is stored, but nobody sent it"
                );
                if let Some(before) = self.stored.insert(id.clone(), issue.clone()) {
                    ensure!(before == issue, "{id} moved from issue {before} to {issue}");
                } else {
                    fresh += 1;
                }
            }
            match next {
                Some(next) if fresh > 0 => path = next,
                _ => return Ok(()),
            }
        }
    }

    /// Each issue counts exactly the events that it has.
    fn compare_counts(&self, site: &Site, connection: &mut Connection) -> anyhow::Result<()> {
        let mut expect: BTreeMap<&str, u64> = BTreeMap::new();
        let mut skip = BTreeSet::new();
        for (id, issue) in &self.stored {
            *expect.entry(issue).or_default() += 1;
            if self.doomed.contains(id) {
                skip.insert(issue.as_str());
            }
        }
        expect.retain(|issue, _| !skip.contains(issue));
        let counts = counts(site, connection)?;
        for (issue, expect) in expect {
            let found = counts.get(issue);
            ensure!(
                found == Some(&expect),
                "issue {issue} counts {found:?} events but has {expect}"
            );
        }
        Ok(())
    }
}

/// One page of the event list, and the path of the next.
fn page(
    site: &Site,
    connection: &mut Connection,
    path: &str,
) -> anyhow::Result<(Vec<Row>, Option<String>)> {
    let answer = ask(site, connection, path)?;
    let rows = answer.json();
    let rows = rows
        .as_array()
        .with_context(|| format!("{path} is no list"))?;
    let rows = rows.iter().map(|row| {
        let id = row.get("eventID").and_then(Value::as_str);
        let issue = row.get("groupID").and_then(Value::as_str);
        let pair = id.zip(issue).context("a row without id or issue")?;
        Ok((pair.0.to_owned(), pair.1.to_owned()))
    });
    let rows = rows.collect::<anyhow::Result<_>>()?;
    Ok((
        rows,
        answer.header("link").and_then(|link| next_page(path, link)),
    ))
}

/// The path of the next page, from a `Link` header.
fn next_page(path: &str, link: &str) -> Option<String> {
    let next = link
        .split(", <")
        .find(|part| part.contains("rel=\"next\""))?;
    let more = next.contains("results=\"true\"");
    let cursor = next.split("; cursor=\"").nth(1)?.split('"').next()?;
    let base = path.split("&cursor=").next().unwrap_or(path);
    more.then(|| format!("{base}&cursor={cursor}"))
}

/// What the issue list says about each issue.
fn counts(site: &Site, connection: &mut Connection) -> anyhow::Result<BTreeMap<String, u64>> {
    let path = project_path(site, "issues/?query=&limit=100");
    let answer = ask(site, connection, &path)?.json();
    let issues = answer.as_array().context("the issues are no list")?;
    let pairs = issues.iter().map(|issue| {
        let text = |name| issue.get(name).and_then(Value::as_str);
        let pair = text("id")
            .zip(text("count"))
            .context("an issue without count")?;
        Ok((pair.0.to_owned(), pair.1.parse()?))
    });
    pairs.collect()
}

/// Waits until everything accepted so far is digested: the queue is first in, first out, so it is
/// when one more event, of the issue `title`, can be found. Returns that event's id.
pub(super) fn settle(
    site: &Site,
    connection: &mut Connection,
    title: &str,
) -> anyhow::Result<String> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let id = format!(
        "{:08x}{:08x}{number:016x}",
        0x5e77_1e00_u32,
        std::process::id()
    );
    let body = json!({"event_id": id, "message": title}).to_string();
    let path = site.account.store_path();
    let taken = poll::until(SETTLE_LIMIT, || {
        let answer = connection.post(&path, body.as_bytes());
        match answer {
            // Busy or full for a moment is an answer, too.
            Ok(answer) if answer.status == 429 => None,
            other => Some(other),
        }
    });
    let answer = taken.context("the server never took another event")??;
    ensure!(
        answer.status == 200,
        "an event is refused: {}",
        describe(&answer)
    );
    let found = poll::until(SETTLE_LIMIT, || {
        let path = format!("/api/0/organizations/{}/eventids/{id}/", site.account.org);
        let answer = connection.get(&path, &site.account.token);
        match answer {
            Ok(answer) if answer.status == 404 => None,
            Ok(answer) if answer.status == 200 => Some(Ok(())),
            Ok(answer) => Some(Err(describe(&answer))),
            Err(error) => Some(Err(error.to_string())),
        }
    });
    match found {
        Some(Ok(())) => Ok(id),
        Some(Err(why)) => bail!("the digest's end cannot be seen: {why}"),
        None => bail!("the digest stands still: {}", site.log_tail()),
    }
}

/// A question to the API that has an answer.
pub(super) fn ask(site: &Site, connection: &mut Connection, path: &str) -> anyhow::Result<Answer> {
    let answer = connection.get(path, &site.account.token)?;
    ensure!(answer.status == 200, "{path}: {}", describe(&answer));
    Ok(answer)
}

pub(super) fn describe(answer: &Answer) -> String {
    format!("{} {}", answer.status, answer.text())
}

/// Below the project in the API.
pub(super) fn project_path(site: &Site, rest: &str) -> String {
    let (org, project) = (&site.account.org, &site.account.project);
    format!("/api/0/projects/{org}/{project}/{rest}")
}

#[cfg(test)]
mod tests {
    use super::next_page;

    #[test]
    fn the_next_page_is_read_from_the_link() {
        let link = |results| {
            format!(
                "<http://h/e/?a=1&cursor=0:0:1>; rel=\"previous\"; results=\"false\"; \
                 cursor=\"0:0:1\", <http://h/e/?a=1&cursor=X:0:0>; rel=\"next\"; \
                 results=\"{results}\"; cursor=\"X:0:0\""
            )
        };
        let next = next_page("/e/?a=1&cursor=W:0:0", &link("true"));
        assert_eq!(next.as_deref(), Some("/e/?a=1&cursor=X:0:0"));
        assert_eq!(next_page("/e/?a=1", &link("false")), None);
    }
}
