//! Why an event is in its issue, as the page prints it: a sentence, then what each key is made of.

use watchpost_model::{Component, Explanation, FingerprintSource, Found, MatchedRule};

/// The section "Grouping".
pub(crate) struct GroupingView {
    pub(crate) summary: String,
    pub(crate) found: String,
    pub(crate) variants: Vec<VariantView>,
    pub(crate) rules: Vec<RuleView>,
    pub(crate) notes: Vec<String>,
}

/// One key.
pub(crate) struct VariantView {
    pub(crate) label: &'static str,
    pub(crate) hash: String,
    pub(crate) parts: Vec<PartView>,
}

/// A part of a key, or what could have been one, with its depth in the tree.
pub(crate) struct PartView {
    pub(crate) depth: usize,
    pub(crate) contributes: bool,
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) hint: String,
}

/// A rule and where it is written.
pub(crate) struct RuleView {
    pub(crate) place: String,
    pub(crate) text: String,
}

impl GroupingView {
    /// `None` when there is nothing to say.
    pub(crate) fn new(why: &Explanation) -> Option<Self> {
        if why.is_empty() {
            return None;
        }
        let variants = why.variants.iter().map(|variant| {
            let mut parts = Vec::new();
            flatten(&variant.components, 0, &mut parts);
            VariantView {
                label: label(&variant.name),
                hash: variant.hash.clone(),
                parts,
            }
        });
        Some(Self {
            summary: summary(why),
            found: why.found.as_ref().map(found).unwrap_or_default(),
            variants: variants.collect(),
            rules: why.rules.iter().map(RuleView::new).collect(),
            notes: why.notes.clone(),
        })
    }
}

impl RuleView {
    fn new(rule: &MatchedRule) -> Self {
        let line = rule.line;
        Self {
            place: if rule.built_in {
                format!("built in, line {line}")
            } else {
                format!("project, line {line}")
            },
            text: rule.text.clone(),
        }
    }
}

fn flatten(components: &[Component], depth: usize, parts: &mut Vec<PartView>) {
    for component in components {
        let values = component.values.iter().map(String::as_str);
        let values: Vec<&str> = values.filter(|value| !value.is_empty()).collect();
        parts.push(PartView {
            depth,
            contributes: component.contributes,
            name: component.name.replace('_', " "),
            text: values.join(" · "),
            hint: component.hint.clone().unwrap_or_default().into_owned(),
        });
        flatten(&component.components, depth + 1, parts);
    }
}

fn label(variant: &str) -> &'static str {
    match variant {
        "app" => "By the application's frames",
        "system" => "By all frames",
        "fingerprint" => "By the fingerprint",
        "checksum" => "By the client's checksum",
        "original" => "By logger, view and checksum",
        _ => "The key",
    }
}

/// How the event came to its issue, as a sentence.
fn found(found: &Found) -> String {
    match found {
        Found::New => "It opened this issue: nobody owned its keys.".to_owned(),
        Found::Known { hash } => format!("This issue owned the key {hash}."),
        Found::Previous { version, hash } => format!(
            "This issue owned the key {hash}, which version {version} of the algorithm gives it; \
             its keys belong to the issue since."
        ),
        Found::Overflow => "The project had opened too many issues within the hour.".to_owned(),
    }
}

/// Who and what decided, as a sentence.
fn summary(why: &Explanation) -> String {
    let what = match why.strategy.as_str() {
        "exception" => "by its exceptions",
        "threads" => "by the stack of the thread that stands out",
        "stack" => "by its stack",
        "template" => "by the template that failed",
        "message" => "by its message",
        "csp" | "hpkp" | "expectct" | "expectstaple" => "by what the browser reported",
        "checksum" => "by the checksum that the client sent",
        "fingerprint" => "alone",
        "nothing" => "by its place: it has no exception, stack, template or message",
        _ => return String::new(),
    };
    let who = match why.source {
        FingerprintSource::Default => return format!("Grouped {what}."),
        FingerprintSource::Client => "the fingerprint that the client sent",
        FingerprintSource::Rule => "a rule of the project",
        FingerprintSource::BuiltIn => "a built-in rule",
    };
    match (why.strategy.as_str(), why.fingerprint.is_empty()) {
        ("fingerprint", _) => format!("Grouped by {who} {what}."),
        (_, true) => format!("Grouped {what}, as {who} says."),
        (_, false) => format!("Grouped by {who}, together with what it would be {what}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, contributes: bool, components: Vec<Component>) -> Component {
        Component {
            name: name.to_owned().into(),
            contributes,
            values: vec!["a".to_owned(), String::new(), "b".to_owned()],
            hint: None,
            components,
        }
    }

    #[test]
    fn a_tree_becomes_lines_with_a_depth() {
        let mut parts = Vec::new();
        let tree = [
            part("type", true, Vec::new()),
            part("stack", true, vec![part("context_line", false, Vec::new())]),
        ];
        flatten(&tree, 0, &mut parts);
        let lines = parts
            .iter()
            .map(|it| (it.depth, &*it.name, it.contributes, &*it.text));
        let expect = [
            (0, "type", true, "a · b"),
            (0, "stack", true, "a · b"),
            (1, "context line", false, "a · b"),
        ];
        assert_eq!(lines.collect::<Vec<_>>(), expect);
    }

    #[test]
    fn a_sentence_says_who_decided() {
        let mut why = Explanation {
            strategy: "exception".to_owned(),
            ..Explanation::default()
        };
        assert_eq!(summary(&why), "Grouped by its exceptions.");
        why.source = FingerprintSource::Client;
        why.fingerprint = vec!["{{ default }}".to_owned(), "x".to_owned()];
        let expect = "Grouped by the fingerprint that the client sent, together with what it \
                      would be by its exceptions.";
        assert_eq!(summary(&why), expect);
        why.strategy = "fingerprint".to_owned();
        why.source = FingerprintSource::Rule;
        assert_eq!(summary(&why), "Grouped by a rule of the project alone.");
        assert_eq!(summary(&Explanation::of_lines(1, Vec::new())), "");
        assert!(GroupingView::new(&Explanation::default()).is_none());
    }
}
