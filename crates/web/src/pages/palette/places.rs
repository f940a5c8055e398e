//! The pages that people go to by name. Pure.

use super::Found;
use crate::pages::Links;
use crate::pages::shell::Scope;

/// All pages of an organization, and of its project in view.
pub(super) fn places(at: &Links, scope: &Scope) -> Vec<Found> {
    let org = &scope.org.slug;
    let page = |label: &str, href: String| Found::link("Page", label, "", href);
    let mut all = Vec::new();
    if let Some(project) = &scope.current {
        let (name, slug) = (&project.name, &project.slug);
        let own = |kind, label: &str, href: String| Found::link(kind, label, name, href);
        let rules = |label: &str, which: &str| own("Settings", label, at.rules(org, slug, which));
        all.extend([
            own("Page", "Issues", at.issues(org, project.id)),
            own("Page", "Stats", at.project_stats(org, project.id)),
            own("Page", "Getting started", at.getting_started(org, slug)),
            own("Settings", "Client keys (DSN)", at.keys(org, slug)),
            own(
                "Settings",
                "Project settings",
                at.project_settings(org, slug),
            ),
            own("Settings", "Quotas", at.quotas(org, slug)),
            rules("Inbound filters", "filters"),
            rules("Data scrubbing", "scrubbing"),
            rules("Grouping rules", "grouping"),
            rules("Ownership rules", "ownership"),
            rules("Event display", "showing"),
            rules("Changes of the rules", "changes"),
            own("Settings", "Discarded issues", at.discarded(org, slug)),
        ]);
    }
    let of_org = |label, name| page(label, at.of_org(org, name));
    all.extend([
        page("All issues", at.issues(org, "-1")),
        page("Explore", at.explore(org)),
        page("Saved queries", at.queries(org)),
        of_org("Projects", "projects"),
        of_org("Dashboards", "dashboards"),
        of_org("Tags", "tags"),
        of_org("Releases", "releases"),
        of_org("Users", "users"),
        of_org("Environments", "environments"),
        page("All stats", at.stats(org)),
        page("Saved searches", at.searches(org)),
        page("Quarantine", at.quarantine(org)),
        page("System status", at.status(org)),
        page("Organization", at.org_settings(org)),
        page("Members", at.members(org)),
        page("Teams", at.teams(org)),
        page("Audit log", at.audit(org)),
        page("New project", at.new_project(org)),
        page("Account", at.account("details")),
        page("Account security", at.account("security")),
        page("API tokens", at.tokens()),
        page("Keyboard", at.shortcuts(org)),
    ]);
    all
}
