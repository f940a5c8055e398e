//! How much may be sent: the arguments that `watchpost key limit` and `watchpost project limit`
//! share.

use anyhow::{Context, Result, bail};
use watchpost_model::Quota;

use crate::out;

/// A quota to set or to take away; without a limit all quotas are shown.
#[derive(clap::Args)]
#[group(skip)]
pub(super) struct Limit {
    /// At most so many items in each window; 0 refuses all.
    #[arg(value_name = "LIMIT")]
    count: Option<u64>,
    /// Length of the windows: 90s, 5m, 1h, 7d.
    #[arg(long, default_value = "1h", value_parser = secs)]
    window: u32,
    /// The kind of items: error, transaction, session, attachment (bytes), ...; `all` counts all
    /// kinds together.
    #[arg(long, default_value = "error")]
    category: String,
    /// Take the quota of this category and window away.
    #[arg(long, conflicts_with = "count")]
    remove: bool,
}

impl Limit {
    /// `quotas` as they shall be; `None` when nothing shall change.
    pub(super) fn change(&self, quotas: &[Quota]) -> Result<Option<Vec<Quota>>> {
        if self.count.is_none() && !self.remove {
            return Ok(None);
        }
        let category = (self.category != "all").then(|| self.category.clone());
        let is_same =
            |quota: &Quota| (&quota.category, quota.window_secs) == (&category, self.window);
        let mut changed = quotas.to_vec();
        changed.retain(|quota| !is_same(quota));
        if self.remove && changed.len() == quotas.len() {
            bail!("there is no quota of this category and window; without a limit, all are shown");
        }
        changed.extend(self.count.map(|limit| Quota {
            category: category.clone(),
            limit,
            window_secs: self.window,
        }));
        match Quota::fault_of(&changed) {
            None => Ok(Some(changed)),
            Some(fault) => bail!("{fault} The kinds are: all, {}", kinds()),
        }
    }
}

fn kinds() -> String {
    Quota::CATEGORIES.map(|(name, _)| name).join(", ")
}

/// Prints quotas, one a line.
pub(super) fn say(quotas: &[Quota]) -> Result<()> {
    if quotas.is_empty() {
        return out::say("no quotas");
    }
    for quota in quotas {
        let category = quota.category.as_deref().unwrap_or("all");
        let (limit, secs) = (quota.limit, quota.window_secs);
        out::say(&format!("at most {limit} of {category} in {secs} s"))?;
    }
    Ok(())
}

/// `90s`, `5m`, `1h`, `7d` or a number of seconds.
fn secs(text: &str) -> Result<u32> {
    let unit_at = text
        .find(|char: char| !char.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let unit: u32 = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => bail!("expected a length of time such as 90s, 5m, 1h or 7d"),
    };
    let secs = number
        .parse::<u32>()
        .ok()
        .and_then(|number| number.checked_mul(unit));
    secs.context("expected a length of time such as 90s, 5m, 1h or 7d")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read() {
        let check = |text: &str, expect: Option<u32>| assert_eq!(secs(text).ok(), expect, "{text}");
        check("90", Some(90));
        check("5m", Some(300));
        check("7d", Some(604_800));
        check("h", None);
        check("1w", None);
        check("99999999999d", None);
        check("-1s", None);
    }
}
