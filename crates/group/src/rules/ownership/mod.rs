//! Who might look after an event: the CODEOWNERS file of a project first, then its rules. The last
//! match decides, and its leftmost owner is the one.

mod codeowners;
mod parse;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashSet};

use watchpost_model::{Event, Frame, GlobKind, Owner, OwnerMatch, OwnerSource, RuleFault};

use self::codeowners::Codeowners;
use self::parse::{Rule, Test};
use crate::frame::{is_in_app, main_stack};
use crate::limits::{FAULT_COUNT_MAX, MATCH_COUNT_MAX, PLACE_COUNT_MAX};
use crate::rules::fits;

/// The ownership rules of a project, compiled.
pub struct OwnerRules {
    codeowners: Codeowners,
    rules: Vec<Rule>,
}

/// What is not understood of each text. The other lines are in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnerFaults {
    /// Of the rules.
    pub rules: Vec<RuleFault>,
    /// Of the CODEOWNERS file.
    pub codeowners: Vec<RuleFault>,
}

impl OwnerRules {
    /// Compiles rules and a CODEOWNERS file.
    pub fn new(rules: &str, codeowners: &str) -> (Self, OwnerFaults) {
        let mut faults = OwnerFaults::default();
        let rules = parse::rules(rules, &mut faults.rules);
        let codeowners = Codeowners::read(codeowners, &mut faults.codeowners);
        faults.rules.truncate(FAULT_COUNT_MAX);
        faults.codeowners.truncate(FAULT_COUNT_MAX);
        (Self { codeowners, rules }, faults)
    }

    /// Everybody whom rules and file name.
    pub fn names(&self) -> BTreeSet<&Owner> {
        let rules = self.rules.iter().flat_map(|rule| &rule.owners);
        rules.chain(self.codeowners.names()).collect()
    }

    /// The rules that an event fits, in their order; of very many, the last ones.
    pub fn of(&self, event: &Event) -> Vec<OwnerMatch> {
        let facts = Facts::of(event);
        let fitting = self.rules.iter().filter(|rule| facts.fit(&rule.test));
        let mut matches = self.codeowners.matches(&facts.files);
        matches.extend(fitting.map(|rule| OwnerMatch {
            source: OwnerSource::Rules,
            line: rule.line,
            pattern: rule.pattern.clone(),
            owners: rule.owners.clone(),
        }));
        let extra = matches.len().saturating_sub(MATCH_COUNT_MAX);
        matches.drain(..extra);
        matches
    }
}

/// What rules look at. Files and modules of all frames of the application, each once.
struct Facts<'a> {
    event: &'a Event,
    paths: BTreeSet<String>,
    modules: BTreeSet<String>,
    url: Option<String>,
    files: BTreeSet<Vec<&'a str>>,
}

impl<'a> Facts<'a> {
    fn of(event: &'a Event) -> Self {
        let caught = event.exceptions.iter();
        let mut stacks: Vec<_> = caught.filter_map(|it| it.stacktrace.as_ref()).collect();
        if stacks.is_empty() {
            stacks.extend(main_stack(event));
        }
        let frames = stacks.iter().flat_map(|stack| &stack.frames);
        let mut known = HashSet::new();
        let mut is_new =
            |frame: &&'a Frame| known.insert((&frame.filename, &frame.abs_path, &frame.module));
        let frames = frames
            .rev()
            .filter(|frame| is_in_app(frame) && is_new(frame));
        let frames: Vec<&Frame> = frames.take(PLACE_COUNT_MAX).collect();
        let form = |text: &String| GlobKind::Folded.form(text);
        let names = |frame: &&'a Frame| [frame.filename.as_ref(), frame.abs_path.as_ref()];
        let paths = frames.iter().flat_map(names).flatten();
        let modules = frames.iter().filter_map(|frame| frame.module.as_ref());
        let file = |frame: &&'a Frame| frame.filename.as_deref().or(frame.abs_path.as_deref());
        let request = event.request.as_ref();
        Self {
            event,
            paths: paths.map(|path| form(&path.replace('\\', "/"))).collect(),
            modules: modules.map(form).collect(),
            url: request.and_then(|request| request.url.as_ref()).map(form),
            files: frames
                .iter()
                .filter_map(file)
                .map(codeowners::parts)
                .collect(),
        }
    }

    fn fit(&self, test: &Test) -> bool {
        match test {
            Test::Path(glob) => self.paths.iter().any(|path| fits(glob, path)),
            Test::Module(glob) => self.modules.iter().any(|module| fits(glob, module)),
            Test::Url(glob) => self.url.as_ref().is_some_and(|url| fits(glob, url)),
            Test::Tag(name, glob) => {
                let value = self.tag(name);
                value.is_some_and(|value| fits(glob, &GlobKind::Folded.form(value)))
            }
        }
    }

    /// A tag, or one of the fields that everybody calls so.
    fn tag(&self, name: &str) -> Option<&str> {
        let event = self.event;
        event.tag(name).or_else(|| match name {
            "level" => Some(event.level.name()),
            "environment" => event.environment.as_deref(),
            "release" => event.release.as_deref(),
            "dist" => event.dist.as_deref(),
            "logger" => event.logger.as_deref(),
            "server_name" => event.server_name.as_deref(),
            "transaction" => event.transaction.as_deref(),
            "url" => event.request.as_ref()?.url.as_deref(),
            _ => None,
        })
    }
}
