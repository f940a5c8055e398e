//! Who changed what of the settings, to read, to filter and to take away as CSV.

use std::iter;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use watchpost_model::{Member, Timestamp, UserId};
use watchpost_store::{AuditEntry, AuditQuery};

use super::csv::cell;
use super::format::When;
use super::links::encode;
use super::people::Names;
use super::shell::{Scope, Shell, ask};
use super::{PageError, Visit};
use crate::App;

/// Entries of a page, and of a file.
const PAGE_COUNT_MAX: usize = 50;
const CSV_COUNT_MAX: usize = 10_000;

/// What is offered to choose from: nouns with what becomes of them.
const ACTIONS: [&str; 30] = [
    "discarded.remove",
    "environment.edit",
    "issue.delete",
    "issue.discard",
    "issue.restore",
    "key.create",
    "key.edit",
    "key.remove",
    "member.create",
    "member.edit",
    "member.join",
    "member.remove",
    "org.edit",
    "project.create",
    "project.edit",
    "quarantine.drop",
    "quarantine.edit",
    "quarantine.replay",
    "rules.create",
    "rules.edit",
    "rules.remove",
    "session.end",
    "team.create",
    "team.edit",
    "team.remove",
    "token.create",
    "token.remove",
    "user.create",
    "user.edit",
    "user.remove",
];

pub(crate) fn routes() -> Router<App> {
    const LOG: &str = "/settings/{org}/audit-log/";
    Router::new()
        .route(LOG, get(show))
        .route(&format!("{LOG}csv/"), get(csv))
}

#[derive(Template)]
#[template(path = "audit_log.html")]
struct AuditPage {
    shell: Shell,
    org: String,
    tab: &'static str,
    rows: Vec<Row>,
    members: Vec<Member>,
    actions: &'static [&'static str],
    user: String,
    action: String,
    text: String,
    csv: String,
    next: Option<String>,
}

struct Row {
    at: When,
    who: String,
    entry: AuditEntry,
}

/// What the address asks for.
fn asked(visit: &Visit, scope: &Scope, limit: usize) -> AuditQuery {
    let text = |name: &str| {
        let text = visit.params.get(name);
        (!text.is_empty()).then(|| text.to_owned())
    };
    AuditQuery {
        org: scope.org.id,
        // One that is no id finds nobody's.
        user: text("user").map(|id| id.parse().unwrap_or(UserId(-1))),
        action: text("action"),
        text: text("q"),
        before: text("before").and_then(|id| id.parse().ok()),
        limit,
    }
}

/// Entries with the names of who did them.
async fn find(
    app: &App,
    org: String,
    visit: &Visit,
    limit: usize,
) -> Result<(Scope, Vec<AuditEntry>, Names, Vec<Member>), PageError> {
    let slug = org.clone();
    let scope = ask(app, move |app| Scope::load(app, &slug)).await?;
    let query = asked(visit, &scope, limit);
    ask(app, move |app| {
        let entries = app.ledger.audit(&query)?;
        let names = Names::load(app, query.org)?;
        Ok((scope, entries, names, app.ledger.members(query.org)?))
    })
    .await
}

fn who(entry: &AuditEntry, names: &Names) -> String {
    match entry.deed.user {
        Some(user) => names
            .users
            .get(&user)
            .cloned()
            .unwrap_or_else(|| "somebody".to_owned()),
        None => entry.deed.via.clone(),
    }
}

async fn show(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    let (scope, mut entries, names, members) = find(&app, org, &visit, PAGE_COUNT_MAX + 1).await?;
    let is_more = entries.len() > PAGE_COUNT_MAX;
    entries.truncate(PAGE_COUNT_MAX);
    let here = visit.at.audit(&scope.org.slug);
    let param = |name: &str| visit.params.get(name).to_owned();
    let (user, action, text) = (param("user"), param("action"), param("q"));
    let filter = format!(
        "?user={}&action={}&q={}",
        encode(&user),
        encode(&action),
        encode(&text)
    );
    let last = entries.last().filter(|_| is_more);
    visit.answer(&AuditPage {
        shell: visit.shell(&scope, "org", "Audit log"),
        org: scope.org.slug.clone(),
        tab: "audit",
        next: last.map(|last| format!("{here}{filter}&before={}", last.id)),
        csv: format!("{here}csv/{filter}"),
        rows: entries
            .into_iter()
            .map(|entry| Row {
                at: When::new(entry.deed.at, visit.now),
                who: who(&entry, &names),
                entry,
            })
            .collect(),
        members,
        actions: &ACTIONS,
        user,
        action,
        text,
    })
}

async fn csv(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    let (scope, entries, names, _) = find(&app, org, &visit, CSV_COUNT_MAX + 1).await?;
    let text = table(&entries, &names, CSV_COUNT_MAX);
    let name = format!("attachment; filename=\"audit-log-{}.csv\"", scope.org.slug);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, text).into_response())
}

/// The newest of the entries as CSV; a last line says so when there are more.
fn table(entries: &[AuditEntry], names: &Names, count_max: usize) -> String {
    let mut text = "time,who,via,address,action,object,field,before,after\r\n".to_owned();
    for entry in entries.iter().take(count_max) {
        let deed = &entry.deed;
        let at: Timestamp = deed.at;
        let (at, who) = (at.to_string(), who(entry, names));
        let start = [
            &*at,
            &*who,
            &*deed.via,
            &*deed.address,
            &*deed.action,
            &*deed.object,
        ];
        if deed.changes.is_empty() {
            line(&mut text, start.into_iter().chain(["", "", ""]));
        }
        for change in &deed.changes {
            let (before, after) = (change.before.as_deref(), change.after.as_deref());
            let end = [
                &*change.field,
                before.unwrap_or_default(),
                after.unwrap_or_default(),
            ];
            line(&mut text, start.into_iter().chain(end));
        }
    }
    if entries.len() > count_max {
        let more =
            format!("Only the newest {count_max} entries: narrow the log to get older ones.");
        line(&mut text, iter::once(&*more).chain([""; 8]));
    }
    text
}

/// One line of CSV.
fn line<'a>(text: &mut String, cells: impl Iterator<Item = &'a str>) {
    let cells: Vec<_> = cells.map(cell).collect();
    text.push_str(&cells.join(","));
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use watchpost_store::NewAudit;

    use super::*;

    #[test]
    fn a_file_says_that_there_is_more() {
        let entry = AuditEntry {
            id: 1,
            deed: NewAudit {
                org: None,
                at: Timestamp::default(),
                user: None,
                via: "page".to_owned(),
                address: String::new(),
                action: "org.edit".to_owned(),
                object: "acme".to_owned(),
                changes: Vec::new(),
            },
        };
        let all = [entry.clone(), entry];
        let of = |count_max| table(&all, &Names::default(), count_max);
        assert_eq!(of(2).lines().count(), 3, "{}", of(2));
        let cut = of(1);
        let (kept, last) = cut.trim_end().rsplit_once("\r\n").unwrap();
        assert_eq!(kept.lines().count(), 2);
        assert!(last.starts_with("Only the newest 1 entries"), "{last}");
        assert!(last.ends_with(&",".repeat(8)), "{last}");
    }
}
