//! Reads a line of rules from left to right.

/// What is left of a line.
pub(super) struct Scanner<'a> {
    pub(super) rest: &'a str,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(line: &'a str) -> Self {
        Self { rest: line }
    }

    /// Skips white space; true when nothing or only a comment is left.
    pub(super) fn is_done(&mut self) -> bool {
        self.rest = self.rest.trim_start();
        self.rest.is_empty() || self.rest.starts_with('#')
    }

    /// Takes these characters, if they come next.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let after = self.rest.strip_prefix(text);
        after.inspect(|after| self.rest = after).is_some()
    }

    /// Takes what comes until `is_end` is true.
    pub(super) fn until(&mut self, is_end: impl FnMut(char) -> bool) -> &'a str {
        let end = self.rest.find(is_end).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        word
    }

    /// A text in double quotes, without them. `\"` is a quote; other backslashes stay.
    pub(super) fn quoted(&mut self) -> Result<Option<String>, String> {
        let Some(inside) = self.rest.strip_prefix('"') else {
            return Ok(None);
        };
        let mut text = String::new();
        let mut chars = inside.char_indices();
        while let Some((index, char)) = chars.next() {
            match char {
                '"' => {
                    self.rest = inside.get(index + 1..).unwrap_or_default();
                    return Ok(Some(text));
                }
                '\\' => match chars.next() {
                    Some((_, '"')) => text.push('"'),
                    Some((_, other)) => text.extend(['\\', other]),
                    None => text.push('\\'),
                },
                char => text.push(char),
            }
        }
        Err("a `\"` has no second one; write `\\\"` for the character itself".to_owned())
    }

    /// A pattern: quoted, or up to white space or a bracket that closes what is around it.
    pub(super) fn pattern(&mut self) -> Result<String, String> {
        if let Some(quoted) = self.quoted()? {
            return Ok(quoted);
        }
        let mut open = 0_usize;
        let mut is_escaped = false;
        let word = self.until(|char| {
            let was_escaped = is_escaped;
            is_escaped = !was_escaped && char == '\\';
            if was_escaped {
                return false;
            }
            match char {
                '[' => open += 1,
                ']' if open == 0 => return true,
                ']' => open -= 1,
                _ => {}
            }
            char.is_whitespace()
        });
        if word.is_empty() {
            return Err("a pattern is missing after `:`; write `*` for any".to_owned());
        }
        Ok(word.to_owned())
    }

    /// The name before `:`, and whether a `!` is before that.
    pub(super) fn key(&mut self) -> Result<(bool, &'a str), String> {
        let is_negated = self.take("!");
        let start = self.rest;
        let name = self.until(|char| char == ':' || char.is_whitespace() || char == ']');
        if name.is_empty() || !self.take(":") {
            let word = start.split_whitespace().next().unwrap_or_default();
            return Err(format!(
                "`{word}` is no matcher; write one as `name:pattern`"
            ));
        }
        Ok((is_negated, name))
    }
}
