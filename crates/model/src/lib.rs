//! The nouns of Watchpost, shared by every room: typed ids, events, issues, outcomes, time.
//!
//! Nothing in here does I/O, reads a clock or knows a wire format. Everything rebuilds when this
//! crate changes, so it stays thin and boring.

mod activity;
mod alarm;
mod chain;
mod clock;
mod escalation;
mod event;
mod explanation;
mod filtered;
mod glob;
mod id;
mod intake;
mod issue;
mod level;
mod life;
mod member;
mod outcome;
mod ownership;
mod plain;
mod project;
mod quota;
mod receipt;
pub mod regression;
mod rejection;
mod remark;
mod rules;
mod team;
mod timestamp;
mod trend;
mod user;
pub mod version;
mod vitals;

pub use activity::{Activity, Deed};
pub use alarm::Alarm;
pub use chain::chain;
pub use clock::{Clock, TestClock};
pub use escalation::{ESCALATION_HOUR_COUNT, hour_max};
pub use event::{
    Breadcrumb, Event, Exception, Frame, Mechanism, Message, Request, Sdk, SeedRecord, Stacktrace,
    Tag, TemplateSource, Thread, UserContext, Variable,
};
pub use explanation::{
    Component, Explanation, FingerprintSource, Found, MatchedRule, ORIGINAL, Variant,
};
pub use filtered::{FilterReason, FilteredEvent, Glimpse, Unwanted};
pub use glob::{Glob, GlobKind};
pub use id::{
    DashboardId, EventId, IdError, InviteId, IssueId, KeyId, OrgId, ProjectId, QueryId, SearchId,
    TeamId, TileId, TokenId, UserId,
};
pub use intake::{DiskState, IntakeState, SpikeState};
pub use issue::{
    Applied, Change, Face, Grouped, GroupingHash, Issue, IssueChange, ShortId, Status,
};
pub use level::Level;
pub use life::{
    Archiving, Assignee, Bound, Condition, Fix, Priority, ReleaseOrder, Resolution, Substatus,
    Until,
};
pub use member::{Invite, Member, Permission, Role};
pub use outcome::{CATEGORY_ERROR, Category, Outcome, OutcomeCount, Reason};
pub use ownership::{Owner, OwnerMatch, OwnerSource};
pub use plain::{has_nul, is_plain, plain_len};
pub use project::{Key, Organization, Project};
pub use quota::{Quota, Retention};
pub use receipt::{Receipt, WireFormat};
pub use rejection::Rejection;
pub use remark::{ClockFault, Remark, RemarkDetail, RemarkKind, short_name};
pub use rules::{Filters, Grouping, Ownership, RuleFault, Rules, Scrubbing, Showing};
pub use team::{Roster, Team};
pub use timestamp::Timestamp;
pub use trend::Trend;
pub use user::{Scope, Token, User};
pub use vitals::{
    DIGEST_LATE_SECS, DISK_FREE_BYTES_MIN, DiskVitals, QuarantineVitals, SPOOL_PERCENT_MAX,
    SpoolVitals, UNCLEAN_NEWS_SECS, UncleanEnd, Vitals, Warning,
};
