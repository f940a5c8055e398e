//! Fills arguments into a message, as Python does it: `%s`, `%(name)d`, `{}`, `{0}`, `{name}`.
//!
//! Clients send the template and its arguments apart, so that events differ only in the latter.
//! A place without an argument stays as it is: half a message is better than none.

use serde_json::Value;

use crate::text::head;

/// No message is longer; a template that repeats a long argument would be.
const FILLED_BYTES_MAX: usize = 64 * 1024;

/// No place is longer. Only so far is its end looked for: or a text of nothing but beginnings would
/// be read once for each.
const PLACE_BYTES_MAX: usize = 200;

/// The text of `template` with `params`, a list or an object, in their places.
pub(crate) fn fill(template: &str, params: &Value) -> String {
    let mut args = Args { params, used: 0 };
    let percent = fill_percent(template, &mut args);
    if args.used > 0 {
        return percent;
    }
    fill_braces(template, &mut args)
}

struct Args<'a> {
    params: &'a Value,
    used: usize,
}

impl Args<'_> {
    /// The argument of that name or number, or the next one for an empty name.
    fn take(&mut self, name: &str) -> Option<String> {
        let found = match self.params {
            Value::Array(list) if name.is_empty() => list.get(self.used),
            Value::Array(list) => list.get(name.parse::<usize>().ok()?),
            Value::Object(map) => map.get(name),
            _ => None,
        }?;
        self.used += 1;
        Some(match found {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    }
}

fn fill_percent(template: &str, args: &mut Args<'_>) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while filled.len() < FILLED_BYTES_MAX
        && let Some((before, after)) = rest.split_once('%')
    {
        filled.push_str(before);
        rest = after;
        if let Some(after) = after.strip_prefix('%') {
            filled.push('%');
            rest = after;
        } else if let Some((name, after)) = percent_place(after)
            && let Some(text) = args.take(name)
        {
            filled.push_str(&text);
            rest = after;
        } else {
            filled.push('%');
        }
    }
    filled + rest
}

/// The name in `(name)s`, empty in `-8.3f`, and what follows; none when it is no place.
fn percent_place(text: &str) -> Option<(&str, &str)> {
    let (name, text) = match text.strip_prefix('(') {
        Some(text) => split_place(text, ')')?,
        None => ("", text),
    };
    let flags = |char: char| char.is_ascii_digit() || "+-#.*".contains(char);
    let text = text.trim_start_matches(flags);
    let rest = text.strip_prefix(|char: char| "sdifrxXoeEgGca".contains(char))?;
    Some((name, rest))
}

/// What stands before `end`, if that is near, and what follows it.
fn split_place(text: &str, end: char) -> Option<(&str, &str)> {
    let (place, _) = head(text, PLACE_BYTES_MAX).split_once(end)?;
    let rest = text.get(place.len() + end.len_utf8()..)?;
    Some((place, rest))
}

fn fill_braces(template: &str, args: &mut Args<'_>) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while filled.len() < FILLED_BYTES_MAX
        && let Some((before, after)) = rest.split_once('{')
    {
        filled.push_str(before);
        rest = after;
        if let Some((place, after)) = split_place(after, '}')
            && let Some(text) = args.take(brace_name(place))
        {
            filled.push_str(&text);
            rest = after;
        } else {
            filled.push('{');
        }
    }
    filled + rest
}

/// `name` of `name`, `name!r` and `name:>8`.
fn brace_name(place: &str) -> &str {
    let end = place.find(['!', ':']).unwrap_or(place.len());
    place.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::needless_pass_by_value, reason = "tables read better by value")]

    use serde_json::json;

    use super::*;

    fn check(template: &str, params: Value, expect: &str) {
        assert_eq!(fill(template, &params), expect, "{template} {params}");
    }

    #[test]
    fn percent() {
        check("hello %s", json!(["x"]), "hello x");
        check(
            "%s failed for %d cents",
            json!(["p-1", 1200]),
            "p-1 failed for 1200 cents",
        );
        check("%-8.3f|%r|%x", json!([1.5, "a", 255]), "1.5|a|255");
        check(
            "%(user)s has %(n)d",
            json!({"user": "ann", "n": 3}),
            "ann has 3",
        );
        check("100%% of %s", json!(["it"]), "100% of it");
        check("%s and %s", json!(["one"]), "one and %s");
        check("50% off %s", json!(["it"]), "50% off it");
        check("at the end %", json!(["x"]), "at the end %");
        check("%(open", json!({"open": 1}), "%(open");
        check("%s", json!([{"a": [1]}]), r#"{"a":[1]}"#);
        check("größe %s 💥", json!(["ü"]), "größe ü 💥");
    }

    #[test]
    fn repeated_arguments_do_not_grow_without_end() {
        let long = "x".repeat(10_000);
        for place in ["%(a)s", "{a}"] {
            let filled = fill(&place.repeat(10_000), &json!({"a": long}));
            assert!(filled.len() < 200_000, "{}", filled.len());
        }
    }

    #[test]
    fn i30_the_end_of_a_place_is_looked_for_nearby() {
        let name = |len: usize| "n".repeat(len);
        let params = |name: &str| json!({name: "x", "other": 1});
        for (open, close) in [("%(", ")s"), ("{", "}")] {
            let place = |name: &str| format!("{open}{name}{close}");
            check(&place(&name(199)), params(&name(199)), "x");
            let far = place(&name(200));
            check(&far, params(&name(200)), &far);
            assert_eq!(split_place(&open.repeat(1_000), ')'), None);
            let opened = open.repeat(1_000) + &place("other");
            check(&opened, params("a"), &(open.repeat(1_000) + "1"));
        }
    }

    #[test]
    fn braces() {
        check("{} of {}", json!([1, 2]), "1 of 2");
        check("{1} of {0}", json!([1, 2]), "2 of 1");
        check("{name!r} {n:>8}", json!({"name": "ann", "n": 3}), "ann 3");
        check("{} {}", json!(["one"]), "one {}");
        check("{open", json!([1]), "{open");
        check("nothing", json!([1]), "nothing");
        check("{a}", json!(5), "{a}");
    }
}
