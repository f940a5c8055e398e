//! Words that make a value a secret: in the name of its field, or in its own text.

use aho_corasick::{AhoCorasick, MatchKind};
use regex::{Regex, RegexBuilder};

use super::signals::{Signals, class};
use crate::limits::REGEX_BYTES_MAX;

/// Words of secrets, found anywhere in a name. The first protocols of error trackers had most of
/// them, and people rely on the list.
const PASSWORDS: [&str; 14] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "api-key",
    "api_key",
    "apikey",
    "auth",
    "credentials",
    "mysql_pwd",
    "privatekey",
    "private-key",
    "private_key",
    TOKEN,
];

/// In a sentence this word is too common to hide it; what is assigned to it is hidden.
const TOKEN: &str = "token";

/// Names that are secrets only as a whole: within others the words are too common.
const EXACT: [&str; 5] = ["otp", "two-factor", "two_factor", "pwd", "pass"];

/// Whether one of these is so long.
fn is_length_of_exact(bytes: usize) -> bool {
    matches!(bytes, 3 | 4 | 10)
}

/// The rule that [`PASSWORDS`] belong to.
pub(super) const PASSWORD_RULE: &str = "@password:filter";
/// The rule of the names that a project lists.
pub(super) const SENSITIVE_RULE: &str = "sensitive fields";

/// The words in force.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// One automaton for all ASCII words, whatever their case.
    words: Option<AhoCorasick>,
    /// What a text must have, one of these, to have a word.
    needs: Vec<u64>,
    /// Words with other letters, whose case one byte does not tell.
    others: Vec<Regex>,
    /// Words that cannot be looked for.
    pub(super) left_out: Vec<String>,
    /// Whether the first patterns of the automaton are [`PASSWORDS`].
    has_passwords: bool,
}

impl Names {
    /// `sensitive` are the project's own words.
    pub(super) fn new(has_passwords: bool, sensitive: &[String]) -> Self {
        let sensitive = sensitive.iter().map(|word| word.trim());
        let sensitive = sensitive.filter(|word| !word.is_empty());
        let (ascii, others): (Vec<&str>, Vec<&str>) = sensitive.partition(|word| word.is_ascii());
        let passwords = PASSWORDS.iter().filter(|_| has_passwords);
        let words: Vec<&str> = passwords.copied().chain(ascii).collect();
        // Of other letters the signals say nothing.
        let needs = if others.is_empty() {
            needs(&words)
        } else {
            vec![0]
        };
        let mut builder = AhoCorasick::builder();
        builder
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard);
        // `FIELDS_MAX` and `FIELD_BYTES_MAX` keep the automaton far below what it can hold.
        let (others, left_out) = expressions(&others, REGEX_BYTES_MAX);
        Self {
            words: builder.build(&words).ok().filter(|_| !words.is_empty()),
            needs,
            others,
            left_out,
            has_passwords,
        }
    }

    /// The rule by which the value of a field of this name is hidden.
    pub(super) fn rule_for(&self, name: &str) -> Option<&'static str> {
        let is_exact = |word: &&str| name.eq_ignore_ascii_case(word);
        if self.has_passwords && is_length_of_exact(name.len()) && EXACT.iter().any(is_exact) {
            return Some(PASSWORD_RULE);
        }
        if self.may_have_word(Signals::of(name)) {
            return self.first(name, |_| true);
        }
        None
    }

    /// The rule by which a text that has one of the words is hidden. `signals` are those of the
    /// text, or of one that it is part of.
    pub(super) fn rule_in(&self, text: &str, signals: Signals) -> Option<&'static str> {
        const BEARER: &str = "bearer ";
        const IN_BEARER: u64 = class::word(BEARER);
        let is_bearer = || {
            let head = text.get(..BEARER.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(BEARER))
        };
        if self.has_passwords && signals.has(IN_BEARER) && is_bearer() {
            return Some(PASSWORD_RULE);
        }
        if self.may_have_word(signals) {
            return self.first(text, is_assigned);
        }
        None
    }

    /// Whether any of the words occurs.
    pub(super) fn has_word(&self, text: &str, signals: Signals) -> bool {
        let is_match = |words: &AhoCorasick| words.is_match(text);
        self.may_have_word(signals)
            && (self.words.as_ref().is_some_and(is_match) || self.first_of_others(text).is_some())
    }

    /// Whether it is worth a search. Nearly no text has a word.
    #[inline]
    fn may_have_word(&self, signals: Signals) -> bool {
        self.needs.iter().any(|need| signals.has(*need))
    }

    /// The rule of the first word in `text`. `counts` is asked about what follows a [`TOKEN`].
    fn first(&self, text: &str, counts: fn(&str) -> bool) -> Option<&'static str> {
        if let Some(words) = &self.words
            && words.is_match(text)
        {
            for hit in words.find_overlapping_iter(text) {
                let password = PASSWORDS.get(hit.pattern().as_usize());
                match password.filter(|_| self.has_passwords) {
                    None => return Some(SENSITIVE_RULE),
                    Some(word) if *word != TOKEN => return Some(PASSWORD_RULE),
                    Some(_) if text.get(hit.end()..).is_some_and(counts) => {
                        return Some(PASSWORD_RULE);
                    }
                    Some(_) => {}
                }
            }
        }
        self.first_of_others(text)
    }

    fn first_of_others(&self, text: &str) -> Option<&'static str> {
        let is_there = self.others.iter().any(|others| others.is_match(text));
        is_there.then_some(SENSITIVE_RULE)
    }
}

/// As few expressions as hold all words within `bytes_max` each, and the words that fit into none.
fn expressions(words: &[&str], bytes_max: usize) -> (Vec<Regex>, Vec<String>) {
    if words.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let escaped: Vec<String> = words.iter().map(|word| regex::escape(word)).collect();
    let mut builder = RegexBuilder::new(&escaped.join("|"));
    builder
        .case_insensitive(true)
        .size_limit(bytes_max)
        .dfa_size_limit(bytes_max);
    match (builder.build(), words) {
        (Ok(regex), _) => (vec![regex], Vec::new()),
        (Err(_), [word]) => (Vec::new(), vec![(*word).to_owned()]),
        (Err(_), _) => {
            let (first, rest) = words.split_at(words.len() / 2);
            let (mut found, mut left_out) = expressions(first, bytes_max);
            let (more, more_left_out) = expressions(rest, bytes_max);
            found.extend(more);
            left_out.extend(more_left_out);
            (found, left_out)
        }
    }
}

/// The characters of the words. A word that has all characters of another one needs no look of its
/// own; when the project has many words, what they have in common is enough.
fn needs(words: &[&str]) -> Vec<u64> {
    const NEEDS_MAX: usize = 16;
    let mut needs: Vec<u64> = Vec::new();
    for word in words {
        let need = class::word(word);
        if !needs.iter().any(|known| need & known == *known) {
            needs.retain(|known| known & need != need);
            needs.push(need);
        }
    }
    if needs.len() > NEEDS_MAX {
        return vec![needs.iter().fold(u64::MAX, |all, need| all & need)];
    }
    needs
}

/// Whether what follows a word gives it a value: `=x`, `": x`.
fn is_assigned(rest: &str) -> bool {
    let mut rest = rest
        .bytes()
        .take(4)
        .skip_while(|byte| b" \"']".contains(byte));
    matches!(rest.next(), Some(b'=' | b':'))
}

/// Whether a cookie of this name keeps somebody signed in or proves where a form came from.
pub(super) fn is_login_cookie(name: &str) -> bool {
    const EXACT: [&str; 6] = ["su", "sudo", "sid", "symfony", "connect.sid", "remember_me"];
    const PARTS: [&str; 5] = ["sess", "csrf", "xsrf", "jwt", "sentrysid"];
    let name = name.to_ascii_lowercase();
    EXACT.contains(&name.as_str()) || PARTS.iter().any(|part| name.contains(part))
}

/// Whether a field of this name holds the text of cookies: a header, or a server's variable.
pub(super) fn is_cookie_text(name: &str) -> bool {
    const ENDS: [&str; 3] = ["cookie", "cookies", "cookie2"];
    let name = name.as_bytes();
    ENDS.iter().any(|end| {
        let start = name.len().checked_sub(end.len());
        let tail = start.and_then(|start| name.get(start..));
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end.as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_whatever_their_case() {
        let names = Names::new(
            true,
            &["Über".to_owned(), " zork ".to_owned(), String::new()],
        );
        let rule_in = |text: &str| names.rule_in(text, Signals::of(text));
        assert_eq!(names.rule_for("X-API-Key"), Some(PASSWORD_RULE));
        assert_eq!(names.rule_for("OTP"), Some(PASSWORD_RULE));
        assert_eq!(names.rule_for("laptop"), None);
        assert_eq!(names.rule_for("tokens"), Some(PASSWORD_RULE));
        assert_eq!(rule_in("Unexpected token <"), None);
        assert_eq!(rule_in("{'token': 1}"), Some(PASSWORD_RULE));
        assert_eq!(names.rule_for("myZORK"), Some(SENSITIVE_RULE));
        assert_eq!(rule_in("x übermut"), Some(SENSITIVE_RULE));
        assert_eq!(Names::new(false, &[]).rule_for("password"), None);
    }

    #[test]
    fn lengths_of_exact_names_are_known() {
        assert!(EXACT.iter().all(|word| is_length_of_exact(word.len())));
    }

    #[test]
    fn words_that_do_not_fit_into_one_expression_are_all_in_force() {
        // Two hundred words of two hundred bytes.
        let word = |number: u32| {
            let letters = (0..100).map(|at| char::from_u32(0x430 + (number + at * 7) % 32));
            letters.map(Option::unwrap).collect::<String>()
        };
        let words: Vec<String> = (0..200).map(word).collect();
        let names = Names::new(true, &words);
        assert!(names.others.len() > 1);
        assert_eq!(names.left_out, Vec::<String>::new());
        for word in &words {
            assert_eq!(names.rule_for(&word.to_uppercase()), Some(SENSITIVE_RULE));
        }
        assert_eq!(names.rule_for("password"), Some(PASSWORD_RULE));
        let long = "ä".repeat(100);
        let (found, left_out) = expressions(&["ö", &long, "ü"], 4 * 1024);
        assert_eq!(left_out, [long]);
        assert!(
            ["Ö", "Ü"]
                .iter()
                .all(|text| found.iter().any(|one| one.is_match(text)))
        );
    }

    #[test]
    fn cookies_that_sign_in() {
        assert!(is_login_cookie("PHPSESSID") && is_login_cookie("csrftoken"));
        assert!(!is_login_cookie("theme"));
        assert!(is_cookie_text("HTTP_COOKIE") && is_cookie_text("Set-Cookie"));
        assert!(!is_cookie_text("cook"));
    }
}
