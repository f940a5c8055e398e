//! What rules of grouping and of ownership may take, so that they cost an event a bounded time.

/// Rules of one text: fingerprint, stack and ownership rules, each.
pub(crate) const RULES_MAX: usize = 1_000;
/// What all patterns of one text may cost. Each part between two `*` counts 1. A pattern with other
/// wildcards (`?`, `[a-z]`, and in a path a single `*`) counts 16, or 64 when it has 64 characters
/// or more. Each of `{a,b}` counts by itself, and a stack rule with `app` or `category` twice when
/// it says both whose a frame is and whether it counts.
pub(crate) const RULES_WEIGHT_MAX: usize = 2_000;
/// Bytes of all patterns of one text, with `{a,b}` written out.
pub(crate) const RULES_BYTES_MAX: usize = 100_000;
/// Bytes of one rule.
pub(crate) const RULE_BYTES_MAX: usize = 4_096;
/// Owners of one rule.
pub(crate) const OWNER_COUNT_MAX: usize = 50;
/// Folders of one pattern of a CODEOWNERS file; each is a bit.
pub(crate) const FOLDER_COUNT_MAX: usize = 60;
/// Lines of a CODEOWNERS file that are found by the same name, or by none.
pub(crate) const NEIGHBOUR_COUNT_MAX: usize = 1_000;
/// Bytes of the folders and files with wildcards in those lines: each is held against all paths
/// that have the name.
pub(crate) const NEIGHBOUR_WILDCARD_BYTES_MAX: usize = 20_000;
/// Ownership rules that are told of those that an event fits, the last ones: they decide.
pub(crate) const MATCH_COUNT_MAX: usize = 100;
/// Different places in the code of an event that ownership rules look at, those nearest to the
/// crash.
pub(crate) const PLACE_COUNT_MAX: usize = 100;
/// Faults of ownership rules, and of a CODEOWNERS file, that are told, the first ones.
pub(crate) const FAULT_COUNT_MAX: usize = 100;
