//! Which faults were planted: `e2e/grouping/faults.toml`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, ensure};
use serde::Deserialize;
use watchpost_model::Grouping;

/// The planted faults and the settings that some of them need.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Labels {
    /// What a person would set in a project with these programs.
    pub(super) settings: Grouping,
    pub(super) faults: BTreeMap<String, Fault>,
}

/// One planted fault.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fault {
    /// The complaints about grouping for which it stands, by their number.
    pub(super) cases: Vec<u32>,
    /// The setting without which nothing can tell it apart or keep it together.
    pub(super) needs: Option<String>,
}

impl Labels {
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("failed to read {}", path.display()))?;
        let labels: Self = toml::from_str(&text)?;
        ensure!(!labels.faults.is_empty(), "no fault is named");
        Ok(labels)
    }

    /// Whether the default settings have to do with it.
    pub(super) fn needs_nothing(&self, fault: &str) -> bool {
        let fault = self.faults.get(fault);
        fault.is_some_and(|fault| fault.needs.is_none())
    }

    /// Whether the fault stands for the complaint of that number.
    pub(super) fn stands_for(&self, fault: &str, case: u32) -> bool {
        let fault = self.faults.get(fault);
        fault.is_some_and(|fault| fault.cases.contains(&case))
    }
}

/// `python` of `python-mail-token`.
pub(super) fn platform(fault: &str) -> &str {
    fault.split('-').next().unwrap_or_default()
}
