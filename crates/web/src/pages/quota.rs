//! Quotas in a form: one row each and an empty one, used by the settings of a project and of a key.

use watchpost_model::Quota;

use super::form::Fields;

/// Windows to choose from, in seconds.
const WINDOWS: [(u32, &str); 5] = [
    (60, "minute"),
    (300, "5 minutes"),
    (3600, "hour"),
    (86_400, "day"),
    (604_800, "week"),
];

/// A row of the form.
#[derive(Clone)]
pub(crate) struct QuotaRow {
    /// Empty in the row for a new one.
    pub(crate) limit: String,
    category: String,
    window_secs: u32,
}

impl QuotaRow {
    /// The rows of `quotas`, and an empty one.
    pub(crate) fn all(quotas: &[Quota]) -> Vec<Self> {
        let row = |quota: &Quota| Self {
            limit: quota.limit.to_string(),
            category: quota.category.clone().unwrap_or_default(),
            window_secs: quota.window_secs,
        };
        let empty = Self {
            limit: String::new(),
            category: "error".to_owned(),
            window_secs: 3600,
        };
        quotas.iter().map(row).chain([empty]).collect()
    }

    /// Kinds to choose from: value, label, chosen.
    pub(crate) fn categories(&self) -> Vec<(&str, &str, bool)> {
        let all = std::iter::once(("", "everything together")).chain(Quota::CATEGORIES);
        all.map(|(name, label)| (name, label, name == self.category))
            .collect()
    }

    /// Windows to choose from; one that was set elsewhere may be of any length.
    pub(crate) fn windows(&self) -> Vec<(u32, String, bool)> {
        let secs = self.window_secs;
        let usual = WINDOWS.map(|(length, label)| (length, label.to_owned(), length == secs));
        let is_usual = WINDOWS.iter().any(|(length, _)| *length == secs);
        let other = (!is_usual).then(|| (secs, format!("{secs} seconds"), true));
        usual.into_iter().chain(other).collect()
    }
}

/// The quotas of a form. A row without a limit is none.
pub(crate) fn read(fields: &Fields) -> Result<Vec<Quota>, &'static str> {
    let rows = fields
        .all("quota_limit")
        .zip(fields.all("quota_category"))
        .zip(fields.all("quota_window"));
    let mut quotas = Vec::new();
    for ((limit, category), window) in rows {
        if limit.trim().is_empty() {
            continue;
        }
        let limit = limit.trim().parse();
        let limit = limit.map_err(|_| "The limit of a quota is a whole number, 0 or more.")?;
        quotas.push(Quota {
            category: (!category.is_empty()).then(|| category.to_owned()),
            limit,
            window_secs: window.parse().unwrap_or(0),
        });
    }
    match Quota::fault_of(&quotas) {
        None => Ok(quotas),
        Some(fault) => Err(fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_back_as_they_were_shown() {
        let check = |text: &str, expect: Result<&str, &str>| {
            let quotas = read(&Fields::parse(text.as_bytes()));
            let quotas = quotas.map(|quotas| serde_json::to_string(&quotas).unwrap());
            assert_eq!(quotas.as_deref().map_err(|fault| *fault), expect, "{text}");
        };
        check("", Ok("[]"));
        check(
            "quota_limit=&quota_category=error&quota_window=60",
            Ok("[]"),
        );
        let row = "quota_limit=+5+&quota_category=&quota_window=60";
        let read_back = r#"[{"category":null,"limit":5,"window_secs":60}]"#;
        check(row, Ok(read_back));
        let fault = "Two quotas are for the same kind and the same window.";
        check(&format!("{row}&{row}"), Err(fault));
        let fault = "The limit of a quota is a whole number, 0 or more.";
        check("quota_limit=-1&quota_category=&quota_window=60", Err(fault));
        let fault = "The window of a quota is 1 second to 7 days long.";
        check("quota_limit=1&quota_category=&quota_window=x", Err(fault));
        let fault = "A quota is for a kind of item that does not exist.";
        check("quota_limit=1&quota_category=x&quota_window=60", Err(fault));
    }

    #[test]
    fn a_window_that_was_set_elsewhere_is_kept() {
        let quota = Quota {
            category: None,
            limit: 1,
            window_secs: 77,
        };
        let rows = QuotaRow::all(&[quota]);
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].windows()[5], (77, "77 seconds".to_owned(), true));
        assert_eq!(rows[1].windows().len(), 5);
    }
}
