//! The field `data` (or `metadata`): the application's own facts, the request, and the part that
//! the client keeps for itself, `__sentry__`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use watchpost_model::{Frame, Request, TemplateSource, UserContext};

use super::stack::{Raised, own_frames, raised, template};
use crate::event::node::Node;
use crate::event::read::{Notes, Path, facts, keep, label, object, text};
use crate::event::{cookies_of, modules, query_of, text_pairs, user};

/// What the metadata of a record holds.
#[derive(Default)]
pub(super) struct Metadata {
    /// The application's own.
    pub(super) extra: Map<String, Value>,
    /// The application's own behind an underscore, which the original did not show.
    pub(super) hidden: Map<String, Value>,
    /// The request, from `url`, `META`, `GET`, `POST` and `COOKIES`.
    pub(super) request: Request,
    /// The machine, when the record keeps it here.
    pub(super) server_name: Option<String>,
    /// The site, when the record keeps it here.
    pub(super) site: Option<String>,
    /// The client's own part.
    pub(super) sentry: Sentry,
}

/// The client's own part, `__sentry__`.
#[derive(Default)]
pub(super) struct Sentry {
    /// Installed packages and their versions.
    pub(super) versions: BTreeMap<String, String>,
    /// Of the exception, without its class.
    pub(super) exception: Option<Raised>,
    /// The calls, oldest first.
    pub(super) frames: Vec<Frame>,
    /// A template that failed.
    pub(super) template: Option<TemplateSource>,
    /// Who was using the application.
    pub(super) user: Option<UserContext>,
    module: Option<String>,
    version: Option<String>,
    is_of_1_10: bool,
}

impl Metadata {
    /// Reads the field. Records that have both spellings of its name have both read.
    pub(super) fn read(&mut self, value: Node<'_>, at: &Path<'_>, notes: &mut Notes) {
        for (key, value) in facts(value, "data", at, notes) {
            let at = &at.key(key);
            match key {
                "__sentry__" => self.sentry.read(value, at, notes),
                "url" => self.request.url = text(value, at, notes),
                "META" => self.environment(value, at, notes),
                "GET" => self.request.query_string = text_pairs(value, at, notes),
                "POST" => self.request.data = body(value.into()),
                "FILES" => keep(&mut self.request.env, key, value),
                "COOKIES" => self.request.cookies = text_pairs(value, at, notes),
                "server_name" => self.server_name = label(value, at, notes),
                "site" => self.site = label(value, at, notes),
                _ if key.starts_with('_') => keep(&mut self.hidden, key, value),
                _ => {
                    self.extra.insert(key.to_owned(), value.into());
                }
            }
        }
    }

    /// `META` of Django: the CGI environment, headers among it.
    fn environment(&mut self, value: Node<'_>, at: &Path<'_>, notes: &mut Notes) {
        let mut query = None;
        for (key, value) in object(value, at, notes).unwrap_or_default() {
            let at = &at.key(key);
            match key {
                "REQUEST_METHOD" => self.request.method = text(value, at, notes),
                "QUERY_STRING" => query = text(value, at, notes),
                "CONTENT_TYPE" | "CONTENT_LENGTH" => self.header(key, value, at, notes),
                _ => match key.strip_prefix("HTTP_") {
                    Some(name) => self.header(name, value, at, notes),
                    None => keep(&mut self.request.env, key, value),
                },
            }
        }
        if self.request.query_string.is_empty() {
            self.request.query_string = query_of(&query.unwrap_or_default());
        }
    }

    fn header(&mut self, name: &str, value: Node<'_>, at: &Path<'_>, notes: &mut Notes) {
        let value = label(value, at, notes).unwrap_or_default();
        if value.is_empty() {
            return;
        }
        if name == "COOKIE" {
            if self.request.cookies.is_empty() {
                self.request.cookies = cookies_of(&value);
            }
            return;
        }
        self.request.headers.push((header_name(name), value));
    }
}

/// `USER_AGENT` is `User-Agent` on the wire.
fn header_name(name: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        format!(
            "{}{}",
            first.to_ascii_uppercase(),
            rest.to_ascii_lowercase()
        )
    };
    name.split('_').map(word).collect::<Vec<_>>().join("-")
}

fn body(value: Value) -> Option<Value> {
    let is_empty = match &value {
        Value::Null => true,
        Value::Object(form) => form.is_empty(),
        Value::String(raw) => raw.is_empty(),
        Value::Array(_) | Value::Bool(_) | Value::Number(_) => false,
    };
    (!is_empty).then_some(value)
}

impl Sentry {
    fn read(&mut self, value: Node<'_>, at: &Path<'_>, notes: &mut Notes) {
        let mut frames_of_1_10 = None;
        for (key, value) in object(value, at, notes).unwrap_or_default() {
            let at = &at.key(key);
            match key {
                "versions" => self.versions = modules(value, at, notes),
                "module" => self.module = label(value, at, notes),
                "version" => self.version = label(value, at, notes),
                "exc" if value.is_array() => {
                    let (exception, frames) = raised(value, at, notes);
                    self.exception = Some(exception);
                    self.frames = frames;
                }
                "exception" if value.is_array() => {
                    self.exception = Some(raised(value, at, notes).0);
                    self.is_of_1_10 = true;
                }
                "frames" => frames_of_1_10 = Some(own_frames(value, at, notes)),
                "template" => self.template = template(value, at, notes),
                "user" => self.user = user(value, at, notes),
                _ if value.is_null() => {}
                _ => notes.dropped(at, "not a field of `__sentry__`"),
            }
        }
        self.is_of_1_10 &= frames_of_1_10.is_some();
        if let Some(frames) = frames_of_1_10 {
            self.frames = frames;
        }
    }

    /// Module and version of the package that the view belongs to.
    pub(super) fn package(&mut self) -> Option<(String, String)> {
        let (module, version) = (self.module.take(), self.version.take());
        Some((module?, version.unwrap_or_default()))
    }

    /// What a server of 1.10 made the checksum of; empty for earlier records.
    pub(super) fn frame_names(&self) -> Vec<(String, String)> {
        let frames = self.frames.iter().filter(|_| self.is_of_1_10);
        let name = |name: &Option<String>| name.clone().unwrap_or_default();
        frames
            .map(|frame| (name(&frame.module), name(&frame.function)))
            .collect()
    }
}
