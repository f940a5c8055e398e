//! The words of a user agent: products, as in `Chrome/120.0`, and what stands in parentheses.

/// More words than this say nothing new.
const WORDS_MAX: usize = 64;

/// A user agent taken apart. Reading it is linear in its length.
#[derive(Debug, Default)]
pub(super) struct Words<'a> {
    /// Names and versions, which may be empty.
    products: Vec<(&'a str, &'a str)>,
    /// What stands in parentheses, between the semicolons.
    comments: Vec<&'a str>,
    /// Whether a word of robots is in it anywhere. Most user agents are asked no further.
    pub(super) may_be_bot: bool,
}

impl<'a> Words<'a> {
    /// Takes it apart.
    pub(super) fn of(text: &'a str) -> Self {
        let mut words = Self {
            products: Vec::with_capacity(8),
            comments: Vec::with_capacity(8),
            may_be_bot: super::browser::has_bot_sign(text),
        };
        let mut rest = text;
        loop {
            let (before, after) = rest.split_once('(').unwrap_or((rest, ""));
            words.products.extend(
                before
                    .split_ascii_whitespace()
                    .take(WORDS_MAX.saturating_sub(words.products.len()))
                    .map(|word| word.split_once('/').unwrap_or((word, ""))),
            );
            if after.is_empty() {
                return words;
            }
            let (inside, outside) = after.split_once(')').unwrap_or((after, ""));
            let parts = inside.split(';').map(str::trim);
            let room = WORDS_MAX.saturating_sub(words.comments.len());
            let parts = parts.filter(|part| !part.is_empty());
            words.comments.extend(parts.take(room));
            rest = outside;
        }
    }

    /// The version of the product of that name.
    pub(super) fn product(&self, name: &str) -> Option<&'a str> {
        let mut products = self.products.iter();
        let (_, version) = products.find(|(product, _)| *product == name)?;
        Some(version)
    }

    /// The products, in order.
    pub(super) fn products(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.products.iter().copied()
    }

    /// What stands in parentheses, in order.
    pub(super) fn comments(&self) -> impl Iterator<Item = &'a str> {
        self.comments.iter().copied()
    }

    /// Whether exactly this stands in parentheses.
    pub(super) fn remarks(&self, comment: &str) -> bool {
        self.comments.contains(&comment)
    }

    /// What follows `start` in the first comment that begins with it.
    pub(super) fn after(&self, start: &str) -> Option<&'a str> {
        let mut comments = self.comments.iter();
        comments.find_map(|comment| comment.strip_prefix(start))
    }
}

/// The first three numbers of a version: `120.0.2210` of `120.0.2210.91`. Empty without any.
pub(super) fn version(text: &str) -> &str {
    let mut dots = 0_usize;
    let end = text.find(|char: char| {
        dots += usize::from(char == '.');
        dots > 2 || !(char == '.' || char.is_ascii_digit())
    });
    let numbers = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
    numbers.trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn versions_are_three_numbers() {
        for (text, expect) in [
            ("120.0.2210.91", "120.0.2210"),
            ("17.1", "17.1"),
            ("11", "11"),
            ("2.", "2"),
            ("8.0;x", "8.0"),
            ("x1", ""),
            ("", ""),
        ] {
            assert_eq!(version(text), expect, "{text}");
        }
    }
}
