//! What a search text names: issues, projects, an event. It is cut out before the filters and words
//! are read. The issue lists of pages, API and command line start here.
//!
//! Cut parts become blanks, so that the position in a [`SearchError`] stays true.

use std::slice::from_ref;

use watchpost_model::{EventId, Issue, IssueId, Project, ProjectId, ShortId};

use crate::{Archive, IssueQuery, Ledger, Page, SearchError, Sort, StoreError};

/// Issues that one text may name.
const NAME_COUNT_MAX: usize = 100;

/// A search text as typed, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchText {
    /// What is left for [`IssueQuery::parse`]. Bounded there.
    text: String,
    /// `issue:WEB-1`, `issue.id:[7,8]`: only these issues.
    issues: Option<Vec<String>>,
    /// `project:web`: only of these projects.
    projects: Vec<String>,
    /// An event's id and nothing else: the issue that it belongs to.
    event: Option<EventId>,
}

impl SearchText {
    /// Takes a text apart. What is wrong with it, [`SearchText::query`] says.
    pub fn parse(text: &str) -> Self {
        let mut search = Self {
            text: String::with_capacity(text.len()),
            issues: None,
            projects: Vec::new(),
            event: text.trim().parse().ok(),
        };
        if search.event.is_none() {
            pieces(text).for_each(|piece| search.take(piece));
        }
        search
    }

    /// These issues and no others, by number or short id.
    pub fn for_issues(names: Vec<String>) -> Self {
        Self {
            issues: Some(names),
            ..Self::parse("")
        }
    }

    /// The question about one project: filters and words, without what is named.
    ///
    /// # Errors
    ///
    /// [`SearchError`] as [`IssueQuery::parse`].
    pub fn query(&self, project: ProjectId, sort: Sort) -> Result<IssueQuery, SearchError> {
        IssueQuery::parse(project, &self.text, sort)
    }

    /// Whether issues of `project` are asked for: those of all, unless some are named.
    pub fn includes(&self, project: &Project) -> bool {
        let is_named = |name: &String| *name == project.slug || *name == project.id.to_string();
        self.projects.is_empty() || self.projects.iter().any(is_named)
    }

    /// A page of one project, for whom that is enough: what is named, or else what `query` finds.
    ///
    /// # Errors
    ///
    /// [`StoreError`] of the stores.
    pub fn page(
        &self,
        ledger: &dyn Ledger,
        archive: &dyn Archive,
        project: &Project,
        query: &IssueQuery,
    ) -> Result<Page<Issue>, StoreError> {
        let mut rows = Vec::new();
        if self.includes(project) {
            let (projects, queries) = (from_ref(project), from_ref(query));
            match self.named(ledger, archive, projects, queries)? {
                Some(named) => rows = named,
                None => return ledger.find_issues(query),
            }
        }
        rows.truncate(query.limit);
        Ok(Page { rows, next: None })
    }

    /// The issues that are named, as far as they are in `projects` and fit one of `queries`;
    /// `None` when the text names none and [`crate::IssueLedger::find_issues`] is to be asked.
    ///
    /// # Errors
    ///
    /// [`StoreError`] of the stores.
    pub fn named(
        &self,
        ledger: &dyn Ledger,
        archive: &dyn Archive,
        projects: &[Project],
        queries: &[IssueQuery],
    ) -> Result<Option<Vec<Issue>>, StoreError> {
        let names: Vec<String> = match (self.event, &self.issues) {
            (Some(event), _) => {
                let ids: Vec<ProjectId> = queries.iter().map(|query| query.project).collect();
                let homes = archive.find(&ids, event)?.into_iter();
                homes.map(|(_, issue)| issue.to_string()).collect()
            }
            (None, Some(issues)) => issues.clone(),
            (None, None) => return Ok(None),
        };
        let mut rows: Vec<Issue> = Vec::new();
        for name in names.iter().take(NAME_COUNT_MAX) {
            let Some((project, issue)) = find_issue(ledger, projects, name)? else {
                continue;
            };
            let query = queries.iter().find(|query| query.project == project.id);
            let fits = query.is_some_and(|query| fits(&issue, query));
            if fits && rows.iter().all(|row| row.id != issue.id) {
                rows.push(issue);
            }
        }
        let sort = queries.first().map(|query| query.sort);
        sort.unwrap_or_default().arrange(&mut rows);
        Ok(Some(rows))
    }

    fn take(&mut self, piece: &str) {
        let (key, value) = piece.split_once(':').unwrap_or(("", piece));
        match key {
            "issue" | "issue.id" => {
                let values = value.trim_matches(['[', ']']).split(',');
                let values = values.map(|value| value.trim().to_owned());
                self.issues.get_or_insert_default().extend(values);
            }
            "project" | "project.id" | "project.name" => self.projects.push(value.to_owned()),
            _ => {
                self.text.push_str(piece);
                return;
            }
        }
        self.text.extend(piece.chars().map(|_| ' '));
    }
}

/// The issue of one of `projects` that the text names by number or short id.
///
/// # Errors
///
/// [`StoreError`] of the ledger.
pub fn find_issue(
    ledger: &dyn Ledger,
    projects: &[Project],
    text: &str,
) -> Result<Option<(Project, Issue)>, StoreError> {
    if let Ok(id) = text.parse::<IssueId>() {
        let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
        let Some(home) = ledger.issue_project(&ids, id)? else {
            return Ok(None);
        };
        let issue = ledger.issue(home, id)?;
        let project = projects.iter().find(|project| project.id == home);
        return Ok(project.cloned().zip(issue));
    }
    let Some(short) = ShortId::parse(text) else {
        return Ok(None);
    };
    let Some(project) = projects.iter().find(|project| project.slug == short.slug) else {
        return Ok(None);
    };
    let issue = ledger.issue_by_number(project.id, short.number)?;
    Ok(issue.map(|issue| (project.clone(), issue)))
}

/// What of a question can be answered by looking at the issue alone.
fn fits(issue: &Issue, query: &IssueQuery) -> bool {
    let text = format!("{} {}", issue.title, issue.culprit).to_lowercase();
    query.status.is_none_or(|status| issue.status == status)
        && query.level.is_none_or(|level| issue.level == level)
        && query
            .logger
            .as_ref()
            .is_none_or(|logger| issue.logger == *logger)
        && query
            .words
            .iter()
            .all(|word| text.contains(&word.to_lowercase()))
}

/// Words and the blanks between them, in turn; what is quoted or in brackets is one word.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let blank = rest.chars().next()?.is_whitespace();
        let (mut quoted, mut listed, mut escaped) = (false, false, false);
        let ends = |(_, letter): &(usize, char)| {
            if std::mem::take(&mut escaped) {
                return false;
            }
            match letter {
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                '[' if !quoted => listed = true,
                ']' if !quoted => listed = false,
                _ => {}
            }
            letter.is_whitespace() != blank && (blank || !(quoted || listed))
        };
        let end = rest
            .char_indices()
            .find(ends)
            .map_or(rest.len(), |(at, _)| at);
        let (piece, tail) = rest.split_at_checked(end)?;
        rest = tail;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, left: &str, issues: Option<&[&str]>, projects: &[&str]) {
        let search = SearchText::parse(text);
        assert_eq!(search.text, left, "{text}");
        let issues = issues.map(|issues| issues.iter().map(|&id| id.to_owned()).collect());
        assert_eq!(search.issues, issues, "{text}");
        assert_eq!(search.projects, projects, "{text}");
    }

    #[test]
    fn what_is_named_is_cut_out() {
        check("is:unresolved shop", "is:unresolved shop", None, &[]);
        check("a project:web b", "a             b", None, &["web"]);
        check(
            "issue.id:[7, 8] x",
            "                x",
            Some(&["7", "8"]),
            &[],
        );
        check("issue:WEB-1", "           ", Some(&["WEB-1"]), &[]);
        check("\"project:web x\"", "\"project:web x\"", None, &[]);
        check("logger:\"a b\"  c", "logger:\"a b\"  c", None, &[]);
        check(
            "\"a \\\" project:web\" project:x",
            "\"a \\\" project:web\"          ",
            None,
            &["x"],
        );
        check("é \"open", "é \"open", None, &[]);
        check("", "", None, &[]);
    }

    #[test]
    fn an_event_id_alone_means_its_issue() {
        let search = SearchText::parse;
        let id = "fc6d8c0c43fc4630ad850ee518f1b9d0";
        assert_eq!(search(id).event, id.parse().ok());
        assert_eq!(search("fc6d8c0c shop").event, None);
    }
}
