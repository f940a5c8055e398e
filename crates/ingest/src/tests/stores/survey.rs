//! What happens across issues, and what releases consist of, which no test makes fail.

use watchpost_model::*;
use watchpost_store::*;

use super::Stores;

impl SurveyLedger for Stores {
    hand_over! { ledger:
        project_facts(projects: &[ProjectId], since: Timestamp) -> Vec<ProjectFacts>;
        release_rows(query: &ReleaseQuery) -> Page<ReleaseRow>;
        release_row(project: ProjectId, version: &str) -> Option<ReleaseRow>;
        issues_of_release(row: &ReleaseRow, what: InRelease, limit: usize) -> Vec<Issue>;
        tag_facts(project: ProjectId, top: usize) -> Vec<TagFacts>;
        issues_by_value(project: ProjectId, key: &str) -> IssuesByValue;
        environments(project: ProjectId) -> Vec<Environment>;
        hide_environment(project: ProjectId, name: &str, is_hidden: bool) -> ();
    }
}

impl DeployLedger for Stores {
    hand_over! { ledger:
        put_commits(project: ProjectId, version: &str, commits: &[Commit]) -> ();
        commits(project: ProjectId, version: &str) -> Vec<Commit>;
        before_with_commits(project: ProjectId, version: &str) -> Option<(String, Commit)>;
        add_deploy(project: ProjectId, version: &str, deploy: &Deploy) -> Deploy;
        deploys(project: ProjectId, version: &str) -> Vec<Deploy>;
    }
}
