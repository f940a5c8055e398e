//! The terms of a search, which people take out one by one: the chips below a search box.

use super::Field;
use super::Search;
use super::ast::{Expr, Filter, Key, Place, Test};

impl Search {
    /// The terms that all have to fit, as they are written, each with what is left of the search
    /// without it.
    pub fn terms(&self) -> Vec<(String, Self)> {
        let parts = match &self.expr {
            Expr::All(parts) => parts.as_slice(),
            one => std::slice::from_ref(one),
        };
        let term = |(place, part): (usize, &Expr)| {
            let others = parts
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != place);
            let expr = Expr::all(others.map(|(_, part)| part.clone()).collect());
            (part.to_string(), Self { expr })
        };
        parts.iter().enumerate().map(term).collect()
    }
}

impl Expr {
    /// A term that nobody typed: what a key with a meaning of its own, or a tag, has to be.
    pub fn term(key: &str, test: Test) -> Self {
        let key = match Field::from_name(key) {
            Some(field) => Key::Field(field),
            None => Key::Tag(key.to_owned()),
        };
        let (at, value_at) = (Place::default(), Place::default());
        Self::Filter(Filter {
            key,
            test,
            at,
            value_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_can_be_taken_out_one_by_one() {
        let check = |text: &str, expect: &[(&str, &str)]| {
            let terms = Search::parse(text).unwrap().terms();
            let terms: Vec<_> = terms
                .iter()
                .map(|(term, rest)| (term.as_str(), rest.to_string()))
                .collect();
            let expect: Vec<_> = expect
                .iter()
                .map(|(term, rest)| (*term, (*rest).to_owned()))
                .collect();
            assert_eq!(terms, expect, "{text}");
        };
        check("", &[]);
        check("is:unresolved", &[("is:unresolved", "")]);
        check(
            "is:new !level:error (a OR \"b c\")",
            &[
                ("is:new", "!level:error (a OR \"b c\")"),
                ("!level:error", "is:new (a OR \"b c\")"),
                ("a OR \"b c\"", "is:new !level:error"),
            ],
        );
        // One choice cannot lose a half.
        check("level:error OR cart", &[("level:error OR cart", "")]);
    }
}
