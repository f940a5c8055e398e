//! Whatever a client sends, the answer comes within ten seconds and is no 5xx; nobody panics; the
//! other projects do not notice; and whatever was accepted is shown on every page.
//!
//! Tests are named after the rows of the catalogue (I01 to I43). These rows wait for what they
//! attack:
//!
//! | row | waits for |
//! |---|---|
//! | I29 | the table test of quotas is beside them, in `ingest` |
//! | I33 | alert rules |
//! | I34 | debug files and symbolication |
//! | I36 | monitors |
//! | I38, I39 | traces, logs and metrics that are kept |
//! | I40 | attachments that are kept |
//! | I41 | TLS of our own: there is none, a proxy does it |

mod arena;
mod bodies;
mod bombs;
mod crawl;
mod html;
mod mutations;
mod nginx;
mod requests;
mod rows_codings;
mod rows_doors;
mod rows_envelopes;
mod rows_events;
mod rows_http;

use arena::Arena;

/// One request, byte by byte, and what it is called in a failure.
#[derive(Clone)]
struct Case {
    name: String,
    bytes: Vec<u8>,
    end: End,
    /// The statuses that are right, [`arena::CLOSED`] among them when no answer is one. None named:
    /// all but 5xx.
    expect: &'static [u16],
}

/// What the client does after the last byte.
#[derive(Clone, Copy)]
enum End {
    /// It waits for the answer.
    Wait,
    /// It goes away: what it sent is incomplete, and no server would answer.
    Leave,
}

#[test]
fn no_request_gives_a_5xx_and_every_accepted_event_can_be_looked_at() {
    let arena = Arena::new();
    let account = &arena.site.account;
    let cases = [requests::all(account), bodies::all(account)].concat();
    let accepted = arena.attack(&cases);
    println!("{} inputs, {} events accepted", cases.len(), accepted.len());
    assert!(accepted.len() > 30, "{}", accepted.len());
    arena.survey(&accepted);
}
