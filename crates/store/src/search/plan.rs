//! Taking a search for issues apart: what the ledger answers for all of them at once, and what has
//! to be asked of the events of each. `look.rs` carries it out.

use watchpost_model::IssueId;

use super::ast::{Expr, Filter, Key, Test};
use super::{Field, Pattern, Reach, reach};
use crate::StoreError;

/// A search of which only events know a part.
#[derive(Debug)]
pub(crate) struct Plan {
    /// What every issue that fits the search fits, too, without a key of events: the ledger lists
    /// those issues.
    pub(crate) rest: Expr,
    /// What the ledger is asked of each of them besides.
    pub(crate) asked: Vec<Expr>,
    /// What is asked of its events, each for itself: an issue fits when one of its events does.
    pub(crate) questions: Vec<Expr>,
    tree: Node,
}

/// How the answers make the whole.
#[derive(Debug, PartialEq, Eq)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    /// The ledger's answer of that number.
    Asked(usize),
    /// That of the events.
    Question(usize),
}

impl Plan {
    pub(crate) fn of(expr: &Expr) -> Self {
        let mut plan = Self {
            rest: bound(expr, Expr::EVERYTHING),
            asked: Vec::new(),
            questions: Vec::new(),
            tree: Node::All(Vec::new()),
        };
        plan.tree = match expr {
            // What stands alone is in the list already.
            Expr::All(parts) => {
                let parts = parts.iter().filter(|part| asks_events(part));
                let parts: Vec<Expr> = parts.cloned().collect();
                Node::All(plan.joined(&parts, Expr::all))
            }
            other => plan.node(other),
        };
        plan
    }

    fn node(&mut self, expr: &Expr) -> Node {
        match expr {
            Expr::All(parts) if asks_events(expr) && !is_of_one_event(expr) => {
                Node::All(self.joined(parts, Expr::all))
            }
            Expr::Any(parts) if asks_events(expr) && !is_of_one_event(expr) => {
                Node::Any(self.joined(parts, Expr::any))
            }
            Expr::Not(part) if asks_events(expr) && !is_of_one_event(expr) => {
                Node::Not(Box::new(self.node(part)))
            }
            // There is none: no event has one.
            Expr::Filter(filter) if asks_events(expr) && filter.test == Test::Absent => {
                let has_one = expr.clone().negated();
                Node::Not(Box::new(self.question(has_one)))
            }
            expr if asks_events(expr) => self.question(expr.clone()),
            expr => self.ask(expr.clone()),
        }
    }

    /// Parts that `join` makes one of: those that one event answers are asked of the same event.
    fn joined(&mut self, parts: &[Expr], join: fn(Vec<Expr>) -> Expr) -> Vec<Node> {
        let (of_events, free): (Vec<Expr>, Vec<Expr>) =
            parts.iter().cloned().partition(asks_events);
        let (of_one, mixed): (Vec<_>, Vec<_>) = of_events.into_iter().partition(is_of_one_event);
        let mut nodes = Vec::new();
        if !free.is_empty() {
            nodes.push(self.ask(join(free)));
        }
        if !of_one.is_empty() {
            nodes.push(self.question(join(of_one)));
        }
        for part in mixed {
            nodes.push(self.node(&part));
        }
        nodes
    }

    fn ask(&mut self, expr: Expr) -> Node {
        self.asked.push(expr);
        Node::Asked(self.asked.len() - 1)
    }

    fn question(&mut self, expr: Expr) -> Node {
        self.questions.push(expr);
        Node::Question(self.questions.len() - 1)
    }

    /// Whether an issue fits of which the ledger says `held`, and events say `answers` so far;
    /// `None` while that depends on further events.
    pub(crate) fn fits(&self, held: &[bool], answers: &[Option<bool>]) -> Option<bool> {
        self.tree.fits(held, answers)
    }
}

impl Node {
    fn fits(&self, held: &[bool], answers: &[Option<bool>]) -> Option<bool> {
        let among = |parts: &[Self], decisive: bool| {
            let mut all = parts.iter().map(|part| part.fits(held, answers));
            let mut open = false;
            let decided = all.any(|fits| {
                open |= fits.is_none();
                fits == Some(decisive)
            });
            if decided {
                Some(decisive)
            } else {
                (!open).then_some(!decisive)
            }
        };
        match self {
            Self::All(parts) => among(parts, false),
            Self::Any(parts) => among(parts, true),
            Self::Not(part) => part.fits(held, answers).map(|fits| !fits),
            Self::Asked(number) => held.get(*number).copied(),
            Self::Question(number) => answers.get(*number).copied().flatten(),
        }
    }
}

/// Whether a part asks what only events know.
pub(super) fn asks_events(expr: &Expr) -> bool {
    expr.filters().into_iter().any(is_of_events)
}

fn is_of_events(filter: &Filter) -> bool {
    reach(&filter.key) == Reach::Events
}

/// Whether a part asks for an event, not for the want of one, and for nothing else.
fn is_of_one_event(expr: &Expr) -> bool {
    match expr {
        Expr::All(parts) | Expr::Any(parts) => parts.iter().all(is_of_one_event),
        Expr::Filter(filter) => is_of_events(filter) && filter.test != Test::Absent,
        Expr::Not(part) => match &**part {
            Expr::Filter(filter) => is_of_events(filter) && filter.test == Test::Absent,
            _ => false,
        },
        Expr::Word(_) => false,
    }
}

/// `expr` with `open` for what only events know, and its opposite where that is negated.
fn bound(expr: &Expr, open: Expr) -> Expr {
    match expr {
        Expr::All(parts) => {
            let parts: Vec<Expr> = parts.iter().map(|part| bound(part, open.clone())).collect();
            if parts.contains(&Expr::NOTHING) {
                return Expr::NOTHING;
            }
            Expr::all(parts)
        }
        Expr::Any(parts) => {
            let parts: Vec<Expr> = parts.iter().map(|part| bound(part, open.clone())).collect();
            if parts.contains(&Expr::EVERYTHING) {
                return Expr::EVERYTHING;
            }
            Expr::any(parts)
        }
        Expr::Not(part) => opposite(bound(part, opposite(open))),
        Expr::Filter(filter) if is_of_events(filter) => open,
        Expr::Filter(_) | Expr::Word(_) => expr.clone(),
    }
}

fn opposite(expr: Expr) -> Expr {
    match expr {
        expr if expr == Expr::EVERYTHING => Expr::NOTHING,
        expr if expr == Expr::NOTHING => Expr::EVERYTHING,
        expr => expr.negated(),
    }
}

/// `expr` with the issues that `homes` names in the place of events that are named by their ids.
pub(super) fn with_homes(
    expr: &Expr,
    homes: &dyn Fn(&str) -> Result<Vec<IssueId>, StoreError>,
) -> Result<Expr, StoreError> {
    let parts = |parts: &[Expr]| -> Result<Vec<Expr>, StoreError> {
        parts.iter().map(|part| with_homes(part, homes)).collect()
    };
    Ok(match expr {
        Expr::All(all) => Expr::All(parts(all)?),
        Expr::Any(any) => Expr::Any(parts(any)?),
        Expr::Not(part) => Expr::Not(Box::new(with_homes(part, homes)?)),
        Expr::Filter(filter) => match named_events(filter) {
            None => expr.clone(),
            Some(names) => {
                let mut issues = Vec::new();
                for name in names {
                    let ids = homes(name)?.into_iter();
                    issues.extend(ids.map(|id| is_issue(id, filter)));
                }
                Expr::Any(issues)
            }
        },
        Expr::Word(_) => expr.clone(),
    })
}

/// The events that a filter names one by one.
fn named_events(filter: &Filter) -> Option<Vec<&str>> {
    match &filter.test {
        _ if filter.key != Key::Field(Field::EventId) => None,
        Test::Like(name) => name.as_exact().map(|name| vec![name]),
        Test::OneOf(names) => Some(names.iter().map(String::as_str).collect()),
        _ => None,
    }
}

fn is_issue(id: IssueId, named: &Filter) -> Expr {
    Expr::Filter(Filter {
        key: Key::Field(Field::Issue),
        test: Test::Like(Pattern::exact(&id.to_string())),
        ..named.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::super::Search;
    use super::*;

    fn plan(text: &str) -> Plan {
        Plan::of(Search::parse(text).unwrap().expr())
    }

    fn print(exprs: &[Expr]) -> Vec<String> {
        exprs.iter().map(ToString::to_string).collect()
    }

    /// What the ledger lists, what it is asked besides, and what is asked of events.
    #[track_caller]
    fn check(text: &str, rest: &str, asked: &[&str], questions: &[&str]) {
        let plan = plan(text);
        assert_eq!(plan.rest.to_string(), rest, "{text}");
        assert_eq!(print(&plan.asked), asked, "{text}");
        assert_eq!(print(&plan.questions), questions, "{text}");
    }

    #[test]
    fn a_search_is_taken_apart() {
        check("dist:1", "", &[], &["dist:1"]);
        check("level:error a", "level:error a", &[], &[]);
        check("level:error dist:1 a", "level:error a", &[], &["dist:1"]);
        check("dist:1 trace:2", "", &[], &["dist:1 trace:2"]);
        check("dist:1 !trace:2", "", &[], &["dist:1", "trace:2"]);
        check("dist:1 has:trace", "", &[], &["dist:1 has:trace"]);
        check("dist:1 !has:trace", "", &[], &["dist:1", "has:trace"]);
        check("!(dist:1 trace:2)", "", &[], &["dist:1 trace:2"]);
        check("dist:1 OR trace:2", "", &[], &["dist:1 OR trace:2"]);
        let nested = "(dist:1 OR dist:2) trace:2";
        check(nested, "", &[], &["(dist:1 OR dist:2) trace:2"]);
        let mixed = "a (dist:1 OR level:error)";
        check(mixed, "a", &["level:error"], &["dist:1"]);
        check("!(dist:1 level:error)", "", &["level:error"], &["dist:1"]);
        check("!(dist:1 OR b)", "!(b)", &["b"], &["dist:1"]);
        let alternatives = "(dist:1 a) OR (trace:2 b)";
        check(alternatives, "a OR b", &["a", "b"], &["dist:1", "trace:2"]);
        check("flags[\"x\"]:true a", "a", &[], &["flags[x]:true"]);
    }

    #[test]
    fn what_is_known_decides() {
        #[track_caller]
        fn check(text: &str, held: &[bool], answers: &[Option<bool>], expect: Option<bool>) {
            assert_eq!(plan(text).fits(held, answers), expect, "{text}");
        }
        let (no, yes, open) = (Some(false), Some(true), None);
        check("dist:1", &[], &[open], open);
        check("dist:1", &[], &[yes], yes);
        check("!dist:1", &[], &[yes], no);
        check("!dist:1", &[], &[no], yes);
        check("!has:dist", &[], &[no], yes);
        check("!has:dist", &[], &[yes], no);
        check("dist:1 OR a", &[true], &[open], yes);
        check("dist:1 OR a", &[false], &[open], open);
        check("dist:1 OR a", &[false], &[no], no);
        check("dist:1 !trace:2", &[], &[open, yes], no);
        check("dist:1 !trace:2", &[], &[yes, open], open);
        check("dist:1 !trace:2", &[], &[yes, no], yes);
        check("!(dist:1 a)", &[false], &[open], yes);
        check("!(dist:1 a)", &[true], &[open], open);
    }

    #[test]
    fn events_that_are_named_lead_to_their_issues() {
        let check = |text: &str, expect: &str| {
            let search = Search::parse(text).unwrap();
            let homes = |name: &str| Ok(name.parse().ok().map(IssueId).into_iter().collect());
            let found = with_homes(search.expr(), &homes).unwrap();
            assert_eq!(found.to_string(), expect, "{text}");
        };
        check("id:7 a", "(issue:7) a");
        check("!id:7 a", "!(issue:7) a");
        check("id:[7, 8] OR a", "issue:7 OR issue:8 OR a");
        check("id:7* dist:1", "id:7* dist:1");
        check("has:id", "has:id");
        check("dist:7", "dist:7");
    }
}
