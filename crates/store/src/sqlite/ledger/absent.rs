//! What no event of a project has: a search for it is answered by the counts of the project,
//! without a look at its issues. Finding issues calls it.

use rusqlite::{Connection, params_from_iter};
use watchpost_model::ProjectId;

use super::place::{self, Place};
use super::tally::{FIELDS, OTHER};
use crate::search::Asker;
use crate::search::ast::{Expr, Filter, Key, Test};
use crate::search::{Field, Pattern};
use crate::sqlite::condition::Condition;
use crate::sqlite::fault::Fault;

/// Of which project, who asks, and what `release:latest` stands for.
pub(super) type Scope<'a> = (ProjectId, Asker, Option<&'a str>);

/// `expr` with each filter that surely no issue fits in that form.
pub(super) fn without_absent(
    sql: &Connection,
    scope: Scope<'_>,
    expr: &Expr,
) -> Result<Expr, Fault> {
    let prune = |part: &Expr| without_absent(sql, scope, part);
    Ok(match expr {
        Expr::All(parts) => {
            let parts: Vec<Expr> = parts.iter().map(prune).collect::<Result<_, _>>()?;
            if parts.contains(&Expr::NOTHING) {
                return Ok(Expr::NOTHING);
            }
            Expr::All(parts)
        }
        Expr::Any(parts) => {
            let mut parts: Vec<Expr> = parts.iter().map(prune).collect::<Result<_, _>>()?;
            parts.retain(|part| *part != Expr::NOTHING);
            Expr::Any(parts)
        }
        Expr::Not(part) => match prune(part)? {
            part if part == Expr::NOTHING => Expr::EVERYTHING,
            part if part == Expr::EVERYTHING => Expr::NOTHING,
            part => Expr::Not(Box::new(part)),
        },
        Expr::Filter(filter) if is_absent(sql, scope, filter)? => match filter.test {
            Test::Absent => Expr::EVERYTHING,
            _ => Expr::NOTHING,
        },
        Expr::Filter(_) | Expr::Word(_) => expr.clone(),
    })
}

/// Whether surely no issue has the value that a filter asks for, or, when it asks for none, any.
fn is_absent(
    sql: &Connection,
    (project, asker, latest): Scope<'_>,
    filter: &Filter,
) -> Result<bool, Fault> {
    let mut question = Condition {
        sql: "SELECT ".to_owned(),
        values: Vec::new(),
        asker,
        latest: latest.map(str::to_owned),
        walked: "",
        filter: &place::write,
        word: &place::word,
    };
    if !may_occur(&mut question, project, filter)? {
        return Ok(false);
    }
    let mut statement = sql.prepare_cached(&question.sql)?;
    let values = params_from_iter(question.values);
    let may_occur: bool = statement.query_row(values, |row| row.get(0))?;
    Ok(!may_occur)
}

/// Writes that some issue of the project may have what a filter asks for, as far as the counts of
/// the project tell; `false` when they do not, and nothing is written.
///
/// They know every value that is counted by name in an issue, unless the key once had too many:
/// then they have a row for the others, which stays.
fn may_occur(out: &mut Condition<'_>, project: ProjectId, filter: &Filter) -> Result<bool, Fault> {
    let tag: [&str; 1];
    let (keys, part) = match &filter.key {
        Key::Tag(name) => {
            tag = [name];
            (tag.as_slice(), None)
        }
        Key::Field(field) => match place::place(*field) {
            // Without an e-mail is who has another word, too.
            _ if (*field, &filter.test) == (Field::UserEmail, &Test::Absent) => return Ok(false),
            Some(Place::Counted(keys, part)) => (keys, part),
            _ => return Ok(false),
        },
        Key::Flag(_) => return Ok(false),
    };
    if keys.contains(&OTHER) {
        return Ok(false);
    }
    let of_project = "EXISTS (SELECT 1 FROM project_tag AS tag WHERE tag.project = ?";
    out.push(of_project, [project.0]);
    place::some_value(out, (keys, part), &filter.test)?;
    out.push(&format!(" OR {of_project}"), [project.0]);
    let mut beyond = keys.to_vec();
    // Other keys may have found no room at all.
    beyond.extend(
        keys.iter()
            .any(|key| !FIELDS.contains(key))
            .then_some(OTHER),
    );
    place::some_value(out, (&beyond, None), &Test::Like(Pattern::exact(OTHER)))?;
    // A filter may ask for the very name of the others.
    out.say(" OR ");
    let name = part
        .unwrap_or("tag.value")
        .replace("tag.value", "'(other)'");
    out.text(&name, &filter.test)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use watchpost_model::{Grouped, ProjectId, Tag};

    use super::super::{SqliteLedger, find};
    use super::*;
    use crate::suite::{Temp, apply, at, grouped, project, temp_ledger};
    use crate::{Cleanup, IssueLedger, IssueQuery, Sort};

    fn connect(ledger: &Temp<SqliteLedger>) -> Connection {
        let connection = Connection::open(ledger.path().join("ledger.sqlite")).unwrap();
        crate::sqlite::functions::add(&connection).unwrap();
        connection
    }

    fn query(web: ProjectId, text: &str) -> IssueQuery {
        IssueQuery::parse(web, text, Sort::LastSeen, Asker::default()).unwrap()
    }

    /// Event `id` of an issue, with a value of the tag `cell`.
    fn tagged(web: ProjectId, id: u128, name: &str, cell: &str) -> Grouped {
        let mut grouped = grouped(web, id, name, 10);
        grouped.event.logger = Some(name.to_owned());
        let (key, value) = ("cell".to_owned(), cell.to_owned());
        grouped.event.tags = vec![Tag { key, value }];
        grouped
    }

    #[track_caller]
    fn check(ledger: &SqliteLedger, web: ProjectId, text: &str, expect: &[&str]) {
        let page = ledger.find_issues(&query(web, text)).unwrap();
        let titles: Vec<_> = page.rows.into_iter().map(|issue| issue.title).collect();
        assert_eq!(titles, expect, "{text}");
    }

    #[test]
    fn what_no_event_has_is_answered_without_a_look_at_the_issues() {
        let ledger = temp_ledger();
        let web = project(&*ledger, "web").id;
        let mut event = tagged(web, 1, "boom", "a");
        event.event.release = Some("shop@2.0".to_owned());
        apply(&*ledger, &[event]);
        let connection = connect(&ledger);
        connection
            .execute_batch("ALTER TABLE issue RENAME TO nowhere")
            .unwrap();
        for (text, asks_issues) in [
            ("release:>=9.0", false),
            ("release:>=2.0", true),
            ("release.build:7", false),
            ("cell:b", false),
            ("cell:a", true),
            ("cell:b*", false),
            ("cell:[b, c]", false),
            ("cell:[b, a]", true),
            ("nothing:a", false),
            ("user.id:7", false),
            ("is:unresolved boom cell:b", false),
            ("cell:b OR nothing:a", false),
            ("cell:b OR boom", true),
            ("!cell:b", true),
            ("!(!cell:b)", false),
            ("has:cell", true),
            ("!has:cell", true),
            ("has:nothing", false),
            ("!has:nothing", true),
            ("has:user.email", true),
            ("!has:user.email", true),
        ] {
            let found = find::find(&connection, &query(web, text));
            assert_eq!(found.is_err(), asks_issues, "{text}");
            assert!(found.is_ok_and(|page| page.rows.is_empty()) || asks_issues);
        }
        let mut named = query(web, "");
        named.server_name = Some("nowhere".to_owned());
        assert!(find::find(&connection, &named).unwrap().rows.is_empty());
    }

    /// Fills the tag `cell`: project and "old" have 600 values, "full" 400 more by name, then 100
    /// for which the project has no room. "rare" has one of these.
    fn crowd(ledger: &SqliteLedger, web: ProjectId) {
        let events = (0..1_100).map(|id| {
            let name = if id < 600 { "old" } else { "full" };
            tagged(web, id, name, &format!("cell {id}"))
        });
        apply(ledger, &events.collect::<Vec<_>>());
        apply(ledger, &[tagged(web, 2_000, "rare", "wanted")]);
    }

    fn forget(ledger: &SqliteLedger, web: ProjectId, name: &str) {
        let what = Cleanup {
            project: web,
            before: at(11),
            logger: Some(name),
        };
        assert_eq!(ledger.cleanup(&what).unwrap().issues.len(), 1);
    }

    #[test]
    fn values_for_which_the_project_had_no_room_are_found() {
        let ledger = temp_ledger();
        let web = project(&*ledger, "web").id;
        crowd(&ledger, web);
        check(&ledger, web, "cell:wanted", &["rare"]);
        // Now the project has room again, and "full" has none.
        forget(&ledger, web, "old");
        let events = (3_000..3_500).map(|id| tagged(web, id, "full", &format!("cell {id}")));
        apply(&*ledger, &events.collect::<Vec<_>>());
        let events = (4_000..4_200).map(|id| tagged(web, id, "full", "one more"));
        apply(&*ledger, &events.collect::<Vec<_>>());
        check(&ledger, web, "cell:\"one more\"", &[]);
        // Its others are more than the project counted as others.
        forget(&ledger, web, "full");
        check(&ledger, web, "cell:wanted", &["rare"]);
        let cells = ledger.tag_values(web, "cell", 10).unwrap();
        assert!(cells.iter().all(|cell| cell.times_seen > 0), "{cells:?}");
    }

    #[test]
    fn f16_an_older_ledger_learns_where_there_are_others() {
        let ledger = temp_ledger();
        let web = project(&*ledger, "web").id;
        crowd(&ledger, web);
        let connection = connect(&ledger);
        connection
            .execute_batch("DELETE FROM project_tag WHERE value = '(other)'")
            .unwrap();
        check(&ledger, web, "cell:wanted", &[]);
        // Not by the version of the file: the steps after this one cannot run twice.
        connection
            .execute_batch(include_str!("migrations/0009_others.sql"))
            .unwrap();
        check(&ledger, web, "cell:wanted", &["rare"]);
    }
}
