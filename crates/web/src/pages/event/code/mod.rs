//! Source code around a place: numbered, coloured, cut to what a page can show, with the column
//! marked. Pure.

mod language;
mod lexer;

pub(crate) use self::language::Language;
use self::lexer::{Kind, Piece, pieces, word};

/// Characters of a source line: minified files have lines of megabytes.
const LINE_CHARS_MAX: usize = 500;
/// Characters before the marked column that are shown of a longer line.
const BEFORE_CHARS: usize = 160;

/// The lines around a place, as an event brings them.
pub(crate) struct Source<'a> {
    pub(crate) language: Language,
    pub(crate) line: Option<u64>,
    /// From 1.
    pub(crate) column: Option<u64>,
    pub(crate) before: &'a [String],
    pub(crate) current: Option<&'a String>,
    pub(crate) after: &'a [String],
}

/// One line of source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) number: String,
    pub(crate) is_current: bool,
    /// What is shown of it.
    pub(crate) text: String,
    /// How many characters before that and after it are not shown.
    pub(crate) hidden: (usize, usize),
    /// Where the marked column begins in `text`, in bytes.
    caret: Option<usize>,
    language: Language,
}

/// A part of a line that looks alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span<'a> {
    /// Empty for plain text.
    pub(crate) class: &'static str,
    pub(crate) text: &'a str,
}

/// The lines around, with their real numbers.
pub(crate) fn lines(source: &Source<'_>) -> Vec<Line> {
    let Some(current) = source.current else {
        return Vec::new();
    };
    let numbered = source.line.filter(|line| *line > 0).map(i128::from);
    let line = |(offset, text): (i128, &String)| {
        let number = numbered.map(|line| line + offset).filter(|line| *line > 0);
        let column = source.column.filter(|_| offset == 0);
        Line {
            number: number.map_or_else(String::new, |line| line.to_string()),
            is_current: offset == 0,
            ..Line::new(text.trim_end_matches(['\r', '\n']), column, source.language)
        }
    };
    let above = i128::try_from(source.before.len()).unwrap_or(0);
    let before = (-above..).zip(source.before);
    let after = (1..).zip(source.after);
    let all = before.chain([(0, current)]).chain(after);
    all.map(line).collect()
}

impl Line {
    fn new(text: &str, column: Option<u64>, language: Language) -> Self {
        let column = column.and_then(|column| usize::try_from(column).ok()?.checked_sub(1));
        let column = column.filter(|column| text.chars().nth(*column).is_some());
        // Clients that cut a line around the column say so, and not where.
        let column = column.filter(|_| !text.trim_start_matches('\'').starts_with("{snip}"));
        let count = text.chars().count();
        let start = match column {
            Some(column) if count > LINE_CHARS_MAX => {
                let latest = count - LINE_CHARS_MAX;
                column.saturating_sub(BEFORE_CHARS).min(latest)
            }
            _ => 0,
        };
        let shown: String = text.chars().skip(start).take(LINE_CHARS_MAX).collect();
        let caret = column.map(|column| {
            let before = shown.chars().take(column.saturating_sub(start));
            before.map(char::len_utf8).sum()
        });
        Self {
            number: String::new(),
            is_current: false,
            hidden: (start, count - start - shown.chars().count()),
            text: shown,
            caret,
            language,
        }
    }

    /// A text that stands alone, of one line or several.
    pub(crate) fn of(text: &str, language: Language) -> Self {
        Self::new(text, None, language)
    }

    /// The text in its colours; together the spans are the text.
    pub(crate) fn spans(&self) -> Vec<Span<'_>> {
        let mut spans = Vec::new();
        let mark = self.marked();
        let mut at = 0;
        for piece in pieces(&self.text, self.language) {
            let place = (at, at + piece.text.len());
            at = place.1;
            let cuts = [
                place.0,
                mark.0.clamp(place.0, place.1),
                mark.1.clamp(place.0, place.1),
            ];
            let parts = cuts.into_iter().zip([cuts[1], cuts[2], place.1]);
            for (part, (from, to)) in parts.enumerate() {
                let text = self.text.get(from..to).unwrap_or_default();
                if !text.is_empty() {
                    let class = if part == 1 { "caret" } else { class(&piece) };
                    spans.push(Span { class, text });
                }
            }
        }
        spans
    }

    /// From where to where the mark reaches: the word at the column, or one character.
    fn marked(&self) -> (usize, usize) {
        let Some(from) = self.caret else {
            return (usize::MAX, usize::MAX);
        };
        let rest = self.text.get(from..).unwrap_or_default();
        let one = rest.chars().next().map_or(0, char::len_utf8);
        (from, from + word(rest).max(one))
    }
}

fn class(piece: &Piece<'_>) -> &'static str {
    match piece.kind {
        Kind::Plain => "",
        Kind::Keyword => "k",
        Kind::Text => "s",
        Kind::Comment => "c",
        Kind::Number => "n",
    }
}

#[cfg(test)]
mod tests;
