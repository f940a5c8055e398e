//! The DSN: where a client sends, as whom, to which project, in one text.
//! Used by `send-event` and for the `dsn` header of envelopes.

use std::fmt;
use std::str::FromStr;

use watchpost_model::ProjectId;

#[cfg(test)]
mod tests;

/// A parsed DSN: `https://<key>[:<secret>]@host[:port][/path]/<project>`.
#[derive(Clone, PartialEq, Eq)]
pub struct Dsn {
    /// How to connect.
    pub scheme: Scheme,
    /// The public key, as it was written.
    pub public_key: String,
    /// The secret, which clients before 2018 want.
    pub secret: Option<String>,
    /// Host name or address; an IPv6 address keeps its brackets.
    pub host: String,
    /// The port, when it is not the scheme's own.
    pub port: Option<u16>,
    /// What stands between host and project: empty or `/errors`, never ending in a slash.
    pub path: String,
    /// The project.
    pub project: ProjectId,
}

/// How to connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Plain.
    Http,
    /// With TLS.
    Https,
}

/// Why a text is no DSN. The text itself is not repeated, because it may hold a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DsnError {
    /// Neither `http://` nor `https://`.
    #[error("a DSN starts with http:// or https://")]
    Scheme,
    /// Nothing before the `@`.
    #[error("the DSN has no public key before the @")]
    Key,
    /// No host, or a port that is none.
    #[error("the DSN has no valid host and port")]
    Host,
    /// The last part of the path is not a number.
    #[error("the DSN does not end in a project number")]
    Project,
}

impl Dsn {
    /// Scheme, host, port and path: what the endpoints are appended to.
    pub fn base_url(&self) -> String {
        format!("{}://{}", self.scheme, self.authority_and_path())
    }

    /// Where envelopes go.
    pub fn envelope_url(&self) -> String {
        format!("{}/api/{}/envelope/", self.base_url(), self.project)
    }

    /// Where single events go.
    pub fn store_url(&self) -> String {
        format!("{}/api/{}/store/", self.base_url(), self.project)
    }

    fn authority_and_path(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}{}", self.host, self.path),
            None => format!("{}{}", self.host, self.path),
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Https => "https",
        })
    }
}

/// Prints the whole DSN, secret included.
impl fmt::Display for Dsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.public_key)?;
        if let Some(secret) = &self.secret {
            write!(f, ":{secret}")?;
        }
        write!(f, "@{}/{}", self.authority_and_path(), self.project)
    }
}

/// For logs: without the secret.
impl fmt::Debug for Dsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let public = Self {
            secret: None,
            ..self.clone()
        };
        write!(f, "Dsn({public})")
    }
}

impl FromStr for Dsn {
    type Err = DsnError;

    /// Also takes the transports that raven wrote before the scheme (`sync+https://`) and drops
    /// a query such as `?timeout=2`.
    fn from_str(text: &str) -> Result<Self, DsnError> {
        let (scheme, rest) = text.trim().split_once("://").ok_or(DsnError::Scheme)?;
        let scheme = match scheme.rsplit('+').next().unwrap_or(scheme) {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err(DsnError::Scheme),
        };
        let rest = rest.split(['?', '#']).next().unwrap_or(rest);
        let (location, path) = rest.split_once('/').ok_or(DsnError::Project)?;
        let (user, host) = location.rsplit_once('@').ok_or(DsnError::Key)?;
        let (public_key, secret) = match user.split_once(':') {
            Some((key, secret)) => (key, Some(secret.to_owned())),
            None => (user, None),
        };
        if public_key.is_empty() {
            return Err(DsnError::Key);
        }
        let (host, port) = host_and_port(host)?;
        let path = path.trim_end_matches('/');
        let (path, project) = path.rsplit_once('/').unwrap_or(("", path));
        let path = path.trim_matches('/');
        Ok(Self {
            scheme,
            public_key: public_key.to_owned(),
            secret: secret.filter(|secret| !secret.is_empty()),
            host: host.to_owned(),
            port,
            path: if path.is_empty() {
                String::new()
            } else {
                format!("/{path}")
            },
            project: project.parse().map_err(|_| DsnError::Project)?,
        })
    }
}

/// Splits `host:port`; an IPv6 address stands in brackets and has colons of its own.
fn host_and_port(text: &str) -> Result<(&str, Option<u16>), DsnError> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (text, None),
    };
    let wrong = |char: char| char.is_whitespace() || char.is_control() || "/\\@".contains(char);
    let bracketed = host.starts_with('[') && host.ends_with(']');
    if host.is_empty() || host.contains(wrong) || (host.contains(':') && !bracketed) {
        return Err(DsnError::Host);
    }
    let port = port.map(str::parse).transpose();
    Ok((host, port.map_err(|_| DsnError::Host)?))
}
