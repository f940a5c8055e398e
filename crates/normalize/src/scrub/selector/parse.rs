//! Reads selectors.

use super::{Selector, Step};
use crate::limits::{SELECTOR_BYTES_MAX, SELECTOR_DEPTH_MAX};
use crate::scrub::place::Kinds;

/// Reads all of `text`.
pub(super) fn selector(text: &str) -> Result<Selector, String> {
    if text.len() > SELECTOR_BYTES_MAX {
        return Err(format!("longer than {SELECTOR_BYTES_MAX} bytes"));
    }
    let mut reader = Reader {
        chars: text.char_indices().collect(),
        at: 0,
        depth: 0,
    };
    reader.spaces();
    let selector = reader.any()?;
    match reader.peek() {
        None => Ok(selector),
        Some(')') => Err(reader.fault("this `)` closes nothing")),
        Some(_) => Err(reader.fault(
            "expected `.`, `&&`, `||` or the end; a name with other characters needs quotes: 'a b'",
        )),
    }
}

struct Reader {
    chars: Vec<(usize, char)>,
    at: usize,
    depth: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).map(|(_, char)| *char)
    }

    fn take(&mut self, char: char) -> bool {
        let is_next = self.peek() == Some(char);
        self.at += usize::from(is_next);
        is_next
    }

    fn spaces(&mut self) {
        while self.take(' ') {}
    }

    fn fault(&self, what: &str) -> String {
        format!("character {}: {what}", self.at + 1)
    }

    /// `a || b`
    fn any(&mut self) -> Result<Selector, String> {
        let mut any = vec![self.all()?];
        while self.operator('|') {
            any.push(self.all()?);
        }
        Ok(one_or(any, Selector::Any))
    }

    /// `a && b`
    fn all(&mut self) -> Result<Selector, String> {
        let mut all = vec![self.not()?];
        while self.operator('&') {
            all.push(self.not()?);
        }
        Ok(one_or(all, Selector::All))
    }

    /// Once or twice, with spaces around.
    fn operator(&mut self, char: char) -> bool {
        self.spaces();
        let is_next = self.take(char);
        if is_next {
            self.take(char);
            self.spaces();
        }
        is_next
    }

    fn not(&mut self) -> Result<Selector, String> {
        if self.take('!') {
            self.spaces();
            return Ok(Selector::Not(Box::new(self.group()?)));
        }
        self.group()
    }

    fn group(&mut self) -> Result<Selector, String> {
        if !self.take('(') {
            return self.path();
        }
        self.depth += 1;
        if self.depth > SELECTOR_DEPTH_MAX {
            return Err(self.fault("too many parentheses within each other"));
        }
        self.spaces();
        let inner = self.any()?;
        if !self.take(')') {
            return Err(self.fault("expected `)`"));
        }
        self.depth -= 1;
        Ok(inner)
    }

    fn path(&mut self) -> Result<Selector, String> {
        let mut steps = vec![self.step()?];
        loop {
            self.spaces();
            if !self.take('.') {
                break;
            }
            self.spaces();
            let step = self.step()?;
            if step == Step::Many && steps.contains(&Step::Many) {
                return Err(self.fault("`**` may stand once in a path"));
            }
            steps.push(step);
        }
        if steps == [Step::One] {
            return Err(self.fault("`*` alone is one step of a path; everything is `**`"));
        }
        Ok(Selector::Path(steps))
    }

    fn step(&mut self) -> Result<Step, String> {
        match self.peek() {
            Some('*') => {
                self.at += 1;
                if !self.take('*') {
                    return Ok(Step::One);
                }
                if self.peek() == Some('*') {
                    return Err(self.fault("expected `*` or `**`"));
                }
                Ok(Step::Many)
            }
            Some('$') => self.kind(),
            Some('\'') => self.quoted(),
            _ => {
                let name = self
                    .word(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '~'));
                if name.is_empty() {
                    return Err(self.fault(
                        "expected a name, `*`, `**`, a kind such as `$string`, or a quoted name",
                    ));
                }
                let number = name.parse().ok();
                Ok(Step::Name(name, number))
            }
        }
    }

    fn kind(&mut self) -> Result<Step, String> {
        let start = self.at;
        self.at += 1;
        let name = self.word(|char| char.is_ascii_lowercase() || char == '_');
        let known = Kinds::NAMES.iter().find(|(known, _)| *known == name);
        if let Some((_, kinds)) = known {
            return Ok(Step::Kind(*kinds));
        }
        self.at = start;
        let names = Kinds::NAMES.iter().map(|(name, _)| format!("${name}"));
        let names: Vec<String> = names.collect();
        let what = format!("`${name}` is no kind; there are {}", names.join(", "));
        Err(self.fault(&what))
    }

    fn quoted(&mut self) -> Result<Step, String> {
        self.at += 1;
        let mut name = String::new();
        loop {
            name.push_str(&self.word(|char| char != '\''));
            if !self.take('\'') {
                return Err(self.fault("the quote is not closed"));
            }
            if !self.take('\'') {
                break;
            }
            name.push('\'');
        }
        if name.is_empty() {
            return Err(self.fault("a name must not be empty"));
        }
        let number = name.parse().ok();
        Ok(Step::Name(name, number))
    }

    fn word(&mut self, is_part: impl Fn(char) -> bool) -> String {
        let rest = self.chars.get(self.at..).unwrap_or_default();
        let chars = rest.iter().map(|(_, char)| *char);
        let word: String = chars.take_while(|char| is_part(*char)).collect();
        self.at += word.chars().count();
        word
    }
}

fn one_or(mut list: Vec<Selector>, join: fn(Vec<Selector>) -> Selector) -> Selector {
    match list.pop() {
        Some(only) if list.is_empty() => only,
        Some(last) => {
            list.push(last);
            join(list)
        }
        None => join(list),
    }
}
