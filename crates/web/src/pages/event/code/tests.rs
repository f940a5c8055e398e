//! Colours never change the text; the column stands where the client says; lines have numbers.

use askama::Template;

use super::*;

const LANGUAGES: [Language; 9] = [
    Language::Python,
    Language::Script,
    Language::Rust,
    Language::Go,
    Language::Curly,
    Language::Php,
    Language::Ruby,
    Language::Sql,
    Language::Plain,
];

/// The lines as a page prints them.
#[derive(Template)]
#[template(path = "parts/code.html")]
struct Code<'a> {
    code: &'a [Line],
}

fn line(text: &str, column: Option<u64>, language: Language) -> Line {
    Line::new(text, column, language)
}

/// `k:if  x` for a keyword and plain text, marked text in brackets.
fn shown(text: &str, column: Option<u64>, language: Language) -> String {
    let line = line(text, column, language);
    let spans = line.spans();
    let one = |span: &Span<'_>| match span.class {
        "" => span.text.to_owned(),
        class => format!("<{class}:{}>", span.text),
    };
    spans.iter().map(one).collect()
}

#[test]
fn each_family_has_its_own_words_strings_comments_and_numbers() {
    let check =
        |language, text: &str, expect: &str| assert_eq!(shown(text, None, language), expect);
    check(
        Language::Python,
        r##"if x == "a\"#": return 1.5  # not 'it'"##,
        r##"<k:if> x == <s:"a\"#">: <k:return> <n:1.5>  <c:# not 'it'>"##,
    );
    check(
        Language::Script,
        "let a = `b`; // c",
        "<k:let> a = <s:`b`>; <c:// c>",
    );
    check(
        Language::Script,
        "a /* b */ + 0x1f",
        "a <c:/* b */> + <n:0x1f>",
    );
    check(
        Language::Rust,
        r"fn f<'a>(c: &'a str) { c == '\'' }",
        r"<k:fn> f<'a>(c: &'a str) { c == <s:'\''> }",
    );
    check(
        Language::Go,
        "for i := range 3 {",
        "<k:for> i := <k:range> <n:3> {",
    );
    check(
        Language::Curly,
        "throw new E(1);",
        "<k:throw> <k:new> E(<n:1>);",
    );
    check(Language::Php, "$if = 'x'; # y", "$if = <s:'x'>; <c:# y>");
    check(Language::Ruby, "unless nil?", "<k:unless> <k:nil>?");
    check(
        Language::Sql,
        "select 'a''b' From t -- x",
        "<k:select> <s:'a'><s:'b'> <k:From> t <c:-- x>",
    );
    check(Language::Plain, "if \"x\" # 1", "if \"x\" # 1");
    check(Language::Python, "s = 'open", "s = <s:'open>");
    check(Language::Python, "format_if(iffy)", "format_if(iffy)");
}

#[test]
fn a_frame_tells_its_language_by_file_or_else_by_platform() {
    let check = |file, platform, expect| assert_eq!(Language::of(file, platform), expect);
    check("shop/views.py", "other", Language::Python);
    check(
        "https://cdn.example/a.min.js?v=2",
        "other",
        Language::Script,
    );
    check("", "ruby", Language::Ruby);
    check("Main.KT", "java", Language::Curly);
    check("index.html", "python", Language::Plain);
    check("a.unknown", "", Language::Plain);
}

#[test]
fn the_column_is_marked_with_its_word_and_never_beside_the_line() {
    let check = |column, expect: &str| {
        assert_eq!(shown("a.if(bé)", Some(column), Language::Script), expect);
    };
    check(1, "<caret:a>.<k:if>(bé)");
    check(3, "a.<caret:if>(bé)");
    check(4, "a.<k:i><caret:f>(bé)");
    check(5, "a.<k:if><caret:(>bé)");
    check(7, "a.<k:if>(b<caret:é>)");
    assert_eq!(shown("{snip} a.b", Some(9), Language::Script), "{snip} a.b");
    for outside in [0, 9, 10_000, u64::MAX] {
        check(outside, "a.<k:if>(bé)");
    }
}

#[test]
fn of_a_long_line_the_window_around_the_column_is_shown() {
    let text = format!("{}boom(){}", "é;".repeat(50_000), "x;".repeat(50_000));
    let seen = line(&text, Some(100_001), Language::Script);
    assert_eq!(seen.text.chars().count(), LINE_CHARS_MAX);
    assert_eq!(seen.hidden.0, 100_000 - BEFORE_CHARS);
    assert_eq!(
        seen.hidden.0 + seen.hidden.1 + LINE_CHARS_MAX,
        text.chars().count()
    );
    let marked: Vec<&str> = seen
        .spans()
        .iter()
        .filter(|span| span.class == "caret")
        .map(|span| span.text)
        .collect();
    assert_eq!(marked, ["boom"]);
    let last = line(&text, Some(text.chars().count() as u64), Language::Script);
    assert_eq!((last.hidden.1, last.text.ends_with("x;")), (0, true));
    let from_start = line(&text, None, Language::Script);
    assert_eq!(
        from_start.hidden,
        (0, text.chars().count() - LINE_CHARS_MAX)
    );
}

/// A text of pieces that matter to lexers, by a generator that needs no library.
fn odd(seed: u64) -> String {
    const PARTS: [&str; 30] = [
        "\"", "'", "`", "\\", "//", "/*", "*/", "#", "\"\"\"", "'''", "<<EOT", "é", "𝒳",
        "\u{202e}", "if", "fn", "def", "0x", "1.", "9", "<b>", "&amp;", "</li>", "\t", " ", "$",
        "_", "r#\"", "\0", "'a",
    ];
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut text = String::new();
    for _ in 0..seed % 40 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text += PARTS[usize::try_from(state % 30).unwrap()];
    }
    text
}

/// The page's text without its tags, and its escapes read back.
fn text_of(html: &str) -> String {
    let mut text = String::new();
    for part in html
        .split('<')
        .map(|part| part.split_once('>').map_or(part, |(_, after)| after))
    {
        text += part;
    }
    let escapes = [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
    ];
    escapes
        .iter()
        .fold(text, |text, (escape, plain)| text.replace(escape, plain))
}

#[test]
fn w03_what_is_coloured_says_what_was_sent() {
    for seed in 0..10_000 {
        let text = odd(seed);
        for language in LANGUAGES {
            let line = line(&text, Some(seed % 30), language);
            let spans: String = line.spans().iter().map(|span| span.text).collect();
            assert_eq!(spans, text, "seed {seed} {language:?}");
            if seed % 50 == 0 {
                let html = Code { code: &[line] }.render().unwrap();
                assert_eq!(text_of(&html), text, "seed {seed} {language:?}: {html}");
            }
        }
    }
}

#[test]
fn a_line_has_a_bounded_number_of_spans() {
    let line = line(&"if 1 ".repeat(100), Some(3), Language::Python);
    assert!(line.spans().len() < 70, "{}", line.spans().len());
    assert_eq!(
        line.spans()
            .iter()
            .map(|span| span.text.len())
            .sum::<usize>(),
        500
    );
}

#[test]
fn lines_have_their_real_numbers() {
    let numbers = |lineno| {
        let [a, b, c, d] = ["a\n", "b", "c", "d"].map(str::to_owned);
        let lines = lines(&Source {
            language: Language::Plain,
            line: lineno,
            column: None,
            before: &[a, b],
            current: Some(&c),
            after: &[d],
        });
        let line =
            |line: Line| format!("{}{}{}", line.number, line.text, u8::from(line.is_current));
        lines.into_iter().map(line).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(numbers(Some(42)), "40a0 41b0 42c1 43d0");
    assert_eq!(numbers(Some(1)), "a0 b0 1c1 2d0");
    assert_eq!(numbers(None), "a0 b0 c1 d0");
    let huge = "18446744073709551613a0 ".len() * 4 - 1;
    assert_eq!(numbers(Some(u64::MAX)).len(), huge);
}
