//! The hot functions whose instructions are counted, on the events of the load generator.
//! A workload prepares its input and gives back what is counted.

use std::hint::black_box;

use anyhow::{Context, ensure};
use watchpost_group::Grouper;
use watchpost_model::{
    Event, EventId, Grouping, KeyId, Message, ProjectId, Receipt, Scrubbing, Timestamp, WireFormat,
};
use watchpost_normalize::scrub::Scrubber;
use watchpost_protocol::encoding::{DecodeLimits, Decoder};
use watchpost_protocol::envelope::{Envelope, EnvelopeLimits};
use watchpost_protocol::{event, json};
use watchpost_store::Search;

use super::stores;
use crate::body::{Encoding, Request, Stamp, Target, event_id};
use crate::events::Payload;

/// Different events; every count is a multiple, so that each is worked on as often as the others.
pub(super) const EVENT_COUNT: u64 = 10;
/// 2026-01-01: times are part of the work, so they must not change from run to run.
pub(super) const MICROS: i64 = 1_767_225_600_000_000;

/// No event of ours inflates to more.
const OUTPUT_BYTES_MAX: usize = 1024 * 1024;

/// What is counted, once for each number that it is given.
pub(super) type Work = Box<dyn FnMut(u64) -> anyhow::Result<()>>;

/// A name, and how to prepare it.
pub(super) type Workload = (&'static str, fn() -> anyhow::Result<Work>);

/// Everything that is counted.
pub(super) const ALL: &[Workload] = &[
    ("inflate 5k", || inflate(Payload::Small)),
    ("inflate 64k", || inflate(Payload::Large)),
    ("split envelope 5k", || envelope(Payload::Small)),
    ("check JSON 5k", || check(Payload::Small)),
    ("check JSON 64k", || check(Payload::Large)),
    ("parse event 5k", || parse(Payload::Small)),
    ("parse event 64k", || parse(Payload::Large)),
    ("parse, normalize 5k", || parse_normalize(Payload::Small)),
    ("parse, normalize 64k", || parse_normalize(Payload::Large)),
    ("parse, normalize, scrub 5k", || scrub(Payload::Small)),
    ("parse, normalize, scrub 64k", || scrub(Payload::Large)),
    ("scrub hostile texts 16k", || scrub_hostile(16 * 1024)),
    ("scrub hostile texts 64k", || scrub_hostile(64 * 1024)),
    ("parse, normalize, group 5k", || {
        group(Payload::Small, new_project()?)
    }),
    ("parse, normalize, group 64k", || {
        group(Payload::Large, new_project()?)
    }),
    ("group, after version 1 5k", || {
        group(Payload::Small, after_version_1()?)
    }),
    ("group, after version 1 64k", || {
        group(Payload::Large, after_version_1()?)
    }),
    ("group, 20 rules 5k", || {
        group(Payload::Small, with_rules()?)
    }),
    ("group, 20 rules 64k", || {
        group(Payload::Large, with_rules()?)
    }),
    ("read search text", search),
    ("ledger: apply 40 events", stores::apply),
    ("archive: append 40 events", stores::append),
];

/// The body of a request with the event of that number, and its id.
fn body(payload: Payload, encoding: Encoding, number: u64) -> anyhow::Result<(EventId, Vec<u8>)> {
    let target = Target {
        host: "127.0.0.1".to_owned(),
        project: "1".to_owned(),
        key: "0".repeat(32),
    };
    let request = Request::new(
        &target,
        (payload, encoding),
        EVENT_COUNT,
        number % EVENT_COUNT,
    )?;
    let id = event_id(1, number);
    let mut bytes = Vec::new();
    request.write(&Stamp { id, micros: MICROS }, &mut bytes);
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let body = bytes.split_off(head.context("a request has a head")? + 4);
    Ok((EventId(id), body))
}

/// The event of that number as JSON, with its receipt.
pub(crate) fn spooled(payload: Payload, number: u64) -> anyhow::Result<(Receipt, Vec<u8>)> {
    let (event, body) = body(payload, Encoding::Plain, number)?;
    let json = body.splitn(3, |byte| *byte == b'\n').nth(2);
    let receipt = Receipt {
        project: ProjectId(1),
        key: KeyId(1),
        event,
        received: Timestamp::from_micros(MICROS),
        format: WireFormat::Event,
        client_ip: Some("127.0.0.1".to_owned()),
        sdk: Some("sentry.python/2.75.0".to_owned()),
        user_agent: None,
        sent_at: None,
    };
    Ok((
        receipt,
        json.context("an envelope has three lines")?.to_vec(),
    ))
}

/// Prepares one input for each event, and works on them in turn.
fn over<T: 'static>(
    prepare: impl Fn(u64) -> anyhow::Result<T>,
    work: impl Fn(&T) -> anyhow::Result<()> + 'static,
) -> anyhow::Result<Work> {
    let inputs: Vec<T> = (0..EVENT_COUNT)
        .map(prepare)
        .collect::<anyhow::Result<_>>()?;
    Ok(Box::new(move |number| {
        let index = usize::try_from(number % EVENT_COUNT)?;
        work(inputs.get(index).context("an input")?)
    }))
}

fn inflate(payload: Payload) -> anyhow::Result<Work> {
    let limits = DecodeLimits::bytes(OUTPUT_BYTES_MAX);
    over(
        move |number| body(payload, Encoding::Gzip, number),
        move |(_, body)| {
            let mut decoder = Decoder::for_header(Some("gzip"), limits)?;
            decoder.push(body)?;
            black_box(decoder.finish()?);
            Ok(())
        },
    )
}

fn envelope(payload: Payload) -> anyhow::Result<Work> {
    over(
        move |number| body(payload, Encoding::Plain, number),
        |(_, body)| {
            black_box(Envelope::parse(body, &EnvelopeLimits::USUAL)?);
            Ok(())
        },
    )
}

fn check(payload: Payload) -> anyhow::Result<Work> {
    over(
        move |number| spooled(payload, number),
        |(_, bytes)| {
            black_box(json::check_object(bytes.clone())?);
            Ok(())
        },
    )
}

fn parse(payload: Payload) -> anyhow::Result<Work> {
    over(
        move |number| spooled(payload, number),
        |(receipt, bytes)| {
            black_box(event::parse(receipt, bytes)?);
            Ok(())
        },
    )
}

/// The stages in a row, as the digest runs them: each takes what the one before made. A stage alone
/// would have to be given a copy, which costs more than the stage.
fn parse_normalize(payload: Payload) -> anyhow::Result<Work> {
    over(
        move |number| spooled(payload, number),
        |(receipt, bytes)| {
            let event = event::parse(receipt, bytes)?;
            black_box(watchpost_normalize::event(event, receipt));
            Ok(())
        },
    )
}

/// With the default rules, and addresses hidden as well.
fn scrub(payload: Payload) -> anyhow::Result<Work> {
    let rules = Scrubbing {
        ip_addresses: true,
        ..Scrubbing::default()
    };
    let (scrubber, _) = Scrubber::new(&rules);
    over(
        move |number| spooled(payload, number),
        move |(receipt, bytes)| {
            let event = watchpost_normalize::event(event::parse(receipt, bytes)?, receipt);
            black_box(scrubber.event(event));
            Ok(())
        },
    )
}

/// Texts that look like secrets all the way, so many bytes together: the instructions of four
/// times as many must be four times as many.
fn scrub_hostile(bytes: usize) -> anyhow::Result<Work> {
    const UNITS: [&str; 16] = [
        "4111 ",
        "4111111111111111",
        "DE89 ",
        "-----BEGIN ",
        "-----BEGIN A KEY-----",
        "://a:b",
        "a@a.",
        "1.1.",
        "::1",
        "\\home\\",
        "password=",
        "token=\"",
        "Bearer ",
        "123-45-",
        "{\"auth\":[",
        "a=token&",
    ];
    let rules = Scrubbing {
        ip_addresses: true,
        ..Scrubbing::default()
    };
    let (scrubber, _) = Scrubber::new(&rules);
    let each = bytes / UNITS.len();
    let texts = UNITS.map(|unit| unit.repeat(each / unit.len()));
    over(
        move |number| {
            let mut event = Event::empty(EventId(number.into()), Timestamp::from_micros(MICROS));
            event.message = Some(Message {
                formatted: texts.concat(),
                ..Message::default()
            });
            let values = texts.iter().zip(0..);
            event.extra = values
                .map(|(text, key)| (format!("k{key}"), text.as_str().into()))
                .collect();
            Ok(event)
        },
        move |event| {
            black_box(scrubber.event(event.clone()));
            Ok(())
        },
    )
}

/// Most projects: nothing is computed for issues of another version.
fn new_project() -> anyhow::Result<Grouper> {
    Ok(compile(&Grouping::default())?.without_previous())
}

/// A project that has issues of version 1, whose keys are computed as well.
fn after_version_1() -> anyhow::Result<Grouper> {
    compile(&Grouping::default())
}

/// A new project with rules of its own, of which few fit.
fn with_rules() -> anyhow::Result<Grouper> {
    let grouping = Grouping {
        fingerprint_rules: include_str!("fingerprint_rules.txt").to_owned(),
        stack_rules: include_str!("stack_rules.txt").to_owned(),
        ..Grouping::default()
    };
    Ok(compile(&grouping)?.without_previous())
}

fn compile(grouping: &Grouping) -> anyhow::Result<Grouper> {
    let (grouper, faults) = Grouper::new(grouping);
    ensure!(faults.is_empty(), "the rules are wrong: {faults:?}");
    Ok(grouper)
}

/// Parses and normalises, too.
fn group(payload: Payload, grouper: Grouper) -> anyhow::Result<Work> {
    over(
        move |number| spooled(payload, number),
        move |(receipt, bytes)| {
            let event = watchpost_normalize::event(event::parse(receipt, bytes)?, receipt);
            black_box(grouper.event(event, receipt));
            Ok(())
        },
    )
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "every workload is prepared in the same way"
)]
fn search() -> anyhow::Result<Work> {
    let text = "is:unresolved level:error \"stock exceeded\" warehouse shipment";
    Ok(Box::new(move |_| {
        black_box(Search::parse(text)?);
        Ok(())
    }))
}
