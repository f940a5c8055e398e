//! Native code: addresses, and the images that were loaded. Pure.

use serde_json::{Map, Value};

/// Images that a page lists.
const IMAGES_MAX: usize = 60;

/// A library or executable that was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Image {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) kind: String,
    pub(crate) id: String,
    /// `0x1000 – 0x2fff`
    pub(crate) place: String,
}

/// The images of an event, and how many more there are than a page lists.
pub(crate) fn images(other: &Map<String, Value>) -> (Vec<Image>, usize) {
    let all = other.get("debug_meta").and_then(|meta| meta.get("images"));
    let all = all.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let known: Vec<&Map<String, Value>> = all.iter().filter_map(Value::as_object).collect();
    let images = known.iter().take(IMAGES_MAX).map(|image| Image::new(image));
    (images.collect(), known.len().saturating_sub(IMAGES_MAX))
}

impl Image {
    fn new(image: &Map<String, Value>) -> Self {
        let first = |names: &[&str]| {
            let mut values = names.iter().filter_map(|name| image.get(*name)?.as_str());
            values.next().unwrap_or_default().to_owned()
        };
        let path = first(&["code_file", "debug_file", "name", "uuid"]);
        let start = image.get("image_addr").and_then(number);
        let size = image.get("image_size").and_then(number);
        Self {
            name: super::frame::short_package(&path).to_owned(),
            path,
            kind: first(&["type"]),
            id: first(&["debug_id", "code_id", "uuid", "id"]),
            place: match (start, size) {
                (Some(start), Some(size)) if size > 0 => {
                    format!("{start:#x} – {:#x}", start.saturating_add(size - 1))
                }
                (Some(start), _) => format!("{start:#x}"),
                (None, _) => String::new(),
            },
        }
    }
}

/// Where the instruction of a frame is; empty for other than native code.
pub(super) fn address(frame: &Map<String, Value>) -> String {
    let at = frame.get("instruction_addr").and_then(number);
    at.map(|at| format!("{at:#x}")).unwrap_or_default()
}

/// An address as clients write them: a number, or text in base 16 or 10.
fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => match text.strip_prefix("0x").or(text.strip_prefix("0X")) {
            Some(digits) => u64::from_str_radix(digits, 16).ok(),
            None => text.parse().ok(),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn images_have_a_name_an_id_and_a_range() {
        let image = json!({"type": "elf", "code_file": "/usr/lib/libc.so.6", "debug_id": "ab-1",
                           "image_addr": "0x7f0000001000", "image_size": 4096});
        let other = object(json!({"debug_meta": {"images": [image, null, {"type": 1}]}}));
        let (images, more) = images(&other);
        let shown = (images[0].name.as_str(), images[0].place.as_str());
        assert_eq!(shown, ("libc.so.6", "0x7f0000001000 – 0x7f0000001fff"));
        assert_eq!((images[0].id.as_str(), images.len(), more), ("ab-1", 2, 0));
        let many = object(json!({"debug_meta": {"images": vec![json!({"a": 1}); 70]}}));
        assert_eq!(
            (super::images(&many).0.len(), super::images(&many).1),
            (60, 10)
        );
    }

    #[test]
    fn addresses_are_numbers_in_any_form_and_nothing_else() {
        let check = |at: Value, expect: &str| {
            assert_eq!(address(&object(json!({"instruction_addr": at}))), expect);
        };
        check(json!("0x00007fFF10"), "0x7fff10");
        check(json!(4096), "0x1000");
        check(json!("4096"), "0x1000");
        check(json!("<b>"), "");
        check(json!("0xffffffffffffffffff"), "");
        check(json!([1]), "");
        assert_eq!(address(&Map::new()), "");
    }
}
