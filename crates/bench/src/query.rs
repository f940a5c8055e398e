//! `bench query`: how long pages and answers of the API take when much is stored. One question
//! after the other over one connection, each time another address: what a person waits for, less
//! the network.

use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::client::Connection;
use crate::lab::{self, Lab, Options};
use crate::load::histogram;
use crate::report::{Report, Row};
use crate::server::get;
use watchpost_demo::dice::Dice;

/// Whoever looks at the pages.
pub(crate) const EMAIL: &str = "bench@shop.example";
pub(crate) const PASSWORD: &str = "correct horse battery staple";
/// Issues and events that are asked for, at most.
const SUBJECT_COUNT_MAX: usize = 500;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    options: Options,
    /// Questions of each kind.
    #[arg(long, default_value_t = 200, value_name = "COUNT")]
    questions: usize,
}

/// Asks and remembers who asks.
pub(crate) struct Visitor {
    connection: Connection,
    cookie: String,
    token: String,
}

/// What the questions are about.
pub(crate) struct Subjects {
    pub(crate) org: String,
    project: String,
    issues: Vec<String>,
    /// Issue and event.
    events: Vec<(String, String)>,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let options = &args.options;
    let lab = Lab::open(options).await?;
    add_user(&lab)?;
    let mut visitor = Visitor::sign_in(&lab).await?;
    let subjects = Subjects::gather(&lab, &mut visitor).await?;
    let mut rows = Vec::new();
    for (name, path) in KINDS {
        let mut dice = Dice::new(7);
        let mut times = histogram()?;
        let mut bytes = 0;
        for _ in 0..args.questions {
            let path = path(&subjects, &mut dice);
            let begun = Instant::now();
            bytes += visitor.ask(&path).await?.len();
            times.saturating_record(u64::try_from(begun.elapsed().as_micros())?);
        }
        let row = Row::default()
            .text("question", *name)
            .count("stored", lab.before)
            .count("issues", options.issues)
            .milliseconds("p50 ms", times.value_at_quantile(0.5))
            .milliseconds("p95 ms", times.value_at_quantile(0.95))
            .milliseconds("p99 ms", times.value_at_quantile(0.99))
            .milliseconds("max ms", times.max())
            .count(
                "answer bytes",
                u64::try_from(bytes / args.questions.max(1))?,
            );
        rows.push(row);
    }
    let load_before = lab.load_before;
    lab.server.stop()?;
    let section = "query";
    lab::publish(options, load_before, &Report { section, rows })
}

/// Makes the address of one question.
type Path = fn(&Subjects, &mut Dice) -> String;

const KINDS: &[(&str, Path)] = &[
    ("issue list", |subjects, dice| {
        let sort = dice.pick(&["date", "new", "freq", "priority"]);
        format!("{}?query=is%3Aunresolved&sort={sort}", subjects.list())
    }),
    ("issue list, search by word", |subjects, dice| {
        format!("{}?query={}", subjects.list(), dice.words(1))
    }),
    ("issue list, search by level and words", |subjects, dice| {
        let words = dice.words(2).replace(' ', "+");
        format!("{}?query=level%3Aerror+{words}&sort=freq", subjects.list())
    }),
    (
        "issue list, search by tag, version and word",
        |subjects, dice| {
            // is:unresolved browser.name:Firefox release:>=2.0 !user.email:*@example.com WORD
            let filters = "is%3Aunresolved+browser.name%3AFirefox+release%3A%3E%3D2.0\
                       +%21user.email%3A%2A%40example.com";
            format!("{}?query={filters}+{}", subjects.list(), dice.words(1))
        },
    ),
    ("issue page", |subjects, dice| {
        format!("{}{}/", subjects.list(), subjects.issue(dice))
    }),
    ("issue's events", |subjects, dice| {
        format!("{}{}/events/", subjects.list(), subjects.issue(dice))
    }),
    ("event page", |subjects, dice| {
        let (issue, event) = subjects.event(dice);
        format!("{}{issue}/events/{event}/", subjects.list())
    }),
    ("issue list, API", |subjects, dice| {
        let Subjects { org, project, .. } = subjects;
        let sort = dice.pick(&["date", "new", "freq"]);
        format!("/api/0/projects/{org}/{project}/issues/?query=is%3Aunresolved&sort={sort}")
    }),
    ("event, API", |subjects, dice| {
        let Subjects { org, project, .. } = subjects;
        format!(
            "/api/0/projects/{org}/{project}/events/{}/",
            subjects.event(dice).1
        )
    }),
    ("tags of an issue, API", |subjects, dice| {
        format!(
            "/api/0/organizations/{}/issues/{}/tags/",
            subjects.org,
            subjects.issue(dice)
        )
    }),
    ("stats, API", |subjects, dice| {
        let Subjects { org, project, .. } = subjects;
        let stat = dice.pick(&["received", "rejected"]);
        format!("/api/0/projects/{org}/{project}/stats/?stat={stat}")
    }),
];

impl Subjects {
    pub(crate) async fn gather(lab: &Lab, visitor: &mut Visitor) -> anyhow::Result<Self> {
        let account = &lab.site.account;
        let mut subjects = Self {
            org: account.org.clone(),
            project: account.project.clone(),
            issues: Vec::new(),
            events: Vec::new(),
        };
        let project = format!("/api/0/projects/{}/{}", account.org, account.project);
        for sort in ["date", "new", "freq"] {
            let path = format!("{project}/issues/?query=&limit=100&sort={sort}");
            subjects
                .issues
                .extend(ids(&visitor.ask(&path).await?, "id")?);
        }
        subjects.issues.sort();
        subjects.issues.dedup();
        for issue in subjects.issues.iter().take(SUBJECT_COUNT_MAX / 10) {
            let path = format!("/api/0/issues/{issue}/events/");
            let events = ids(&visitor.ask(&path).await?, "eventID")?;
            let events = events.into_iter().take(10);
            subjects
                .events
                .extend(events.map(|event| (issue.clone(), event)));
        }
        ensure!(
            !subjects.events.is_empty(),
            "nothing is stored: say --stored 10000"
        );
        Ok(subjects)
    }

    pub(crate) fn list(&self) -> String {
        format!("/organizations/{}/issues/", self.org)
    }

    pub(crate) fn issue(&self, dice: &mut Dice) -> &str {
        let index = dice.below(self.issues.len());
        self.issues.get(index).map_or("", String::as_str)
    }

    pub(crate) fn event(&self, dice: &mut Dice) -> (&str, &str) {
        let event = self.events.get(dice.below(self.events.len()));
        event.map_or(("", ""), |(issue, event)| (issue, event))
    }
}

/// One field of every object in a list.
fn ids(body: &[u8], field: &str) -> anyhow::Result<Vec<String>> {
    let list: Vec<Value> = serde_json::from_slice(body)?;
    let ids = list.iter().filter_map(|row| row.get(field)?.as_str());
    Ok(ids.map(ToOwned::to_owned).collect())
}

pub(crate) fn add_user(lab: &Lab) -> anyhow::Result<()> {
    let mut create = Command::new(&lab.site.binary);
    create
        .args(["user", "create", EMAIL, "--data"])
        .arg(lab.site.data());
    let mut child = create
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut stdin = child.stdin.take().context("stdin is piped")?;
    std::io::Write::write_all(&mut stdin, format!("{PASSWORD}\n").as_bytes())?;
    drop(stdin);
    // In a folder that is used again the user is there already; signing in tells.
    child.wait()?;
    Ok(())
}

impl Visitor {
    pub(crate) async fn sign_in(lab: &Lab) -> anyhow::Result<Self> {
        let mut connection = Connection::new(lab.server.address);
        let form = format!("email={EMAIL}&password={}", PASSWORD.replace(' ', "+"));
        let request = format!(
            "POST /auth/login/ HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\r\n{form}",
            lab.server.address,
            form.len()
        );
        let answer = connection.exchange(request.as_bytes()).await?;
        let cookie = connection.header(&answer, "set-cookie");
        let cookie = cookie.and_then(|line| line.split(';').next());
        let cookie = cookie.with_context(|| format!("signing in gave {}", answer.status))?;
        Ok(Self {
            cookie: format!("Cookie: {cookie}"),
            token: format!("Authorization: Bearer {}", lab.site.account.token),
            connection,
        })
    }

    /// The body of an answer that must be there.
    pub(crate) async fn ask(&mut self, path: &str) -> anyhow::Result<Vec<u8>> {
        let is_api = path.starts_with("/api/");
        let who = if is_api { &self.token } else { &self.cookie };
        let request = get(path, self.connection.address(), Some(who));
        let answer = self.connection.exchange(&request).await?;
        ensure!(answer.status == 200, "{path} gave {}", answer.status);
        Ok(self.connection.body(&answer).to_vec())
    }
}
