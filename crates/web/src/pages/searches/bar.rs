//! The search box of a list and what is said below it: chips to take terms out by, what is wrong
//! with the text and where. Pure.

use watchpost_store::{Search, SearchError};

use crate::pages::issues::is_tab;

/// See the file; `parts/search_box.html` and `parts/search_notes.html` draw it.
pub(crate) struct SearchBar {
    /// What is searched, for who cannot see the box.
    pub(crate) label: &'static str,
    pub(crate) example: &'static str,
    /// The text, as it was typed.
    pub(crate) query: String,
    /// Where the script asks what the text can go on with.
    pub(crate) completions: String,
    pub(crate) chips: Vec<Chip>,
    pub(crate) wrong: Option<Wrong>,
}

/// A term of the search, with the list without it.
pub(crate) struct Chip {
    pub(crate) text: String,
    pub(crate) href: String,
}

impl Chip {
    /// One per term. What is a tab needs none.
    pub(crate) fn all(search: &Search, href: &dyn Fn(&str) -> String) -> Vec<Self> {
        if is_tab(search) {
            return Vec::new();
        }
        let chip = |(text, rest): (String, Search)| Self {
            text,
            href: href(&rest.to_string()),
        };
        search.terms().into_iter().map(chip).collect()
    }
}

/// What is wrong with a search text, with a mark at the place, and a way out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) message: String,
    /// From 1, as people count.
    pub(crate) position: usize,
    pub(crate) before: String,
    pub(crate) marked: String,
    pub(crate) after: String,
    /// The list without what is marked, when that is understood.
    pub(crate) without: Option<String>,
}

impl Wrong {
    /// `is_fine` says whether a text is understood.
    pub(crate) fn new(
        error: SearchError,
        text: &str,
        is_fine: &dyn Fn(&str) -> bool,
        href: &dyn Fn(&str) -> String,
    ) -> Self {
        let at = |place: usize| text.chars().skip(place);
        let before: String = text.chars().take(error.position).collect();
        // What begins there, up to the next blank; a quote that is not closed goes to the end.
        let quoted = at(error.position).next() == Some('"');
        let marked: String = at(error.position)
            .take_while(|letter| quoted || !letter.is_whitespace())
            .collect();
        let after: String = at(error.position + marked.chars().count()).collect();
        let whole_before = before.trim_end_matches(|letter: char| !letter.is_whitespace());
        // The whole term goes, with the key of a value that is wrong.
        let rest = format!("{whole_before}{}", after.trim_start());
        let rest = rest.trim().to_owned();
        Self {
            message: error.message,
            position: error.position + 1,
            without: is_fine(&rest).then(|| href(&rest)),
            before,
            marked,
            after,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> Wrong {
        let error = Search::parse(text).unwrap_err();
        let is_fine = |text: &str| Search::parse(text).is_ok();
        Wrong::new(error, text, &is_fine, &str::to_owned)
    }

    #[test]
    fn the_place_is_marked_and_there_is_a_way_out() {
        let check = |text: &str, expect: [&str; 3], without: Option<&str>| {
            let wrong = wrong(text);
            let found = [&wrong.before, &wrong.marked, &wrong.after];
            assert_eq!(found, expect, "{text}");
            assert_eq!(wrong.without.as_deref(), without, "{text}");
        };
        check(
            "größe is:openn x",
            ["größe is:", "openn", " x"],
            Some("größe x"),
        );
        check(
            "cart\u{a0}is:openn",
            ["cart\u{a0}is:", "openn", ""],
            Some("cart"),
        );
        check("error.typ:x", ["", "error.typ:x", ""], Some(""));
        check("a \"open b", ["a ", "\"open b", ""], Some("a"));
        check("level:", ["level:", "", ""], Some(""));
        check("(a", ["", "(a", ""], Some(""));
        check("a) is:x", ["a", ")", " is:x"], None);
    }

    #[test]
    fn chips_lead_to_the_list_without_them() {
        let check = |text: &str, expect: &[(&str, &str)]| {
            let search = Search::parse(text).unwrap();
            let chips = Chip::all(&search, &str::to_owned);
            let found: Vec<_> = chips
                .iter()
                .map(|chip| (chip.text.as_str(), chip.href.as_str()))
                .collect();
            assert_eq!(found, expect, "{text}");
        };
        check("", &[]);
        check("is:resolved", &[]);
        check("is:new", &[("is:new", "")]);
        check(
            "is:unresolved logger:\"my shop\"",
            &[
                ("is:unresolved", "logger:\"my shop\""),
                ("logger:\"my shop\"", "is:unresolved"),
            ],
        );
    }
}
