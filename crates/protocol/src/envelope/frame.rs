//! Framing of envelopes: header lines and counted payloads.
//! Called by `Envelope::parse`; looks at nothing but the bytes.

use serde_json::error::Category;
use serde_json::{Deserializer, Map, Value};

use crate::limits::HEADER_BYTES_MAX;

/// Reads the JSON object at the start of `text`, which a line break or the end must follow.
///
/// ```text
/// {"type":"event","length":41}\n      <- `text` starts here, perhaps behind blank lines
/// {"event_id":"9ec7…","level":"error"}\n{"type":…      <- what is given back
/// ```
///
/// Inside the object blanks are fine, line breaks included, because it is read as JSON and not as
/// a line; behind it they are not. The error is the reason, without the text that caused it.
pub(super) fn header(text: &[u8]) -> Result<(Map<String, Value>, &[u8]), String> {
    let start = text.get(..HEADER_BYTES_MAX).unwrap_or(text);
    let mut values = Deserializer::from_slice(start).into_iter::<Map<String, Value>>();
    let fields = match values.next() {
        Some(Ok(fields)) => fields,
        Some(Err(error)) => return Err(reason(&error, start.len() < text.len())),
        None => return Err("it ends too early".to_owned()),
    };
    let rest = text.get(values.byte_offset()..).unwrap_or_default();
    match rest {
        [] => Ok((fields, rest)),
        [b'\n', rest @ ..] => Ok((fields, rest)),
        _ => Err("no line break after the header".to_owned()),
    }
}

fn reason(error: &serde_json::Error, is_cut: bool) -> String {
    let what = match error.classify() {
        Category::Eof if is_cut => {
            return format!("its header is longer than {HEADER_BYTES_MAX} bytes");
        }
        Category::Eof | Category::Io => "its header ends too early",
        Category::Syntax => "its header is not valid JSON",
        Category::Data => "its header is not a JSON object",
    };
    format!("{what} (line {} column {})", error.line(), error.column())
}

/// Splits off a payload: `length` bytes, or all up to the next line break or the end.
///
/// Gives payload and tail; the line break between them belongs to neither. Without a length a
/// carriage return stays in the payload, as Sentry's own intake has it.
pub(super) fn payload(text: &[u8], length: Option<usize>) -> Result<(&[u8], &[u8]), &'static str> {
    let line_end = || {
        text.iter()
            .position(|byte| *byte == b'\n')
            .unwrap_or(text.len())
    };
    let end = length.unwrap_or_else(line_end);
    let split = text.split_at_checked(end);
    let (payload, tail) = split.ok_or("its payload is shorter than its length")?;
    match tail {
        [] => Ok((payload, tail)),
        [b'\n', tail @ ..] => Ok((payload, tail)),
        _ => Err("no line break after the payload: is its length right?"),
    }
}
