//! The whole recipe: from bytes that a gate let pass to the event that is stored.

use std::sync::LazyLock;

use watchpost_group::{Grouper, OwnerRules};
use watchpost_model::{
    Event, Filters, Grouping, OwnerSource, Receipt, RuleFault, Scrubbing, WireFormat,
};
use watchpost_normalize::filter::{FILTER_NAMES, Filter};
use watchpost_normalize::scrub::Scrubber;
use watchpost_protocol::event::parse;

use super::{Target, at, receipt, wire};

/// The targets of this file.
pub const TARGETS: &[Target] = &[
    at("event", event),
    at("seed_record", seed_record),
    at("scrub_rules", scrub_rules),
    at("grouping_rules", grouping_rules),
    at("owner_rules", owner_rules),
    at("filter_rules", filter_rules),
];

fn event(bytes: &[u8]) {
    check(&receipt(WireFormat::Event), bytes);
}

/// What a client of the first protocol sends.
fn seed_record(bytes: &[u8]) {
    check(&receipt(WireFormat::Seed), bytes);
}

fn check(receipt: &Receipt, bytes: &[u8]) {
    // Every second input is from a client whose clock is two hours ahead.
    let is_ahead = bytes.len() % 2 == 1;
    let receipt = &Receipt {
        sent_at: is_ahead.then(|| receipt.received.plus_secs(7200)),
        ..receipt.clone()
    };
    let Some(checked) = wire::checked(bytes) else {
        return;
    };
    let parsed = parse(receipt, &checked.json).expect("what was checked is an event");
    let whole = watchpost_normalize::event(parsed, receipt);
    let settled = watchpost_normalize::event(whole.clone(), receipt);
    assert_eq!(bare(&settled), bare(&whole), "normalised twice");
    let clean = SCRUBBER.event(whole);
    let again = SCRUBBER.event(clean.clone());
    assert_eq!(again, clean, "scrubbed twice");
    let grouped = watchpost_group::event(clean, receipt);
    assert!(!grouped.hashes.is_empty(), "no hash");
    let again = watchpost_group::event(grouped.event.clone(), receipt);
    assert_eq!(again.hashes, grouped.hashes);
    // As the archive keeps it.
    let stored = serde_json::to_vec(&grouped.event).expect("an event serialises");
    let read: Event = serde_json::from_slice(&stored).expect("what was stored can be read");
    assert_eq!(read, grouped.event, "stored and read");
}

/// Everything that is on by default, and addresses.
static SCRUBBER: LazyLock<Scrubber> = LazyLock::new(|| {
    let scrubbing = Scrubbing {
        ip_addresses: true,
        ..Scrubbing::default()
    };
    Scrubber::new(&scrubbing).0
});

/// Faults repeat names and patterns, cut to a thousand bytes and a `…`.
const FAULT_BYTES_MAX: usize = 1_003;

/// Rules of a project, and behind a zero the event that they are for.
fn scrub_rules(bytes: &[u8]) {
    let (rules, json) = super::split(bytes, 0);
    let scrubbing = Scrubbing {
        advanced: String::from_utf8_lossy(rules).into_owned(),
        ..Scrubbing::default()
    };
    let (scrubber, faults) = Scrubber::new(&scrubbing);
    assert!(
        faults
            .iter()
            .all(|fault| fault.line > 0 && fault.message.len() <= FAULT_BYTES_MAX)
    );
    let Some(checked) = wire::checked(json) else {
        return;
    };
    let receipt = receipt(WireFormat::Event);
    let event = parse(&receipt, &checked.json).expect("what was checked is an event");
    let clean = scrubber.event(watchpost_normalize::event(event, &receipt));
    serde_json::to_vec(&clean).expect("an event serialises");
}

/// Rules about fingerprints, behind a zero those about stacks, and behind another the event.
fn grouping_rules(bytes: &[u8]) {
    let (fingerprint, rest) = super::split(bytes, 0);
    let (stack, json) = super::split(rest, 0);
    let grouping = Grouping {
        fingerprint_rules: String::from_utf8_lossy(fingerprint).into_owned(),
        stack_rules: String::from_utf8_lossy(stack).into_owned(),
        split_by_message: json.len() % 2 == 1,
        ..Grouping::default()
    };
    let (grouper, faults) = Grouper::new(&grouping);
    for fault in faults {
        assert!(!fault.message.is_empty(), "a fault without a word");
    }
    let receipt = receipt(WireFormat::Event);
    let Some(checked) = wire::checked(json) else {
        return;
    };
    let parsed = parse(&receipt, &checked.json).expect("what was checked is an event");
    let whole = watchpost_normalize::event(parsed, &receipt);
    let one = grouper.event(whole.clone(), &receipt);
    assert!(
        !one.hashes.is_empty() && !one.title.is_empty(),
        "no hash or no title"
    );
    let other = grouper.event(whole, &receipt);
    assert_eq!(one, other, "grouped twice");
}

/// Ownership rules, behind a zero a CODEOWNERS file, and behind another the event.
fn owner_rules(bytes: &[u8]) {
    let (rules, rest) = super::split(bytes, 0);
    let (file, json) = super::split(rest, 0);
    let (rules, file) = (
        String::from_utf8_lossy(rules),
        String::from_utf8_lossy(file),
    );
    let (compiled, faults) = OwnerRules::new(&rules, &file);
    for (text, faults) in [(&rules, &faults.rules), (&file, &faults.codeowners)] {
        let lines = text.lines().count();
        let is_in = |fault: &RuleFault| (1..=lines).contains(&fault.line);
        assert!(faults.iter().all(is_in), "a fault beside the text");
        assert!(faults.len() <= 100, "too many faults");
    }
    let Some(checked) = wire::checked(json) else {
        return;
    };
    let receipt = receipt(WireFormat::Event);
    let parsed = parse(&receipt, &checked.json).expect("what was checked is an event");
    let whole = watchpost_normalize::event(parsed, &receipt);
    let matches = compiled.of(&whole);
    assert!(matches.len() <= 100, "too many matches");
    for found in &matches {
        let text = match found.source {
            OwnerSource::Codeowners => &file,
            OwnerSource::Rules => &rules,
        };
        let line = text.lines().nth(found.line - 1).unwrap_or_default();
        assert!(line.contains(&found.pattern), "another line");
        assert!(!found.owners.is_empty(), "a rule without owners");
    }
    assert_eq!(matches, compiled.of(&whole), "asked twice");
}

/// Patterns of messages, behind a zero those of releases, behind another addresses, each a line,
/// and behind a third the event. All switches are on.
fn filter_rules(bytes: &[u8]) {
    let (messages, rest) = super::split(bytes, 0);
    let (releases, rest) = super::split(rest, 0);
    let (addresses, json) = super::split(rest, 0);
    let list = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let filters = Filters {
        browser_extensions: true,
        legacy_browsers: Filters::LEGACY_BROWSERS.map(str::to_owned).to_vec(),
        localhost: true,
        web_crawlers: true,
        error_messages: list(messages),
        releases: list(releases),
        ip_addresses: list(addresses),
    };
    let (filter, faults) = Filter::new(&filters);
    let lists = [
        &filters.error_messages,
        &filters.releases,
        &filters.ip_addresses,
    ];
    let most = lists.map(Vec::len).into_iter().max().unwrap_or_default();
    let is_in = |fault: &RuleFault| (1..=most).contains(&fault.line) && !fault.message.is_empty();
    assert!(faults.iter().all(is_in), "a fault beside the lists");
    let receipt = receipt(WireFormat::Event);
    let Some(checked) = wire::checked(json) else {
        return;
    };
    let parsed = parse(&receipt, &checked.json).expect("what was checked is an event");
    let whole = watchpost_normalize::event(parsed, &receipt);
    let reason = filter.check(&whole, &receipt);
    if let Some(reason) = &reason {
        assert!(FILTER_NAMES.contains(&reason.name), "an unknown reason");
    }
    assert_eq!(reason, filter.check(&whole, &receipt), "asked twice");
}

/// Without its remarks, which tell of the way.
fn bare(event: &Event) -> Event {
    Event {
        remarks: Vec::new(),
        ..event.clone()
    }
}
