//! Events of the programs in `e2e/grouping`: as a run left them, and as they are kept in fixtures.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

use anyhow::{Context, ensure};
use serde_json::{Map, Value};
use watchpost_model::{
    Event, EventId, KeyId, ProjectId, Receipt, Scrubbing, Timestamp, WireFormat,
};
use watchpost_normalize::scrub::Scrubber;

/// 2026-01-01: the moment of receipt is not part of what is judged.
const RECEIVED_MICROS: i64 = 1_767_225_600_000_000;
/// Small files are worth some seconds, once.
const LEVEL: i32 = 19;
/// A recording that unpacks to more is none of ours.
const RECORDING_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Fields that grouping never sees and that would be most of a recording.
const LEFT_OUT: [&str; 5] = ["breadcrumbs", "modules", "contexts", "debug_meta", "extra"];
/// The same, of each frame.
const LEFT_OUT_OF_FRAMES: [&str; 3] = ["vars", "pre_context", "post_context"];

/// One event with its label.
pub(super) struct Sample {
    /// The name of the fault in the tag `fault`.
    pub(super) fault: String,
    pub(super) receipt: Receipt,
    /// As it is before it is grouped.
    pub(super) event: Event,
}

/// The lines of a file that a run wrote, without what a recording leaves out and with the folders
/// of this machine under other names.
pub(super) fn read_run(path: &Path, folders: &[(String, String)]) -> anyhow::Result<Vec<String>> {
    let file = File::open(path).with_context(|| format!("no events in {}", path.display()))?;
    let mut lines = Vec::new();
    for line in BufReader::new(file).lines() {
        let mut event: Map<String, Value> = serde_json::from_str(&line?)?;
        event.retain(|name, _| !LEFT_OUT.contains(&&**name));
        for name in ["exception", "threads", "stacktrace"] {
            if let Some(part) = event.get_mut(name) {
                thin_frames(part);
            }
        }
        let mut line = serde_json::to_string(&event)?;
        for (from, to) in folders {
            line = line.replace(from, to);
        }
        lines.push(line);
    }
    Ok(lines)
}

fn thin_frames(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !LEFT_OUT_OF_FRAMES.contains(&&**name));
            fields.values_mut().for_each(thin_frames);
        }
        Value::Array(values) => values.iter_mut().for_each(thin_frames),
        _ => {}
    }
}

/// Writes lines as a recording.
pub(super) fn write(path: &Path, lines: &[String]) -> anyhow::Result<()> {
    let mut packer = zstd::Encoder::new(File::create(path)?, LEVEL)?;
    packer.long_distance_matching(true)?;
    for line in lines {
        packer.write_all(line.as_bytes())?;
        packer.write_all(b"\n")?;
    }
    packer.finish()?;
    Ok(())
}

/// The lines of a recording.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<String>> {
    let file = File::open(path).with_context(|| format!("no recording {}", path.display()))?;
    let mut text = String::new();
    let unpacked = zstd::Decoder::new(file)?.take(RECORDING_BYTES_MAX);
    BufReader::new(unpacked).read_to_string(&mut text)?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// Takes each event the way the digest does, up to grouping.
pub(super) fn samples(lines: &[String]) -> anyhow::Result<Vec<Sample>> {
    // As in a project whose rules nobody has changed.
    let (scrubber, faults) = Scrubber::new(&Scrubbing::default());
    ensure!(
        faults.is_empty(),
        "the usual scrubbing is wrong: {faults:?}"
    );
    let samples: Vec<Sample> = lines
        .iter()
        .map(|line| sample(line, &scrubber))
        .collect::<anyhow::Result<_>>()?;
    ensure!(!samples.is_empty(), "a recording without events");
    Ok(samples)
}

fn sample(line: &str, scrubber: &Scrubber) -> anyhow::Result<Sample> {
    let fields: Value = serde_json::from_str(line)?;
    let id = fields.get("event_id").and_then(Value::as_str);
    let id: EventId = id.context("an event without id")?.parse()?;
    let receipt = Receipt {
        project: ProjectId(1),
        key: KeyId(1),
        event: id,
        received: Timestamp::from_micros(RECEIVED_MICROS),
        sent_at: None,
        format: WireFormat::Event,
        client_ip: None,
        sdk: None,
        user_agent: None,
    };
    let event = watchpost_protocol::event::parse(&receipt, line.as_bytes())?;
    let event = scrubber.event(watchpost_normalize::event(event, &receipt));
    let fault = event.tag("fault").context("an event without label")?;
    Ok(Sample {
        fault: fault.to_owned(),
        receipt,
        event,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_has_no_folder_of_this_machine_and_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let (run, packed) = (folder.path().join("run"), folder.path().join("packed"));
        let event = r#"{"event_id":"000000000000000000000000000000a7","tags":{"fault":"x-y"},
            "extra":{"argv":"secret"},"exception":{"values":[{"type":"E","stacktrace":{"frames":[
            {"filename":"/tmp/run 7/shop.py","function":"pay","vars":{"a":"1"}}]}}]}}"#;
        std::fs::write(&run, event.replace('\n', "")).unwrap();
        let folders = [("/tmp/run 7".to_owned(), "/srv".to_owned())];
        let lines = read_run(&run, &folders).unwrap();
        write(&packed, &lines).unwrap();
        assert_eq!(read(&packed).unwrap(), lines);
        let expect = concat!(
            r#"{"event_id":"000000000000000000000000000000a7","tags":{"fault":"x-y"},"#,
            r#""exception":{"values":[{"type":"E","stacktrace":{"frames":["#,
            r#"{"filename":"/srv/shop.py","function":"pay"}]}}]}}"#,
        );
        assert_eq!(lines, [expect]);
        let samples = samples(&lines).unwrap();
        assert_eq!(samples[0].fault, "x-y");
        let frame = &samples[0].event.exceptions[0]
            .stacktrace
            .as_ref()
            .unwrap()
            .frames[0];
        assert_eq!(frame.function.as_deref(), Some("pay"));
    }
}
