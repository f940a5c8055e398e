//! The doors of clients, as pages see them: events that they hand in are filed at once, and
//! refusals are what a test says.

use std::sync::{Arc, Mutex};

use tokio::sync::broadcast;
use watchpost_model::{Applied, Change, Event, EventId, IssueChange, Rejection, Timestamp};
use watchpost_store::suite::{archived, grouped};
use watchpost_store::{Archive, Filing, Ledger};

use crate::{HandIn, Rejections};

/// What was refused, by all.
pub(crate) type Refused = Arc<Mutex<Vec<Rejection>>>;

pub(super) fn rejections(refused: &Refused) -> Arc<Rejections> {
    let refused = Arc::clone(refused);
    Arc::new(move |_| refused.lock().unwrap().clone())
}

/// Stores, and who is told.
pub(super) struct Intake {
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) archive: Arc<dyn Archive>,
    pub(super) news: broadcast::Sender<IssueChange>,
    pub(super) now: Timestamp,
    pub(super) read: fn(&[u8], Timestamp) -> Result<Event, String>,
}

pub(super) fn hand_in(intake: Intake) -> Arc<HandIn> {
    let intake = Arc::new(intake);
    Arc::new(move |key, json| {
        let (intake, project) = (Arc::clone(&intake), key.project);
        Box::pin(async move {
            let event = (intake.read)(&json, intake.now)?;
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
