//! Why a request was refused or its event filtered, in words for who waits for it, with the way
//! out. Pure.

use watchpost_model::{FilteredEvent, Key, Project, Rejection, Timestamp};

use crate::pages::Links;
use crate::pages::format::{Count, When};

/// A refusal, told.
pub(crate) struct Told {
    /// `A request was refused`, …
    pub(crate) head: &'static str,
    pub(crate) what: String,
    /// What to do about it.
    pub(crate) cure: String,
    /// Where: what it is called, and its address.
    pub(crate) link: Option<(&'static str, String)>,
    at: Timestamp,
    pub(crate) when: When,
    /// How often, when it was more than once.
    pub(crate) times: Option<Count>,
    /// Who was refused, as far as they said.
    pub(crate) client: Option<String>,
}

/// For whom it is told.
#[derive(Clone, Copy)]
pub(crate) struct Listener<'a> {
    pub(crate) org: &'a str,
    pub(crate) project: &'a Project,
    /// The project's keys.
    pub(crate) keys: &'a [Key],
    pub(crate) at: &'a Links,
    pub(crate) now: Timestamp,
}

const COPY: &str = "Copy the DSN below.";

/// What happened, and what to do.
type Words = (String, String);

impl Listener<'_> {
    /// The last refusals and filtered events, the newest first, one of each kind.
    pub(crate) fn tell_all(
        self,
        rejections: &[Rejection],
        filtered: &[FilteredEvent],
        count_max: usize,
    ) -> Vec<Told> {
        let refused = rejections.iter().map(|one| self.tell(one));
        let mut reasons = Vec::new();
        let newest = filtered.iter().filter(|one| {
            let is_new = !reasons.contains(&&one.reason);
            reasons.push(&one.reason);
            is_new
        });
        let filtered: Vec<Told> = newest.map(|one| self.tell_filtered(one)).collect();
        let mut told: Vec<Told> = refused.chain(filtered).collect();
        told.sort_by_key(|one| std::cmp::Reverse(one.at));
        told.truncate(count_max);
        told
    }

    fn tell_filtered(self, filtered: &FilteredEvent) -> Told {
        let (reason, pattern) = (&filtered.reason, &filtered.pattern);
        let filters = self.at.rules(self.org, &self.project.slug, "filters");
        let hit = if pattern.is_empty() {
            String::new()
        } else {
            format!(" ({pattern})")
        };
        Told {
            head: "An event was filtered out",
            what: format!("The filter “{reason}” does not let it in{hit}."),
            cure: "Change the filter, or report from elsewhere.".to_owned(),
            link: Some(("Inbound filters", filters)),
            at: filtered.received,
            when: When::new(filtered.received, self.now),
            times: None,
            client: None,
        }
    }

    fn tell(self, rejection: &Rejection) -> Told {
        let (what, cure) = self.words(rejection);
        Told {
            head: "A request was refused",
            at: rejection.last,
            what,
            cure,
            link: self.link(rejection),
            when: When::new(rejection.last, self.now),
            times: (rejection.count > 1).then(|| Count::new(rejection.count)),
            client: rejection.client.clone(),
        }
    }

    fn words(self, rejection: &Rejection) -> Words {
        let detail = &rejection.detail;
        match rejection.reason {
            "project_id" => self.about_key(rejection),
            "auth" => (
                format!("It carried no key that could be read ({detail})."),
                format!("{COPY} If a proxy is in between, it must pass on X-Sentry-Auth."),
            ),
            "invalid_key" => (
                "It named a SENTRY_KEY that is not known here.".to_owned(),
                "SENTRY_KEY is the secret half of a key: choose “Clients of 2010” below."
                    .to_owned(),
            ),
            "signature" => (
                format!("Its signature is not good ({detail})."),
                "Check SENTRY_KEY, and the clock of the machine that sends.".to_owned(),
            ),
            "cors" => {
                let page = rejection.origin.as_deref().unwrap_or("that page");
                (
                    format!("The origin {page} may not report to this project."),
                    "Add it to the allowed origins.".to_owned(),
                )
            }
            "header_mismatch" => (
                "The DSN inside the envelope is not the one that the request was sent with."
                    .to_owned(),
                "A tunnel must send each envelope to the project that its DSN names.".to_owned(),
            ),
            "too_large" => (
                format!("It was too large: {detail}."),
                "Send less with an event: shorter values, fewer attachments.".to_owned(),
            ),
            "method" => (
                "It came without its contents, as if for looking.".to_owned(),
                "A redirect, to https for example, does that: give clients the final address."
                    .to_owned(),
            ),
            "interrupted" => (
                format!("It did not arrive whole: {detail}."),
                "Look for a proxy or a timeout between the client and this server.".to_owned(),
            ),
            "content_encoding" => (
                format!("Its compression could not be read ({detail})."),
                "A proxy may change bodies. gzip, deflate, br and zstd are understood.".to_owned(),
            ),
            _ => about_server(rejection),
        }
    }

    /// A key that may not, or none that is known.
    fn about_key(self, rejection: &Rejection) -> Words {
        let number = self.project.id;
        let other = rejection.named.filter(|named| *named != number);
        let Some(key) = rejection.key else {
            let what = match other {
                Some(other) => format!(
                    "It was sent to project {other}, which does not exist, with a key that is not \
                     known here."
                ),
                None => "Its key is not known here.".to_owned(),
            };
            return (what, COPY.to_owned());
        };
        let own = self.keys.iter().find(|own| own.id == key);
        match (own, other) {
            (Some(own), None) if !own.active => (
                format!("Its key, “{}”, is disabled.", own.label),
                "Enable it, or use the DSN below.".to_owned(),
            ),
            (Some(own), Some(other)) => (
                format!(
                    "It used the key “{}”, but named project {other}.",
                    own.label
                ),
                format!("The number at the end of the DSN must be {number}."),
            ),
            (Some(own), None) => (
                format!("Its key, “{}”, was disabled then.", own.label),
                "It is enabled now: send it again.".to_owned(),
            ),
            (None, _) => (
                "Its key belongs to another project.".to_owned(),
                COPY.to_owned(),
            ),
        }
    }

    fn link(self, rejection: &Rejection) -> Option<(&'static str, String)> {
        let (org, slug) = (self.org, &self.project.slug);
        match (rejection.reason, rejection.status) {
            ("project_id" | "invalid_key" | "key_quota", _) => {
                Some(("Client keys", self.at.keys(org, slug)))
            }
            ("cors", _) => Some((
                "Allowed origins",
                self.at.project_settings(org, slug) + "#origins",
            )),
            (
                "busy" | "behind" | "disk_full" | "spool_full" | "unwritable" | "storage"
                | "shutdown",
                _,
            ) => Some(("System status", self.at.status(org))),
            ("quarantine_full", _) => Some(("Quarantine", self.at.quarantine(org))),
            (_, 429) => Some(("Quotas", self.at.quotas(org, slug))),
            _ => None,
        }
    }
}

/// What is about the server, about quotas, or about the contents.
fn about_server(rejection: &Rejection) -> Words {
    let detail = &rejection.detail;
    match (rejection.reason, rejection.status) {
        (
            "busy" | "behind" | "disk_full" | "spool_full" | "unwritable" | "storage" | "shutdown",
            _,
        ) => (
            format!("This server could not take it: {detail}."),
            "Clients send it again later. The status of the server says more.".to_owned(),
        ),
        ("quarantine_full", _) => (
            format!("It was not taken: {detail}."),
            "Look at them: replay or drop them.".to_owned(),
        ),
        ("spike_protection", _) => (
            "This hour brought far more events than usual, and spike protection is on.".to_owned(),
            "Look at what floods the project. Nine of ten events are refused until it is over."
                .to_owned(),
        ),
        (_, 429) => (
            "A quota is used up.".to_owned(),
            "Wait until it is over, or raise it.".to_owned(),
        ),
        _ => (
            format!("It could not be read: {detail}."),
            "Update the client, or compare what it sends with the steps below.".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use watchpost_model::{KeyId, OrgId, ProjectId, Retention};

    use super::*;

    fn told(change: impl FnOnce(&mut Rejection)) -> (String, Option<&'static str>) {
        let project = Project {
            id: ProjectId(7),
            org: OrgId(1),
            slug: "web".into(),
            name: "Web".into(),
            platform: None,
            allowed_origins: Vec::new(),
            quotas: Vec::new(),
            spike_protection: false,
            retention: Retention::default(),
            created: Timestamp::default(),
            first_event: None,
        };
        let key = |id, active| Key {
            id: KeyId(id),
            project: project.id,
            label: format!("Key {id}"),
            public: String::new(),
            secret: String::new(),
            active,
            quotas: Vec::new(),
            created: Timestamp::default(),
        };
        let mut rejection = Rejection {
            last: Timestamp::default(),
            count: 3,
            reason: "project_id",
            status: 403,
            detail: "the detail".into(),
            key: None,
            named: Some(project.id),
            origin: Some("https://shop.example".into()),
            client: None,
        };
        change(&mut rejection);
        let listener = Listener {
            org: "acme",
            project: &project,
            keys: &[key(1, true), key(2, false)],
            at: &Links::at("http://127.0.0.1:9000"),
            now: Timestamp::default(),
        };
        let told = listener.tell(&rejection);
        assert_eq!(told.times.unwrap().exact, "3");
        (
            format!("{} {}", told.what, told.cure),
            told.link.map(|link| link.0),
        )
    }

    #[test]
    fn every_reason_has_its_way_out() {
        let check = |change: &dyn Fn(&mut Rejection), expect: &str, link: Option<&str>| {
            let (words, at) = told(change);
            assert!(words.contains(expect), "{words}");
            assert_eq!(at, link, "{words}");
        };
        let keys = Some("Client keys");
        check(&|_| {}, "not known here", keys);
        check(
            &|one| one.named = Some(ProjectId(9)),
            "project 9, which does not",
            keys,
        );
        check(
            &|one| one.key = Some(KeyId(2)),
            "“Key 2”, is disabled",
            keys,
        );
        check(&|one| one.key = Some(KeyId(3)), "another project", keys);
        let wrong_number = |one: &mut Rejection| {
            (one.key, one.named) = (Some(KeyId(1)), Some(ProjectId(9)));
        };
        check(&wrong_number, "must be 7", keys);
        let reason = |reason, status, expect: &str, link| {
            let change = move |one: &mut Rejection| (one.reason, one.status) = (reason, status);
            check(&change, expect, link);
        };
        reason("auth", 401, "no key that could be read (the detail)", None);
        reason("invalid_key", 403, "Clients of 2010", keys);
        reason("signature", 403, "clock", None);
        reason(
            "cors",
            403,
            "https://shop.example may not",
            Some("Allowed origins"),
        );
        reason("header_mismatch", 400, "tunnel", None);
        reason("too_large", 413, "too large: the detail", None);
        reason("method", 405, "redirect", None);
        reason("interrupted", 400, "proxy", None);
        reason("content_encoding", 415, "compression", None);
        reason(
            "invalid_envelope",
            400,
            "could not be read: the detail",
            None,
        );
        reason("disk_full", 429, "could not take it", Some("System status"));
        reason("quarantine_full", 429, "replay", Some("Quarantine"));
        reason("key_quota", 429, "quota is used up", keys);
        reason("project_quota", 429, "quota is used up", Some("Quotas"));
        reason("spike_protection", 429, "far more events", Some("Quotas"));
    }
}
