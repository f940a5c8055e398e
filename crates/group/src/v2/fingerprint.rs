//! Who decides: a rule, a checksum, the client, or the strategies.

use watchpost_model::{
    Event, Explanation, FingerprintSource, GroupingHash, MatchedRule, ORIGINAL, Variant,
};

use super::{Draft, Found, Keys, Stacks, VERSION, default, tree};
use crate::digest::hex;
use crate::rules::fingerprint::{BUILT_IN, FingerprintRules, Rule, Template, bounded};
use crate::{Grouper, v1};

/// The keys of an event.
pub(super) fn keys(event: &Event, stacks: &Stacks<'_>, grouper: &Grouper) -> Keys {
    let rule = |rules: &'static FingerprintRules| rules.find(event).map(|rule| (rule, true));
    let own = grouper.fingerprint.find(event).map(|rule| (rule, false));
    let is_settled = event.seed.is_some() || event.checksum.is_some();
    let found = own.or_else(|| if is_settled { None } else { rule(&BUILT_IN) });
    if let Some((rule, built_in)) = found {
        return by_rule(rule, built_in, event, stacks, grouper);
    }
    if event.seed.is_some() {
        return seed(event);
    }
    if let Some(checksum) = &event.checksum {
        return finish(vec![], by_checksum(checksum));
    }
    let parts: Vec<Template> = event
        .fingerprint
        .iter()
        .map(|part| Template::read(part))
        .collect();
    if parts.iter().all(Template::is_default) {
        return finish(vec![], default(event, stacks, grouper));
    }
    let has_default = parts.iter().any(Template::is_default);
    if grouper.ignore_client_fingerprint && !has_default {
        let mut keys = finish(vec![], default(event, stacks, grouper));
        let note = "the client sent a fingerprint, which the project's settings ignore";
        keys.explanation.notes.push(note.to_owned());
        return keys;
    }
    let (values, found) = filled(&parts, event, || default(event, stacks, grouper));
    let mut keys = finish(values, found);
    keys.explanation.source = FingerprintSource::Client;
    keys
}

fn by_rule(
    rule: &Rule,
    built_in: bool,
    event: &Event,
    stacks: &Stacks<'_>,
    grouper: &Grouper,
) -> Keys {
    let (values, found) = filled(&rule.parts, event, || match &event.checksum {
        Some(checksum) => by_checksum(checksum),
        None => default(event, stacks, grouper),
    });
    let mut keys = finish(values, found);
    keys.title = rule.title.as_ref().map(|title| title.fill(event, true));
    keys.explanation.source = if built_in {
        FingerprintSource::BuiltIn
    } else {
        FingerprintSource::Rule
    };
    keys.explanation.rules.push(MatchedRule {
        line: rule.line,
        text: rule.text.clone(),
        built_in,
    });
    keys
}

/// The parts with their variables filled in, and what comes of them: together with what `base`
/// finds where `{{ default }}` stands, else alone.
fn filled(parts: &[Template], event: &Event, base: impl FnOnce() -> Found) -> (Vec<String>, Found) {
    let values = parts.iter().map(|part| {
        if part.is_default() {
            "{{ default }}".to_owned()
        } else {
            bounded(part.fill(event, false))
        }
    });
    let values: Vec<String> = values.collect();
    let texts = || parts.iter().zip(&values);
    if !parts.iter().any(Template::is_default) {
        let mut draft = Draft::new("fingerprint", "fingerprint");
        texts().for_each(|(_, value)| draft.add("fingerprint", value));
        return (values, ("fingerprint", vec![draft]));
    }
    if parts.iter().all(Template::is_default) {
        return (Vec::new(), base());
    }
    let (strategy, drafts) = base();
    let combined = drafts.into_iter().map(|base| {
        let mut draft = Draft::new(base.name, "fingerprint");
        draft.has_stack = base.has_stack;
        let digest = hex(&base.parts.finish());
        for (part, value) in texts() {
            if part.is_default() {
                draft.parts.add("default", &digest);
            } else {
                draft.add("fingerprint", value);
            }
        }
        draft.components.extend(base.components);
        draft
    });
    let combined = combined.collect();
    (values, (strategy, combined))
}

/// A checksum of 32 digits is the key itself.
fn by_checksum(checksum: &str) -> Found {
    let mut draft = Draft::new("checksum", "checksum");
    draft.add("checksum", checksum);
    ("checksum", vec![draft])
}

/// The 16 bytes of 32 hexadecimal digits.
fn bytes_of(text: &str) -> Option<[u8; 16]> {
    let is_hex = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u128::from_str_radix(text, 16).ok().filter(|_| is_hex)?;
    Some(number.to_be_bytes())
}

fn finish(fingerprint: Vec<String>, (strategy, drafts): Found) -> Keys {
    let mut hashes: Vec<GroupingHash> = Vec::new();
    let mut variants = Vec::new();
    let mut seen = Vec::new();
    for draft in drafts {
        // When all frames are the application's, both ways of looking see the same.
        if seen.contains(&draft.parts) {
            continue;
        }
        let components = draft.components;
        let sent = components
            .first()
            .filter(|_| strategy == "checksum" && fingerprint.is_empty());
        let sent = sent.and_then(|it| bytes_of(it.values.first()?));
        let digest = sent.unwrap_or_else(|| draft.parts.finish());
        hashes.push(GroupingHash {
            version: VERSION,
            digest,
        });
        variants.push(Variant {
            name: draft.name.to_owned(),
            hash: hex(&digest),
            components,
        });
        seen.push(draft.parts);
    }
    let explanation = Explanation {
        strategy: strategy.to_owned(),
        fingerprint,
        variants,
        ..Explanation::default()
    };
    Keys {
        hashes,
        explanation,
        title: None,
        is_ruled: false,
    }
}

/// A record of the first protocol: the key of version 1, which is the original's; and what the
/// client sent as checksum, by which later clients of the same program are found.
fn seed(event: &Event) -> Keys {
    let v1 = v1::keys(event);
    let mut hashes = Vec::new();
    for digest in v1.digests {
        hashes.push(GroupingHash {
            version: v1::VERSION,
            digest,
        });
    }
    let key = hashes
        .first()
        .map(|hash| hex(&hash.digest))
        .unwrap_or_default();
    let mut lines = v1.explanation.into_iter();
    let sentence = lines.next();
    let components = lines.map(|line| match line.split_once(": ") {
        Some((name, text)) => tree::leaf(name.to_owned(), text),
        None => tree::idle("note", Vec::new(), line),
    });
    let variant = Variant {
        name: ORIGINAL.to_owned(),
        hash: key,
        components: components.collect(),
    };
    let mut explanation = Explanation {
        strategy: "seed".to_owned(),
        variants: vec![variant],
        notes: sentence.into_iter().collect(),
        ..Explanation::default()
    };
    if let Some(checksum) = &event.checksum {
        let sent = finish(vec![], by_checksum(checksum));
        hashes.extend(sent.hashes);
        explanation.variants.extend(sent.explanation.variants);
    }
    Keys {
        hashes,
        explanation,
        title: None,
        is_ruled: false,
    }
}
