// The Rust crate sentry 0.49 over its ureq transport.  rsclient [scenario]   (env DSN, TAP_URL)
// Without a scenario it runs each one in a process of its own.
use sentry::protocol::{
    Attachment, Context, Envelope, EnvelopeItem, MonitorCheckIn, MonitorCheckInStatus,
    MonitorConfig, MonitorSchedule, SessionStatus, User,
};
use std::{collections::BTreeMap, process::Command, time::Duration};
fn env(k: &str) -> String {
    std::env::var(k).unwrap_or_else(|_| panic!("set {k}"))
}
fn ctl(label: &str, extra: &str) {
    Command::new("curl")
        .args([
            "-s",
            &format!("{}/__ctl?label={label}{extra}", env("TAP_URL")),
        ])
        .output()
        .unwrap();
}
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let all = [
        "error_chain",
        "messages",
        "transaction",
        "logs",
        "metrics",
        "sessions_app",
        "sessions_request",
        "attachment",
        "check_in",
        "panic",
        "resp429",
    ];
    if a.len() < 2 {
        let mut bad = 0;
        for s in all {
            let o = Command::new(&a[0]).arg(s).output().unwrap();
            if !o.status.success() {
                bad += 1;
            }
            println!(
                "{} scenario {s} exit {:?} {}",
                if o.status.success() { "ok  " } else { "FAIL" },
                o.status.code(),
                if o.status.success() {
                    String::new()
                } else {
                    String::from_utf8_lossy(&o.stderr).into_owned()
                }
            );
        }
        std::process::exit(if bad > 0 { 1 } else { 0 });
    }
    let s = a[1].as_str();
    ctl(&s.replace('_', "-"), "");
    let mut o = sentry::ClientOptions::new();
    o.dsn = Some(env("DSN").parse().unwrap());
    o.release = sentry::release_name!();
    o.environment = Some("prod".into());
    o = o.traces_sample_rate(if s == "transaction" { 1.0 } else { 0.0 });
    o.attach_stacktrace = true;
    o.auto_session_tracking = s.starts_with("sessions");
    if s == "sessions_request" {
        o.session_mode = sentry::SessionMode::Request;
    }
    let g = sentry::init(o);
    match s {
        "error_chain" => {
            sentry::configure_scope(|sc| {
                sc.set_user(Some(User {
                    id: Some("7".into()),
                    email: Some("jane@example.com".into()),
                    ..Default::default()
                }));
                sc.set_tag("tier", "gold");
                sc.set_extra("cart", serde_json::json!({"a": [1, 2]}));
                let mut m = BTreeMap::new();
                m.insert("id".to_string(), 99.into());
                sc.set_context("order", Context::Other(m));
            });
            sentry::add_breadcrumb(sentry::Breadcrumb {
                category: Some("auth".into()),
                message: Some("login".into()),
                ..Default::default()
            });
            let e = "x".parse::<i32>().unwrap_err();
            sentry::capture_error(&e);
            let io = std::io::Error::other(e);
            sentry::capture_error(&io);
        }
        "messages" => {
            for l in [
                sentry::Level::Debug,
                sentry::Level::Info,
                sentry::Level::Warning,
                sentry::Level::Error,
                sentry::Level::Fatal,
            ] {
                sentry::capture_message("hello from rust", l);
            }
        }
        "transaction" => {
            let t =
                sentry::start_transaction(sentry::TransactionContext::new("GET /x", "http.server"));
            let c = t.start_child("db.query", "SELECT 1");
            c.finish();
            t.finish();
        }
        "logs" => {
            sentry::logger_info!("user {} did it", "jane");
            sentry::logger_error!(code = 7, ok = true, "bad {}", 1.5);
        }
        "metrics" => {
            sentry::metrics::counter("checkout.failed", 1).capture();
            sentry::metrics::gauge("queue.depth", 12).capture();
            sentry::metrics::distribution("latency", 187.5).capture();
        }
        "sessions_app" => {
            sentry::start_session();
            let e = "x".parse::<i32>().unwrap_err();
            sentry::capture_error(&e);
            sentry::end_session();
        }
        "sessions_request" => {
            for _ in 0..3 {
                sentry::start_session();
                sentry::end_session_with_status(SessionStatus::Exited);
            }
        }
        "attachment" => sentry::with_scope(
            |sc| {
                sc.add_attachment(Attachment {
                    buffer: b"hello\nworld".to_vec(),
                    filename: "log.txt".into(),
                    content_type: Some("text/plain".into()),
                    ty: None,
                })
            },
            || {
                sentry::capture_message("with attachment", sentry::Level::Error);
            },
        ),
        "check_in" => {
            let c = MonitorCheckIn {
                check_in_id: sentry::types::random_uuid(),
                monitor_slug: "nightly-job".into(),
                status: MonitorCheckInStatus::InProgress,
                environment: Some("prod".into()),
                duration: None,
                monitor_config: Some(MonitorConfig {
                    schedule: MonitorSchedule::from_crontab("*/5 * * * *").unwrap(),
                    checkin_margin: Some(2),
                    max_runtime: Some(10),
                    timezone: Some("Europe/Vienna".into()),
                    failure_issue_threshold: None,
                    recovery_threshold: None,
                }),
            };
            let mut e: Envelope = Envelope::new();
            e.add_item(EnvelopeItem::MonitorCheckIn(c));
            sentry::Hub::current().client().unwrap().send_envelope(e);
        }
        "panic" => {
            let _ = std::thread::spawn(|| {
                let v: Vec<i32> = vec![];
                let i = v.len() + 3;
                let _ = v[i];
            })
            .join();
        }
        "resp429" => {
            ctl(
                "resp429",
                "&status=429&count=1&hdr=X-Sentry-Rate-Limits:60:error:organization\
                 &hdr=Retry-After:60",
            );
            sentry::capture_message("first", sentry::Level::Error);
            g.flush(Some(Duration::from_secs(2)));
            sentry::capture_message("suppressed", sentry::Level::Error);
        }
        _ => unreachable!(),
    }
    g.close(Some(Duration::from_secs(5)));
}
