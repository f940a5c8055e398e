//! The walk through an event: each field once, with how careful the rules have to be there.

use serde_json::Value;
use watchpost_model::{
    Breadcrumb, Event, Exception, Frame, Message, Remark, Request, SeedRecord, Stacktrace, Tag,
    TemplateSource, Thread, UserContext, Variable,
};

use super::Scrubber;
use super::place::{Care, Kinds, Place};
use super::value::kinds;
use crate::remarks::Remarks;

/// Contexts that SDKs fill in about machine and program: nothing of a user is in them.
const MACHINE_CONTEXTS: [&str; 14] = [
    "app",
    "browser",
    "client_os",
    "cloud_resource",
    "culture",
    "device",
    "gpu",
    "monitor",
    "nel",
    "os",
    "otel",
    "profile",
    "runtime",
    "trace",
];

/// The state of one walk.
pub(super) struct Walk<'s> {
    pub(super) rules: &'s Scrubber,
    remarks: Remarks,
    /// Changes so far.
    pub(super) changes: usize,
    /// Texts of JSON that we are in.
    pub(super) nested: usize,
}

impl<'s> Walk<'s> {
    pub(super) fn new(rules: &'s Scrubber) -> Self {
        Self {
            rules,
            remarks: Remarks::new(Vec::new()),
            changes: 0,
            nested: 0,
        }
    }

    pub(super) fn finish(self) -> Vec<Remark> {
        self.remarks.finish()
    }

    pub(super) fn remark(&mut self, at: &Place<'_>, reason: &str) {
        self.changes += 1;
        self.remarks.scrubbed(|| at.path(), reason);
    }

    /// All of an event. Ids, times, level and platform are ours, debug images are looked up by
    /// theirs.
    pub(super) fn event(&mut self, event: &mut Event) {
        let root = &Place::ROOT;
        self.top(root, event);
        if let Some(message) = &mut event.message {
            self.message(&root.part("logentry", Kinds::LOGENTRY, Care::Code), message);
        }
        let errors = root.part("exception", Kinds::NONE, Care::Code);
        let values = errors.part("values", Kinds::NONE, Care::Code);
        for (index, exception) in event.exceptions.iter_mut().enumerate() {
            self.exception(&values.item(index, Kinds::ERROR), exception);
        }
        let threads = root.part("threads", Kinds::NONE, Care::Code);
        let values = threads.part("values", Kinds::NONE, Care::Code);
        for (index, thread) in event.threads.iter_mut().enumerate() {
            self.thread(&values.item(index, Kinds::THREAD), thread);
        }
        self.stack(root, event.stacktrace.as_mut());
        if let Some(template) = &mut event.template {
            self.template(&root.part("template", Kinds::NONE, Care::Code), template);
        }
        if let Some(request) = &mut event.request {
            self.request(&root.part("request", Kinds::REQUEST, Care::Open), request);
        }
        if let Some(user) = &mut event.user {
            self.user(&root.part("user", Kinds::USER, Care::Open), user);
        }
        self.tags(root, &mut event.tags);
        self.contexts(root, event);
        let crumbs = root.part("breadcrumbs", Kinds::NONE, Care::Code);
        let values = crumbs.part("values", Kinds::NONE, Care::Code);
        for (index, crumb) in event.breadcrumbs.iter_mut().enumerate() {
            self.breadcrumb(&values.item(index, Kinds::BREADCRUMB), crumb);
        }
        if let Some(seed) = &mut event.seed {
            self.seed(&root.part("seed", Kinds::NONE, Care::Code), seed);
        }
    }

    /// The short names at the top.
    fn top(&mut self, root: &Place<'_>, event: &mut Event) {
        let names = [
            ("logger", &mut event.logger, Care::Code),
            ("culprit", &mut event.culprit, Care::Line),
            ("transaction", &mut event.transaction, Care::Line),
            ("server_name", &mut event.server_name, Care::Open),
            ("site", &mut event.site, Care::Code),
            ("release", &mut event.release, Care::Code),
            ("environment", &mut event.environment, Care::Code),
            ("dist", &mut event.dist, Care::Code),
        ];
        for (name, field, care) in names {
            self.option(&root.text(name, care), field);
        }
        let prints = root.part("fingerprint", Kinds::NONE, Care::Line);
        for (index, part) in event.fingerprint.iter_mut().enumerate() {
            self.text(&prints.item(index, Kinds::STRING), part);
        }
        if let Some(sdk) = &mut event.sdk {
            let at = root.part("sdk", Kinds::SDK, Care::Code);
            self.text(&at.text("name", Care::Code), &mut sdk.name);
            self.text(&at.text("version", Care::Code), &mut sdk.version);
        }
        let modules = root.part("modules", Kinds::NONE, Care::Code);
        for (name, version) in &mut event.modules {
            self.text(&modules.text(name, Care::Code), version);
        }
    }

    fn message(&mut self, at: &Place<'_>, message: &mut Message) {
        self.text(&at.text("formatted", Care::Text), &mut message.formatted);
        self.option(&at.text("message", Care::Line), &mut message.template);
        if let Some(params) = &mut message.params {
            self.value(&at.part("params", kinds(params), Care::Open), params);
        }
    }

    fn exception(&mut self, at: &Place<'_>, exception: &mut Exception) {
        self.option(&at.text("type", Care::Code), &mut exception.kind);
        self.option(&at.text("value", Care::Text), &mut exception.value);
        self.option(&at.text("module", Care::Code), &mut exception.module);
        self.option(&at.text("thread_id", Care::Code), &mut exception.thread_id);
        if let Some(mechanism) = &mut exception.mechanism {
            let at = at.part("mechanism", Kinds::NONE, Care::Code);
            self.text(&at.text("type", Care::Code), &mut mechanism.kind);
            self.names(&at, &mut mechanism.other);
            for (name, value) in &mut mechanism.other {
                let care = match name.as_str() {
                    "data" | "description" => Care::Open,
                    _ => Care::Line,
                };
                self.value(&at.part(name, kinds(value), care), value);
            }
        }
        self.stack(at, exception.stacktrace.as_mut());
    }

    fn thread(&mut self, at: &Place<'_>, thread: &mut Thread) {
        self.option(&at.text("id", Care::Code), &mut thread.id);
        self.option(&at.text("name", Care::Line), &mut thread.name);
        self.stack(at, thread.stacktrace.as_mut());
    }

    fn stack(&mut self, at: &Place<'_>, stack: Option<&mut Stacktrace>) {
        let Some(stack) = stack else { return };
        let at = at.part("stacktrace", Kinds::STACKTRACE, Care::Code);
        self.entries(&at, &mut stack.other);
        let frames = at.part("frames", Kinds::NONE, Care::Code);
        for (index, frame) in stack.frames.iter_mut().enumerate() {
            self.frame(&frames.item(index, Kinds::FRAME), frame);
        }
    }

    fn frame(&mut self, at: &Place<'_>, frame: &mut Frame) {
        let fields = [
            ("filename", &mut frame.filename),
            ("abs_path", &mut frame.abs_path),
            ("module", &mut frame.module),
            ("function", &mut frame.function),
            ("package", &mut frame.package),
            ("context_line", &mut frame.context_line),
        ];
        for (name, field) in fields {
            self.option(&at.text(name, Care::Code), field);
        }
        self.lines(at, "pre_context", &mut frame.pre_context);
        self.lines(at, "post_context", &mut frame.post_context);
        self.entries(at, &mut frame.other);
        self.variables(at, &mut frame.vars);
    }

    fn lines(&mut self, at: &Place<'_>, name: &str, lines: &mut [String]) {
        let at = at.part(name, Kinds::ARRAY, Care::Code);
        for (index, line) in lines.iter_mut().enumerate() {
            self.text(&at.item(index, Kinds::STRING), line);
        }
    }

    fn variables(&mut self, at: &Place<'_>, variables: &mut Vec<Variable>) {
        if variables.is_empty() {
            return;
        }
        let at = at.part("vars", Kinds::OBJECT, Care::Open);
        if let Some(reason) = self.whole(&at) {
            variables.clear();
            self.remark(&at, &reason);
            return;
        }
        for Variable { name, value } in variables {
            self.name(&at, name);
            self.value(&at.entry(name, kinds(value)), value);
        }
    }

    fn template(&mut self, at: &Place<'_>, template: &mut TemplateSource) {
        self.option(&at.text("filename", Care::Code), &mut template.filename);
        self.option(&at.text("abs_path", Care::Code), &mut template.abs_path);
        let line = &mut template.context_line;
        self.option(&at.text("context_line", Care::Code), line);
        self.lines(at, "pre_context", &mut template.pre_context);
        self.lines(at, "post_context", &mut template.post_context);
    }

    fn request(&mut self, at: &Place<'_>, request: &mut Request) {
        self.option(&at.text("url", Care::Line), &mut request.url);
        self.option(&at.text("method", Care::Code), &mut request.method);
        self.option(&at.text("fragment", Care::Open), &mut request.fragment);
        self.pairs(at, "query_string", &mut request.query_string);
        self.pairs(at, "cookies", &mut request.cookies);
        self.pairs(at, "headers", &mut request.headers);
        if let Some(data) = &mut request.data {
            self.value(&at.entry("data", kinds(data)), data);
        }
        self.map(&at.entry("env", Kinds::OBJECT), &mut request.env);
    }

    fn pairs(&mut self, at: &Place<'_>, name: &str, pairs: &mut Vec<(String, String)>) {
        if pairs.is_empty() {
            return;
        }
        let at = at.entry(name, Kinds::OBJECT);
        if let Some(reason) = self.whole(&at) {
            pairs.clear();
            self.remark(&at, &reason);
            return;
        }
        for (key, value) in pairs {
            let is_agent = key.eq_ignore_ascii_case("user-agent");
            let care = if is_agent { Care::Agent } else { Care::Open };
            self.name(&at, key);
            self.text(&at.text(key, care), value);
        }
    }

    fn user(&mut self, at: &Place<'_>, user: &mut UserContext) {
        let fields = [
            ("id", &mut user.id),
            ("username", &mut user.username),
            ("email", &mut user.email),
            ("ip_address", &mut user.ip_address),
        ];
        for (name, field) in fields {
            self.option(&at.entry(name, Kinds::STRING), field);
        }
        let data = at.entry("data", Kinds::OBJECT);
        self.map(&data, &mut user.data);
    }

    fn tags(&mut self, root: &Place<'_>, tags: &mut Vec<Tag>) {
        let at = root.part("tags", Kinds::OBJECT, Care::Line);
        if !tags.is_empty()
            && let Some(reason) = self.whole(&at)
        {
            tags.clear();
            self.remark(&at, &reason);
        }
        for Tag { key, value } in tags {
            self.name(&at, key);
            self.text(&at.text(key, Care::Line), value);
        }
    }

    /// What is kept as it came: contexts, extra, and fields that no page knows.
    fn contexts(&mut self, root: &Place<'_>, event: &mut Event) {
        let contexts = root.part("contexts", Kinds::NONE, Care::Open);
        for (name, context) in &mut event.contexts {
            let is_machine = MACHINE_CONTEXTS.contains(&name.as_str());
            let care = if is_machine { Care::Line } else { Care::Open };
            let at = contexts.part(name, kinds(context), care);
            if let (true, Value::Object(map)) = (is_machine, &mut *context) {
                self.names(&at, map);
                for (name, value) in map.iter_mut() {
                    let care = if name == "data" { Care::Open } else { care };
                    self.value(&at.part(name, kinds(value), care), value);
                }
            } else {
                self.value(&at, context);
            }
        }
        let extra = root.part("extra", Kinds::OBJECT, Care::Open);
        self.map(&extra, &mut event.extra);
        for (name, value) in &mut event.other {
            let care = match name.as_str() {
                "debug_meta" => continue,
                "sdk_settings" | "spans" | "_meta" | "errors" => Care::Line,
                _ => Care::Open,
            };
            self.value(&root.part(name, kinds(value), care), value);
        }
    }

    fn breadcrumb(&mut self, at: &Place<'_>, crumb: &mut Breadcrumb) {
        self.option(&at.text("type", Care::Code), &mut crumb.kind);
        self.option(&at.text("category", Care::Code), &mut crumb.category);
        self.option(&at.text("message", Care::Open), &mut crumb.message);
        self.map(&at.part("data", Kinds::OBJECT, Care::Open), &mut crumb.data);
    }

    /// What records of the first protocol have beside the event.
    fn seed(&mut self, at: &Place<'_>, seed: &mut SeedRecord) {
        self.option(&at.text("class_name", Care::Code), &mut seed.class_name);
        self.option(&at.text("traceback", Care::Code), &mut seed.traceback);
        self.text(&at.text("message", Care::Text), &mut seed.message);
    }
}
