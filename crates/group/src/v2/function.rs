//! Names of functions as they count, by platform.

use std::borrow::Cow;

use watchpost_model::Frame;

/// Why a name does not count.
pub(super) type Why = &'static str;

const UNNAMED: Why = "an unnamed function";
const GENERATED: Why = "a generated name";

/// The name that counts. `Ok(None)`: there is none.
pub(super) fn name<'a>(frame: &'a Frame, platform: &str) -> Result<Option<Cow<'a, str>>, Why> {
    let Some(name) = frame.function.as_deref().filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    match platform {
        "javascript" | "node" => javascript(name).map(|name| Some(Cow::Borrowed(name))),
        "java" | "groovy" => java(name).map(Some),
        "csharp" => {
            let raw = frame.other.get("raw_function").and_then(|raw| raw.as_str());
            Ok(Some(Cow::Borrowed(raw.unwrap_or(name))))
        }
        "ruby" => Ok(Some(Cow::Borrowed(ruby(name)))),
        "php" => php(name).map(|name| Some(Cow::Borrowed(name))),
        "c" | "cocoa" | "native" | "objc" | "rust" | "swift" | "cpp" => native(name).map(Some),
        _ if matches!(name, "<redacted>" | "<unknown>") => Err(UNNAMED),
        _ => Ok(Some(Cow::Borrowed(name))),
    }
}

fn javascript(name: &str) -> Result<&str, Why> {
    let name = name.split(" [as ").next().unwrap_or(name);
    // Not a dot in `foo(a.b)` or `<anonymous>`; browsers name neither.
    let name = name.rsplit('.').next().unwrap_or(name).trim();
    let unnamed = [
        "",
        "?",
        "<anonymous>",
        "<anonymous function>",
        "Anonymous function",
    ];
    if unnamed.contains(&name) || name.ends_with("/<") {
        return Err(UNNAMED);
    }
    Ok(name)
}

fn java(name: &str) -> Result<Cow<'_, str>, Why> {
    if name.starts_with("lambda$") {
        return Err(GENERATED);
    }
    Ok(java_generated(name))
}

/// Names of what the virtual machine and frameworks make while the program runs.
pub(super) fn java_generated(name: &str) -> Cow<'_, str> {
    const NUMBERED: [&str; 4] = [
        "GeneratedMethodAccessor",
        "GeneratedSerializationConstructorAccessor",
        "GeneratedConstructorAccessor",
        "_javassist_",
    ];
    const REST: [&str; 6] = [
        "CGLIB$$",
        "$$_javassist",
        "$fn__",
        "$$EnhancerByGuice$$",
        "$FastClassByGuice$",
        "$HibernateProxy$",
    ];
    let marks = NUMBERED.iter().chain(&REST);
    let found = marks.filter_map(|mark| name.find(mark).map(|at| (at, mark.len())));
    let Some((at, len)) = found.min() else {
        return Cow::Borrowed(name);
    };
    // What follows is a counter or a digest, up to the next name.
    let is_inside = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '$');
    let (before, rest) = name.split_at_checked(at + len).unwrap_or((name, ""));
    let after = rest.trim_start_matches(is_inside);
    Cow::Owned(format!("{before}<auto>{after}"))
}

fn ruby(name: &str) -> &str {
    if name.starts_with("block ") {
        return "block";
    }
    // `_app_views_cart_html_erb__1234567890_59876`.
    let is_number = |text: &str| text.len() >= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((rest, last)) = name.rsplit_once('_') else {
        return name;
    };
    match rest.rsplit_once("__") {
        Some((template, first)) if is_number(last) && is_number(first.trim_start_matches('_')) => {
            template
        }
        _ => name,
    }
}

fn php(name: &str) -> Result<&str, Why> {
    if name.starts_with("[Anonymous") {
        return Err(UNNAMED);
    }
    if name.starts_with("class@anonymous") {
        let method = name.rsplit_once("::").map(|(_, method)| method);
        return method.filter(|method| !method.is_empty()).ok_or(UNNAMED);
    }
    Ok(name)
}

/// Without arguments, types that were filled in, and the digest of a Rust symbol.
fn native(name: &str) -> Result<Cow<'_, str>, Why> {
    if matches!(name, "<redacted>" | "<unknown>") {
        return Err(UNNAMED);
    }
    let name = without_digest(name);
    // Selectors of Objective-C have neither.
    if !name.contains(['(', '<']) || name.starts_with(['-', '+', '<']) {
        return Ok(Cow::Borrowed(name));
    }
    let mut out = String::with_capacity(name.len());
    let mut depth = 0_usize;
    for char in name.chars() {
        match char {
            // `operator<`, `operator()`.
            '<' | '(' if depth == 0 && out.ends_with("operator") => out.push(char),
            '<' | '(' => depth += 1,
            '>' | ')' if depth > 0 => depth -= 1,
            char if depth == 0 => out.push(char),
            _ => {}
        }
    }
    // `void shop::charge` has its result before the name.
    let out = out.trim_end_matches(" const").trim();
    let is_operator = out.contains("operator");
    let short = if is_operator {
        out
    } else {
        out.rsplit(' ').next().unwrap_or(out)
    };
    if short.is_empty() {
        return Ok(Cow::Borrowed(name));
    }
    Ok(Cow::Owned(short.to_owned()))
}

/// `shop::charge::h0123456789abcdef` is `shop::charge`.
fn without_digest(name: &str) -> &str {
    let Some((rest, digest)) = name.rsplit_once("::h") else {
        return name;
    };
    let is_digest = digest.len() == 16 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digest { rest } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(platform: &str, function: &str, expect: Option<&str>) {
        let frame = Frame {
            function: Some(function.to_owned()),
            ..Frame::default()
        };
        let got = name(&frame, platform).unwrap_or_default();
        assert_eq!(got.as_deref(), expect, "{platform} {function}");
    }

    #[test]
    fn functions_by_platform() {
        check("javascript", "Object.foo.bar", Some("bar"));
        check("javascript", "Object.pay [as onClick]", Some("pay"));
        for unnamed in [
            "?",
            "<anonymous>",
            "Object.<anonymous>",
            "Anonymous function",
            "pay/<",
        ] {
            check("javascript", unnamed, None);
            check("node", unnamed, None);
        }
        check("java", "lambda$main$0", None);
        check("java", "charge", Some("charge"));
        check("ruby", "block in charge", Some("block"));
        check("ruby", "block (2 levels) in charge", Some("block"));
        check(
            "ruby",
            "_app_cart_html_erb__1234567_59876",
            Some("_app_cart_html_erb"),
        );
        check("ruby", "pay_2", Some("pay_2"));
        check("php", "[Anonymous function]", None);
        check("php", "class@anonymous\0/srv/x.php:3$0", None);
        check("php", "class@anonymous\0/srv/x.php:3$0::pay", Some("pay"));
        check("native", "<redacted>", None);
        check(
            "native",
            "shop::charge(int, std::vector<int>)",
            Some("shop::charge"),
        );
        check(
            "native",
            "void shop::pay<int>(int) const",
            Some("shop::pay"),
        );
        check(
            "native",
            "bool operator<(A const&, B const&)",
            Some("bool operator<"),
        );
        check(
            "rust",
            "shop::charge::h0123456789abcdef",
            Some("shop::charge"),
        );
        check("cocoa", "-[Shop pay:(id)]", Some("-[Shop pay:(id)]"));
        check("python", "<lambda>", Some("<lambda>"));
    }

    #[test]
    fn the_raw_name_is_better_in_csharp() {
        let mut frame = Frame {
            function: Some("Pay".to_owned()),
            ..Frame::default()
        };
        frame
            .other
            .insert("raw_function".to_owned(), "Pay(Int32)".into());
        assert_eq!(
            name(&frame, "csharp").unwrap().as_deref(),
            Some("Pay(Int32)")
        );
    }

    #[test]
    fn generated_names_of_java() {
        for (from, expect) in [
            (
                "sun.reflect.GeneratedMethodAccessor42",
                "sun.reflect.GeneratedMethodAccessor<auto>",
            ),
            (
                "x.GeneratedConstructorAccessor7",
                "x.GeneratedConstructorAccessor<auto>",
            ),
            (
                "x.GeneratedSerializationConstructorAccessor7",
                "x.GeneratedSerializationConstructorAccessor<auto>",
            ),
            ("shop.Cart$$FooCGLIB$$ab12", "shop.Cart$$FooCGLIB$$<auto>"),
            (
                "shop.Cart$$_javassist_seam_7",
                "shop.Cart$$_javassist<auto>",
            ),
            ("shop.core$fn__1234", "shop.core$fn__<auto>"),
            (
                "shop.Cart$$EnhancerByGuice$$ae46b1bf",
                "shop.Cart$$EnhancerByGuice$$<auto>",
            ),
            (
                "shop.Cart$$FastClassByGuice$caceacd2",
                "shop.Cart$$FastClassByGuice$<auto>",
            ),
            (
                "shop.Cart$HibernateProxy$oRWxjAWT",
                "shop.Cart$HibernateProxy$<auto>",
            ),
            ("Cart_javassist_7.java", "Cart_javassist_<auto>.java"),
            ("shop.Cart", "shop.Cart"),
        ] {
            assert_eq!(java_generated(from), expect);
        }
    }
}
