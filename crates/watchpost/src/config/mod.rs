//! What the operator decides: built-in defaults, then one TOML file, then `WATCHPOST_*` variables,
//! then flags. The only place that reads the environment.
//!
//! Every key is one row of [`settings`]; the file, the variables and the documentation are made
//! from that table, so they cannot disagree. A key that is not in it is an error with a suggestion.

mod keeping;
mod overload;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use tracing::level_filters::LevelFilter;
use watchpost_ingest::limits::SPOOL_SEGMENT_BYTES;
#[cfg(debug_assertions)]
use watchpost_model::EventId;

pub(crate) use keeping::{Keeping, bytes_of, days_of};
pub(crate) use overload::Overload;

/// Read when neither `--config` nor `WATCHPOST_CONFIG` names a file, and only if it is there.
const DEFAULT_FILE: &str = "/etc/watchpost/config.toml";
const PREFIX: &str = "WATCHPOST_";
/// Names an event that ends the process when it is digested. For tests; no release knows it.
#[cfg(debug_assertions)]
const DEADLY: &str = "WATCHPOST_DEADLY_EVENT";

/// The configuration in force.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Config {
    /// The file that `--config` named; see [`Config::load`].
    pub(crate) file: Option<PathBuf>,
    /// Everything Watchpost keeps.
    pub(crate) data_dir: PathBuf,
    /// Where the server listens.
    pub(crate) listen: SocketAddr,
    /// Where Prometheus may ask without a token.
    pub(crate) metrics_listen: Option<SocketAddr>,
    /// How people and clients reach it; made from `listen` when not set.
    pub(crate) public_url: Option<String>,
    /// How many reverse proxies are in front: so many addresses of `X-Forwarded-For` are believed.
    pub(crate) proxy_hops: usize,
    /// Where addresses are: a file in the format of `MaxMind`.
    pub(crate) geoip_file: Option<PathBuf>,
    /// Bytes of accepted events that may wait for the digest.
    pub(crate) spool_bytes_max: u64,
    /// The size of one file of the spool.
    pub(crate) spool_segment_bytes: u64,
    /// What is kept, and for how long.
    pub(crate) keeping: Keeping,
    /// How much is taken in before clients are told to wait.
    pub(crate) overload: Overload,
    /// How log lines look.
    pub(crate) log_format: LogFormat,
    /// Which log lines there are: `info`, `warn`, `watchpost_ingest=debug`, …
    pub(crate) log_level: String,
    /// Whether everything is made up and goes with the process: `demo` decides it, no file.
    pub(crate) is_demo: bool,
    /// See [`DEADLY`].
    #[cfg(debug_assertions)]
    pub(crate) deadly: Option<EventId>,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// `key=value` pairs.
    Logfmt,
    /// One JSON object a line.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            file: None,
            data_dir: PathBuf::from("watchpost-data"),
            listen: SocketAddr::from(([127, 0, 0, 1], 9000)),
            metrics_listen: None,
            public_url: None,
            proxy_hops: 0,
            geoip_file: None,
            spool_bytes_max: 4 * 1024 * 1024 * 1024,
            spool_segment_bytes: SPOOL_SEGMENT_BYTES,
            keeping: Keeping::default(),
            overload: Overload::default(),
            log_format: LogFormat::Text,
            log_level: "info".to_owned(),
            is_demo: false,
            #[cfg(debug_assertions)]
            deadly: None,
        }
    }
}

/// One key of the configuration.
struct Setting {
    name: &'static str,
    default: &'static str,
    help: &'static str,
    set: fn(&mut Config, &str) -> Result<()>,
}

const SETTINGS: &[Setting] = &[
    Setting {
        name: "data_dir",
        default: "./watchpost-data",
        help: "Directory of everything that Watchpost keeps.",
        set: |config, value| {
            config.data_dir = PathBuf::from(value);
            Ok(())
        },
    },
    Setting {
        name: "listen",
        default: "127.0.0.1:9000",
        help: "Address and port to listen on; port 0 takes a free one.",
        set: |config, value| {
            let wanted = "expected an address and a port, such as 0.0.0.0:9000";
            config.listen = value.parse().context(wanted)?;
            Ok(())
        },
    },
    Setting {
        name: "metrics_listen",
        default: "none",
        help: "Address and port for `/metrics` without a token; `listen` has it for API tokens.",
        set: |config, value| {
            let wanted = "expected an address and a port, such as 127.0.0.1:9001";
            config.metrics_listen = Some(value.parse().context(wanted)?);
            Ok(())
        },
    },
    Setting {
        name: "public_url",
        default: "http:// and `listen`",
        help: "Address under which people and clients reach the server; DSNs and links use it.",
        set: |config, value| {
            let known = value.starts_with("http://") || value.starts_with("https://");
            if !known {
                bail!("expected a URL that starts with http:// or https://");
            }
            config.public_url = Some(value.trim_end_matches('/').to_owned());
            Ok(())
        },
    },
    Setting {
        name: "proxy_hops",
        default: "0",
        help: "How many reverse proxies of yours are in front; X-Forwarded-For is believed so far.",
        set: |config, value| {
            config.proxy_hops = value.parse().context("expected a number of proxies")?;
            Ok(())
        },
    },
    Setting {
        name: "geoip_file",
        default: "none",
        help: "File in MaxMind's format that says where addresses are; read at the start.",
        set: |config, value| {
            config.geoip_file = Some(PathBuf::from(value));
            Ok(())
        },
    },
    Setting {
        name: "spool_bytes_max",
        default: "4GiB",
        help: "Bytes of accepted events that may wait for the digest, such as 4GiB; beyond, clients get 429.",
        set: |config, value| {
            config.spool_bytes_max = bytes_of(value)?;
            Ok(())
        },
    },
    Setting {
        name: "spool_segment_bytes",
        default: "64MiB",
        help: "Bytes of one file of the spool; it is deleted as a whole once it is digested.",
        set: |config, value| {
            config.spool_segment_bytes = bytes_of(value)?;
            Ok(())
        },
    },
    Setting {
        name: "log_format",
        default: "text",
        help: "How log lines on standard error look: text, logfmt or json.",
        set: |config, value| {
            config.log_format = match value {
                "text" => LogFormat::Text,
                "logfmt" => LogFormat::Logfmt,
                "json" => LogFormat::Json,
                _ => bail!("expected text, logfmt or json"),
            };
            Ok(())
        },
    },
    Setting {
        name: "log_level",
        default: "info",
        help: "Which log lines there are: error, warn, info, debug, trace, also per module.",
        set: |config, value| {
            // A bare word that is no level would be taken for a module, and all would be silent.
            let mut words = value.split(',').filter(|part| !part.contains('='));
            if let Some(word) = words.find(|word| word.trim().parse::<LevelFilter>().is_err()) {
                bail!("`{word}` is none of error, warn, info, debug, trace, off, module=level");
            }
            value.clone_into(&mut config.log_level);
            Ok(())
        },
    },
];

impl Config {
    /// The defaults, the file and the environment of this process, in that order.
    ///
    /// * `file` — `--config`; it must exist. Otherwise `WATCHPOST_CONFIG`, otherwise the default
    ///   file if it is there.
    pub(crate) fn load(file: Option<&Path>) -> Result<Self> {
        let environment: Vec<(String, String)> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter(|(name, _)| name.starts_with(PREFIX))
            .map(|(name, value)| (name, value.to_string_lossy().into_owned()))
            .collect();
        let named = environment
            .iter()
            .find(|(name, _)| name == "WATCHPOST_CONFIG")
            .map(|(_, path)| PathBuf::from(path));
        let named = file.map(Path::to_path_buf).or(named);
        let default = PathBuf::from(DEFAULT_FILE);
        let path = named.or_else(|| default.exists().then_some(default));
        let text = match &path {
            None => String::new(),
            Some(path) => std::fs::read_to_string(path)
                .with_context(|| format!("failed to read the configuration {}", path.display()))?,
        };
        let mut config = Self {
            file: file.map(Path::to_path_buf),
            ..Self::default()
        };
        config
            .apply_file(&text)
            .with_context(|| format!("in {}", path.unwrap_or_default().display()))?;
        config.apply_environment(&environment)?;
        Ok(config)
    }

    /// The file and the environment as they are now. Flags are not in it.
    pub(crate) fn read_again(&self) -> Result<Self> {
        Self::load(self.file.as_deref())
    }

    /// How people and clients reach the server, without a slash at the end.
    pub(crate) fn base_url(&self) -> String {
        self.base_url_at(self.listen)
    }

    /// The same for a server that listens at `listen`.
    pub(crate) fn base_url_at(&self, listen: SocketAddr) -> String {
        self.public_url.clone().unwrap_or_else(|| local_url(listen))
    }

    fn apply_file(&mut self, text: &str) -> Result<()> {
        let table: toml::Table = text.parse().context("failed to read it as TOML")?;
        for (name, value) in &table {
            let setting = find(name)?;
            as_text(value)
                .and_then(|value| (setting.set)(self, &value))
                .with_context(|| format!("key `{name}`"))?;
        }
        Ok(())
    }

    fn apply_environment(&mut self, variables: &[(String, String)]) -> Result<()> {
        for (variable, value) in variables {
            if variable == "WATCHPOST_CONFIG" {
                continue;
            }
            #[cfg(debug_assertions)]
            if variable == DEADLY {
                self.deadly = value.parse().ok();
                continue;
            }
            let name = variable.trim_start_matches(PREFIX).to_ascii_lowercase();
            let place = || format!("environment variable {variable}");
            let setting = find(&name).with_context(place)?;
            (setting.set)(self, value).with_context(place)?;
        }
        Ok(())
    }
}

/// How programs on this machine reach a server that listens at `listen`. "All addresses" is none
/// that one could go to.
pub(crate) fn local_url(listen: SocketAddr) -> String {
    if listen.ip().is_unspecified() {
        return format!("http://localhost:{}", listen.port());
    }
    format!("http://{listen}")
}

/// All keys.
fn settings() -> impl Iterator<Item = &'static Setting> {
    let parts = [SETTINGS, keeping::SETTINGS, overload::SETTINGS];
    parts.into_iter().flatten()
}

fn find(name: &str) -> Result<&'static Setting> {
    let setting = settings().find(|setting| setting.name == name);
    setting.ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> anyhow::Error {
    let names = settings().map(|setting| setting.name);
    let nearest = names
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .min();
    match nearest {
        Some((distance, known)) if distance <= 3 => {
            anyhow!("unknown key `{name}`: did you mean `{known}`?")
        }
        _ => {
            let all: Vec<_> = settings().map(|setting| setting.name).collect();
            anyhow!("unknown key `{name}`; the keys are {}", all.join(", "))
        }
    }
}

fn as_text(value: &toml::Value) -> Result<String> {
    match value {
        toml::Value::String(text) => Ok(text.clone()),
        toml::Value::Integer(number) => Ok(number.to_string()),
        toml::Value::Boolean(truth) => Ok(truth.to_string()),
        toml::Value::Array(parts) => {
            let parts: Result<Vec<_>> = parts.iter().map(as_text).collect();
            Ok(parts?.join(","))
        }
        other => bail!(
            "expected a text, a number or a list, found {}",
            other.type_str()
        ),
    }
}

/// The table of all keys for `--help` and the documentation, one paragraph each.
pub(crate) fn reference() -> String {
    let paragraph = |setting: &Setting| {
        let variable = format!("{PREFIX}{}", setting.name.to_ascii_uppercase());
        let (name, help, default) = (setting.name, setting.help, setting.default);
        format!("  {name} ({variable})\n      {help} [default: {default}]\n")
    };
    settings().map(paragraph).collect()
}
