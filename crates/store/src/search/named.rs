//! What a search text names beside filters and words: an event by its id alone. The issue lists of
//! pages, API and command line start here.

use watchpost_model::{EventId, Issue, IssueId, Project, ProjectId, ShortId};

use super::ast::{Filter, Key, Test};
use super::{Asker, Bounds, Cut, Field, Search, look};
use crate::{Archive, IssueQuery, Ledger, Page, SearchError, Sort, StoreError};

/// Issues that one request may name.
const NAME_COUNT_MAX: usize = 100;

/// A search text as typed, for a list of issues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchText {
    /// What it says, or what is wrong with it.
    search: Result<Search, SearchError>,
    /// Only these issues, by number or short id.
    issues: Option<Vec<String>>,
    /// An event's id and nothing else: the issue that it belongs to.
    event: Option<EventId>,
}

impl SearchText {
    /// Reads a text. What is wrong with it, [`SearchText::query`] says.
    pub fn parse(text: &str) -> Self {
        let event = text.trim().parse().ok();
        let search = match event {
            Some(_) => Ok(Search::default()),
            None => Search::parse(text),
        };
        Self {
            search,
            issues: None,
            event,
        }
    }

    /// These issues and no others, by number or short id.
    pub fn for_issues(names: Vec<String>) -> Self {
        Self {
            issues: Some(names),
            ..Self::parse("")
        }
    }

    /// The question about some projects: filters and words, without what is named. Projects that
    /// the text leaves out are left out.
    ///
    /// # Errors
    ///
    /// [`SearchError`] as [`IssueQuery::parse`].
    pub fn query(
        &self,
        projects: &[Project],
        sort: Sort,
        asker: Asker,
    ) -> Result<IssueQuery, SearchError> {
        let search = self.search.clone()?;
        search.check_issues()?;
        Ok(IssueQuery {
            search,
            asker,
            sort,
            ..IssueQuery::of(self.included(projects).map(|project| project.id).collect())
        })
    }

    /// Those of `projects` of which issues may be asked for.
    fn included<'a>(&self, projects: &'a [Project]) -> impl Iterator<Item = &'a Project> {
        projects.iter().filter(|project| self.includes(project))
    }

    /// Whether issues of `project` may be asked for.
    fn includes(&self, project: &Project) -> bool {
        let id = project.id.to_string();
        let is_name = |name: &str| name == project.slug || name == id;
        let known = |filter: &Filter| match (&filter.key, &filter.test) {
            (Key::Field(Field::Project), Test::Like(name)) => name.as_exact().map(is_name),
            (Key::Field(Field::Project), Test::OneOf(names)) => {
                Some(names.iter().any(|name| is_name(name)))
            }
            _ => None,
        };
        let search = self.search.as_ref();
        search.map_or(true, |search| search.expr().may(&known).unwrap_or(true))
    }

    /// A page: what is named, or else what `query` finds, and whether it ends early. `projects` are
    /// those that the query was made of.
    ///
    /// # Errors
    ///
    /// [`StoreError`] of the stores.
    pub fn page(
        &self,
        ledger: &dyn Ledger,
        archive: &dyn Archive,
        projects: &[Project],
        query: &IssueQuery,
    ) -> Result<(Page<Issue>, Option<Cut>), StoreError> {
        if let Some(mut rows) = self.named(ledger, archive, projects, query)? {
            rows.truncate(query.limit);
            return Ok((Page { rows, next: None }, None));
        }
        if !query.search.asks_events() {
            return Ok((ledger.find_issues(query)?, None));
        }
        let looked = look(ledger, archive, query, Bounds::of_page(query.limit))?;
        let (rows, next) = (looked.rows, looked.rest.cursor());
        Ok((Page { rows, next }, looked.cut))
    }

    /// The issues that are named, as far as they fit the query; `None` when the text names none
    /// and [`crate::IssueLedger::find_issues`] is to be asked.
    fn named(
        &self,
        ledger: &dyn Ledger,
        archive: &dyn Archive,
        projects: &[Project],
        query: &IssueQuery,
    ) -> Result<Option<Vec<Issue>>, StoreError> {
        let names: Vec<String> = match (self.event, &self.issues) {
            (Some(event), _) => {
                let homes = archive.find(&query.projects, event)?.into_iter();
                homes.map(|(_, issue)| issue.to_string()).collect()
            }
            (None, Some(issues)) => issues.clone(),
            (None, None) => return Ok(None),
        };
        let mut rows: Vec<Issue> = Vec::new();
        for name in names.iter().take(NAME_COUNT_MAX) {
            let found = find_issue(ledger, projects, name)?;
            let fitting = found.filter(|(_, issue)| fits(issue, query));
            if let Some((_, issue)) = fitting
                && rows.iter().all(|row| row.id != issue.id)
            {
                rows.push(issue);
            }
        }
        query.sort.arrange(&mut rows);
        Ok(Some(rows))
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

/// What of a question is answered by looking at a named issue alone. Only select lists and scripts
/// ask for more than the name.
fn fits(issue: &Issue, query: &IssueQuery) -> bool {
    query.projects.contains(&issue.project)
        && query.since.is_none_or(|since| issue.last_seen >= since)
        && query.until.is_none_or(|until| issue.first_seen <= until)
        && query.status.is_none_or(|status| issue.status == status)
        && query.level.is_none_or(|level| issue.level == level)
        && query
            .logger
            .as_ref()
            .is_none_or(|logger| issue.logger == *logger)
}

#[cfg(test)]
mod tests {
    use watchpost_model::{OrgId, Timestamp};

    use super::*;

    fn project(slug: &str) -> Project {
        Project {
            id: ProjectId(7),
            org: OrgId(1),
            slug: slug.to_owned(),
            name: slug.to_owned(),
            platform: None,
            allowed_origins: Vec::new(),
            created: Timestamp::default(),
            first_event: None,
            quotas: Vec::new(),
            spike_protection: false,
            retention: watchpost_model::Retention::default(),
        }
    }

    fn check(text: &str, expect: bool) {
        let included = SearchText::parse(text).includes(&project("web"));
        assert_eq!(included, expect, "{text}");
    }

    #[test]
    fn projects_that_cannot_be_meant_are_left_out() {
        check("", true);
        check("is:unresolved shop", true);
        check("project:web shop", true);
        check("project.id:7", true);
        check("project:api", false);
        check("project:[api, web]", true);
        check("!project:web", false);
        check("project:api OR level:error", true);
        check("project:api (shop OR cart)", false);
        check("project:w*", true);
        check("\"project:api\"", true);
        check("project:\"open", true);
    }

    #[test]
    fn an_event_id_alone_means_its_issue() {
        let search = SearchText::parse;
        let id = "fc6d8c0c43fc4630ad850ee518f1b9d0";
        assert_eq!(search(id).event, id.parse().ok());
        assert_eq!(search("fc6d8c0c shop").event, None);
    }

    #[test]
    fn what_is_wrong_is_said_when_it_is_asked() {
        let query = |text| {
            let text = SearchText::parse(text);
            text.query(&[project("web")], Sort::LastSeen, Asker::default())
        };
        assert_eq!(query("is:open").unwrap_err().position, 3);
        assert_eq!(query("a error.main_thread:true").unwrap_err().position, 2);
        assert_eq!(
            query("level:error").unwrap().search.to_string(),
            "level:error"
        );
    }
}
