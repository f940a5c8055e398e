//! The platform and the client, each from the other or from the request when it is not named.

use watchpost_model::{Event, Receipt, Sdk};

use crate::limits::WORD_CHARS_MAX;
use crate::remarks::Remarks;
use crate::text::fit;

const PLATFORMS: [&str; 20] = [
    "as3",
    "c",
    "cfml",
    "cocoa",
    "csharp",
    "elixir",
    "go",
    "groovy",
    "haskell",
    "java",
    "javascript",
    "native",
    "node",
    "objc",
    "other",
    "perl",
    "php",
    "python",
    "ruby",
    "rust",
];

/// A word in the name of a client, and the platform that it is for.
const CLIENTS: [(&str, &str); 20] = [
    ("python", "python"),
    ("django", "python"),
    ("node", "node"),
    ("javascript", "javascript"),
    ("raven-js", "javascript"),
    ("java", "java"),
    ("android", "java"),
    ("kotlin", "java"),
    ("ruby", "ruby"),
    ("php", "php"),
    ("symfony", "php"),
    ("laravel", "php"),
    ("rust", "native"),
    ("native", "native"),
    ("go", "go"),
    ("cocoa", "cocoa"),
    ("dotnet", "csharp"),
    ("csharp", "csharp"),
    ("elixir", "elixir"),
    ("perl", "perl"),
];

/// Settles the platform and the client.
pub(crate) fn settle(event: &mut Event, receipt: &Receipt, remarks: &mut Remarks) {
    if event.sdk.is_none() {
        event.sdk = receipt.sdk.as_deref().and_then(sdk_of);
        // The signed clients of 2011 give their version alone.
        if let Some(sdk) = &mut event.sdk
            && event.seed.is_some()
            && sdk.name.starts_with(|char: char| char.is_ascii_digit())
        {
            sdk.version = std::mem::replace(&mut sdk.name, "django-sentry".to_owned());
        }
    }
    if let Some(sdk) = &mut event.sdk {
        fit(&mut sdk.name, WORD_CHARS_MAX, &"sdk.name", remarks);
        fit(&mut sdk.version, WORD_CHARS_MAX, &"sdk.version", remarks);
    }
    let named = event.platform.trim().to_ascii_lowercase();
    let is_known = PLATFORMS.contains(&named.as_str());
    if is_known && named != "other" {
        event.platform = named;
        return;
    }
    let guess = event.sdk.as_ref().and_then(|sdk| platform_of(&sdk.name));
    guess.unwrap_or("other").clone_into(&mut event.platform);
    if !is_known && !named.is_empty() {
        remarks.corrected(&"platform", "not a known platform");
    }
}

/// `raven-python/6.10.0` as auth headers have it.
fn sdk_of(text: &str) -> Option<Sdk> {
    let text = text.trim();
    let (name, version) = text.split_once('/').unwrap_or((text, ""));
    (!name.is_empty()).then(|| Sdk {
        name: name.to_owned(),
        version: version.to_owned(),
    })
}

fn platform_of(client: &str) -> Option<&'static str> {
    let client = client.to_ascii_lowercase();
    let is_in = |word: &str| match word {
        // Too short to be looked for inside other words.
        "go" => client.split(['.', '-', '_']).any(|part| part == word),
        _ => client.contains(word),
    };
    let (_, platform) = CLIENTS.iter().find(|(word, _)| is_in(word))?;
    Some(platform)
}

#[cfg(test)]
mod tests {
    use watchpost_model::{EventId, Timestamp};

    use super::*;
    use crate::tests::receipt;

    fn check(platform: &str, sdk: Option<&str>, expect: &str, remarks_expected: usize) {
        let mut event = Event::empty(EventId(1), Timestamp::default());
        platform.clone_into(&mut event.platform);
        let mut receipt = receipt();
        receipt.sdk = sdk.map(str::to_owned);
        let mut remarks = Remarks::new(Vec::new());
        settle(&mut event, &receipt, &mut remarks);
        assert_eq!(event.platform, expect, "{platform} {sdk:?}");
        assert_eq!(remarks.finish().len(), remarks_expected, "{platform}");
    }

    #[test]
    fn platforms_are_known_or_guessed() {
        check("python", Some("raven-node/0.4.5"), "python", 0);
        check("Python ", None, "python", 0);
        check("other", Some("raven-node/0.4.5"), "node", 0);
        check(
            "",
            Some("sentry.javascript.browser/11.12.0"),
            "javascript",
            0,
        );
        check("other", Some("sentry.mongo/1"), "other", 0);
        check("other", Some("sentry.go/1"), "go", 0);
        check("other", None, "other", 0);
        check("cobol", None, "other", 1);
    }

    #[test]
    fn the_client_of_the_header_fills_the_gap() {
        let sdk = |text: &str| sdk_of(text).map(|sdk| (sdk.name, sdk.version));
        let expect = Some(("raven-python".to_owned(), "6.10.0".to_owned()));
        assert_eq!(sdk("raven-python/6.10.0"), expect);
        assert_eq!(sdk("curl"), Some(("curl".to_owned(), String::new())));
        assert_eq!(sdk(" "), None);
    }
}
