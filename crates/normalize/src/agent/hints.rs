//! Client hints: the headers in which browsers say who they are, one fact each.

use super::{Device, Product};

/// The headers, unread.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hints<'a> {
    /// `Sec-CH-UA`: `"Chromium";v="108", "Google Chrome";v="108", "Not?A_Brand";v="8"`.
    pub(crate) brands: Option<&'a str>,
    /// `Sec-CH-UA-Platform`.
    pub(crate) platform: Option<&'a str>,
    /// `Sec-CH-UA-Platform-Version`.
    pub(crate) platform_version: Option<&'a str>,
    /// `Sec-CH-UA-Model`.
    pub(crate) model: Option<&'a str>,
}

/// Brands by the names that they have elsewhere.
const NAMES: [(&str, &str); 3] = [
    ("Google Chrome", "Chrome"),
    ("Microsoft Edge", "Edge"),
    ("Opera GX", "Opera"),
];

impl<'a> Hints<'a> {
    /// Takes one header, if it is a hint.
    pub(crate) fn take(&mut self, name: &str, value: &'a str) {
        const START: &str = "sec-ch-ua";
        let (Some(start), Some(rest)) = (name.get(..START.len()), name.get(START.len()..)) else {
            return;
        };
        if !start.eq_ignore_ascii_case(START) {
            return;
        }
        let hints = [
            ("", &mut self.brands),
            ("-platform", &mut self.platform),
            ("-platform-version", &mut self.platform_version),
            ("-model", &mut self.model),
        ];
        for (end, hint) in hints {
            if rest.eq_ignore_ascii_case(end) {
                *hint = Some(value);
            }
        }
    }

    /// Whether there is none that says something alone.
    pub(crate) fn is_empty(&self) -> bool {
        self.brands.is_none() && self.platform.is_none() && self.model.is_none()
    }

    /// The brand that is not the engine's and not made up to keep readers honest.
    pub(super) fn browser(&self) -> Option<Product<'a>> {
        let mut engine = None;
        for part in self.brands?.split(',') {
            let Some((brand, version)) = part.split_once(";v=") else {
                continue;
            };
            let (brand, version) = (unquoted(brand), unquoted(version));
            if brand == "Chromium" {
                engine = Some(Product::new(brand, version));
            } else if !is_made_up(brand) {
                let known = NAMES.iter().find(|(name, _)| *name == brand);
                let name = known.map_or(brand, |(_, name)| name);
                return Some(Product::new(name, version));
            }
        }
        engine
    }

    pub(super) fn system(&self) -> Option<Product<'a>> {
        let name = unquoted(self.platform?);
        let version = self.platform_version.map(unquoted).unwrap_or_default();
        (!name.is_empty()).then(|| Product::new(name, version))
    }

    pub(super) fn device(&self) -> Option<Device<'a>> {
        let model = unquoted(self.model?);
        (!model.is_empty()).then(|| Device {
            family: model.into(),
            model,
            brand: "",
        })
    }
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches('"')
}

/// `Not?A_Brand`, `Not;A=Brand`, ` Not A;Brand`.
fn is_made_up(brand: &str) -> bool {
    let brand = brand.trim_start();
    brand.starts_with("Not") && brand.ends_with("Brand") || brand.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_name_browser_system_and_model() {
        let mut hints = Hints::default();
        for (name, value) in [
            ("Accept", "*/*"),
            (
                "Sec-CH-UA",
                r#""Chromium";v="108", "Not?A_Brand";v="8", "Google Chrome";v="108""#,
            ),
            ("sec-ch-ua-platform", r#""macOS""#),
            ("Sec-Ch-Ua-Platform-Version", r#""13.1.0""#),
            ("Sec-CH-UA-Model", r#""Pixel 6""#),
            ("Sec-CH-UA-Mobile", "?1"),
            ("größe-sec-ch", "x"),
        ] {
            hints.take(name, value);
        }
        assert_eq!(hints.browser(), Some(Product::new("Chrome", "108")));
        assert_eq!(hints.system(), Some(Product::new("macOS", "13.1.0")));
        assert_eq!(hints.device().map(|device| device.model), Some("Pixel 6"));
    }

    #[test]
    fn hints_without_a_word_say_nothing() {
        let hints = Hints {
            brands: Some(r#""Not?A_Brand";v="8", x"#),
            platform: Some(r#""""#),
            model: Some(""),
            ..Hints::default()
        };
        assert_eq!(hints.browser(), None);
        assert_eq!(hints.system(), None);
        assert_eq!(hints.device(), None);
        let engine = Hints {
            brands: Some(r#""Chromium";v="108", "Not?A_Brand";v="8""#),
            ..Hints::default()
        };
        assert_eq!(engine.browser(), Some(Product::new("Chromium", "108")));
    }
}
