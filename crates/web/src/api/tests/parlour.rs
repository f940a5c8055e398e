//! The parlour of a house, and the doors of clients as its pages see them: events that they hand in
//! are filed at once, and refusals are what a test says.

use std::sync::{Arc, Mutex};

use tokio::sync::{broadcast, watch};
use watchpost_model::{
    Applied, Change, Clock, Event, EventId, IssueChange, ProjectId, Receipt, Rejection, Retention,
    TestClock, Timestamp, Vitals, WireFormat,
};
use watchpost_store::sqlite::{SqliteArchive, SqliteLedger};
use watchpost_store::suite::{archived, grouped};
use watchpost_store::{Archive, FileQuarantine, Filing, Ledger};

use crate::{App, HandIn, Rejections, WebConfig};

/// What was refused, by all.
pub(crate) type Refused = Arc<Mutex<Vec<Rejection>>>;

/// The parlour over these stores.
pub(super) fn parlour(
    (ledger, archive, quarantine): (Arc<SqliteLedger>, Arc<SqliteArchive>, Arc<FileQuarantine>),
    clock: &Arc<TestClock>,
    vitals: watch::Receiver<Arc<Vitals>>,
    refused: &Refused,
) -> App {
    let news = broadcast::channel(64).0;
    let intake = Intake {
        ledger: ledger.clone(),
        archive: archive.clone(),
        news: news.clone(),
        now: clock.now(),
    };
    App {
        metrics: Arc::new(|| "# EOF\n".to_owned()),
        ledger,
        archive,
        clock: clock.clone(),
        quarantine,
        news,
        rejections: rejections(refused),
        hand_in: hand_in(intake),
        vitals,
        read_event: Arc::new(read_event),
        config: Arc::new(WebConfig {
            public_url: "http://errors.test:9000".to_owned(),
            retention: Retention {
                days: Some(90),
                bytes: None,
            },
            is_demo: false,
        }),
    }
}

fn rejections(refused: &Refused) -> Arc<Rejections> {
    let refused = Arc::clone(refused);
    Arc::new(move |_| refused.lock().unwrap().clone())
}

/// Stores, and who is told.
struct Intake {
    ledger: Arc<dyn Ledger>,
    archive: Arc<dyn Archive>,
    news: broadcast::Sender<IssueChange>,
    now: Timestamp,
}

fn hand_in(intake: Intake) -> Arc<HandIn> {
    let intake = Arc::new(intake);
    Arc::new(move |key, json| {
        let (intake, project) = (Arc::clone(&intake), key.project);
        Box::pin(async move {
            let event = read_event(&json, intake.now)?;
            let text = event.message.map(|message| message.formatted);
            let id = EventId(0xfeed);
            let filed = grouped(
                project,
                id.0,
                &text.unwrap_or_default(),
                intake.now.as_secs(),
            );
            let applied = intake.ledger.apply(&[Filing::new(filed.clone())], &[]);
            let [Applied { issue, home, .. }] = applied.unwrap()[..] else {
                panic!("one event, one answer");
            };
            intake.archive.append(&[archived(home, filed)]).unwrap();
            let _ = intake.news.send(IssueChange {
                project,
                issue,
                event: Some(id),
                change: Change::New,
            });
            Ok(id)
        })
    })
}

/// What a client sends, read as the digest reads it.
fn read_event(json: &[u8], now: Timestamp) -> Result<Event, String> {
    let receipt = Receipt {
        project: ProjectId(0),
        key: watchpost_model::KeyId(0),
        event: EventId(0),
        received: now,
        sent_at: None,
        format: WireFormat::Event,
        client_ip: None,
        sdk: None,
        user_agent: None,
    };
    let event = watchpost_protocol::event::parse(&receipt, json);
    let event = event.map_err(|error| error.to_string())?;
    Ok(watchpost_normalize::event(event, &receipt))
}
