//! What somebody asked of a page across issues: read from the address, and written back into
//! links; the fields above each of these pages.

use watchpost_model::{Project, ProjectId};

use crate::pages::PageError;
use crate::pages::chart::Period;
use crate::pages::form::Fields;
use crate::pages::links::encode;
use crate::pages::shell::Scope;

/// Environments that are offered, the most frequent ones.
pub(super) const ENVIRONMENT_COUNT_MAX: usize = 50;

/// See the file.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// The project by id or slug; empty means all, or the one that was seen last.
    pub(super) project: String,
    pub(super) environment: String,
    pub(super) period: Period,
    pub(super) query: String,
    pub(super) sort: String,
    pub(super) cursor: String,
}

impl Asked {
    pub(super) fn read(params: &Fields) -> Self {
        let text = |name: &str| params.get(name).to_owned();
        Self {
            project: text("project"),
            environment: text("environment"),
            period: Period::from_name(params.get("statsPeriod")).unwrap_or_default(),
            query: text("query"),
            sort: text("sort"),
            cursor: text("cursor"),
        }
    }

    /// The query of the same page.
    pub(super) fn to_query(&self) -> String {
        let mut text = String::new();
        for (name, value) in [
            ("project", self.project.as_str()),
            ("environment", &self.environment),
            ("query", &self.query),
            ("sort", &self.sort),
            ("cursor", &self.cursor),
        ] {
            if !value.is_empty() {
                text.extend([name, "=", &encode(value), "&"]);
            }
        }
        text + "statsPeriod=" + self.period.name()
    }

    /// The same from there on.
    pub(super) fn with_cursor(&self, cursor: &str) -> Self {
        let cursor = cursor.to_owned();
        Self {
            cursor,
            ..self.clone()
        }
    }

    /// The same of another time, from the start.
    pub(super) fn with_period(&self, period: Period) -> Self {
        Self {
            period,
            ..self.with_cursor("")
        }
    }

    /// The same in another order, from the start.
    pub(super) fn with_sort(&self, sort: &str) -> Self {
        let sort = sort.to_owned();
        Self {
            sort,
            ..self.with_cursor("")
        }
    }

    /// The project that is asked for, if one is.
    pub(super) fn project(&self, scope: &Scope) -> Result<Option<Project>, PageError> {
        if self.project.is_empty() {
            return Ok(None);
        }
        let id = self.project.parse::<ProjectId>().ok();
        let mut projects = scope.projects.iter();
        let found = projects.find(|project| Some(project.id) == id || project.slug == self.project);
        found
            .cloned()
            .map(Some)
            .ok_or(PageError::Missing("project"))
    }
}

/// The fields above a page.
pub(super) struct Bar {
    /// Where they lead.
    pub(super) action: String,
    pub(super) asked: Asked,
    pub(super) projects: Vec<Choice>,
    /// Whether a page of all projects can be chosen.
    pub(super) has_all: bool,
    pub(super) environments: Vec<Choice>,
    /// What can be searched for; empty when nothing can.
    pub(super) placeholder: &'static str,
    pub(super) periods: Vec<Choice>,
    /// What else the page is about: names and values that every form and link of it keeps.
    pub(super) kept: Vec<(&'static str, String)>,
}

/// One of several.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) is_chosen: bool,
}

impl Bar {
    pub(super) fn new(action: String, asked: &Asked, scope: &Scope) -> Self {
        let current = scope.current.as_ref().map(|project| project.id);
        let projects = scope.projects.iter().map(|project| Choice {
            value: project.id.to_string(),
            label: project.name.clone(),
            is_chosen: Some(project.id) == current,
        });
        Self {
            projects: projects.collect(),
            asked: asked.clone(),
            action,
            has_all: false,
            environments: Vec::new(),
            placeholder: "",
            periods: Vec::new(),
            kept: Vec::new(),
        }
    }

    /// About this, and about one project only.
    pub(super) fn about(mut self, project: ProjectId, kept: Vec<(&'static str, String)>) -> Self {
        self.projects.clear();
        self.asked.project = project.to_string();
        self.kept = kept;
        self
    }

    /// With a choice of periods.
    pub(super) fn with_periods(mut self) -> Self {
        let mut kept = String::new();
        for (name, value) in &self.kept {
            kept.extend(["&", name, "=", &encode(value)]);
        }
        let periods = Period::STATS.into_iter().map(|period| Choice {
            value: format!(
                "{}?{}{kept}",
                self.action,
                self.asked.with_period(period).to_query()
            ),
            label: period.name().to_owned(),
            is_chosen: period == self.asked.period,
        });
        self.periods = periods.collect();
        self
    }

    /// With these environments, and the one that is asked for.
    pub(super) fn with_environments(mut self, mut names: Vec<String>) -> Self {
        let chosen = &self.asked.environment;
        if !chosen.is_empty() && !names.contains(chosen) {
            names.push(chosen.clone());
        }
        let choices = names.into_iter().map(|name| Choice {
            is_chosen: name == *chosen,
            label: name.clone(),
            value: name,
        });
        self.environments = choices.collect();
        self
    }
}
