//! The walk through an event: each field once, with how careful the rules have to be there.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use watchpost_model::{
    Breadcrumb, Event, Message, Remark, Request, Sdk, SeedRecord, Tag, UserContext,
};

use super::Scrubber;
use super::place::{Care, Kinds, Place};
use super::value::{kinds, may_be_secret};
use crate::contexts;
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

    pub(super) fn finish(mut self) -> Vec<Remark> {
        let remarks = std::mem::replace(&mut self.remarks, Remarks::new(Vec::new()));
        let mut remarks = remarks.finish();
        self.paths(&mut remarks);
        remarks
    }

    pub(super) fn remark(&mut self, at: &Place<'_>, reason: &str) {
        self.changes += 1;
        self.remarks.scrubbed(|| at.path(), reason);
    }

    /// All of an event. Ids, times, level and platform are ours, debug images are looked up by
    /// theirs. Every struct is taken apart by name: a new field does not compile until somebody has
    /// decided about it.
    pub(super) fn event(&mut self, event: &mut Event) {
        let root = &Place::ROOT;
        self.fields(root, event);
        self.tags(root, event);
    }

    /// All but the tags.
    fn fields(&mut self, root: &Place<'_>, event: &mut Event) {
        self.top(root, event);
        let Event {
            event_id: _,
            timestamp: _,
            received: _,
            level: _,
            platform: _,
            logger: _,
            message,
            exceptions,
            threads,
            stacktrace,
            template,
            culprit: _,
            transaction: _,
            server_name: _,
            site: _,
            release: _,
            environment: _,
            dist: _,
            request,
            user,
            tags: _,
            modules,
            contexts,
            extra,
            breadcrumbs,
            sdk,
            fingerprint: _,
            checksum: _,
            seed,
            other,
            remarks,
        } = event;
        self.client(root, sdk.as_mut(), modules);
        if let Some(message) = message {
            self.message(&root.part("logentry", Kinds::LOGENTRY, Care::Code), message);
        }
        self.each(root, "exception", Kinds::ERROR, exceptions, Self::exception);
        self.each(root, "threads", Kinds::THREAD, threads, Self::thread);
        self.stack(root, stacktrace.as_mut());
        if let Some(template) = template {
            self.template(&root.part("template", Kinds::NONE, Care::Code), template);
        }
        if let Some(request) = request {
            self.request(&root.part("request", Kinds::REQUEST, Care::Open), request);
        }
        if let Some(user) = user {
            self.user(&root.part("user", Kinds::USER, Care::Open), user);
        }
        self.contexts(root, contexts);
        self.map(&root.part("extra", Kinds::OBJECT, Care::Open), extra);
        self.other(root, other);
        let crumb = Kinds::BREADCRUMB;
        self.each(root, "breadcrumbs", crumb, breadcrumbs, Self::breadcrumb);
        if let Some(seed) = seed {
            self.seed(&root.part("seed", Kinds::NONE, Care::Code), seed);
        }
        self.paths(remarks);
    }

    /// The entries of a list that is kept as `{"values": […]}`.
    fn each<T>(
        &mut self,
        root: &Place<'_>,
        name: &str,
        kinds: Kinds,
        list: &mut [T],
        scrub: fn(&mut Self, &Place<'_>, &mut T),
    ) {
        let at = root.part(name, Kinds::NONE, Care::Code);
        let values = at.part("values", Kinds::NONE, Care::Code);
        for (index, entry) in list.iter_mut().enumerate() {
            scrub(self, &values.item(index, kinds), entry);
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
            ("checksum", &mut event.checksum, Care::Line),
        ];
        for (name, field, care) in names {
            self.option(&root.text(name, care), field);
        }
        let prints = root.part("fingerprint", Kinds::NONE, Care::Line);
        for (index, part) in event.fingerprint.iter_mut().enumerate() {
            self.text(&prints.item(index, Kinds::STRING), part);
        }
    }

    /// The client, and the packages that it found.
    fn client(
        &mut self,
        root: &Place<'_>,
        sdk: Option<&mut Sdk>,
        modules: &mut BTreeMap<String, String>,
    ) {
        if let Some(sdk) = sdk {
            let Sdk { name, version } = sdk;
            let at = root.part("sdk", Kinds::SDK, Care::Code);
            self.text(&at.text("name", Care::Code), name);
            self.text(&at.text("version", Care::Code), version);
        }
        let at = root.part("modules", Kinds::NONE, Care::Code);
        if modules.keys().any(|name| may_be_secret(name)) {
            let renamed = std::mem::take(modules).into_iter();
            let renamed = renamed.map(|(mut name, version)| {
                self.name(&at, &mut name);
                (name, version)
            });
            *modules = renamed.collect();
        }
        for (name, version) in modules {
            self.text(&at.text(name, Care::Code), version);
        }
    }

    fn message(&mut self, at: &Place<'_>, message: &mut Message) {
        let Message {
            formatted,
            template,
            params,
        } = message;
        self.text(&at.text("formatted", Care::Text), formatted);
        self.option(&at.text("message", Care::Line), template);
        if let Some(params) = params {
            self.value(&at.part("params", kinds(params), Care::Open), params);
        }
    }

    fn request(&mut self, at: &Place<'_>, request: &mut Request) {
        let Request {
            url,
            method,
            query_string,
            fragment,
            data,
            cookies,
            headers,
            env,
        } = request;
        self.option(&at.text("url", Care::Line), url);
        self.option(&at.text("method", Care::Code), method);
        self.option(&at.text("fragment", Care::Open), fragment);
        self.pairs(at, "query_string", query_string);
        self.pairs(at, "cookies", cookies);
        self.pairs(at, "headers", headers);
        if let Some(data) = data {
            self.value(&at.entry("data", kinds(data)), data);
        }
        self.map(&at.entry("env", Kinds::OBJECT), env);
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
        let UserContext {
            id,
            username,
            email,
            ip_address,
            geo,
            data,
        } = user;
        let fields = [
            ("id", id),
            ("username", username),
            ("email", email),
            ("ip_address", ip_address),
        ];
        for (name, field) in fields {
            self.option(&at.entry(name, Kinds::STRING), field);
        }
        self.map(&at.entry("geo", Kinds::OBJECT), geo);
        self.map(&at.entry("data", Kinds::OBJECT), data);
    }

    /// The client's own, and those that are made of what is left of the event, so that they do not
    /// say what was hidden.
    fn tags(&mut self, root: &Place<'_>, event: &mut Event) {
        let at = root.part("tags", Kinds::OBJECT, Care::Line);
        if let Some(reason) = self.whole(&at) {
            if !event.tags.is_empty() {
                event.tags.clear();
                self.remark(&at, &reason);
            }
            return;
        }
        contexts::tag(event);
        for Tag { key, value } in &mut event.tags {
            self.name(&at, key);
            self.text(&at.text(key, Care::Line), value);
        }
    }

    /// Those of the machine are careful, those of the application are its data.
    fn contexts(&mut self, root: &Place<'_>, contexts: &mut Map<String, Value>) {
        let all = root.part("contexts", Kinds::NONE, Care::Open);
        self.names(&all, contexts);
        for (name, context) in contexts {
            let is_machine = MACHINE_CONTEXTS.contains(&name.as_str());
            let care = if is_machine { Care::Line } else { Care::Open };
            let at = all.part(name, kinds(context), care);
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
    }

    /// What is kept as it came: fields that no page knows.
    fn other(&mut self, root: &Place<'_>, other: &mut Map<String, Value>) {
        self.names(root, other);
        for (name, value) in other {
            let care = match name.as_str() {
                "debug_meta" => continue,
                "sdk_settings" | "spans" | "_meta" | "errors" => Care::Line,
                _ => Care::Open,
            };
            self.value(&root.part(name, kinds(value), care), value);
        }
    }

    fn breadcrumb(&mut self, at: &Place<'_>, crumb: &mut Breadcrumb) {
        let Breadcrumb {
            timestamp: _,
            kind,
            category,
            message,
            level: _,
            data,
        } = crumb;
        self.option(&at.text("type", Care::Code), kind);
        self.option(&at.text("category", Care::Code), category);
        self.option(&at.text("message", Care::Open), message);
        self.map(&at.part("data", Kinds::OBJECT, Care::Open), data);
    }

    /// What records of the first protocol have beside the event.
    fn seed(&mut self, at: &Place<'_>, seed: &mut SeedRecord) {
        let SeedRecord {
            level: _,
            class_name,
            traceback,
            message,
            package,
            frame_names,
        } = seed;
        self.option(&at.text("class_name", Care::Code), class_name);
        self.option(&at.text("traceback", Care::Code), traceback);
        self.text(&at.text("message", Care::Text), message);
        if let Some((module, version)) = package {
            let at = at.text("package", Care::Code);
            self.text(&at, module);
            self.text(&at, version);
        }
        let at = at.part("frame_names", Kinds::NONE, Care::Code);
        for (index, (module, function)) in frame_names.iter_mut().enumerate() {
            let at = at.item(index, Kinds::STRING);
            self.text(&at, module);
            self.text(&at, function);
        }
    }
}
