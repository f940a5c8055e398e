//! Every bound on what the stores keep, in one place. Names end in unit and kind of bound.

use std::time::Duration;

/// New issues that a project may open within an hour, unless the operator says otherwise. Beyond
/// it, events of new kinds go into one issue (I31). Far above what an application in trouble
/// opens, and few enough that a month of fingerprints drawn at random leaves the lists fast.
pub const NEW_ISSUES_PER_HOUR_MAX: u64 = 1000;

/// Tag keys of an issue or a project that are counted by name.
pub const TAG_KEY_COUNT_MAX: u64 = 200;
/// Values of one key that are counted by name.
pub const TAG_VALUE_COUNT_MAX: u64 = 1000;

/// Users of an issue that are counted exactly. Beyond it their number is an estimate with a
/// standard error of 1.6 %, and takes 4 KB.
pub const USER_COUNT_EXACT_MAX: u64 = 10_000;

/// Releases of a project that are remembered. A client that invents names cannot fill the disk;
/// the ones that were seen least recently give way.
pub const RELEASE_COUNT_MAX: u64 = 10_000;
/// Of those, releases that people dated or took out of the order: of more, the oldest date is
/// forgotten, and another one refused when all the others are out of the order.
pub const RELEASE_SAID_COUNT_MAX: u64 = 5000;
const _: () = assert!(RELEASE_SAID_COUNT_MAX < RELEASE_COUNT_MAX / 10 * 9);
/// The name of a release or a commit that somebody writes, in bytes.
pub const NAME_BYTES_MAX: usize = 250;
/// Commits of a release that are kept, the newest.
pub const COMMIT_COUNT_MAX: usize = 200;
/// What a commit says about itself; the rest is cut.
pub const COMMIT_MESSAGE_BYTES_MAX: usize = 2000;
/// Deploys of a release that are kept, the latest.
pub const DEPLOY_COUNT_MAX: usize = 100;
/// The address of a deploy; the rest is cut.
pub const DEPLOY_URL_BYTES_MAX: usize = 2048;
/// Newest issues of a project that are looked at to say how many have each value of a tag.
pub const SURVEY_ISSUE_COUNT_MAX: i64 = 10_000;
/// Comments are longer than this nowhere, in bytes.
pub const NOTE_BYTES_MAX: usize = 16 * 1024;
/// Keys of grouping that an issue owns. Further ones stay nobody's, and events with them are found
/// by another key.
pub const KEY_COUNT_MAX: u64 = 1000;
/// Entries in the log of an issue about keys that joined it by themselves.
pub const KEY_ENTRY_COUNT_MAX: u64 = 50;
/// Of the newest issues of a project, those that are looked at for what belongs to a merged one.
pub const KIN_ISSUE_COUNT_MAX: i64 = 2000;
/// How many of them are offered.
pub const KIN_COUNT_MAX: i64 = 10;
/// Issues that are said to be similar to one.
pub const ALIKE_COUNT_MAX: i64 = 20;
/// Tickets elsewhere that are linked to an issue.
pub const TICKET_COUNT_MAX: u64 = 50;
/// The title of such a ticket, in bytes.
pub const TICKET_TITLE_BYTES_MAX: usize = 200;
/// Its address, in bytes.
pub const TICKET_URL_BYTES_MAX: usize = 2048;
/// Deleted issues of a project of which it is still known who deleted them: the last ones.
pub const DELETED_ISSUE_COUNT_MAX: u64 = 1000;
/// Values of an issue's tags that are said to be new with it.
pub const NEWCOMER_COUNT_MAX: i64 = 30;
/// How long a change can be undone.
pub const UNDO_SECS: i64 = 24 * 3600;
/// How long a deleted issue can be brought back, in seconds. It goes for good when upkeep passes by
/// after twice as long.
pub const TRASH_SECS: i64 = 15 * 60;
/// Deleted issues whose events are forgotten at once.
pub(crate) const TRASH_COUNT_STEP: u32 = 500;
/// Issues that grow old in one transaction.
pub(crate) const AGE_ISSUE_COUNT_STEP: u32 = 500;

/// Words of clients, that is pairs of category and reason in their reports, that are counted by
/// name per project and hour. Further ones count as `other`.
pub const OUTCOME_CLIENT_ROW_COUNT_MAX: u64 = 500;

/// Projects that one list of issues shows as if they were one: each costs a walk of its own.
pub const QUERY_PROJECT_COUNT_MAX: usize = 200;
/// Issues of each status that are looked at to count what a list has under its tabs: those that
/// were seen last. Of more, the counts say that there are more.
pub const TAB_ISSUE_COUNT_MAX: usize = 5000;
const _: () = assert!(QUERY_PROJECT_COUNT_MAX < TAB_ISSUE_COUNT_MAX);
/// Environments that a list of issues is narrowed to.
pub const QUERY_ENVIRONMENT_COUNT_MAX: usize = 50;

/// A search text. Longer ones are no question of a person.
pub const SEARCH_BYTES_MAX: usize = 4096;
/// Terms of a search: each is asked of every row that the others leave.
pub const SEARCH_TERM_COUNT_MAX: usize = 64;
/// Brackets within brackets of a search.
pub const SEARCH_DEPTH_MAX: usize = 8;
/// Events whose bodies one page of a search opens; the next page goes on from there.
pub const SEARCH_EVENT_COUNT_MAX: usize = 2000;
/// Of these, events that are opened of one issue when issues are searched for by what only their
/// events know: the newest. Events of an issue differ little in that, so few of many issues tell
/// more than many of few.
pub const ISSUE_LOOK_EVENT_COUNT_MAX: usize = 10;
const _: () = assert!(ISSUE_LOOK_EVENT_COUNT_MAX <= SEARCH_EVENT_COUNT_MAX);
/// Events that a change of all issues that a search finds may open; beyond it nothing is changed.
pub const CHANGE_EVENT_COUNT_MAX: usize = 20_000;
/// Newest events that are opened to complete a value of a key that is not counted.
pub const RECENT_EVENT_COUNT_MAX: usize = 50;
/// Values of one list in a search.
pub const SEARCH_LIST_COUNT_MAX: usize = 100;
/// Searches that a person saves for themselves, and that an organization shares, each.
pub const SAVED_SEARCH_COUNT_MAX: u64 = 100;
/// Searches of which a person is reminded, per organization: the last ones.
pub const RECENT_SEARCH_COUNT_MAX: u32 = 10;
/// Questions over events that a person saves for themselves, and that an organization shares, each.
pub const SAVED_QUERY_COUNT_MAX: u64 = 100;
/// Dashboards of an organization.
pub const DASHBOARD_COUNT_MAX: u64 = 100;
/// Tiles on one dashboard: each is a question when it is shown.
pub const TILE_COUNT_MAX: u64 = 12;
/// How long the engine may look for one page of issues or of events, before it is told to stop.
/// Where issues are found by what events know: for each question, one of them for each issue.
pub const SEARCH_TIME_MAX: Duration = Duration::from_secs(10);

/// Events that one question about many looks at, the newest.
pub const EXPLORE_ROW_COUNT_MAX: u64 = 250_000;
/// Of these, events whose bodies it opens, when columns do not know the answer.
pub const EXPLORE_BODY_COUNT_MAX: usize = 5000;
/// Issues in the trash that are taken off a count of an index. With more of them it looks at
/// each event.
pub(crate) const TRASHED_COUNT_MAX: usize = 100;
/// Events that it looks at between two looks at the clock.
pub(crate) const EXPLORE_ROW_COUNT_STEP: usize = 20_000;
/// Of these, of each project and issue, however many there are.
pub(crate) const EXPLORE_ROW_COUNT_STEP_MIN: usize = 500;
/// Fields that events are grouped by at once.
pub const GROUP_FIELD_COUNT_MAX: usize = 3;
/// Groups that are told apart.
pub const GROUP_COUNT_MAX: usize = 10_000;
/// Of these, groups that one event is in, when it has several values of several fields.
pub const EVENT_GROUP_COUNT_MAX: usize = 100;
/// Bytes of their values and of their users, beyond which there are no new groups.
pub const GROUP_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Groups that are told.
pub const GROUP_ROW_COUNT_MAX: usize = 1000;
/// Values of one field that one event is counted under.
pub const GROUP_VALUE_COUNT_MAX: usize = 20;
/// Values of the first field that are told over time.
pub const SERIES_COUNT_MAX: usize = 5;
/// Pieces of time of one question.
pub const BUCKET_COUNT_MAX: usize = 400;

/// Changes of a project's rules that are kept, so that they can be undone.
pub const RULES_CHANGE_COUNT_MAX: u64 = 50;
/// A list of rules written as text: advanced scrubbing, fingerprint and stack rules, each.
pub const RULES_TEXT_BYTES_MAX: usize = 64 * 1024;
/// Entries of a list of rules: names of fields, globs, addresses, each.
pub const RULES_ENTRY_COUNT_MAX: usize = 200;
/// One entry of such a list; the name of a field is held to `FIELD_BYTES_MAX` as well.
pub const RULES_ENTRY_BYTES_MAX: usize = 300;

/// A CODEOWNERS file. GitHub allows the same.
pub const CODEOWNERS_BYTES_MAX: usize = 3 * 1024 * 1024;
/// Suggested owners that an issue keeps, the most responsible ones.
pub const SUGGESTED_COUNT_MAX: usize = 20;
/// The rule that is kept beside each.
pub(crate) const SUGGESTED_RULE_BYTES_MAX: usize = 300;

/// Filtered events of which a glimpse is kept, per project and reason: the last ones.
pub const FILTERED_EVENT_COUNT_MAX: u64 = 20;
/// How long those are kept.
pub const FILTERED_EVENT_SECS_MAX: i64 = 24 * 60 * 60;

/// Rows of tags that are forgotten in one transaction.
pub(crate) const CLEANUP_ROW_COUNT_STEP: usize = 50_000;
/// Issues that are forgotten in one transaction.
pub(crate) const CLEANUP_ISSUE_COUNT_STEP: u32 = 100;

/// Invites of an organization that nobody used yet.
pub const INVITE_COUNT_MAX: u64 = 200;
/// Sign-ins of a person that are remembered, good and failed ones.
pub const SIGN_IN_COUNT_MAX: u32 = 50;
/// How long the audit log is kept.
pub const AUDIT_SECS_MAX: i64 = 365 * 24 * 3600;
/// Entries of the audit log; of more, the oldest give way.
pub const AUDIT_COUNT_MAX: u64 = 100_000;
/// Entries that are forgotten in one transaction.
pub(crate) const AUDIT_COUNT_STEP: u64 = 5000;
