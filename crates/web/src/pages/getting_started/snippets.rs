//! What to type for each client, with the project's own DSN in it. Pure.

use crate::pages::keys::KeyView;

/// A client that we show how to connect.
pub(crate) struct Client {
    /// Its name in addresses.
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    /// Platforms of projects for which it is the first choice.
    platforms: &'static [&'static str],
    steps: fn(&Values<'_>) -> Vec<Step>,
}

/// One thing to type.
pub(crate) struct Step {
    pub(crate) words: &'static str,
    pub(crate) code: String,
}

/// What is filled in.
struct Values<'a> {
    key: &'a KeyView,
    store_api: String,
}

pub(crate) const CLIENTS: [Client; 7] = [
    Client {
        name: "curl",
        label: "curl",
        platforms: &[],
        steps: curl,
    },
    Client {
        name: "python",
        label: "Python",
        platforms: &["python"],
        steps: python,
    },
    Client {
        name: "javascript",
        label: "JavaScript",
        platforms: &["javascript"],
        steps: browser,
    },
    Client {
        name: "node",
        label: "Node.js",
        platforms: &["node"],
        steps: node,
    },
    Client {
        name: "rust",
        label: "Rust",
        platforms: &["rust"],
        steps: rust,
    },
    Client {
        name: "sentry-rust",
        label: "Rust (sentry)",
        platforms: &[],
        steps: sentry_rust,
    },
    Client {
        name: "2010",
        label: "Clients of 2010",
        platforms: &[],
        steps: seed,
    },
];

/// The client of that name, or the one that fits the platform, or the first.
pub(crate) fn choose(name: &str, platform: Option<&str>) -> &'static Client {
    let named = CLIENTS.iter().find(|client| client.name == name);
    let fits = |client: &&Client| platform.is_some_and(|one| client.platforms.contains(&one));
    let [first, ..] = &CLIENTS;
    named.or_else(|| CLIENTS.iter().find(fits)).unwrap_or(first)
}

impl Client {
    /// What to type. `store_api`: the whole URL of the project's store door.
    pub(crate) fn steps(&self, key: &KeyView, store_api: String) -> Vec<Step> {
        (self.steps)(&Values { key, store_api })
    }
}

fn step(words: &'static str, code: impl Into<String>) -> Step {
    let code = code.into();
    Step { words, code }
}

fn curl(values: &Values<'_>) -> Vec<Step> {
    let (url, key) = (&values.store_api, &values.key.public);
    let code = format!(
        "curl '{url}' \\\n  -H 'Content-Type: application/json' \\\n  -H 'X-Sentry-Auth: Sentry \
         sentry_version=7, sentry_key={key}' \\\n  -d '{{\"message\": \"Hello from curl\", \
         \"level\": \"warning\"}}'\n"
    );
    vec![step("Send an event by hand. The answer is its id.", code)]
}

fn python(values: &Values<'_>) -> Vec<Step> {
    let code = format!(
        "import sentry_sdk\n\nsentry_sdk.init(\n    dsn=\"{}\",\n    send_default_pii=False,\n)\n\n\
         1 / 0\n",
        values.key.dsn
    );
    vec![
        step("Install the SDK.", "pip install sentry-sdk\n"),
        step(
            "Start it first thing in the program. Django, Flask and the others are found.",
            code,
        ),
    ]
}

fn browser(values: &Values<'_>) -> Vec<Step> {
    let code = format!(
        "import * as Sentry from \"@sentry/browser\";\n\nSentry.init({{\n  dsn: \"{}\",\n}});\n\n\
         setTimeout(() => {{ throw new Error(\"Hello from the browser\"); }});\n",
        values.key.dsn
    );
    vec![
        step("Install the SDK.", "npm install @sentry/browser\n"),
        step("Start it before the rest of the page's script.", code),
    ]
}

fn node(values: &Values<'_>) -> Vec<Step> {
    let code = format!(
        "const Sentry = require(\"@sentry/node\");\n\nSentry.init({{\n  dsn: \"{}\",\n}});\n\n\
         throw new Error(\"Hello from Node.js\");\n",
        values.key.dsn
    );
    vec![
        step("Install the SDK.", "npm install @sentry/node\n"),
        step("Start it before anything else is required.", code),
    ]
}

fn rust(values: &Values<'_>) -> Vec<Step> {
    let code = format!(
        "use watchpost_client::{{ClientOptions, Level, Server}};\n\n\
         fn main() -> Result<(), Box<dyn std::error::Error>> {{\n    \
         let server = Server::dsn(\"{}\")?;\n    \
         let _guard = watchpost_client::init(ClientOptions::new().server(server));\n    \
         watchpost_client::install_panic_hook();\n\n    \
         watchpost_client::capture_text(\"Hello from Rust\", Level::Warning, None);\n    \
         Ok(())\n}}\n",
        values.key.dsn
    );
    vec![
        step(
            "In Cargo.toml, add Watchpost's own client. It is in Watchpost's repository: the path \
             leads to a checkout of that.",
            "[dependencies]\nwatchpost-client = { path = \"../watchpost/crates/client\" }\n",
        ),
        step(
            "Keep the guard as long as the program runs: dropping it sends what waits.",
            code,
        ),
    ]
}

fn sentry_rust(values: &Values<'_>) -> Vec<Step> {
    let code = format!(
        "fn main() {{\n    let _guard = sentry::init((\"{}\", sentry::ClientOptions {{\n        \
         release: sentry::release_name!(),\n        ..Default::default()\n    }}));\n\n    \
         panic!(\"Hello from Rust\");\n}}\n",
        values.key.dsn
    );
    vec![
        step("Add the SDK.", "cargo add sentry\n"),
        step("Keep the guard as long as the program runs.", code),
    ]
}

fn seed(values: &Values<'_>) -> Vec<Step> {
    let code = format!(
        "INSTALLED_APPS += (\"sentry.client\",)\n\nSENTRY_REMOTE_URL = \"{}\"\nSENTRY_KEY = \
         \"{}\"\n",
        values.key.store_url, values.key.secret
    );
    let log = "import logging\n\nfrom sentry.client.handlers import SentryHandler\n\n\
               logging.getLogger().addHandler(SentryHandler())\n\
               logging.getLogger(\"shop\").error(\"Hello from 2010\")\n";
    vec![
        step(
            "In settings.py, for django-sentry 1.6.10 to 1.13.5. The key is this project's.",
            code,
        ),
        step(
            "Unhandled exceptions of views are now reported, unless DEBUG is on. What is logged \
             is too, once a handler is added, in urls.py for example.",
            log,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::Links;
    use watchpost_model::{Key, KeyId, ProjectId, Timestamp};

    fn key() -> KeyView {
        let key = Key {
            id: KeyId(1),
            project: ProjectId(7),
            label: "Default".into(),
            public: "aaaa".into(),
            secret: "bbbb".into(),
            active: true,
            quotas: Vec::new(),
            created: Timestamp::default(),
        };
        KeyView::new(
            &key,
            &Links::at("http://127.0.0.1:9000"),
            Timestamp::default(),
        )
    }

    #[test]
    fn every_client_gets_its_address_and_key() {
        for client in &CLIENTS {
            let steps = client.steps(&key(), "http://127.0.0.1:9000/api/7/store/".into());
            let text: String = steps.iter().map(|step| step.code.as_str()).collect();
            let expect = match client.name {
                "curl" => ["http://127.0.0.1:9000/api/7/store/", "sentry_key=aaaa'"],
                "2010" => ["\"http://127.0.0.1:9000/store/\"", "\"bbbb\""],
                _ => ["\"http://aaaa@127.0.0.1:9000/7\"", "aaaa"],
            };
            for part in expect {
                assert!(text.contains(part), "{}: {text}", client.name);
            }
        }
    }

    #[test]
    fn what_is_typed_can_be_followed() {
        let check = |name: &str, expect: &str| {
            let steps = choose(name, None).steps(&key(), String::new());
            let text: String = steps.iter().map(|step| step.code.as_str()).collect();
            assert!(text.contains(expect), "{name}: {text}");
        };
        check(
            "2010",
            "import SentryHandler\n\nlogging.getLogger().addHandler(SentryHandler())",
        );
        // The crate is in no registry.
        check(
            "rust",
            "watchpost-client = { path = \"../watchpost/crates/client\" }",
        );
    }

    #[test]
    fn the_platform_chooses_unless_somebody_does() {
        assert_eq!(choose("", Some("node")).name, "node");
        assert_eq!(choose("2010", Some("node")).name, "2010");
        assert_eq!(choose("nonsense", Some("cobol")).name, "curl");
    }
}
