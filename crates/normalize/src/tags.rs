//! Tags: keys and values that can be searched, each key once; tags that name a field fill it.

use watchpost_model::{Event, Tag, short_name};

use crate::limits::{TAG_CHARS_MAX, TAGS_MAX};
use crate::remarks::Remarks;
use crate::text::fit;

/// Names that searches use for something else.
const RESERVED: [&str; 3] = ["user", "filename", "function"];

/// Settles the tags, before the fields that they may fill.
pub(crate) fn settle(event: &mut Event, remarks: &mut Remarks) {
    let mut kept: Vec<Tag> = Vec::with_capacity(event.tags.len().min(TAGS_MAX));
    let mut surplus = 0_usize;
    for tag in std::mem::take(&mut event.tags) {
        let Some(tag) = valid(tag, remarks) else {
            continue;
        };
        if let Some(field) = field_of(event, &tag.key) {
            if field.is_none() {
                *field = Some(tag.value);
            } else if field.as_ref() != Some(&tag.value) {
                remarks.dropped(&shown(&tag.key), "the event has a field of this name");
            }
        } else if RESERVED.contains(&tag.key.as_str()) {
            remarks.dropped(&shown(&tag.key), "this name is reserved");
        } else if kept.iter().any(|other| other.key == tag.key) {
            remarks.dropped(&shown(&tag.key), "another tag has this key");
        } else if kept.len() == TAGS_MAX {
            surplus += 1;
        } else {
            kept.push(tag);
        }
    }
    if surplus > 0 {
        let reason = format!("{surplus} more than the {TAGS_MAX} that are kept");
        remarks.cut_from(&"tags", &reason, TAGS_MAX + surplus);
    }
    event.tags = kept;
}

fn field_of<'a>(event: &'a mut Event, key: &str) -> Option<&'a mut Option<String>> {
    match key {
        "environment" => Some(&mut event.environment),
        "release" => Some(&mut event.release),
        "dist" => Some(&mut event.dist),
        "server_name" => Some(&mut event.server_name),
        "site" => Some(&mut event.site),
        _ => None,
    }
}

/// The tag with allowed characters, or none when nothing is left of it.
fn valid(mut tag: Tag, remarks: &mut Remarks) -> Option<Tag> {
    let allowed = |char: char| char.is_ascii_alphanumeric() || "_.:-".contains(char);
    let mut has_odd = false;
    // Nearly every key and value is as it should be, and stays where it is.
    if !tag.key.chars().all(allowed) {
        let key = tag.key.trim().replace(' ', "-");
        has_odd = !key.chars().all(allowed);
        tag.key = key
            .chars()
            .map(|char| if allowed(char) { char } else { '_' })
            .collect();
    }
    if tag.key.is_empty() {
        remarks.dropped(&"tags", "a tag without a key");
        return None;
    }
    if has_odd {
        remarks.corrected(
            &shown(&tag.key),
            "keys are made of letters, digits, and _ . : -",
        );
    }
    if tag.key.len() > TAG_CHARS_MAX {
        let at = shown(&tag.key);
        fit(&mut tag.key, TAG_CHARS_MAX, &at, remarks);
    }
    let value = tag.value.trim();
    if value.is_empty() {
        remarks.dropped(&shown(&tag.key), "a tag without a value");
        return None;
    }
    if value.len() < tag.value.len() || value.contains(['\r', '\n']) {
        tag.value = value.replace(['\r', '\n'], " ");
    }
    let at = format_args!("tags.{}", short_name(&tag.key));
    fit(&mut tag.value, TAG_CHARS_MAX, &at, remarks);
    Some(tag)
}

/// The path of a remark.
fn shown(key: &str) -> String {
    format!("tags.{}", short_name(key))
}

#[cfg(test)]
mod tests {
    use watchpost_model::{EventId, Timestamp};

    use super::*;

    fn settled(tags: &[(&str, &str)]) -> (Event, Vec<String>) {
        let mut event = Event::empty(EventId(1), Timestamp::default());
        event.tags = tags
            .iter()
            .map(|(key, value)| Tag {
                key: (*key).to_owned(),
                value: (*value).to_owned(),
            })
            .collect();
        let mut remarks = Remarks::new(Vec::new());
        settle(&mut event, &mut remarks);
        let reasons = remarks.finish().into_iter().map(|remark| remark.reason);
        (event, reasons.collect())
    }

    fn check(tags: &[(&str, &str)], expect: &[(&str, &str)], remarks: &[&str]) {
        let (event, reasons) = settled(tags);
        let got = event.tags.iter();
        let got: Vec<_> = got.map(|tag| (&*tag.key, &*tag.value)).collect();
        assert_eq!(got, expect, "{tags:?}");
        assert_eq!(reasons, remarks, "{tags:?}");
    }

    #[test]
    fn i13_keys_and_values_are_made_valid() {
        check(&[("a", "b")], &[("a", "b")], &[]);
        check(&[(" my tag ", " v ")], &[("my-tag", "v")], &[]);
        check(&[("a", "one\ntwo")], &[("a", "one two")], &[]);
        let odd = "keys are made of letters, digits, and _ . : -";
        check(&[("a\nb", "v")], &[("a_b", "v")], &[odd]);
        check(&[("größe", "v")], &[("gr__e", "v")], &[odd]);
        check(&[("__proto__", "v")], &[("__proto__", "v")], &[]);
        check(&[("", "v")], &[], &["a tag without a key"]);
        check(&[("a", " ")], &[], &["a tag without a value"]);
        check(
            &[("a", "1"), ("a", "2")],
            &[("a", "1")],
            &["another tag has this key"],
        );
        check(&[("user", "x")], &[], &["this name is reserved"]);
        let (event, reasons) = settled(&[(&"k".repeat(300), &"v".repeat(1_000_000))]);
        assert_eq!(event.tags[0].key.len(), 200);
        assert_eq!(event.tags[0].value.len(), 200);
        assert_eq!(reasons.len(), 2);
    }

    #[test]
    fn i13_ten_thousand_tags() {
        let names: Vec<String> = (0..10_000).map(|n| format!("k{n}")).collect();
        let tags: Vec<_> = names.iter().map(|name| (name.as_str(), "v")).collect();
        let (event, reasons) = settled(&tags);
        assert_eq!(event.tags.len(), 200);
        assert_eq!(reasons, ["9800 more than the 200 that are kept"]);
    }

    #[test]
    fn tags_that_name_a_field_fill_it() {
        let (event, reasons) = settled(&[("environment", "prod"), ("site", "a"), ("site", "b")]);
        assert_eq!(event.environment.as_deref(), Some("prod"));
        assert_eq!(event.site.as_deref(), Some("a"));
        assert_eq!(event.tags, []);
        assert_eq!(reasons, ["the event has a field of this name"]);
    }
}
