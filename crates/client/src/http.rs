//! One POST to one server, with a timeout on each of its phases. `worker` calls it.

use std::time::Duration;

use ureq::Agent;
use ureq::http::HeaderMap;

use crate::limits::{ANSWER_BYTES_MAX, ANSWER_CHARS_MAX};
use crate::wire::CLIENT_NAME;

/// The connections of one client.
pub(crate) struct Http {
    agent: Agent,
}

/// What is sent.
pub(crate) struct Post<'a> {
    pub(crate) url: &'a str,
    pub(crate) content_type: &'static str,
    /// Further headers.
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: &'a [u8],
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) rate_limits: Option<String>,
    pub(crate) retry_after: Option<String>,
    /// What the server says about it, for people. Empty on success.
    pub(crate) reason: String,
}

impl Http {
    pub(crate) fn new(timeout: Duration) -> Self {
        let timeout = Some(timeout);
        let config = Agent::config_builder()
            .user_agent(CLIENT_NAME)
            .http_status_as_error(false)
            // A redirected POST becomes a GET and loses the event: better to say so.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_resolve(timeout)
            .timeout_connect(timeout)
            .timeout_send_request(timeout)
            .timeout_send_body(timeout)
            .timeout_recv_response(timeout)
            .timeout_recv_body(timeout);
        #[cfg(feature = "tls")]
        let config = config.tls_config(tls());
        Self {
            agent: config.build().new_agent(),
        }
    }

    /// Sends it, a second time when a kept connection turns out to be dead: servers close them
    /// whenever they like, and the event's id makes a repetition harmless.
    pub(crate) fn post(&self, post: &Post<'_>) -> Result<Answer, String> {
        match self.attempt(post) {
            Err(ureq::Error::Io(error)) if is_hangup(&error) => self.attempt(post),
            other => other,
        }
        .map_err(|error| error.to_string())
    }

    fn attempt(&self, post: &Post<'_>) -> Result<Answer, ureq::Error> {
        let mut request = self.agent.post(post.url).content_type(post.content_type);
        for (name, value) in &post.headers {
            request = request.header(*name, value);
        }
        if is_loopback(post.url) {
            // A proxy for the world would look for the server on its own machine.
            request = request.config().proxy(None).build();
        }
        let mut response = request.send(post.body)?;
        let status = response.status().as_u16();
        // Read to the end, so that the connection can be used again.
        let body = response.body_mut().with_config();
        let body = body.limit(ANSWER_BYTES_MAX).read_to_vec();
        let headers = response.headers();
        let reason = if (200..300).contains(&status) {
            String::new()
        } else {
            reason(headers, &body.unwrap_or_default())
        };
        Ok(Answer {
            status,
            rate_limits: text(headers, "x-sentry-rate-limits"),
            retry_after: text(headers, "retry-after"),
            reason,
        })
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

/// What the server says went wrong: its header for that, where it leads to, or its body.
fn reason(headers: &HeaderMap, body: &[u8]) -> String {
    let said = text(headers, "x-sentry-error");
    let said = said.or_else(|| text(headers, "location").map(|to| format!("redirect to {to}")));
    let said = said.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned());
    let line = said.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(ANSWER_CHARS_MAX).collect()
}

fn is_hangup(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(
        error.kind(),
        BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof
    )
}

fn is_loopback(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    ["127.", "localhost:", "localhost/", "[::1]"]
        .iter()
        .any(|local| host.starts_with(local))
}

/// The root certificates of the operating system: a company's own servers are trusted there.
#[cfg(feature = "tls")]
fn tls() -> ureq::tls::TlsConfig {
    use std::sync::Arc;
    use ureq::tls::{Certificate, RootCerts, TlsConfig};

    // What cannot be read is left out; a server that needed it is then reported as not trusted.
    let found = rustls_native_certs::load_native_certs().certs;
    let roots = found
        .iter()
        .map(|root| Certificate::from_der(root).to_owned())
        .collect();
    TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_addresses() {
        let cases = [
            ("http://127.0.0.1:9000/store/", true),
            ("http://localhost/store/", true),
            ("http://[::1]:9000/store/", true),
            ("http://localhost.example/store/", false),
            ("https://errors.example/127.0.0.1/", false),
        ];
        for (url, expect) in cases {
            assert_eq!(is_loopback(url), expect, "{url}");
        }
    }
}
