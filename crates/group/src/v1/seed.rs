//! Records of the first protocol: grouped as the first Sentry grouped them, to the letter, so
//! that what it joined is never split.

use md5::{Digest, Md5};
use watchpost_model::{Event, SeedRecord};

use super::Evidence;
use crate::digest::hex;

/// Lines at the end of a traceback that the original left out: the exception's own text.
const TRACEBACK_TAIL_LINES: usize = 3;

/// The key of the original: logger, view and checksum, where no view is another one than `""`.
pub(super) fn evidence(event: &Event, record: &SeedRecord) -> Evidence {
    let sentence = "grouped by logger, view and checksum, as the first Sentry did";
    let mut evidence = Evidence::new("seed", sentence);
    evidence.add("logger", event.logger.as_deref().unwrap_or_default());
    match &event.culprit {
        Some(view) => evidence.add("view", view),
        None => evidence.add("no view", ""),
    }
    if let Some(checksum) = event.checksum.as_deref() {
        evidence.add("checksum", checksum);
        evidence.hint("the client sent the checksum".to_owned());
        return evidence;
    }
    let class = record.class_name.as_deref();
    let (checksum, hint) = if record.frame_names.is_empty() {
        let traceback = record.traceback.as_deref();
        let checksum = seed_checksum(record.level, class, traceback, &record.message);
        let hint = "the checksum is over level, class, and the traceback or else the message";
        (checksum, hint)
    } else {
        let names = record.frame_names.iter();
        let names: String = names
            .flat_map(|(module, function)| [module.as_str(), function.as_str()])
            .collect();
        let hint = "the checksum is over level, class, and module and function of each frame";
        (md5_of(record.level, class, &names), hint)
    };
    evidence.add("checksum", &checksum);
    evidence.hint(hint.to_owned());
    evidence
}

/// The checksum that the first Sentry's server computed for a record without one: 32 hex digits.
///
/// It is over the level, the class and the traceback without its last three lines; when that
/// leaves nothing, over the message instead. So line numbers and paths count, the text of the
/// exception does not.
///
/// Source: the behaviour of django-sentry 1.7.1, given by 19 vectors of the real function.
pub fn seed_checksum(
    level: i64,
    class_name: Option<&str>,
    traceback: Option<&str>,
    message: &str,
) -> String {
    let lines: Vec<&str> = traceback.unwrap_or_default().split('\n').collect();
    let kept = lines.len().saturating_sub(TRACEBACK_TAIL_LINES);
    let traceback = lines.into_iter().take(kept).collect::<Vec<_>>().join("\n");
    let text = if traceback.is_empty() {
        message
    } else {
        &traceback
    };
    md5_of(level, class_name, text)
}

fn md5_of(level: i64, class_name: Option<&str>, text: &str) -> String {
    let mut hash = Md5::new();
    hash.update(level.to_string());
    hash.update(class_name.unwrap_or_default());
    hash.update(text);
    hex(&hash.finalize())
}
