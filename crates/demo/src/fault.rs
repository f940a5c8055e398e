//! The form in which problems are written down; `faults` has them.

use watchpost_model::Priority;

use crate::cast::Program;
use crate::faults;
use crate::story::Story;

/// A problem of a program: one issue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    /// What we call it; unique.
    pub(crate) name: &'static str,
    pub(crate) program: Program,
    pub(crate) level: &'static str,
    /// The class of its error; empty for a message without an error.
    pub(crate) kind: &'static str,
    /// What it says; see `text` for what is filled in.
    pub(crate) text: &'static str,
    /// The error that led to it: class, text, stack.
    pub(crate) cause: Option<(&'static str, &'static str, &'static [At])>,
    /// Where it happens, the outermost call first.
    pub(crate) stack: &'static [At],
    /// The route, task or page.
    pub(crate) route: &'static str,
    /// The logger of a message.
    pub(crate) logger: &'static str,
    /// How often it happens, beside the others.
    pub(crate) weight: u64,
    pub(crate) story: Story,
    pub(crate) talk: &'static [Talk],
}

/// A line of code that is being run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At {
    /// A file of `code`.
    pub(crate) file: &'static str,
    pub(crate) function: &'static str,
    /// A part of the line.
    pub(crate) line: &'static str,
    /// Local variables.
    pub(crate) vars: &'static [(&'static str, &'static str)],
}

/// Something that somebody says about an issue or does with it, so many hours before the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Talk(pub(crate) i64, pub(crate) usize, pub(crate) Said);

/// What.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Said {
    Comment(&'static str),
    AssignPerson(usize),
    AssignTeam(usize),
    Prioritize(Priority),
    Bookmark,
}

/// What most problems have in common.
pub(crate) const PLAIN: Fault = Fault {
    name: "",
    program: Program::Shop,
    level: "error",
    kind: "",
    text: "",
    cause: None,
    stack: &[],
    route: "",
    logger: "",
    weight: 1,
    story: Story::Ongoing(600),
    talk: &[],
};

/// A line of code.
pub(crate) const fn at(
    file: &'static str,
    function: &'static str,
    line: &'static str,
    vars: &'static [(&'static str, &'static str)],
) -> At {
    At {
        file,
        function,
        line,
        vars,
    }
}

/// All problems of all programs.
pub(crate) fn all() -> Vec<&'static Fault> {
    let programs = [
        faults::shop::FAULTS,
        faults::web::FAULTS,
        faults::courier::FAULTS,
        faults::stock::FAULTS,
        faults::till::FAULTS,
    ];
    programs.into_iter().flatten().collect()
}
