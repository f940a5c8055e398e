//! For whom something went wrong: the HTTP request, the user.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The HTTP request that was being answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Without query and fragment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Upper case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Pairs in order, decoded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query_string: Vec<(String, String)>,
    /// What came after `#`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fragment: Option<String>,
    /// The body: parsed when it is JSON or a form, else text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    /// Pairs in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cookies: Vec<(String, String)>,
    /// Pairs in order, names as sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The server's environment: `REMOTE_ADDR`, `SERVER_NAME`, …
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub env: Map<String, Value>,
}

/// Who was using the application.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UserContext {
    /// The application's id for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Their name in the application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Their address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Where they came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<String>,
    /// Where that is: `country_code`, `city`, `subdivision`, `region`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub geo: Map<String, Value>,
    /// Everything else the application said.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub data: Map<String, Value>,
}

impl UserContext {
    /// What tells this user from others, with the kind of it before: `id:5`, `username:ann`,
    /// `email:…`, `ip:…`. The tag `user` of Sentry.
    pub fn unique(&self) -> Option<String> {
        let names = [
            ("id", &self.id),
            ("username", &self.username),
            ("email", &self.email),
            ("ip", &self.ip_address),
        ];
        let mut names = names
            .into_iter()
            .filter_map(|(kind, name)| Some((kind, name.as_deref()?)));
        let (kind, name) = names.find(|(_, name)| !name.is_empty())?;
        Some(format!("{kind}:{name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(fields: &str, expect: Option<&str>) {
        let user: UserContext = serde_json::from_str(fields).unwrap();
        assert_eq!(user.unique().as_deref(), expect, "{fields}");
    }

    #[test]
    fn users_are_told_apart_by_the_first_name_they_have() {
        check(r#"{"id": "5", "email": "a@b.example"}"#, Some("id:5"));
        check(
            r#"{"id": "", "username": "ann", "ip_address": "8.8.8.8"}"#,
            Some("username:ann"),
        );
        check(r#"{"email": "a@b.example"}"#, Some("email:a@b.example"));
        check(r#"{"ip_address": "8.8.8.8"}"#, Some("ip:8.8.8.8"));
        check(r#"{"data": {"name": "ann"}}"#, None);
    }
}
