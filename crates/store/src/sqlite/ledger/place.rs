//! Where the ledger keeps what a search asks for: one line per key.

use rusqlite::Connection;
use watchpost_model::regression::Releases;
use watchpost_model::{IssueId, ProjectId, ShortId, Status, Substatus};

use super::release;
use crate::search::ast::{Filter, Key, Op, Person, State, Test};
use crate::search::{Field, Pattern};
use crate::sqlite::condition::Condition;
use crate::sqlite::fault::Fault;

/// A place.
pub(super) enum Place {
    /// A text of the issue.
    Text(&'static str),
    /// A number of the issue.
    Number(&'static str),
    /// Values that were counted under one of these keys, perhaps only a part of each.
    Counted(&'static [&'static str], Option<&'static str>),
    /// A text that is the same for all issues.
    Constant(&'static str),
    /// Title and place together, in lower case.
    Haystack,
    /// Between the first event and the last.
    Happened,
    Status,
    Issue,
    Project,
    Assignee,
    Suggested,
    Bookmarks,
}

pub(super) fn place(field: Field) -> Option<Place> {
    use Place::{Constant, Counted, Number, Text};
    Some(match field {
        Field::Is => Place::Status,
        Field::Level => Number("issue.level"),
        Field::Logger => Text("issue.logger"),
        Field::Server => Counted(&["server_name"], None),
        Field::Site => Counted(&["site"], None),
        Field::Project => Place::Project,
        Field::Issue => Place::Issue,
        Field::IssueCategory | Field::IssueType => Constant("'error'"),
        Field::Title => Text("issue.title"),
        Field::Message => Place::Haystack,
        Field::Location => Text("issue.culprit"),
        Field::FirstSeen => Number("issue.first_seen"),
        Field::LastSeen => Number("issue.last_seen"),
        Field::TimesSeen => Number("issue.times_seen"),
        Field::Timestamp => Place::Happened,
        Field::Release => Counted(&["release"], None),
        Field::ReleaseVersion => Counted(&["release"], Some("release_part(tag.value, 'version')")),
        Field::ReleasePackage => Counted(&["release"], Some("release_part(tag.value, 'package')")),
        Field::ReleaseBuild => Counted(&["release"], Some("release_part(tag.value, 'build')")),
        Field::ReleaseStage => Counted(&["release"], Some("release_part(tag.value, 'stage')")),
        Field::Environment => Counted(&["environment"], None),
        Field::Transaction => Counted(&["transaction"], None),
        Field::Url => Counted(&["url"], None),
        // The word for a user is the e-mail if there is one.
        Field::User | Field::UserEmail => Counted(&["user"], None),
        Field::UserId => Counted(&["user.id", "user"], None),
        Field::Platform => Text("issue.platform"),
        Field::ErrorType => Text("issue.kind"),
        Field::ErrorValue => Text("issue.value"),
        Field::Priority => {
            Text("CASE issue.priority WHEN 25 THEN 'low' WHEN 50 THEN 'medium' ELSE 'high' END")
        }
        Field::Assigned => Place::Assignee,
        Field::AssignedOrSuggested => Place::Suggested,
        Field::Bookmarks => Place::Bookmarks,
        Field::UserCount => Number("issue.user_count"),
        Field::FirstRelease => Text("coalesce(issue.first_release, '')"),
        Field::Dist
        | Field::UserIp
        | Field::UserName
        | Field::ErrorHandled
        | Field::ErrorUnhandled
        | Field::ErrorMechanism
        | Field::ErrorMainThread
        | Field::StackFilename
        | Field::StackAbsPath
        | Field::StackFunction
        | Field::StackModule
        | Field::StackPackage
        | Field::SdkName
        | Field::SdkVersion
        | Field::HttpMethod
        | Field::HttpReferer
        | Field::HttpStatus
        | Field::Trace
        | Field::EventType
        | Field::EventId => return None,
    })
}

/// Writes one filter as a condition on the row `issue`.
pub(super) fn write(out: &mut Condition<'_>, filter: &Filter) -> Result<(), Fault> {
    let (test, field) = (
        &filter.test,
        match &filter.key {
            Key::Field(field) => *field,
            Key::Tag(name) => return counted(out, (&[name], None), &filter.test),
            Key::Flag(_) => return Err(Fault::missing("search key")),
        },
    );
    match place(field).ok_or(Fault::missing("search key"))? {
        Place::Text(column) | Place::Constant(column) => out.text(column, test),
        Place::Number(column) => out.number(column, test),
        Place::Counted(keys, part) => match (field, test) {
            (Field::UserEmail, Test::Absent) => {
                out.say("NOT ");
                counted(out, (keys, part), &Test::Like(Pattern::read("*@*")))
            }
            _ => counted(out, (keys, part), test),
        },
        Place::Haystack => match test {
            Test::Like(pattern) => {
                word(out, pattern);
                Ok(())
            }
            Test::OneOf(texts) => {
                for (number, text) in texts.iter().enumerate() {
                    out.say(if number == 0 { "(" } else { " OR " });
                    word(out, &Pattern::exact(text));
                }
                out.say(")");
                Ok(())
            }
            test => out.text("issue.haystack", test),
        },
        Place::Happened => happened(out, test),
        Place::Status => state(out, test),
        Place::Issue => issue(out, test),
        Place::Project => project(out, test),
        Place::Assignee => assigned(out, test),
        Place::Suggested => assigned_or_suggested(out, test),
        Place::Bookmarks => bookmarked(out, test),
    }
}

/// A text in title or place.
pub(super) fn word(out: &mut Condition<'_>, pattern: &Pattern) {
    match pattern.as_exact() {
        Some(text) => out.push("instr(issue.haystack, ?) > 0", [text.to_lowercase()]),
        None => out.push("fits(issue.haystack, ?)", [pattern.anywhere().to_string()]),
    }
}

/// Rows of `issue_tag` that are about an issue: its own, and those of what was merged into it.
const TAGS: [&str; 2] = [
    "issue_tag AS tag WHERE tag.issue = issue.id",
    "issue AS part CROSS JOIN issue_tag AS tag
         WHERE part.merged_into = issue.id AND tag.issue = part.id",
];

/// That a value was counted under one of the keys, in the issue or in a part of it.
fn counted(
    out: &mut Condition<'_>,
    place: (&[&str], Option<&str>),
    test: &Test,
) -> Result<(), Fault> {
    out.say(match test {
        Test::Absent => "NOT (",
        _ => "(",
    });
    for (number, tags) in TAGS.iter().enumerate() {
        let or = if number == 0 { "" } else { " OR " };
        out.say(&format!("{or}EXISTS (SELECT 1 FROM {tags}"));
        some_value(out, place, test)?;
    }
    out.say(")");
    Ok(())
}

/// The rest of a question for counts: those of a value under one of the keys. The value "" only
/// counts the others.
pub(super) fn some_value(
    out: &mut Condition<'_>,
    (keys, part): (&[&str], Option<&str>),
    test: &Test,
) -> Result<(), Fault> {
    let marks = vec!["?"; keys.len()].join(", ");
    let of_keys = format!(" AND tag.key IN ({marks}) AND tag.value <> ''");
    out.push(&of_keys, keys.iter().map(|key| (*key).to_owned()));
    let subject = part.unwrap_or("tag.value");
    match (test, part) {
        (Test::Absent, None) => {}
        (Test::Absent, Some(part)) => out.say(&format!(" AND {part} <> ''")),
        (test, _) => {
            out.say(" AND ");
            out.text(subject, test)?;
        }
    }
    out.say(")");
    Ok(())
}

/// Some event may have been within the time: the first and the last are known.
fn happened(out: &mut Condition<'_>, test: &Test) -> Result<(), Fault> {
    let (op, moment) = match test {
        Test::Moment(op, moment) => (*op, moment.as_micros()),
        Test::Age(age) => out.age(*age),
        _ => return Err(Fault::missing("search key")),
    };
    let column = match op {
        Op::More | Op::AtLeast => "issue.last_seen",
        Op::Less | Op::AtMost | Op::Equal => "issue.first_seen",
    };
    out.compare(column, op, moment);
    Ok(())
}

fn state(out: &mut Condition<'_>, test: &Test) -> Result<(), Fault> {
    let state = match test {
        Test::State(state) => *state,
        Test::Absent => {
            out.say("0");
            return Ok(());
        }
        _ => return Err(Fault::missing("search key")),
    };
    let status = |status: Status| ("issue.status = ?", status.number());
    let substatus = |how: Substatus| ("issue.substatus = ?", how.number());
    let (condition, number) = match state {
        State::Unresolved => status(Status::Unresolved),
        State::Resolved => status(Status::Resolved),
        State::Archived => status(Status::Archived),
        State::New => substatus(Substatus::New),
        State::Ongoing => substatus(Substatus::Ongoing),
        State::Escalating => substatus(Substatus::Escalating),
        State::Regressed => substatus(Substatus::Regressed),
        State::Assigned => ("(issue.assignee IS NOT NULL) = ?", 1),
        State::Unassigned => ("(issue.assignee IS NOT NULL) = ?", 0),
        // What is new or came back, and nobody has looked at since.
        State::ForReview => (
            "(issue.status = 0 AND issue.substatus <> 2 AND issue.reviewed = ?)",
            0,
        ),
        State::Linked | State::Unlinked => return Err(Fault::missing("search key")),
    };
    out.push(condition, [number]);
    Ok(())
}

/// Issues by number or short id.
fn issue(out: &mut Condition<'_>, test: &Test) -> Result<(), Fault> {
    let name = match test {
        Test::Like(name) => name.as_exact().unwrap_or_default(),
        Test::Absent => "",
        _ => return Err(Fault::missing("search key")),
    };
    match (name.parse::<IssueId>(), ShortId::parse(name)) {
        (Ok(id), _) => out.push("issue.id = ?", [id.0]),
        (Err(_), Some(short)) => {
            out.push(
                "(issue.number = ?",
                [crate::sqlite::columns::count_in(short.number)],
            );
            let home = " AND issue.project IN (SELECT id FROM project WHERE slug = ?))";
            out.push(home, [short.slug]);
        }
        _ => out.say("0"),
    }
    Ok(())
}

/// Whom a filter means.
enum Who {
    Nobody,
    /// `me` or the teams of nobody in particular.
    Unknown,
    Id(i64),
    Email(String),
    Team(String),
    TeamsOf(i64),
}

fn who(out: &Condition<'_>, test: &Test) -> Result<Who, Fault> {
    let me = out.asker.user.map(|user| user.0);
    Ok(match test {
        Test::Absent | Test::Person(Person::None) => Who::Nobody,
        Test::Person(Person::Me) => me.map_or(Who::Unknown, Who::Id),
        Test::Person(Person::MyTeams) => me.map_or(Who::Unknown, Who::TeamsOf),
        Test::Person(Person::User(email)) => Who::Email(email.to_lowercase()),
        Test::Person(Person::Team(slug)) => Who::Team(slug.to_lowercase()),
        _ => return Err(Fault::missing("search key")),
    })
}

/// That a column, as `user:7`, is somebody.
fn is_somebody(out: &mut Condition<'_>, column: &str, who: &Who) {
    let same = |id: &str| format!("coalesce({column} = {id}, 0)");
    match who {
        Who::Nobody => out.say(&format!("{column} IS NULL")),
        Who::Unknown => out.say("0"),
        Who::Id(id) => out.push(&same("'user:' || ?"), [*id]),
        Who::Email(email) => {
            let id = "'user:' || (SELECT id FROM user WHERE email = ?)";
            out.push(&same(id), [email.clone()]);
        }
        Who::Team(slug) => {
            let id = "'team:' || (SELECT team.id FROM team
                JOIN project AS home ON home.org = team.org
                WHERE home.id = issue.project AND team.slug = ?)";
            out.push(&same(id), [slug.clone()]);
        }
        Who::TeamsOf(user) => {
            let teams = "(SELECT 'team:' || team FROM team_member WHERE user = ?)";
            out.push(&format!("coalesce({column} IN {teams}, 0)"), [*user]);
        }
    }
}

fn assigned(out: &mut Condition<'_>, test: &Test) -> Result<(), Fault> {
    let who = who(out, test)?;
    is_somebody(out, "issue.assignee", &who);
    Ok(())
}

/// As [`assigned`], or suggested while nobody is assigned.
fn assigned_or_suggested(out: &mut Condition<'_>, test: &Test) -> Result<(), Fault> {
    let who = who(out, test)?;
    let suggested = "EXISTS (SELECT 1 FROM issue_owner AS own WHERE own.issue = issue.id";
    if matches!(who, Who::Nobody) {
        out.say(&format!("(issue.assignee IS NULL AND NOT {suggested}))"));
        return Ok(());
    }
    out.say("(");
    is_somebody(out, "issue.assignee", &who);
    out.say(&format!(" OR (issue.assignee IS NULL AND {suggested} AND "));
    is_somebody(out, "own.owner", &who);
    out.say(")))");
    Ok(())
}

fn bookmarked(out: &mut Condition<'_>, test: &Test) -> Result<(), Fault> {
    let who = who(out, test)?;
    let start = "EXISTS (SELECT 1 FROM issue_person AS person
                         WHERE person.issue = issue.id AND person.bookmarked";
    match who {
        Who::Nobody => out.say(&format!("NOT {start})")),
        Who::Id(id) => out.push(&format!("{start} AND person.user = ?)"), [id]),
        Who::Email(email) => {
            let id = "(SELECT id FROM user WHERE email = ?)";
            out.push(&format!("{start} AND person.user = {id})"), [email]);
        }
        // Bookmarks are of one person each.
        Who::Unknown | Who::Team(_) | Who::TeamsOf(_) => out.say("0"),
    }
    Ok(())
}

fn project(out: &mut Condition<'_>, test: &Test) -> Result<(), Fault> {
    out.say("EXISTS (SELECT 1 FROM project AS home WHERE home.id = issue.project AND (");
    out.text("home.slug", test)?;
    out.say(" OR ");
    out.text("CAST(home.id AS TEXT)", test)?;
    out.say("))");
    Ok(())
}

/// What `release:latest` stands for: what the next release would follow.
pub(super) fn latest_release(
    sql: &Connection,
    project: ProjectId,
) -> Result<Option<String>, Fault> {
    let releases = Releases::of(release::facts(sql, project)?);
    Ok(releases.newest(None).map(|facts| facts.version.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_that_is_offered_has_a_place() {
        for field in Field::all() {
            assert_eq!(
                place(field).is_some(),
                field.is_of_issues(),
                "{}",
                field.name()
            );
        }
    }
}
