//! JSON of any shape: bounded in bytes and depth, without NUL.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde_json::{Map, Value};
use watchpost_model::{Event, has_nul, short_name};

use crate::limits;
use crate::limits::Bag;
use crate::remarks::Remarks;
use crate::text::{ELLIPSIS, clean, head};

/// What a number, a truth value or an empty container costs.
const SCALAR_BYTES: usize = 8;

/// Bounds the parts of an event that are nothing but JSON.
pub(crate) fn settle(event: &mut Event, remarks: &mut Remarks) {
    let total = limits::EXTRA_BYTES_MAX;
    fit_each(&mut event.extra, limits::EXTRA, total, &"extra", remarks);
    let total = limits::CONTEXT.bytes_max * limits::CONTEXTS_MAX;
    fit_each(
        &mut event.contexts,
        limits::CONTEXT,
        total,
        &"contexts",
        remarks,
    );
    let total = limits::OTHER_BYTES_MAX;
    fit_each(&mut event.other, limits::OTHER, total, &"other", remarks);
    fit_modules(&mut event.modules, remarks);
}

/// Bounds a map as a whole.
pub(crate) fn fit_map(
    map: &mut Map<String, Value>,
    bag: Bag,
    at: &dyn Display,
    remarks: &mut Remarks,
) {
    let mut bytes_left = bag.bytes_max;
    if shrink_map(map, bag.depth_max, &mut bytes_left) {
        remarks.cut(at, &reason(bag));
    }
}

/// Bounds one value. Returns how many bytes it has now.
pub(crate) fn fit(value: &mut Value, bag: Bag, at: &dyn Display, remarks: &mut Remarks) -> usize {
    let mut bytes_left = bag.bytes_max;
    shrink_with_remark(value, bag, &mut bytes_left, at, remarks);
    bag.bytes_max - bytes_left
}

fn shrink_with_remark(
    value: &mut Value,
    bag: Bag,
    bytes_left: &mut usize,
    at: &dyn Display,
    remarks: &mut Remarks,
) {
    // Only long texts are worth counting, and only they can be cut.
    let length = match &*value {
        Value::String(text) if text.len() > *bytes_left => Some(text.chars().count()),
        _ => None,
    };
    if shrink(value, bag.depth_max, bytes_left) {
        match length {
            Some(length) => remarks.cut_from(at, &reason(bag), length),
            None => remarks.cut(at, &reason(bag)),
        }
    }
}

/// Bounds a list of pairs of texts.
pub(crate) fn fit_pairs(
    pairs: &mut Vec<(String, String)>,
    bytes_max: usize,
    at: &dyn Display,
    remarks: &mut Remarks,
) {
    let mut bytes_left = bytes_max;
    let mut was_cut = false;
    pairs.retain_mut(|(name, value)| {
        was_cut |= bytes_left == 0;
        if bytes_left == 0 {
            return false;
        }
        was_cut |= shrink_text(name, &mut bytes_left);
        was_cut |= shrink_text(value, &mut bytes_left);
        true
    });
    if was_cut {
        remarks.cut(at, &format!("more than {bytes_max} bytes"));
    }
}

fn reason(bag: Bag) -> String {
    let (bytes, depth) = (bag.bytes_max, bag.depth_max);
    format!("more than {bytes} bytes, or nested deeper than {depth}")
}

/// Bounds each value of a map by itself, and all of them together.
fn fit_each(
    map: &mut Map<String, Value>,
    bag: Bag,
    total: usize,
    at: &dyn Display,
    remarks: &mut Remarks,
) {
    clean_keys(map);
    let mut total_left = total;
    let mut was_cut = false;
    map.retain(|key, value| {
        was_cut |= total_left == 0;
        if total_left == 0 {
            return false;
        }
        let allowed = bag.bytes_max.min(total_left);
        let mut bytes_left = allowed;
        let at = format_args!("{at}.{}", short_name(key));
        shrink_with_remark(value, bag, &mut bytes_left, &at, remarks);
        total_left = total_left.saturating_sub(allowed - bytes_left + key.len());
        true
    });
    if was_cut {
        remarks.cut(at, &format!("more than {total} bytes"));
    }
}

fn fit_modules(modules: &mut BTreeMap<String, String>, remarks: &mut Remarks) {
    let cost = |text: &str| {
        if has_nul(text.as_bytes()) {
            usize::MAX
        } else {
            text.len().max(1)
        }
    };
    let bytes = modules.iter().fold(0_usize, |sum, (name, version)| {
        sum.saturating_add(cost(name)).saturating_add(cost(version))
    });
    if bytes <= limits::HEADERS_BYTES_MAX {
        return;
    }
    let mut pairs: Vec<_> = std::mem::take(modules).into_iter().collect();
    fit_pairs(&mut pairs, limits::HEADERS_BYTES_MAX, &"modules", remarks);
    *modules = pairs.into_iter().collect();
}

/// Bounds `value`; true when something is gone.
fn shrink(value: &mut Value, depth_left: usize, bytes_left: &mut usize) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            *bytes_left = bytes_left.saturating_sub(SCALAR_BYTES);
            false
        }
        Value::String(text) => shrink_text(text, bytes_left),
        Value::Array(list) if depth_left == 0 && !list.is_empty() => too_deep(value, bytes_left),
        Value::Object(map) if depth_left == 0 && !map.is_empty() => too_deep(value, bytes_left),
        Value::Array(list) => {
            *bytes_left = bytes_left.saturating_sub(SCALAR_BYTES);
            shrink_list(list, depth_left, bytes_left)
        }
        Value::Object(map) => {
            *bytes_left = bytes_left.saturating_sub(SCALAR_BYTES);
            shrink_map(map, depth_left, bytes_left)
        }
    }
}

/// What stands for it counts, so that doing it a second time changes nothing.
fn too_deep(value: &mut Value, bytes_left: &mut usize) -> bool {
    *value = Value::String(ELLIPSIS.to_owned());
    *bytes_left = bytes_left.saturating_sub(ELLIPSIS.len());
    true
}

fn shrink_list(list: &mut Vec<Value>, depth_left: usize, bytes_left: &mut usize) -> bool {
    let mut was_cut = false;
    list.retain_mut(|value| {
        was_cut |= *bytes_left == 0;
        if *bytes_left == 0 {
            return false;
        }
        was_cut |= shrink(value, depth_left.saturating_sub(1), bytes_left);
        true
    });
    was_cut
}

fn shrink_map(map: &mut Map<String, Value>, depth_left: usize, bytes_left: &mut usize) -> bool {
    clean_keys(map);
    let mut was_cut = false;
    map.retain(|key, value| {
        was_cut |= *bytes_left < key.len();
        if *bytes_left < key.len() || *bytes_left == 0 {
            return false;
        }
        *bytes_left -= key.len();
        was_cut |= shrink(value, depth_left.saturating_sub(1), bytes_left);
        true
    });
    was_cut
}

/// What a cut text ends in counts, so that cutting a second time changes nothing.
fn shrink_text(text: &mut String, bytes_left: &mut usize) -> bool {
    clean(text);
    let fits = text.len() <= *bytes_left || text == ELLIPSIS;
    if !fits {
        let kept = bytes_left.saturating_sub(ELLIPSIS.len());
        *text = head(text, kept).to_owned() + ELLIPSIS;
    }
    // An empty text costs something too, or a million of them would fit.
    *bytes_left = bytes_left.saturating_sub(text.len().max(1));
    !fits
}

fn clean_keys(map: &mut Map<String, Value>) {
    if map.keys().any(|key| has_nul(key.as_bytes())) {
        let cleaned = std::mem::take(map).into_iter().map(|(mut key, value)| {
            clean(&mut key);
            (key, value)
        });
        *map = cleaned.collect();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(mut value: Value, bytes_max: usize, depth_max: usize, expect: &Value) {
        let bag = Bag {
            bytes_max,
            depth_max,
        };
        let mut remarks = Remarks::new(Vec::new());
        let shown = value.to_string();
        fit(&mut value, bag, &"f", &mut remarks);
        assert_eq!(value, *expect, "{shown}");
        let is_same = shown == format!("{expect}");
        let changed = !is_same && !shown.contains("\\u0000");
        assert_eq!(remarks.finish().len(), usize::from(changed), "{shown}");
    }

    #[test]
    fn values_are_bounded_in_bytes() {
        check(
            json!({"a": "bcd", "e": [1, 2]}),
            100,
            5,
            &json!({"a": "bcd", "e": [1, 2]}),
        );
        check(json!("abcdefgh"), 5, 5, &json!("ab..."));
        check(
            json!(["abcd", "efgh", "gh"]),
            15,
            5,
            &json!(["abcd", "..."]),
        );
        check(
            json!({"a": "bcdefghijklm", "n": 1}),
            15,
            5,
            &json!({"a": "bcd..."}),
        );
    }

    #[test]
    fn nothing_is_free() {
        let mut list = json!(vec![""; 1000]);
        let bag = Bag {
            bytes_max: 108,
            depth_max: 5,
        };
        fit(&mut list, bag, &"f", &mut Remarks::new(Vec::new()));
        assert_eq!(list.as_array().map(Vec::len), Some(100));
        let mut pairs = vec![(String::new(), String::new()); 1000];
        fit_pairs(&mut pairs, 100, &"f", &mut Remarks::new(Vec::new()));
        assert_eq!(pairs.len(), 50);
    }

    #[test]
    fn modules_are_bounded_and_cleaned() {
        let settled = |modules: &[(&str, usize)]| {
            let modules = modules.iter();
            let texts = modules.map(|(name, bytes)| ((*name).to_owned(), "x".repeat(*bytes)));
            let (mut modules, mut remarks) = (texts.collect(), Remarks::new(Vec::new()));
            fit_modules(&mut modules, &mut remarks);
            let bytes = modules
                .iter()
                .map(|(name, version)| name.len() + version.len());
            let names: Vec<_> = modules.keys().cloned().collect();
            (
                names.join(" "),
                bytes.sum::<usize>(),
                remarks.finish().len(),
            )
        };
        let most = limits::HEADERS_BYTES_MAX;
        let whole = settled(&[("a", most - 3), ("b", 1)]);
        assert_eq!(whole, ("a b".to_owned(), most, 0));
        let cut = settled(&[("a", most - 3), ("b", 9)]);
        assert_eq!((cut.0.as_str(), cut.2), ("a b", 1));
        assert_eq!(settled(&[("a\0", 1)]), ("a\u{fffd}".to_owned(), 5, 0));
    }

    #[test]
    fn values_are_bounded_in_depth() {
        check(json!([[[]]]), 100, 2, &json!([[[]]]));
        // What is left for a text behind one is the same the second time.
        for value in [json!([[1], "abcdefgh"]), json!(["...", "abcdefgh"])] {
            check(value, 18, 1, &json!(["...", "abcd..."]));
        }
        check(json!([[[1]]]), 100, 2, &json!([["..."]]));
        check(
            json!({"a": {"b": {"c": 1}}}),
            100,
            2,
            &json!({"a": {"b": "..."}}),
        );
    }

    #[test]
    fn i15_nul_is_replaced_in_texts_and_keys() {
        check(
            json!({"a\0": "b\0"}),
            100,
            5,
            &json!({"a\u{fffd}": "b\u{fffd}"}),
        );
    }
}
