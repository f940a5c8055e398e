//! A CODEOWNERS file in GitHub's syntax: `apps/pay/ @shop/payments ada@example.org`.
//!
//! Such a file can have tens of thousands of lines. So patterns stay text, lines with the same
//! owners share them, and a line is found by the rarest folder or file that it names: only those
//! lines are held against a path.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use watchpost_model::{Owner, OwnerMatch, OwnerSource, RuleFault};

use super::parse::{Wrong, is_email, owners};
use crate::limits::{
    FAULT_COUNT_MAX, FOLDER_COUNT_MAX, MATCH_COUNT_MAX, NEIGHBOUR_COUNT_MAX,
    NEIGHBOUR_WILDCARD_BYTES_MAX, RULE_BYTES_MAX,
};

/// See the file.
#[derive(Default)]
pub(super) struct Codeowners {
    lines: Vec<Line>,
    /// Lines by the rarest part of their pattern that has no wildcard; by nothing when it has none.
    by_part: HashMap<Box<str>, Vec<usize>>,
}

pub(super) struct Line {
    number: usize,
    pattern: Box<str>,
    owners: Arc<[Owner]>,
}

/// The parts of a pattern without wildcards.
fn names(pattern: &str) -> impl Iterator<Item = &str> {
    let parts = pattern.split('/').filter(|part| !part.is_empty());
    parts.filter(|part| !is_wild(part))
}

/// Those with wildcards.
fn wildcards(pattern: &str) -> impl Iterator<Item = &str> {
    pattern.split('/').filter(|part| is_wild(part))
}

fn is_wild(part: &str) -> bool {
    part.contains(['*', '?', '\\'])
}

/// The parts of a path as a repository would have it: without scheme, host and what means "here".
pub(super) fn parts(path: &str) -> Vec<&str> {
    let path = match path.split_once("://") {
        Some(("http" | "https", rest)) => {
            let rest = rest.split_once('/').map_or("", |(_, path)| path);
            rest.split(['?', '#']).next().unwrap_or_default()
        }
        Some((_, rest)) => rest,
        None => path,
    };
    let parts = path.split(['/', '\\']);
    let is_folder = |part: &&str| !matches!(*part, "" | "." | ".." | "~");
    parts.filter(is_folder).collect()
}

impl Codeowners {
    /// Reads a file; what GitHub would pass over is told and passed over.
    pub(super) fn read(text: &str, faults: &mut Vec<RuleFault>) -> Self {
        let mut lines = Vec::new();
        let mut known = HashMap::new();
        for (index, line) in text.lines().enumerate() {
            let start = line.trim_start();
            if start.is_empty() || start.starts_with('#') {
                continue;
            }
            match Line::read(index + 1, line, &mut known) {
                Ok(line) => lines.push(line),
                Err(wrong) if faults.len() < FAULT_COUNT_MAX => {
                    faults.push(wrong.fault(index + 1, line));
                }
                Err(_) => {}
            }
        }
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for name in lines.iter().flat_map(|line| names(&line.pattern)) {
            *counts.entry(name).or_default() += 1;
        }
        let mut by_part: HashMap<Box<str>, Vec<usize>> = HashMap::new();
        let mut wild_bytes: HashMap<&str, usize> = HashMap::new();
        for (index, line) in lines.iter().enumerate() {
            let rarest = names(&line.pattern).min_by_key(|name| counts.get(name).copied());
            let rarest = rarest.unwrap_or_default();
            let neighbours = by_part.entry(rarest.into()).or_default();
            let own: usize = wildcards(&line.pattern).map(str::len).sum();
            let bytes = wild_bytes.entry(rarest).or_default();
            let has_room = *bytes + own <= NEIGHBOUR_WILDCARD_BYTES_MAX;
            if neighbours.len() < NEIGHBOUR_COUNT_MAX && has_room {
                neighbours.push(index);
                *bytes += own;
            } else if faults.len() < FAULT_COUNT_MAX {
                let line = line.number;
                let message = format!(
                    "more than {NEIGHBOUR_COUNT_MAX} patterns, or {NEIGHBOUR_WILDCARD_BYTES_MAX} \
                     bytes of them, differ in wildcards only; join some"
                );
                faults.push(RuleFault { line, message });
            }
        }
        Self { lines, by_part }
    }

    /// Everybody whom the file names.
    pub(super) fn names(&self) -> impl Iterator<Item = &Owner> {
        self.lines.iter().flat_map(|line| line.owners.iter())
    }

    /// The lines that could fit a path, each once: a line is found by one name.
    pub(super) fn near(&self, path: &[&str]) -> impl Iterator<Item = (usize, &Line)> {
        let parts: BTreeSet<&str> = path.iter().copied().chain([""]).collect();
        let named = parts.into_iter().filter_map(|part| self.by_part.get(part));
        named
            .flatten()
            .filter_map(|index| Some((*index, self.lines.get(*index)?)))
    }

    /// The lines that fit one of the paths, in their order; of very many, the last ones. One
    /// without owners takes a path away from those before it.
    pub(super) fn matches(&self, paths: &BTreeSet<Vec<&str>>) -> Vec<OwnerMatch> {
        let mut found = BTreeMap::new();
        for path in paths {
            let fitting = self
                .near(path)
                .filter(|(_, line)| fits(&line.pattern, path));
            let fitting: BTreeMap<_, _> = fitting.collect();
            let last = fitting.into_iter().rev();
            found.extend(last.take_while(|(_, line)| !line.owners.is_empty()));
        }
        let extra = found.len().saturating_sub(MATCH_COUNT_MAX);
        found.into_values().skip(extra).map(Line::found).collect()
    }
}

impl Line {
    /// `known` has the owners of the lines before, by how they are written.
    fn read<'t>(
        number: usize,
        line: &'t str,
        known: &mut HashMap<&'t str, Arc<[Owner]>>,
    ) -> Result<Self, Wrong> {
        let start = line.len() - line.trim_start().len();
        let refuse = |message: &str| Err(Wrong::at(start, message));
        if line.len() > RULE_BYTES_MAX {
            return refuse(&format!("the line is longer than {RULE_BYTES_MAX} bytes"));
        }
        let end = pattern_end(line, start);
        let pattern = line.get(start..end).unwrap_or_default();
        if pattern.starts_with('!') {
            return refuse(
                "`!` takes nothing out of a CODEOWNERS file: name an owner further down",
            );
        }
        if pattern.contains('[') {
            return refuse("`[` has no meaning in a CODEOWNERS file");
        }
        if pattern.split('/').count() > FOLDER_COUNT_MAX {
            let message = format!("a pattern has no more than {FOLDER_COUNT_MAX} folders");
            return refuse(&message);
        }
        let written = line.get(end..).unwrap_or_default();
        let owners = match known.get(written) {
            Some(owners) => Arc::clone(owners),
            None => owners(line, end, owner)?.into(),
        };
        known.insert(written, Arc::clone(&owners));
        Ok(Self {
            number,
            pattern: pattern.into(),
            owners,
        })
    }

    fn found(&self) -> OwnerMatch {
        OwnerMatch {
            source: OwnerSource::Codeowners,
            line: self.number,
            pattern: self.pattern.to_string(),
            owners: self.owners.to_vec(),
        }
    }
}

/// Where white space without a backslash ends the pattern.
fn pattern_end(line: &str, start: usize) -> usize {
    let mut is_escaped = false;
    let mut chars = line.char_indices().skip_while(|(at, _)| *at < start);
    let end = chars.find(|(_, char)| {
        let was_escaped = is_escaped;
        is_escaped = !was_escaped && *char == '\\';
        char.is_whitespace() && !was_escaped
    });
    end.map_or(line.len(), |(at, _)| at)
}

/// `@team`, `@organization/team` or an e-mail; a comment ends them.
fn owner(word: &str) -> Option<Result<Owner, String>> {
    if word.starts_with('#') {
        return None;
    }
    let team = word.strip_prefix('@').map(|name| {
        let (_, team) = name.rsplit_once('/').unwrap_or(("", name));
        team
    });
    Some(match team {
        Some(team) if !team.is_empty() => Ok(Owner::Team(team.to_lowercase())),
        None if is_email(word) => Ok(Owner::Person(word.to_lowercase())),
        _ => Err(format!(
            "`{word}` is nobody; write a team as `@core` or `@shop/core`, a person by e-mail"
        )),
    })
}

/// Whether a pattern means a file, or a folder that it is in.
///
/// All places of the pattern at which the path could be are kept as bits, so nothing is tried
/// twice.
fn fits(pattern: &str, path: &[&str]) -> bool {
    let bare = pattern.trim_start_matches('/');
    let trimmed = bare.trim_end_matches('/');
    let is_folder = trimmed.len() < bare.len();
    let is_anywhere =
        trimmed.len() + usize::from(is_folder) == pattern.len() && !trimmed.contains('/');
    let first = is_anywhere.then_some("**");
    let wanted: Vec<&str> = first.into_iter().chain(trimmed.split('/')).collect();
    let last = wanted.len();
    // `docs/*` means what is in the folder itself.
    let is_shallow = wanted.last() == Some(&"*");
    let mut places = enter(0, 0, &wanted);
    for (depth, part) in path.iter().enumerate() {
        let mut next = 0_u64;
        for (place, want) in wanted.iter().enumerate() {
            if places >> place & 1 == 0 {
                continue;
            }
            if *want == "**" {
                next = enter(next, place, &wanted);
                if place + 1 == last {
                    next |= 1 << last;
                }
            } else if part_fits(want, part) {
                next = enter(next, place + 1, &wanted);
            }
        }
        let is_file = depth + 1 == path.len();
        let is_enough = if is_file { !is_folder } else { !is_shallow };
        if next >> last & 1 == 1 && is_enough {
            return true;
        }
        if next == 0 {
            return false;
        }
        places = next;
    }
    false
}

/// `places` with `place`, and with those behind it when `**` stands for nothing.
fn enter(places: u64, mut place: usize, wanted: &[&str]) -> u64 {
    let mut places = places | 1 << place;
    while wanted.get(place) == Some(&"**") && place + 1 < wanted.len() {
        place += 1;
        places |= 1 << place;
    }
    places
}

/// Whether a part of a path fits one of a pattern: `*` is anything, `?` one character, `\` takes
/// the meaning from what follows. Going back to the last `*` is enough.
fn part_fits(want: &str, part: &str) -> bool {
    let (mut want, mut part) = (want.chars(), part.chars());
    let mut retry = None;
    loop {
        let here = part.clone();
        let fits = match (want.next(), part.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                part = here.clone();
                retry = Some((want.clone(), here));
                continue;
            }
            (Some('?'), Some(_)) => true,
            (Some('\\'), Some(char)) => want.next() == Some(char),
            (Some(own), Some(char)) => own == char,
            (None, Some(_)) | (Some(_), None) => false,
        };
        if fits {
            continue;
        }
        let Some((after_star, mut from)) = retry.take() else {
            return false;
        };
        if from.next().is_none() {
            return false;
        }
        (want, part) = (after_star.clone(), from.clone());
        retry = Some((after_star, from));
    }
}
