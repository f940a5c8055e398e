//! Promise 1: a 200 means the event is on disk. The process is killed in the middle of a load, at a
//! random moment, several times on the same data folder; nothing acknowledged may be lost, and
//! nothing counted twice.

use watchpost_model::Outcome;

use crate::server::Site;
use crate::work::{self, Books};

const EVENTS: usize = 1_000;
const CYCLES: usize = 4;

/// Small and repeatable, so that the seed in a failure plays the same kill again.
struct Dice(u64);

impl Dice {
    /// A number in `0..below` (`SplitMix64`).
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % below as u64).unwrap_or(0)
    }
}

#[test]
fn kill_9_during_a_load_loses_no_acknowledged_event() {
    let seed = getrandom::u64().unwrap();
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let site = Site::new();
    let mut books = Books::default();
    for cycle in 0..CYCLES {
        let server = site.start();
        // Early, late or in between: the count of answers, not the clock, decides when.
        let kill_after = 1 + dice.roll(EVENTS - 1);
        books.sent(cycle, EVENTS);
        let mut server = Some(server);
        let mut answers = 0;
        let load = work::send(&site, server.as_ref().unwrap(), cycle, EVENTS);
        for id in load {
            books.acknowledged(&id);
            answers += 1;
            if answers == kill_after {
                server.take().unwrap().kill_9();
            }
        }
        println!("cycle {cycle}: killed after {kill_after} answers, {answers} in all");
        assert!(
            answers >= kill_after,
            "seed {seed}: the load ended before the kill"
        );
        let server = site.start();
        books.check(&site, &server);
        // The next cycle begins with another kill, of an idle server this time.
        server.kill_9();
    }
}

#[test]
fn an_event_sent_twice_counts_once_even_over_a_crash() {
    let site = Site::new();
    let mut books = Books::default();
    books.sent(0, 100);
    let server = site.start();
    for id in work::send(&site, &server, 0, 100) {
        books.acknowledged(&id);
    }
    server.kill_9();
    let server = site.start();
    // A client that got no answer sends again: the same ids.
    let again = work::send(&site, &server, 0, 100).iter().count();
    assert_eq!(again, 100, "a repeated event is answered like the first");
    books.check(&site, &server);
    assert_eq!(work::ended(&site, Outcome::Duplicate), 100);
}
