//! What `watchpost doctor` finds in the spool, on the machine, and beside a running server.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are test code"
)]

use std::fs;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use watchpost_ingest::Metrics;
use watchpost_ingest::spool::{FileSpool, FileSpoolOptions, Record, Spool};
use watchpost_model::{EventId, KeyId, Outcome, ProjectId, Receipt, Timestamp, WireFormat};
use watchpost_store::disk::RealDisk;

use crate::poll;
use crate::server::Site;
use crate::work;

const LIMIT: Duration = Duration::from_secs(20);

/// Whether doctor passed, and one of its checks.
fn check(site: &Site, name: &str) -> (bool, Value) {
    let out = site.run(&["doctor", "--json"]);
    let checks: Value = serde_json::from_slice(&out.stdout).unwrap();
    let found = checks.as_array().unwrap().iter();
    let mut found = found.filter(|check| check["name"] == name).cloned();
    (out.status.success(), found.next_back().unwrap())
}

/// The files of the spool, in order.
fn segments(site: &Site) -> Vec<PathBuf> {
    let files = fs::read_dir(site.data().join("spool")).unwrap();
    let paths = files.map(|entry| entry.unwrap().path());
    let is_segment = |path: &PathBuf| path.extension().is_some_and(|end| end == "spool");
    let mut paths: Vec<_> = paths.filter(is_segment).collect();
    paths.sort();
    paths
}

/// A site whose spool holds some digested events, without a server.
fn used() -> Site {
    let site = Site::new();
    let server = site.start();
    let answers = work::send(&site, &server, 0, 20).iter().count();
    assert_eq!(answers, 20);
    poll::until("all is digested", LIMIT, || {
        (work::waiting(&server) == 0).then_some(())
    });
    server.kill_9();
    site
}

fn flip(site: &Site, offset: usize) {
    let path = &segments(site)[0];
    let mut bytes = fs::read(path).unwrap();
    bytes[offset] ^= 0x10;
    fs::write(path, bytes).unwrap();
}

#[test]
fn doctor_says_whether_a_server_runs_and_what_it_leaves_out() {
    let site = Site::new();
    let detail = |site: &Site| {
        check(site, "server").1["detail"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(detail(&site).contains("everything is checked"));
    assert_eq!(
        check(&site, "spool").1["detail"],
        "no server has run here yet"
    );
    let server = site.start();
    let said = detail(&site);
    assert!(
        said.contains(&server.pid().to_string()) && said.contains("not checked"),
        "{said}"
    );
    let (passed, spool) = check(&site, "spool");
    assert!(passed && spool["warning"] == false, "{spool}");
    server.kill_9();
    assert!(detail(&site).contains("everything is checked"));
}

#[test]
fn f07_a_damaged_record_of_the_spool_is_named() {
    let site = used();
    flip(&site, 100);
    let (passed, spool) = check(&site, "spool");
    let said = spool["detail"].as_str().unwrap();
    assert!(
        passed && spool["warning"] == true,
        "all of it is digested: {spool}"
    );
    assert!(
        said.contains("bytes 0 to ") && said.contains("digested before"),
        "{said}"
    );
    // Without the position, all records wait again.
    fs::remove_file(site.data().join("spool/position")).unwrap();
    let (passed, spool) = check(&site, "spool");
    let said = spool["detail"].as_str().unwrap();
    assert!(
        !passed && said.contains("accepted events are lost"),
        "{said}"
    );
    let name = segments(&site).remove(0);
    assert!(said.contains(name.to_str().unwrap()), "{said}");
}

#[test]
fn f02_the_torn_end_of_a_write_is_no_finding() {
    let site = used();
    let path = segments(&site).remove(0);
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend([0; 700]);
    fs::write(&path, bytes).unwrap();
    let (passed, spool) = check(&site, "spool");
    assert!(passed && spool["warning"] == false, "{spool}");
}

/// Has the spool of a stopped server accept events, each into a file of its own.
fn accept(site: &Site, ids: RangeInclusive<u128>, secs: i64) {
    let spool = FileSpool::open(FileSpoolOptions {
        dir: site.data().join("spool"),
        aside: site.data().join("quarantine"),
        bytes_max: 1 << 20,
        segment_bytes: 1,
        filed_to: 0,
        disk: Arc::new(RealDisk),
        random: Arc::new(|| [7; 16]),
        metrics: Metrics::default(),
    });
    let spool = spool.unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.unwrap();
    for id in ids {
        let receipt = Receipt {
            project: ProjectId(1),
            key: KeyId(1),
            event: EventId(id),
            received: Timestamp::from_secs(secs),
            format: WireFormat::Event,
            client_ip: None,
            sdk: None,
            user_agent: None,
            sent_at: None,
        };
        let record = Record {
            receipt,
            remarks: Vec::new(),
            body: "{}".into(),
        };
        runtime.block_on(spool.append(record)).unwrap();
    }
}

#[test]
fn f08_a_missing_file_of_the_spool_is_named_before_and_after_the_start() {
    let site = used();
    accept(&site, 1 << 100..=(1 << 100) + 4, 1_700_000_000);
    let segments = segments(&site);
    fs::remove_file(&segments[segments.len() - 3]).unwrap();
    let (passed, spool) = check(&site, "spool");
    let said = spool["detail"].as_str().unwrap();
    assert!(
        !passed && said.contains("records 23 to 23 are in no file"),
        "{said}"
    );
    let server = site.start();
    let metric = |line: &str| {
        let answer = server.connect().get("/metrics", &site.account.token);
        answer.unwrap().text().contains(line).then_some(())
    };
    poll::until("the alarm is raised", LIMIT, || {
        metric(r#"watchpost_alarm{name="events_lost"} 1"#)
    });
    poll::until("the rest is digested", LIMIT, || {
        (work::ended(&site, Outcome::Accepted) == 24).then_some(())
    });
    assert_eq!(work::ended(&site, Outcome::Invalid), 1);
    assert_eq!(
        check(&site, "spool").1["ok"],
        true,
        "the quarantine tells of it"
    );
    let (_, quarantine) = check(&site, "quarantine");
    let said = quarantine["detail"].as_str().unwrap();
    assert!(said.contains("1 notes of lost events"), "{said}");
}

#[test]
fn f10_a_clock_behind_the_newest_event_is_a_warning() {
    let site = used();
    // Nothing turns the clock of this test, so an event is from the future.
    accept(&site, 1..=1, 4_000_000_000);
    let (passed, clock) = check(&site, "clock");
    let said = clock["detail"].as_str().unwrap();
    assert!(passed && clock["warning"] == true, "{clock}");
    assert!(said.contains(" s later, at "), "{said}");
}
