//! Which events are the same problem, and why: a pure function of the event and the rules.
//!
//! Called by the digest after `normalize::event`, and by tools that recompute hashes. The
//! algorithm has versions, a module each: a hash keeps the number of the version that made it, so
//! that a new version never splits or joins what is already known.

mod digest;
mod frame;
mod limits;
mod parameterize;
mod rules;
mod title;
mod v1;
mod v2;

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use watchpost_model::{
    Event, Explanation, Face, FingerprintSource, Grouped, Grouping, GroupingHash, Receipt,
    RuleFault, Variant,
};

use self::rules::fingerprint::FingerprintRules;
use self::rules::stack::StackRules;
use self::v2::{Keys, Stacks};

pub use self::parameterize::text as parameterize;
pub use self::rules::ownership::{OwnerFaults, OwnerRules};
pub use self::v1::seed_checksum;

/// The version of the algorithm that makes the hashes of new events.
pub const VERSION_CURRENT: u16 = v2::VERSION;

/// The version of the first release.
pub const VERSION_FIRST: u16 = v1::VERSION;

/// The rules of a project, compiled.
pub struct Grouper {
    version: u16,
    previous: Option<u16>,
    fingerprint: FingerprintRules,
    stack: StackRules,
    ignore_client_fingerprint: bool,
    split_by_message: bool,
}

static USUAL: LazyLock<Grouper> = LazyLock::new(|| Grouper::new(&Grouping::default()).0);

/// What an issue is called that begins with this event.
pub fn face(event: &Event) -> Face {
    let words = title::words(event);
    Face {
        kind: words.kind,
        value: words.value,
        culprit: words.culprit,
    }
}

/// Gives an event its grouping keys by the rules that every project has.
pub fn event(event: Event, receipt: &Receipt) -> Grouped {
    USUAL.event(event, receipt)
}

impl Grouper {
    /// Compiles the rules of a project. Lines that cannot be understood are left out and told.
    ///
    /// Without a word about another version, issues of the one that is not used go on: see
    /// [`Grouper::without_previous`].
    pub fn new(grouping: &Grouping) -> (Self, Vec<RuleFault>) {
        let mut faults = Vec::new();
        let mut told = |what: &str, found: Vec<RuleFault>| {
            faults.extend(found.into_iter().map(|fault| RuleFault {
                message: format!("{what}: {}", fault.message),
                ..fault
            }));
        };
        let (fingerprint, found) = FingerprintRules::parse(&grouping.fingerprint_rules);
        told("fingerprint rules", found);
        let (stack, found) = StackRules::parse(&grouping.stack_rules);
        told("stack rules", found);
        let known = |version: &u16| matches!(*version, v1::VERSION | v2::VERSION);
        let version = grouping.version.unwrap_or(VERSION_CURRENT);
        if !known(&version) {
            let message = format!("there is no version {version}; {VERSION_CURRENT} is used");
            faults.push(RuleFault { line: 0, message });
        }
        let version = if known(&version) {
            version
        } else {
            VERSION_CURRENT
        };
        let other = match version {
            v1::VERSION => v2::VERSION,
            _ => v1::VERSION,
        };
        let previous = grouping.previous.filter(known).unwrap_or(other);
        let grouper = Self {
            version,
            previous: (previous != version).then_some(previous),
            fingerprint,
            stack,
            ignore_client_fingerprint: grouping.ignore_client_fingerprint,
            split_by_message: grouping.split_by_message,
        };
        (grouper, faults)
    }

    /// For a project that has no issues of another version: nothing is computed for them.
    #[must_use]
    pub fn without_previous(self) -> Self {
        Self {
            previous: None,
            ..self
        }
    }

    /// The version whose issues take the events that they would have taken, if there is one.
    pub fn previous(&self) -> Option<u16> {
        self.previous
    }

    /// Whether a version that takes part files events as they came, and not what is left of them
    /// when all is hidden that nobody may see. The first version always did, and what it made of
    /// a text that is hidden now is not found by what is left of it.
    pub fn sees_unscrubbed(&self) -> bool {
        self.version == v1::VERSION || self.previous == Some(v1::VERSION)
    }

    /// Gives an event its grouping keys, the reasons for them, and the words of its issue. What
    /// the rules say about its frames is in the event afterwards.
    pub fn event(&self, event: Event, receipt: &Receipt) -> Grouped {
        let unscrubbed = self.keys_unscrubbed(&event);
        self.event_scrubbed(event, receipt, unscrubbed)
    }

    /// The keys of the version that sees events as they came, when it takes part.
    pub fn keys_unscrubbed(&self, event: &Event) -> Vec<GroupingHash> {
        if self.sees_unscrubbed() {
            v1_hashes(v1::keys(event).digests)
        } else {
            Vec::new()
        }
    }

    /// As [`Grouper::event`], of what is left of an event that had keys before. Without them the
    /// event is taken as it is: it came so.
    pub fn event_scrubbed(
        &self,
        mut event: Event,
        receipt: &Receipt,
        unscrubbed: Vec<GroupingHash>,
    ) -> Grouped {
        // The other version looks first: the rules change what frames say.
        let other = match self.previous {
            Some(v2::VERSION) => self.v2_keys(&mut event.clone()).hashes,
            _ => Vec::new(),
        };
        let (keys, mut before) = match self.version {
            v1::VERSION => (v1_keys(&event, unscrubbed), other),
            _ => (self.v2_keys(&mut event), unscrubbed),
        };
        if self.has_decided(&event, &keys) {
            before.clear();
        }
        before.retain(|hash| !keys.hashes.contains(hash));
        let words = title::words(&event);
        let title = keys.title.map(|title| title::one_line(&title));
        let title = title.filter(|title| !title.is_empty());
        Grouped {
            project: receipt.project,
            key: receipt.key,
            previous: before,
            hashes: keys.hashes,
            explanation: keys.explanation,
            title: title.unwrap_or(words.title),
            kind: words.kind,
            value: words.value,
            culprit: words.culprit,
            event,
        }
    }

    /// Whether the project's own settings say where the event belongs: then it must not go where a
    /// version without them would have put it.
    fn has_decided(&self, event: &Event, keys: &Keys) -> bool {
        let why = &keys.explanation;
        let by_rule = why.source == FingerprintSource::Rule;
        let by_split = self.split_by_message && why.strategy == v2::EXCEPTION;
        let by_ignoring = self.ignore_client_fingerprint && !event.fingerprint.is_empty();
        self.version != v1::VERSION && (by_rule || keys.is_ruled || by_split || by_ignoring)
    }

    fn v2_keys(&self, event: &mut Event) -> Keys {
        let stacks = Stacks::of(event, &self.stack);
        let is_asked = self.previous == Some(v1::VERSION);
        let may_rule = is_asked && stacks.matched().any(|rule| !rule.built_in);
        let unruled = may_rule.then(|| self.hashes_unruled(event.clone()));
        stacks.settle(event);
        let mut keys = v2::keys(event, &stacks, self);
        keys.is_ruled = unruled.is_some_and(|unruled| unruled != keys.hashes);
        keys
    }

    /// The keys of version 2 without the stack rules of the project. What a rule says of a frame
    /// does not tell whether it matters: frames fold, are too many, or in no key at all.
    fn hashes_unruled(&self, mut event: Event) -> Vec<GroupingHash> {
        let stacks = Stacks::of(&event, &USUAL.stack);
        stacks.settle(&mut event);
        v2::keys(&event, &stacks, self).hashes
    }
}

fn v1_hashes(digests: Vec<[u8; 16]>) -> Vec<GroupingHash> {
    let version = v1::VERSION;
    let hash = |digest| GroupingHash { version, digest };
    digests.into_iter().map(hash).collect()
}

/// What the first version says about an event; `unscrubbed` are its keys, if they were made before
/// something was hidden. The reasons must not say what that was.
fn v1_keys(event: &Event, unscrubbed: Vec<GroupingHash>) -> Keys {
    let keys = v1::keys(event);
    let hashes = if unscrubbed.is_empty() {
        v1_hashes(keys.digests)
    } else {
        unscrubbed
    };
    // What a key is made of stands in the lines; which one it is, here.
    let variants = hashes.iter().map(|hash| Variant {
        name: "default".to_owned(),
        hash: hash.hex(),
        components: Vec::new(),
    });
    Keys {
        explanation: Explanation {
            variants: variants.collect(),
            ..Explanation::of_lines(v1::VERSION, keys.explanation)
        },
        hashes,
        title: None,
        is_ruled: false,
    }
}
