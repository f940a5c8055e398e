//! How much of everything is kept. Characters are Unicode scalar values; bytes are those of the
//! texts inside a JSON value. Source: the limits that Sentry documents for its own payload.

/// Messages, exception values, breadcrumb messages.
pub(crate) const MESSAGE_CHARS_MAX: usize = 8192;
/// The class of an exception and the module that it is from.
pub(crate) const TYPE_CHARS_MAX: usize = 256;
/// Transaction, culprit and release.
pub(crate) const NAME_CHARS_MAX: usize = 200;
/// The name of a logger.
pub(crate) const LOGGER_CHARS_MAX: usize = 64;
/// Machine, site, file, package.
pub(crate) const PATH_CHARS_MAX: usize = 256;
/// The function of a frame; with templates and generics they grow long.
pub(crate) const FUNCTION_CHARS_MAX: usize = 512;
/// The method of a request.
pub(crate) const METHOD_CHARS_MAX: usize = 32;
/// Environment and dist; a longer one is not valid.
pub(crate) const ENVIRONMENT_CHARS_MAX: usize = 64;
/// Name and version of the client, and other short words.
pub(crate) const WORD_CHARS_MAX: usize = 256;
/// Each field of a user.
pub(crate) const USER_CHARS_MAX: usize = 1024;
/// The URL of a request and what follows its `#`.
pub(crate) const URL_CHARS_MAX: usize = 2048;
/// A line of source code.
pub(crate) const LINE_CHARS_MAX: usize = 512;
/// Lines of source code before and after the one that was running, each.
pub(crate) const CONTEXT_LINES_MAX: usize = 20;

/// Tags of an event.
pub(crate) const TAGS_MAX: usize = 200;
/// Key and value of a tag, each.
pub(crate) const TAG_CHARS_MAX: usize = 200;
/// Parts of a fingerprint.
pub(crate) const FINGERPRINT_PARTS_MAX: usize = 20;
/// Each of them.
pub(crate) const FINGERPRINT_CHARS_MAX: usize = 200;
/// Exceptions of a chain: so many caught last …
pub(crate) const EXCEPTIONS_NEWEST_MAX: usize = 40;
/// … and so many of the first causes.
pub(crate) const EXCEPTIONS_OLDEST_MAX: usize = 10;
/// Threads.
pub(crate) const THREADS_MAX: usize = 100;
/// Breadcrumbs, the newest.
pub(crate) const BREADCRUMBS_MAX: usize = 100;
/// Frames of one stack: so many nearest to the crash …
pub(crate) const FRAMES_NEWEST_MAX: usize = 200;
/// … and so many at the start of the thread.
pub(crate) const FRAMES_OLDEST_MAX: usize = 50;
/// Frames of one stack that keep their locals and source lines.
pub(crate) const FRAMES_DETAILED_MAX: usize = 50;

/// How much of a JSON value is kept.
#[derive(Clone, Copy)]
pub(crate) struct Bag {
    /// Bytes of all texts in it.
    pub(crate) bytes_max: usize,
    /// Lists and objects inside each other.
    pub(crate) depth_max: usize,
}

/// All of `extra` together, in bytes.
pub(crate) const EXTRA_BYTES_MAX: usize = 256 * 1024;
/// Each value of `extra`.
pub(crate) const EXTRA: Bag = bag(16 * 1024, 6);
/// Locals of a frame, data of a breadcrumb, message arguments, details of a mechanism.
pub(crate) const DETAIL: Bag = bag(2 * 1024, 5);
/// The cookies of a request.
pub(crate) const COOKIES_BYTES_MAX: usize = 2 * 1024;
/// The query of a request.
pub(crate) const QUERY_BYTES_MAX: usize = 1024;
/// Body and environment of a request, each; a context; the rest of a user.
pub(crate) const CONTEXT: Bag = bag(8 * 1024, 7);
/// The headers of a request; the modules.
pub(crate) const HEADERS_BYTES_MAX: usize = 8 * 1024;
/// Contexts of an event.
pub(crate) const CONTEXTS_MAX: usize = 100;
/// A field that no page knows: loaded images, or the client's own remarks, which mirror the event
/// and so lie deep.
pub(crate) const OTHER: Bag = bag(64 * 1024, 20);
/// All of those together, in bytes.
pub(crate) const OTHER_BYTES_MAX: usize = 256 * 1024;

const fn bag(bytes_max: usize, depth_max: usize) -> Bag {
    Bag {
        bytes_max,
        depth_max,
    }
}

/// Memory that one regular expression of a person may be compiled to, and its cache may use.
pub(crate) const REGEX_BYTES_MAX: usize = 256 * 1024;
/// One regular expression of a person.
pub(crate) const PATTERN_BYTES_MAX: usize = 2000;
/// Sentry's advanced rules of a project, as JSON.
pub(crate) const ADVANCED_BYTES_MAX: usize = 64 * 1024;
/// Rules that a project defines.
pub(crate) const RULES_MAX: usize = 100;
/// Selectors that a project defines.
pub(crate) const SELECTORS_MAX: usize = 100;
/// Rules of one selector, after those that stand for several are taken apart.
pub(crate) const SELECTOR_RULES_MAX: usize = 100;
/// Rules of all selectors together: each costs a look at every text that its selector finds.
pub(crate) const APPLIED_RULES_MAX: usize = 1000;
/// Rules that stand for others, within each other.
pub(crate) const RULE_DEPTH_MAX: usize = 8;
/// One selector. Relay's own default selectors have 5,000.
pub(crate) const SELECTOR_BYTES_MAX: usize = 16 * 1024;
/// Parentheses within each other in a selector.
pub(crate) const SELECTOR_DEPTH_MAX: usize = 20;
/// Sensitive or safe fields of a project.
pub(crate) const FIELDS_MAX: usize = 200;
/// The name of one of them. Entries of other lists of rules may be longer.
pub(crate) const FIELD_BYTES_MAX: usize = 200;
/// What all patterns of one list of filters may cost. Each part between two `*` counts 1. A pattern
/// with `?` or `[a-z]` counts 16, 64 when it has 64 characters or more, and 80 from 256 on.
pub(crate) const FILTER_WEIGHT_MAX: usize = 500;
/// JSON in texts in JSON in texts: deeper texts are hidden when they have a word of a secret.
pub(crate) const NESTED_MAX: usize = 3;
