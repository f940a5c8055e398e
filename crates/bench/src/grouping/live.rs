//! The whole way: a server, the programs in `e2e/grouping` with their clients, and the issues as
//! the API tells them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use serde::Deserialize;

use super::recording;
use crate::client::Connection;
use crate::server::{self, Account, Site};

/// What the server made of an event.
#[derive(Deserialize)]
struct Row {
    #[serde(rename = "eventID")]
    event: String,
    #[serde(rename = "groupID")]
    issue: String,
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
struct Tag {
    key: String,
    value: String,
}

/// The events of a run, and the issue of each by the id of the event.
pub(super) struct Run {
    pub(super) lines: Vec<String>,
    pub(super) issues: BTreeMap<String, Filed>,
}

/// Where the server put an event, and the label that it kept.
pub(super) struct Filed {
    pub(super) issue: String,
    pub(super) fault: String,
}

/// The programs of one platform.
struct Program {
    platform: String,
    script: PathBuf,
}

/// Where things are.
pub(super) struct Places<'a> {
    pub(super) binary: &'a Path,
    /// The folder of the programs.
    pub(super) programs: &'a Path,
    /// Where packages are installed, kept between runs.
    pub(super) packages: &'a Path,
    /// A folder of this run.
    pub(super) home: &'a Path,
    /// The folder of whoever runs this, which is none of a recording's business.
    pub(super) hidden: Option<&'a Path>,
}

/// Runs the programs one after the other against a server of their own.
pub(super) async fn run(places: &Places<'_>, only: Option<&str>) -> anyhow::Result<Run> {
    let site = Site::fresh(places.binary, &places.home.join("site"))?;
    let server = site.start()?;
    let dsn = moved(&site.account.dsn, server.address)?;
    let folders = folders(places)?;
    let mut lines = Vec::new();
    for program in programs(places.programs, only)? {
        let events = places.home.join(format!("{}.jsonl", program.platform));
        play(&program, places, &dsn, &events)?;
        lines.extend(recording::read_run(&events, &folders)?);
    }
    server::digested(server.address).await?;
    let issues = issues(&site.account, server.address).await?;
    Ok(Run { lines, issues })
}

fn programs(folder: &Path, only: Option<&str>) -> anyhow::Result<Vec<Program>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let script = entry.path().join("run.sh");
        let platform = entry.file_name().to_string_lossy().into_owned();
        if script.is_file() && only.is_none_or(|only| platform == only) {
            found.push(Program { platform, script });
        }
    }
    ensure!(!found.is_empty(), "no such programs");
    found.sort_by(|one, other| one.platform.cmp(&other.platform));
    Ok(found)
}

/// Runs the programs of one platform in both releases.
fn play(program: &Program, places: &Places<'_>, dsn: &str, events: &Path) -> anyhow::Result<()> {
    let platform = &program.platform;
    // Events are appended; without those of an earlier run there is nothing to remove.
    let _ = std::fs::remove_file(events);
    let log = places.home.join(format!("{platform}.log"));
    let file = std::fs::File::create(&log)?;
    let mut script = Command::new("bash");
    script
        .arg(&program.script)
        .env("DSN", dsn)
        .env("BODIES", events)
        .env("WORKDIR", places.packages)
        // The programs in Rust are built apart from us.
        .env("CARGO_TARGET_DIR", places.packages.join("target"))
        .stdin(std::process::Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file);
    let status = script.status()?;
    ensure!(
        status.success(),
        "the programs for {platform} ended with {status}: see {}",
        log.display()
    );
    Ok(())
}

/// The folders of this machine, and what they are called in a recording.
fn folders(places: &Places<'_>) -> anyhow::Result<Vec<(String, String)>> {
    let packages = places.packages.canonicalize()?;
    let mut folders = vec![(packages.display().to_string(), "/srv".to_owned())];
    if let Some(home) = places.hidden {
        folders.push((home.display().to_string(), "/usr/local".to_owned()));
    }
    Ok(folders)
}

/// The DSN with the address the server really listens on.
fn moved(dsn: &str, address: SocketAddr) -> anyhow::Result<String> {
    let (user, rest) = dsn.split_once('@').context("a DSN without key")?;
    let (_, project) = rest.split_once('/').context("a DSN without project")?;
    Ok(format!("{user}@{address}/{project}"))
}

/// Asks for all events of the project, page by page.
async fn issues(account: &Account, address: SocketAddr) -> anyhow::Result<BTreeMap<String, Filed>> {
    let mut connection = Connection::new(address);
    let token = format!("Authorization: Bearer {}", account.token);
    let list = format!(
        "/api/0/projects/{}/{}/events/",
        account.org, account.project
    );
    let mut path = format!("{list}?full=1&per_page=100");
    let mut filed = BTreeMap::new();
    loop {
        let request = server::get(&path, address, Some(&token));
        let answer = connection.exchange(&request).await?;
        ensure!(
            answer.status == 200,
            "{path} was answered {}",
            answer.status
        );
        let rows: Vec<Row> = serde_json::from_slice(connection.body(&answer))?;
        for row in rows {
            let label = row.tags.into_iter().find(|tag| tag.key == "fault");
            let issue = Filed {
                issue: row.issue,
                fault: label.context("an event lost its label")?.value,
            };
            filed.insert(row.event, issue);
        }
        let link = connection.header(&answer, "link").unwrap_or_default();
        match next_page(link) {
            Some(next) => path = next,
            None => return Ok(filed),
        }
    }
}

/// The path of the next page in a `Link` header that has one.
fn next_page(link: &str) -> Option<String> {
    let part = link
        .split(", ")
        .find(|part| part.contains("rel=\"next\"") && part.contains("results=\"true\""))?;
    let url = part.split_once('<')?.1.split_once('>')?.0;
    let at = url.find("/api/")?;
    url.get(at..).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::next_page;

    #[test]
    fn the_next_page_is_followed_while_there_is_one() {
        let link = |results| {
            format!(
                "<http://h/api/0/x/?cursor=a>; rel=\"previous\"; results=\"true\"; cursor=\"a\", \
                 <http://h/api/0/x/?cursor=b>; rel=\"next\"; results=\"{results}\"; cursor=\"b\""
            )
        };
        let next = next_page(&link("true"));
        assert_eq!(next.as_deref(), Some("/api/0/x/?cursor=b"));
        assert_eq!(next_page(&link("false")), None);
    }
}
