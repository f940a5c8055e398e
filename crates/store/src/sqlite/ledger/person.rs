//! What issues are to people: bookmarks, subscriptions, when they saw them.

use rusqlite::{Connection, OptionalExtension, params};
use watchpost_model::{IssueId, ProjectId, UserId};

use super::act::Hand;
use crate::sqlite::columns::Columns;
use crate::sqlite::fault::Fault;
use crate::{Action, Personal};

/// Notes what somebody wants of an issue; `false` when nobody is there, or it was so already.
pub(super) fn touch(
    sql: &Connection,
    issue: IssueId,
    hand: Hand,
    action: &Action,
) -> Result<bool, Fault> {
    let Some(user) = hand.by.user() else {
        return Ok(false);
    };
    let (column, value) = match action {
        Action::Bookmark(is_on) => ("bookmarked", i64::from(*is_on)),
        Action::Subscribe(is_on) => ("subscribed", i64::from(*is_on)),
        _ => ("seen", hand.now.as_micros()),
    };
    // The name of the column is one of the three above.
    let statement = format!(
        "INSERT INTO issue_person (issue, user, {column}) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET {column} = ?3 WHERE {column} IS NOT ?3"
    );
    let row = params![issue.0, user.0, value];
    Ok(sql.prepare_cached(&statement)?.execute(row)? > 0)
}

/// Subscribes somebody who takes part, unless they said what they want.
pub(super) fn subscribe_unless_said(
    sql: &Connection,
    issue: IssueId,
    user: UserId,
) -> Result<(), Fault> {
    sql.prepare_cached(
        "INSERT INTO issue_person (issue, user, subscribed) VALUES (?1, ?2, 1)
         ON CONFLICT DO UPDATE SET subscribed = coalesce(subscribed, 1)",
    )?
    .execute([issue.0, user.0])?;
    Ok(())
}

/// See [`crate::LifeLedger::personal`].
pub(super) fn personal(
    sql: &Connection,
    project: ProjectId,
    issues: &[IssueId],
    user: UserId,
) -> Result<Vec<(IssueId, Personal)>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT bookmarked, subscribed, seen FROM issue_person AS person
         JOIN issue ON issue.id = person.issue
         WHERE person.issue = ?1 AND person.user = ?2 AND issue.project = ?3",
    )?;
    let mut found = Vec::new();
    for issue in issues {
        let row = params![issue.0, user.0, project.0];
        let personal = statement.query_row(row, |row| {
            Ok(Personal {
                is_bookmarked: row.column("bookmarked")?,
                is_subscribed: row.column("subscribed")?,
                seen: row.moment_if_any("seen")?,
            })
        });
        found.extend(personal.optional()?.map(|personal| (*issue, personal)));
    }
    Ok(found)
}
