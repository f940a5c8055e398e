//! An event as Markdown: for tickets, chats and notes. Pure.
//!
//! Nothing of an event is Markdown: values stand in code spans and code blocks whose fences are
//! longer than any run of backticks in them. It has facts, message, trace, request, user, tags, the
//! last breadcrumbs without their data and a line for each context; for the rest it links the page.
//! What the page hides is not here either.

use std::fmt::Write;

use watchpost_store::ArchivedEvent;

use super::curl::curl;
use super::values::{Pair, cut};
use super::{context, facts, highlights, raw};
use crate::pages::format::{absolute, time_of_day};

const TRACE_CHARS_MAX: usize = 40_000;
const TITLE_CHARS_MAX: usize = 300;
const STEPS_MAX: usize = 30;

/// The whole text. `link` leads to the page.
pub(crate) fn markdown(archived: &ArchivedEvent, link: &str) -> String {
    let event = &archived.event;
    let title = cut(archived.title.clone(), TITLE_CHARS_MAX);
    let mut text = format!("# {}\n\n", code(&title));
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "Event {} of {}",
        code(&event.event_id.to_string()),
        absolute(event.timestamp)
    );
    let _ = writeln!(text, "<{link}>\n");
    let mut rows = highlights::highlights(event);
    for fact in facts::facts(event) {
        if !rows.iter().any(|row| row.key == fact.key) {
            rows.push(fact);
        }
    }
    list(&mut text, &rows);
    if let Some(message) = &event.message {
        section(&mut text, "Message");
        block(
            &mut text,
            "",
            &cut(message.formatted.clone(), TRACE_CHARS_MAX),
        );
    }
    let trace = raw::text(event);
    if !trace.is_empty() {
        section(&mut text, "Stack");
        block(&mut text, "", &cut(trace, TRACE_CHARS_MAX));
    }
    if let Some(command) = event.request.as_ref().and_then(curl) {
        section(&mut text, "Request");
        block(&mut text, "sh", &command);
    }
    let user = facts::user(event);
    if !user.is_empty() {
        section(&mut text, "User");
        list(&mut text, &user);
    }
    let tags: Vec<Pair> = event
        .tags
        .iter()
        .map(|tag| Pair::new(&tag.key, &tag.value))
        .collect();
    if !tags.is_empty() {
        section(&mut text, "Tags");
        list(&mut text, &tags);
    }
    steps(&mut text, archived);
    let cards = context::cards(&event.contexts);
    let known = cards.into_iter().filter(|card| !card.summary.is_empty());
    let known: Vec<Pair> = known
        .map(|card| Pair::new(card.title, card.summary))
        .collect();
    if !known.is_empty() {
        section(&mut text, "Contexts");
        list(&mut text, &known);
    }
    text
}

fn steps(text: &mut String, archived: &ArchivedEvent) {
    let all = &archived.event.breadcrumbs;
    if all.is_empty() {
        return;
    }
    section(text, "Breadcrumbs");
    for crumb in all.iter().skip(all.len().saturating_sub(STEPS_MAX)) {
        let time = crumb.timestamp.map(time_of_day).unwrap_or_default();
        let category = crumb.category.as_deref().or(crumb.kind.as_deref());
        let words = [Some(time.as_str()), category, crumb.message.as_deref()];
        let words = words.into_iter().flatten().filter(|word| !word.is_empty());
        let words: Vec<String> = words
            .map(|word| code(&cut(word.to_owned(), TITLE_CHARS_MAX)))
            .collect();
        let _ = writeln!(text, "- {}", words.join(" "));
    }
}

fn section(text: &mut String, name: &str) {
    let _ = writeln!(text, "\n## {name}\n");
}

fn list(text: &mut String, pairs: &[Pair]) {
    for pair in pairs {
        let value = cut(pair.value.clone(), TITLE_CHARS_MAX);
        let _ = writeln!(text, "- {}: {}", code(&pair.key), code(&value));
    }
}

fn block(text: &mut String, language: &str, body: &str) {
    let fence = "`".repeat(run(body).max(2) + 1);
    let _ = writeln!(text, "{fence}{language}\n{}\n{fence}", body.trim_end());
}

/// One line in a code span.
fn code(value: &str) -> String {
    let line = value.replace(['\r', '\n'], " ");
    let fence = "`".repeat(run(&line) + 1);
    let pad = if line.starts_with('`') || line.ends_with('`') || line.is_empty() {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{line}{pad}{fence}")
}

/// The longest run of backticks.
fn run(text: &str) -> usize {
    let runs = text.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use watchpost_model::{Event, EventId, Explanation, IssueId, ProjectId, Timestamp};

    fn text(parts: &serde_json::Value) -> String {
        let event = Event::empty(EventId(7), Timestamp::from_secs(60));
        let mut whole = serde_json::to_value(event).unwrap();
        whole
            .as_object_mut()
            .unwrap()
            .extend(parts.as_object().unwrap().clone());
        let archived = ArchivedEvent {
            project: ProjectId(1),
            issue: IssueId(1),
            event: serde_json::from_value(whole).unwrap(),
            title: "KeyError: `x`".into(),
            explanation: Explanation::default(),
        };
        markdown(&archived, "https://w.example/e/")
    }

    #[test]
    fn an_event_reads_like_a_note() {
        let got = text(&json!({
            "platform": "python", "release": "shop@2",
            "exception": {"values": [{"type": "KeyError", "value": "x", "stacktrace": {"frames":
                [{"filename": "shop.py", "function": "pay", "lineno": 7, "context_line": "x"}]}}]},
            "tags": [{"key": "site", "value": "EU"}],
            "breadcrumbs": {"values": [{"category": "auth", "message": "in"}]},
        }));
        for part in [
            "# `` KeyError: `x` ``\n",
            "<https://w.example/e/>\n",
            "- `Release`: `shop@2`\n",
            "## Stack\n\n```\nTraceback (most recent call last):\n  File \"shop.py\", line 7",
            "## Tags\n\n- `site`: `EU`\n",
            "## Breadcrumbs\n\n- `auth` `in`\n",
        ] {
            assert!(got.contains(part), "{part} in {got}");
        }
        assert_eq!(got.matches("shop@2").count(), 1, "{got}");
    }

    #[test]
    fn w01_no_value_leaves_its_code() {
        let evil = "```\n# <img src=x onerror=alert(1)>\n[a](javascript:b)";
        let got = text(&json!({
            "release": evil, "logentry": {"formatted": evil},
            "tags": [{"key": evil, "value": evil}],
            "breadcrumbs": {"values": [{"category": evil, "message": evil}]},
        }));
        let mut fence = None;
        for line in got.lines() {
            let ticks = line.len() - line.trim_start_matches('`').len();
            match fence {
                None if ticks >= 3 && line.len() == ticks => fence = Some(ticks),
                Some(open) if ticks == open && line.len() == ticks => fence = None,
                Some(_) => {}
                None => {
                    let outside = line.split("````").step_by(2).collect::<String>();
                    assert!(!outside.contains("<img"), "{line}");
                    assert!(!outside.contains("](javascript"), "{line}");
                }
            }
        }
        assert_eq!(fence, None, "{got}");
    }

    #[test]
    fn what_was_hidden_stays_hidden() {
        let got = text(&json!({"request": {"url": "https://a.example/",
            "headers": [["Authorization", "[Filtered]"]], "cookies": [["sid", "[Filtered]"]]}}));
        assert!(
            got.contains("--header 'Authorization: [Filtered]'"),
            "{got}"
        );
        assert!(got.contains("--header 'Cookie: sid=[Filtered]'"), "{got}");
    }
}
