//! What to type for a client, with the project's own DSN in it. Pure.
//!
//! A text of `snippets` is steps: a line `== what to do`, and below it what to type. `{{dsn}}` and
//! its like stand for the values.

use super::catalog::Client;
use crate::pages::keys::KeyView;

/// One thing to type.
pub(crate) struct Step {
    pub(crate) words: &'static str,
    pub(crate) code: String,
}

const MARK: &str = "== ";

/// The steps for a client. `store_api`: the whole URL of the project's store door.
pub(crate) fn steps(client: &Client, key: &KeyView, store_api: &str) -> Vec<Step> {
    let values = [
        ("{{dsn}}", key.dsn.as_str()),
        ("{{dsn_with_secret}}", &key.dsn_with_secret),
        ("{{public}}", &key.public),
        ("{{secret}}", &key.secret),
        ("{{store_url}}", &key.store_url),
        ("{{store_api}}", store_api),
    ];
    let mut steps: Vec<Step> = Vec::new();
    for line in client.text.lines() {
        if let Some(words) = line.strip_prefix(MARK) {
            let code = String::new();
            steps.push(Step { words, code });
        } else if let Some(step) = steps.last_mut() {
            let mut line = line.to_owned();
            for (name, value) in values {
                if line.contains(name) {
                    line = line.replace(name, value);
                }
            }
            step.code.push_str(&line);
            step.code.push('\n');
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use watchpost_model::{Key, KeyId, ProjectId, Timestamp};

    use super::super::catalog::{groups, named};
    use super::*;
    use crate::pages::Links;

    fn text(client: &Client) -> String {
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
        let at = Links::at("http://127.0.0.1:9000");
        let key = KeyView::new(&key, &at, Timestamp::default());
        let steps = steps(client, &key, "http://127.0.0.1:9000/api/7/store/");
        let check = |step: &Step| step.words.ends_with('.') && step.code.trim().len() > 3;
        assert!(steps.iter().all(check), "{}: a step is empty", client.name);
        steps.iter().map(|step| step.code.as_str()).collect()
    }

    #[test]
    fn every_client_gets_its_address_and_key() {
        for client in groups().flat_map(|group| group.clients) {
            let text = text(client);
            let expect = match client.name {
                "curl" => ["http://127.0.0.1:9000/api/7/store/", "sentry_key=aaaa'"],
                "2010" => ["\"http://127.0.0.1:9000/store/\"", "\"bbbb\""],
                "raven-python" | "raven-node" => ["\"http://aaaa:bbbb@127.0.0.1:9000/7\"", "aaaa"],
                _ => ["http://aaaa@127.0.0.1:9000/7", "aaaa"],
            };
            for part in expect {
                assert!(text.contains(part), "{}: {text}", client.name);
            }
            assert!(!text.contains("{{"), "{}: {text}", client.name);
            let is_public = !["2010", "raven-python", "raven-node"].contains(&client.name);
            assert!(
                !is_public || !text.contains("bbbb"),
                "{}: a secret",
                client.name
            );
        }
    }

    #[test]
    fn there_are_enough_of_them() {
        let mut clients = groups().flat_map(|group| group.clients);
        assert!(clients.by_ref().count() >= 15);
        for name in [
            "python",
            "python-django",
            "python-flask",
            "javascript",
            "node",
            "javascript-react",
            "javascript-nextjs",
            "go",
            "rust",
            "java",
            "php",
            "php-laravel",
            "ruby",
            "ruby-rails",
            "dotnet",
            "curl",
            "2010",
        ] {
            assert!(named(name).is_some(), "{name}");
        }
    }

    #[test]
    fn what_is_typed_can_be_followed() {
        let check = |name: &str, expect: &str| {
            let text = text(named(name).unwrap());
            assert!(text.contains(expect), "{name}: {text}");
        };
        check(
            "2010",
            "import SentryHandler\n\nlogging.getLogger().addHandler(SentryHandler())",
        );
        // The crate is in no registry.
        check(
            "watchpost-client",
            "watchpost-client = { path = \"../watchpost/crates/client\" }",
        );
    }
}
