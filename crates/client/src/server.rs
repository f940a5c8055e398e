//! Where events go: one server, how it is spoken to and with which key.
//! Callers make these from the two lines a server prints; `http` and `wire` read them.

use std::fmt;

/// One server, and the protocol it is spoken to with.
///
/// Its text (`Display`, `Debug`) shows the address and never the key, so it may be logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    pub(crate) url: String,
    pub(crate) protocol: Protocol,
}

/// How to speak to a server.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Envelopes, as every current SDK sends them.
    Modern {
        public_key: String,
        secret_key: Option<String>,
    },
    /// The form of 2010: `key`, `format`, `data`.
    Seed { key: String },
}

impl Server {
    /// A server of today, by its DSN: `https://KEY@HOST[:PORT][/PREFIX]/PROJECT`.
    ///
    /// # Errors
    ///
    /// [`InvalidServer`] says which part is missing; a whole DSN is never part of its text.
    pub fn dsn(dsn: &str) -> Result<Self, InvalidServer> {
        let (scheme, rest) = split_scheme(dsn.trim())?;
        let (keys, address) = rest
            .split_once('@')
            .ok_or(InvalidServer("the DSN has no key before an @"))?;
        let (public_key, secret_key) = match keys.split_once(':') {
            Some((public, secret)) => (public, Some(secret.to_owned())),
            None => (keys, None),
        };
        let (base, project) = address
            .trim_end_matches('/')
            .rsplit_once('/')
            .ok_or(InvalidServer("the DSN has no project after the host"))?;
        check_text(public_key, "the key of the DSN is empty or not plain text")?;
        check_text(project, "the project of the DSN is empty")?;
        check_host(base)?;
        Ok(Self {
            url: format!("{scheme}://{base}/api/{project}/envelope/"),
            protocol: Protocol::Modern {
                public_key: public_key.to_owned(),
                secret_key,
            },
        })
    }

    /// A server that speaks the protocol of 2010: the address of its `/store/` and the shared key.
    ///
    /// A missing slash at the end is added: the servers of that time redirect without it, and a
    /// redirected POST arrives without its body.
    ///
    /// # Errors
    ///
    /// [`InvalidServer`] when the address is no http(s) URL or the key is empty.
    pub fn seed(store_url: &str, key: &str) -> Result<Self, InvalidServer> {
        let (scheme, rest) = split_scheme(store_url.trim())?;
        check_host(rest)?;
        if key.is_empty() {
            return Err(InvalidServer("the key is empty"));
        }
        let slash = if rest.ends_with('/') { "" } else { "/" };
        Ok(Self {
            url: format!("{scheme}://{rest}{slash}"),
            protocol: Protocol::Seed {
                key: key.to_owned(),
            },
        })
    }

    /// The address that events are posted to, without any key.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({})", self.url)
    }
}

fn split_scheme(url: &str) -> Result<(&str, &str), InvalidServer> {
    let (scheme, rest) = url
        .split_once("://")
        .ok_or(InvalidServer("the address has no http:// or https://"))?;
    match scheme {
        "http" => Ok((scheme, rest)),
        "https" if cfg!(feature = "tls") => Ok((scheme, rest)),
        "https" => Err(InvalidServer(
            "https needs the feature `tls` of watchpost-client",
        )),
        _ => Err(InvalidServer("the address is neither http nor https")),
    }
}

fn check_host(base: &str) -> Result<(), InvalidServer> {
    let host = base.split(['/', '?', '#']).next().unwrap_or_default();
    check_text(host, "the address has no host")
}

/// Keys and hosts end up in a header and a request line: nothing there may break out of it.
fn check_text(text: &str, why: &'static str) -> Result<(), InvalidServer> {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b',';
    if text.is_empty() || !text.bytes().all(plain) {
        return Err(InvalidServer(why));
    }
    Ok(())
}

/// An address or DSN that cannot be one. The text says what is wrong and shows no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidServer(&'static str);

impl fmt::Display for InvalidServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for InvalidServer {}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_dsn(dsn: &str, expect: &str) {
        let got = match Server::dsn(dsn) {
            Ok(server) => match server.protocol {
                Protocol::Modern {
                    public_key,
                    secret_key,
                } => format!("{} {public_key} {secret_key:?}", server.url),
                Protocol::Seed { .. } => "seed".to_owned(),
            },
            Err(error) => error.to_string(),
        };
        assert_eq!(got, expect, "{dsn}");
    }

    #[test]
    fn dsn_forms() {
        check_dsn("http://k@h:9000/1", "http://h:9000/api/1/envelope/ k None");
        check_dsn(
            "http://k:s@h/a/b/42/",
            "http://h/a/b/api/42/envelope/ k Some(\"s\")",
        );
        check_dsn(
            "http://k@[::1]:9000/1",
            "http://[::1]:9000/api/1/envelope/ k None",
        );
        check_dsn("k@h/1", "the address has no http:// or https://");
        check_dsn("ftp://k@h/1", "the address is neither http nor https");
        check_dsn("http://h/1", "the DSN has no key before an @");
        check_dsn(
            "http://@h/1",
            "the key of the DSN is empty or not plain text",
        );
        check_dsn(
            "http://a\nb@h/1",
            "the key of the DSN is empty or not plain text",
        );
        check_dsn("http://k@h", "the DSN has no project after the host");
        check_dsn("http://k@/1", "the address has no host");
        check_dsn("", "the address has no http:// or https://");
    }

    #[test]
    fn seed_forms() {
        let url = |url: &str| Server::seed(url, "k").map(|server| server.url);
        assert_eq!(
            url("http://h/sentry/store"),
            Ok("http://h/sentry/store/".into())
        );
        assert_eq!(url("http://h/store/"), Ok("http://h/store/".into()));
        assert!(url("/store/").is_err());
        assert!(Server::seed("http://h/store/", "").is_err());
    }

    #[test]
    fn the_text_of_a_server_shows_no_key() {
        let servers = [
            Server::dsn("http://secret@h/1").unwrap(),
            Server::seed("http://h/store/", "secret").unwrap(),
        ];
        for server in servers {
            let text = format!("{server} {server:?}");
            assert!(!text.contains("secret"), "{text}");
        }
    }
}
