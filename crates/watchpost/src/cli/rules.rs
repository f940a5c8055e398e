//! The rules of a project on the command line: switches, and all of them as a file.

use std::fs;
use std::io::{self, Read};

use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde_json::Value;
use watchpost_model::Rules;
use watchpost_store::{Actor, RulesLedger};

use super::project::Switch;
use crate::out;
use crate::wiring::House;

/// Write the rules of a project to a file, or read them from one.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Print filters, scrubbing and grouping as TOML.
    Export {
        /// Its name in URLs or its number.
        project: String,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Replace them by those of a file, TOML or JSON. What the file does not say is as usual.
    Import {
        /// Its name in URLs or its number.
        project: String,
        /// The file; `-` for the standard input.
        file: String,
    },
}

/// Rules that are on or off.
#[derive(clap::Args, Clone, Copy)]
pub(crate) struct Switches {
    /// Hide secrets and personal data before events are stored.
    #[arg(long, value_name = "ON|OFF")]
    scrub_data: Option<Switch>,
    /// Hide the addresses of users.
    #[arg(long, value_name = "ON|OFF")]
    scrub_ip_addresses: Option<Switch>,
    /// Filter events from somebody's own machine.
    #[arg(long, value_name = "ON|OFF")]
    filter_localhost: Option<Switch>,
    /// Filter events that search engines and other robots cause.
    #[arg(long, value_name = "ON|OFF")]
    filter_web_crawlers: Option<Switch>,
    /// Filter errors that extensions of browsers cause.
    #[arg(long, value_name = "ON|OFF")]
    filter_browser_extensions: Option<Switch>,
}

/// What is in force of them.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "one per switch")]
pub(crate) struct Switched {
    scrub_data: bool,
    scrub_ip_addresses: bool,
    filter_localhost: bool,
    filter_web_crawlers: bool,
    filter_browser_extensions: bool,
}

impl Switched {
    pub(crate) fn of(rules: &Rules) -> Self {
        Self {
            scrub_data: rules.scrubbing.enabled,
            scrub_ip_addresses: rules.scrubbing.ip_addresses,
            filter_localhost: rules.filters.localhost,
            filter_web_crawlers: rules.filters.web_crawlers,
            filter_browser_extensions: rules.filters.browser_extensions,
        }
    }

    /// Name and state of each, in order.
    pub(crate) fn named(&self) -> [(&'static str, bool); 5] {
        [
            ("data is scrubbed", self.scrub_data),
            ("IP addresses are scrubbed", self.scrub_ip_addresses),
            ("localhost is filtered", self.filter_localhost),
            ("web crawlers are filtered", self.filter_web_crawlers),
            (
                "browser extensions are filtered",
                self.filter_browser_extensions,
            ),
        ]
    }
}

impl Switches {
    /// Sets those that were named. Returns the rules in force.
    pub(crate) fn set(self, house: &House, project: watchpost_model::ProjectId) -> Result<Rules> {
        let change = |rules: &mut Rules| {
            let pairs = [
                (self.scrub_data, &mut rules.scrubbing.enabled),
                (self.scrub_ip_addresses, &mut rules.scrubbing.ip_addresses),
                (self.filter_localhost, &mut rules.filters.localhost),
                (self.filter_web_crawlers, &mut rules.filters.web_crawlers),
                (
                    self.filter_browser_extensions,
                    &mut rules.filters.browser_extensions,
                ),
            ];
            for (switch, setting) in pairs {
                *setting = switch.map_or(*setting, |switch| switch == Switch::On);
            }
        };
        let now = house.now();
        Ok(house
            .ledger
            .change_rules(project, &change, Actor::System, now)?)
    }
}

pub(crate) fn run(args: &Args, house: &House) -> Result<()> {
    match &args.verb {
        Verb::Export { project, json } => {
            let (_, project) = house.project(Some(project))?;
            let rules = house.ledger.rules(project.id)?;
            if *json {
                return out::say_json(&rules);
            }
            let text = toml::to_string_pretty(&rules).context("failed to write TOML")?;
            out::say(text.trim_end())
        }
        Verb::Import { project, file } => {
            let (_, project) = house.project(Some(project))?;
            let rules = read(&text_of(file)?).with_context(|| format!("in {file}"))?;
            let before = house.ledger.rules(project.id)?;
            let faults = watchpost_web::rules::check_change(&before, &rules);
            let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
            if !faults.is_empty() {
                bail!("nothing was changed:\n{}", faults.join("\n"));
            }
            let replace = |stored: &mut Rules| stored.clone_from(&rules);
            let now = house.now();
            house
                .ledger
                .change_rules(project.id, &replace, Actor::System, now)?;
            out::say(if before == rules {
                "nothing to change"
            } else {
                "the next event meets these rules"
            })
        }
    }
}

fn text_of(file: &str) -> Result<String> {
    if file == "-" {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    fs::read_to_string(file).with_context(|| format!("failed to read {file}"))
}

/// Reads rules of either kind. A name that is none is refused: it would be a rule that is missing.
fn read(text: &str) -> Result<Rules> {
    let value: Value = if text.trim_start().starts_with('{') {
        serde_json::from_str(text)?
    } else {
        toml::from_str(text)?
    };
    let known = serde_json::to_value(Rules::default())?;
    if let Some(name) = unknown(&value, &known, "") {
        bail!("there is no rule `{name}`: `watchpost project rules export` shows all of them");
    }
    Ok(serde_json::from_value(value)?)
}

/// The first name that the rules do not have.
fn unknown(value: &Value, known: &Value, path: &str) -> Option<String> {
    let known = known.as_object()?;
    value.as_object()?.iter().find_map(|(name, value)| {
        let path = format!("{path}{name}");
        match known.get(name) {
            None => Some(path),
            Some(known) => unknown(value, known, &format!("{path}.")),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_in_both_languages() {
        let rules = read("[filters]\nlocalhost = true\nreleases = [\"*-dev\"]\n").unwrap();
        assert!(rules.filters.localhost && rules.scrubbing.enabled);
        let json = serde_json::to_string(&rules).unwrap();
        assert_eq!(read(&json).unwrap(), rules);
        let toml = toml::to_string_pretty(&rules).unwrap();
        assert_eq!(read(&toml).unwrap(), rules);
        assert_eq!(read("").unwrap(), Rules::default());
    }

    #[test]
    fn names_that_are_none_are_refused() {
        let fault = |text: &str| read(text).unwrap_err().to_string();
        assert!(fault("[filter]\n").contains("`filter`"));
        assert!(fault("[filters]\nlocal_host = true\n").contains("`filters.local_host`"));
        assert!(read("[filters]\nlocalhost = 1\n").is_err());
    }
}
