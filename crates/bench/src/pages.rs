//! `bench pages`: what the pages cost whoever opens them, in a browser with nothing cached: bytes,
//! requests, nodes, first byte, first picture, movement, answer to a click. The same pages of
//! Bugsink beside them. The browser is asked by `e2e/browser/weigh_pages.mjs`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;
use serde_json::{Value, json};
use watchpost_demo::dice::Dice;

use crate::bugsink::{Bugsink, Place};
use crate::lab::{self, Lab, Options};
use crate::load::{self, Pace, Plan, Stop};
use crate::process::output;
use crate::query::{EMAIL, PASSWORD, Subjects, Visitor, add_user};
use crate::report::{Report, Row};

/// Makes an account that sees everything.
const PEER_USER: &str = "from django.contrib.auth import get_user_model as m\n\
    m().objects.create_superuser('bench@shop.example', 'bench@shop.example', \
    'correct horse battery staple')\nprint('USER made')";
/// Where its lists and issues are.
const PEER_PAGES: &str = "import json\nfrom issues.models import Issue\n\
    found = Issue.objects.all()[:100]\n\
    print('PAGES', json.dumps([f'/issues/{found[0].project_id}/'] + \
    [f'/issues/issue/{i.id}/event/last/' for i in found]))";
/// A load of the peer is as gentle as its digest is slow.
const PEER_CONNECTIONS: usize = 4;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    options: Options,
    /// Loads of each kind of page, of another issue each.
    #[arg(long, default_value_t = 20, value_name = "COUNT")]
    loads: usize,
    /// Events that Bugsink is given first.
    #[arg(long, default_value_t = 2_000, value_name = "COUNT")]
    peer_events: u64,
    #[command(flatten)]
    place: Place,
    /// What opens pages [default: e2e/browser/weigh.sh of this workspace].
    #[arg(long, value_name = "FILE")]
    browser: PathBuf,
}

/// A page in several copies.
struct Kind {
    name: &'static str,
    addresses: Vec<String>,
    /// What is clicked, to see how soon it answers.
    touch: &'static str,
}

/// Who is measured.
struct Subject {
    program: &'static str,
    stored: u64,
    /// The form that lets us in: its address, and the selectors of its fields.
    sign_in: String,
    fields: [&'static str; 2],
    kinds: Vec<Kind>,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let options = &args.options;
    let bugsink = Bugsink::prepare(&args.place, options)?;
    let lab = Lab::open(options).await?;
    let load_before = lab.load_before;
    add_user(&lab)?;
    let mut visitor = Visitor::sign_in(&lab).await?;
    let subjects = Subjects::gather(&lab, &mut visitor).await?;
    let mut rows = weigh(args, &ours(args, &lab, &subjects))?;
    lab.server.stop()?;
    rows.extend(weigh_peer(args, &bugsink).await?);
    let section = "pages";
    lab::publish(options, load_before, &Report { section, rows })
}

fn ours(args: &Args, lab: &Lab, subjects: &Subjects) -> Subject {
    let base = format!("http://{}", lab.server.address);
    let list = format!("{base}{}", subjects.list());
    let mut dice = Dice::new(7);
    let mut kind = |name, touch, address: &mut dyn FnMut(&mut Dice) -> String| Kind {
        name,
        touch,
        addresses: (0..args.loads).map(|_| address(&mut dice)).collect(),
    };
    let menu = "summary";
    let kinds = vec![
        kind("issue list", menu, &mut |dice| {
            let sort = dice.pick(&["date", "new", "freq", "priority"]);
            format!("{list}?query=is%3Aunresolved&sort={sort}")
        }),
        kind("search by tag, version and word", menu, &mut |dice| {
            let filters = "is%3Aunresolved+browser.name%3AFirefox+release%3A%3E%3D2.0";
            format!("{list}?query={filters}+{}", dice.words(1))
        }),
        kind("issue", menu, &mut |dice| {
            format!("{list}{}/", subjects.issue(dice))
        }),
        kind("event", menu, &mut |dice| {
            let (issue, event) = subjects.event(dice);
            format!("{list}{issue}/events/{event}/")
        }),
    ];
    Subject {
        program: "Watchpost",
        stored: lab.before,
        sign_in: format!("{base}/auth/login/"),
        fields: ["input[name=email]", "input[name=password]"],
        kinds,
    }
}

async fn weigh_peer(args: &Args, bugsink: &Bugsink) -> anyhow::Result<Vec<Row>> {
    let running = bugsink.start()?;
    let source = bugsink.source(&args.options)?;
    let plan = Plan {
        connections: PEER_CONNECTIONS,
        pace: Pace::Closed,
        stop: Stop::Count(args.peer_events),
    };
    load::send(&source, plan).await?;
    let stored = bugsink.drained(source.acked_count()).await?;
    bugsink.shell(PEER_USER, "USER")?;
    let pages: Vec<String> = serde_json::from_str(&bugsink.shell(PEER_PAGES, "PAGES")?)?;
    let address = |path: &String| format!("{}{path}", bugsink.base_url());
    let (list, issues) = pages.split_first().context("it stored nothing")?;
    let times = |addresses: Vec<String>| addresses.into_iter().cycle().take(args.loads).collect();
    let subject = Subject {
        program: "Bugsink 2.6.2",
        stored,
        sign_in: format!("{}/accounts/login/", bugsink.base_url()),
        fields: ["input[name=username]", "input[name=password]"],
        kinds: vec![
            Kind {
                name: "issue list",
                addresses: times(vec![address(list)]),
                touch: "input[type=checkbox]:visible",
            },
            Kind {
                name: "issue",
                addresses: times(issues.iter().map(address).collect()),
                touch: "h1:visible, body",
            },
        ],
    };
    let rows = weigh(args, &subject);
    drop(running);
    rows
}

/// Opens all pages of one program.
fn weigh(args: &Args, subject: &Subject) -> anyhow::Result<Vec<Row>> {
    let kinds = subject.kinds.iter();
    let pages: Vec<Value> = kinds
        .map(|kind| json!({"name": kind.name, "addresses": kind.addresses, "touch": kind.touch}))
        .collect();
    let [who, password] = subject.fields;
    let order = json!({
        "sign_in": {
            "address": subject.sign_in,
            "fields": {who: EMAIL, password: PASSWORD},
            "button": "main button, form button, form input[type=submit]",
        },
        "pages": pages,
    });
    let mut browser = Command::new(&args.browser);
    let said = output(browser.env("PAGES", order.to_string()))?;
    let rows = said.lines().filter(|line| line.starts_with('{'));
    rows.map(|line| row(args, subject, &serde_json::from_str(line)?))
        .collect()
}

fn row(args: &Args, subject: &Subject, page: &Value) -> anyhow::Result<Row> {
    let figure = |name: &str| {
        let found = page.get(name).and_then(Value::as_f64);
        found.with_context(|| format!("the browser did not say {name}: {page}"))
    };
    let kilobytes = |name: &str| anyhow::Ok(figure(name)? / 1000.0);
    // Browsers do not tell durations below two pictures.
    let answer = match figure("interaction_ms")? {
        0.0 => "below 16".to_owned(),
        more => format!("{more:.0}"),
    };
    let name = page.get("name").and_then(Value::as_str).unwrap_or_default();
    Ok(Row::default()
        .text("page", name)
        .text("program", subject.program)
        .count("stored", subject.stored)
        .count("issues", args.options.issues)
        .figure("KB on the wire", kilobytes("bytes")?)
        .figure("of it HTML", kilobytes("html_bytes")?)
        .figure("CSS", kilobytes("css_bytes")?)
        .figure("JavaScript", kilobytes("js_bytes")?)
        .figure("requests", figure("requests")?)
        .figure("DOM nodes", figure("nodes")?)
        .figure("first byte p50 ms", figure("ttfb_ms")?)
        .figure("first byte p95 ms", figure("ttfb_p95_ms")?)
        .figure("first contentful paint ms", figure("fcp_ms")?)
        .text("answer to a click ms", answer)
        .figure("layout shift", figure("layout_shift")?))
}
