//! Is a page well-formed? Every tag is closed in its turn, every attribute is quoted: text that got
//! onto the page as markup breaks one of the two.

/// Elements without an end.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr",
];
/// Elements whose end may be left out, by the standard.
const OPEN: &[&str] = &[
    "li", "p", "dt", "dd", "option", "tr", "td", "th", "tbody", "thead",
];

/// The first fault of a page.
pub(super) fn check(page: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = page;
    while let Some((_, tail)) = rest.split_once('<') {
        rest = match tail.strip_prefix("!--") {
            Some(comment) => comment.split_once("-->").ok_or("an open comment")?.1,
            None => tag(tail, &mut open)?,
        };
    }
    open.retain(|name| !OPEN.contains(name));
    if open.is_empty() {
        Ok(())
    } else {
        Err(format!("never closed: {open:?}"))
    }
}

/// One tag, from behind its `<`; what follows it.
fn tag<'a>(text: &'a str, open: &mut Vec<&'a str>) -> Result<&'a str, String> {
    let start = |text: &str| text.chars().take(60).collect::<String>();
    let (is_end, named) = match text.strip_prefix('/') {
        Some(named) => (true, named),
        None => (false, text),
    };
    let word = |letter: char| letter.is_ascii_alphanumeric() || "-!".contains(letter);
    let length = named.find(|letter| !word(letter)).unwrap_or(named.len());
    let (name, inside) = named.split_at(length);
    if name.is_empty() {
        return Err(format!("a bare <{}", start(text)));
    }
    let (end, is_empty) = attributes(inside).ok_or_else(|| format!("in <{}", start(text)))?;
    let rest = inside.get(end..).unwrap_or_default();
    if is_end {
        while open
            .last()
            .is_some_and(|last| *last != name && OPEN.contains(last))
        {
            open.pop();
        }
        return match open.pop() {
            Some(last) if last == name => Ok(rest),
            last => Err(format!("</{name}> where {last:?} is open")),
        };
    }
    if matches!(name, "script" | "style") {
        let close = format!("</{name}>");
        return Ok(rest.split_once(&close).ok_or("an open script")?.1);
    }
    if !is_empty && !VOID.contains(&name) && !name.starts_with('!') {
        open.push(name);
    }
    Ok(rest)
}

/// Where the tag ends, behind its `>`, and whether it said that it has no inside.
fn attributes(text: &str) -> Option<(usize, bool)> {
    let (mut quote, mut before) = (None, ' ');
    for (place, letter) in text.char_indices() {
        match (quote, letter) {
            (None, '>') => return Some((place + 1, before == '/')),
            // A quote begins a value; anywhere else it is text that broke out of one.
            (None, '"' | '\'') if before == '=' => quote = Some(letter),
            (None, '"' | '\'' | '<') => return None,
            (Some(open), _) if open == letter => quote = None,
            _ => {}
        }
        before = letter;
    }
    None
}

/// Where the link with this `rel` leads, if the page has one.
pub(super) fn link(page: &str, rel: &str) -> Option<String> {
    let mark = format!("rel=\"{rel}\"");
    let mut tags = page
        .split('<')
        .map(|tag| tag.split('>').next().unwrap_or_default());
    let tag = tags.find(|tag| tag.starts_with("a ") && tag.contains(&mark))?;
    let (_, href) = tag.split_once("href=\"")?;
    Some(
        href.split('"')
            .next()?
            .replace("&#38;", "&")
            .replace("&amp;", "&"),
    )
}

#[test]
fn a_page_with_markup_from_outside_is_found() {
    let fine = |page: &str| check(page).is_ok();
    assert!(fine(
        "<!DOCTYPE html><p>a &lt;b&gt;<br><img alt='>'><a href=\"x>\">y</a>"
    ));
    assert!(fine(
        "<script>if (a < b) {}</script><ul><li>x<li>y</ul><!-- < -->"
    ));
    assert!(!fine("<p>a < b</p>"));
    assert!(!fine("<div><b></div></b>"));
    assert!(!fine("<div>"));
    assert!(!fine("<a href=\"x\"onerror=\"y\"\">z</a>"));
    assert!(!fine("<a title=\"a\" b\">z</a>"));
    assert_eq!(
        link("<a rel=\"next\" href=\"?a&amp;b\">x</a>", "next").unwrap(),
        "?a&b"
    );
}
