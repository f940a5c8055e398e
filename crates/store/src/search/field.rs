//! The keys that mean something of their own. Every other key is a tag of that name.
//!
//! A new key is a line in the enum and one in the table; the engines say where its values are.

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the table below says what each of them is")]
pub enum Field {
    Is,
    Level,
    Logger,
    Server,
    Site,
    Project,
    Issue,
    IssueCategory,
    IssueType,
    Priority,
    Title,
    Message,
    Location,
    Assigned,
    AssignedOrSuggested,
    Bookmarks,
    FirstSeen,
    LastSeen,
    TimesSeen,
    UserCount,
    Timestamp,
    Release,
    FirstRelease,
    ReleaseVersion,
    ReleasePackage,
    ReleaseBuild,
    ReleaseStage,
    Dist,
    Environment,
    Transaction,
    Url,
    User,
    UserId,
    UserEmail,
    UserIp,
    UserName,
    Platform,
    ErrorType,
    ErrorValue,
    ErrorHandled,
    ErrorUnhandled,
    ErrorMechanism,
    ErrorMainThread,
    StackFilename,
    StackAbsPath,
    StackFunction,
    StackModule,
    StackPackage,
    SdkName,
    SdkVersion,
    HttpMethod,
    HttpReferer,
    HttpStatus,
    Trace,
    EventType,
    EventId,
}

/// What values of a key look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One of the states of an issue.
    State,
    /// Names of issues.
    Issue,
    /// Any text, wildcards and lists.
    Text,
    /// A name of a level, with comparisons.
    Level,
    /// A whole number, with comparisons.
    Number,
    /// How long ago, or a date with a comparison.
    Moment,
    /// A release: text, `latest`, or a comparison of versions.
    Release,
    /// A version: text, or a comparison.
    Version,
    /// `true` or `false`.
    Truth,
    /// A person or a team.
    Person,
}

/// What can be asked by a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    Both,
    Issues,
    Events,
    /// Understood, but nobody keeps the answer yet.
    Nobody,
}

/// A row of the table.
pub(super) struct Row {
    pub(super) field: Field,
    /// How it is printed.
    pub(super) name: &'static str,
    /// How it may be written as well.
    aliases: &'static [&'static str],
    pub(super) kind: Kind,
    pub(super) reach: Reach,
    /// What it is, for people.
    pub(super) about: &'static str,
}

const fn row(
    field: Field,
    names: (&'static str, &'static [&'static str]),
    kind: Kind,
    reach: Reach,
    about: &'static str,
) -> Row {
    let (name, aliases) = names;
    Row {
        field,
        name,
        aliases,
        kind,
        reach,
        about,
    }
}

use Field as F;
use Kind::{Issue, Level, Moment, Number, Person, Release, State, Text, Truth, Version};
use Reach::{Both, Events, Issues, Nobody};

#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    row(F::Is, ("is", &["status"]), State, Issues, "state of the issue: unresolved, resolved, …"),
    row(F::Level, ("level", &[]), Level, Both, "how bad: debug, info, warning, error, fatal"),
    row(F::Logger, ("logger", &[]), Text, Both, "who reported it"),
    row(F::Server, ("server", &["server_name"]), Text, Both, "the machine"),
    row(F::Site, ("site", &[]), Text, Both, "the site"),
    row(F::Project, ("project", &["project.id", "project.name"]), Text, Issues, "slug or number of the project"),
    row(F::Issue, ("issue", &["issue.id"]), Issue, Issues, "short id or number of the issue"),
    row(F::IssueCategory, ("issue.category", &[]), Text, Issues, "category of the issue: error"),
    row(F::IssueType, ("issue.type", &[]), Text, Issues, "type of the issue: error"),
    row(F::Priority, ("issue.priority", &["priority"]), Text, Issues, "high, medium or low"),
    row(F::Title, ("title", &[]), Text, Both, "the whole title"),
    row(F::Message, ("message", &[]), Text, Both, "a part of title or place, upper or lower case"),
    row(F::Location, ("location", &["culprit"]), Text, Issues, "the place: function, view or transaction"),
    row(F::Assigned, ("assigned", &["assignee"]), Person, Issues, "who looks after it"),
    row(F::AssignedOrSuggested, ("assigned_or_suggested", &[]), Person, Issues, "who does or might look after it"),
    row(F::Bookmarks, ("bookmarks", &[]), Person, Issues, "who has bookmarked it"),
    row(F::FirstSeen, ("firstSeen", &["age", "first_seen"]), Moment, Issues, "when it was first seen: -24h is younger than a day"),
    row(F::LastSeen, ("lastSeen", &["last_seen"]), Moment, Issues, "when it was last seen"),
    row(F::TimesSeen, ("timesSeen", &["times_seen"]), Number, Issues, "how many events"),
    row(F::UserCount, ("userCount", &["user_count"]), Number, Issues, "how many users were hit"),
    row(F::Timestamp, ("timestamp", &["event.timestamp"]), Moment, Both, "when events happened"),
    row(F::Release, ("release", &[]), Release, Both, "the release: text, latest, or >=2.0"),
    row(F::FirstRelease, ("firstRelease", &["first_release"]), Release, Issues, "the first release that had it"),
    row(F::ReleaseVersion, ("release.version", &[]), Version, Both, "the version of the release: >1.2"),
    row(F::ReleasePackage, ("release.package", &[]), Text, Both, "the package of the release"),
    row(F::ReleaseBuild, ("release.build", &[]), Text, Both, "the build of the release"),
    row(F::ReleaseStage, ("release.stage", &[]), Text, Both, "the stage of the release: rc1"),
    row(F::Dist, ("dist", &[]), Text, Events, "the build of the release, as the client names it"),
    row(F::Environment, ("environment", &[]), Text, Both, "where it runs"),
    row(F::Transaction, ("transaction", &[]), Text, Both, "the route, task or page"),
    row(F::Url, ("url", &["http.url"]), Text, Both, "the address that was asked for"),
    row(F::User, ("user", &[]), Text, Both, "who was hit: e-mail, name, id or address"),
    row(F::UserId, ("user.id", &[]), Text, Both, "the user's id"),
    row(F::UserEmail, ("user.email", &[]), Text, Both, "the user's e-mail"),
    row(F::UserIp, ("user.ip", &["user.ip_address"]), Text, Events, "the user's address"),
    row(F::UserName, ("user.username", &[]), Text, Events, "the user's name"),
    row(F::Platform, ("platform.name", &["platform"]), Text, Both, "python, javascript, …"),
    row(F::ErrorType, ("error.type", &[]), Text, Both, "the exception's type"),
    row(F::ErrorValue, ("error.value", &[]), Text, Both, "the exception's text"),
    row(F::ErrorHandled, ("error.handled", &[]), Truth, Events, "whether the program caught it"),
    row(F::ErrorUnhandled, ("error.unhandled", &[]), Truth, Events, "whether nobody caught it"),
    row(F::ErrorMechanism, ("error.mechanism", &[]), Text, Events, "how it was caught"),
    row(F::ErrorMainThread, ("error.main_thread", &[]), Truth, Nobody, "whether the main thread raised it"),
    row(F::StackFilename, ("stack.filename", &[]), Text, Events, "a file in the stack"),
    row(F::StackAbsPath, ("stack.abs_path", &[]), Text, Events, "the whole path of a file in the stack"),
    row(F::StackFunction, ("stack.function", &[]), Text, Events, "a function in the stack"),
    row(F::StackModule, ("stack.module", &[]), Text, Events, "a module in the stack"),
    row(F::StackPackage, ("stack.package", &[]), Text, Events, "a library in the stack"),
    row(F::SdkName, ("sdk.name", &[]), Text, Events, "the client"),
    row(F::SdkVersion, ("sdk.version", &[]), Version, Events, "the client's version"),
    row(F::HttpMethod, ("http.method", &[]), Text, Events, "GET, POST, …"),
    row(F::HttpReferer, ("http.referer", &[]), Text, Events, "the page before"),
    row(F::HttpStatus, ("http.status_code", &[]), Number, Events, "the status of the response"),
    row(F::Trace, ("trace", &[]), Text, Events, "the id of the trace"),
    row(F::EventType, ("event.type", &[]), Text, Events, "error or default"),
    row(F::EventId, ("id", &["event.id"]), Text, Events, "the event's id"),
];

impl Field {
    /// The field that is written so.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let is_name = |known: &&str| known.eq_ignore_ascii_case(name);
        let mut rows = TABLE.iter();
        let row = rows.find(|row| is_name(&row.name) || row.aliases.iter().any(is_name))?;
        Some(row.field)
    }

    pub(super) fn row(self) -> Option<&'static Row> {
        TABLE.iter().find(|row| row.field == self)
    }

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.field)
    }

    /// Whether issues have an answer of their own; see [`super::Search::asks_events`].
    pub fn is_of_issues(self) -> bool {
        let reach = self.row().map(|row| row.reach);
        matches!(reach, Some(Both | Issues))
    }

    /// Whether events can be searched by it.
    pub fn is_of_events(self) -> bool {
        let reach = self.row().map(|row| row.reach);
        matches!(reach, Some(Both | Events))
    }

    /// How it is printed.
    pub fn name(self) -> &'static str {
        self.row().map_or("", |row| row.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_to_its_field() {
        for row in TABLE {
            assert_eq!(Field::from_name(row.name), Some(row.field), "{}", row.name);
            for alias in row.aliases {
                assert_eq!(Field::from_name(alias), Some(row.field), "{alias}");
            }
            assert_eq!(row.field.name(), row.name);
            assert!(!row.about.is_empty());
        }
        assert_eq!(Field::from_name("FIRSTSEEN"), Some(Field::FirstSeen));
        assert_eq!(Field::from_name("browser.name"), None);
    }
}
