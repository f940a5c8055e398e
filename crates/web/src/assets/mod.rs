//! Styles, script and icon: part of the binary, served under names that carry a hash of their
//! content, so that browsers may keep them for a year.

mod icons;

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::App;
use crate::pages::PageError;
use crate::secret::{hash_of, hex};

/// The layers in their order. The first line fixes the order, whatever comes first below.
const STYLES: &[&str] = &[
    "@layer reset, tokens, base, components, pages;\n",
    include_str!("css/reset.css"),
    include_str!("css/tokens.css"),
    include_str!("css/base.css"),
    include_str!("css/components.css"),
    include_str!("css/shell.css"),
    include_str!("css/issues.css"),
    include_str!("css/event.css"),
    include_str!("css/settings.css"),
    include_str!("css/explore.css"),
    include_str!("css/survey.css"),
    include_str!("css/hands.css"),
    include_str!("css/print.css"),
];

const SCRIPTS: &[&str] = &[
    include_str!("js/app.js"),
    include_str!("js/part.js"),
    include_str!("js/chart.js"),
    include_str!("js/live.js"),
    include_str!("js/search.js"),
    include_str!("js/keys.js"),
    include_str!("js/bulk.js"),
    include_str!("js/palette.js"),
    include_str!("js/peek.js"),
];

/// One file as it is served.
struct Asset {
    name: String,
    kind: &'static str,
    body: String,
}

/// The files, and where pages find them.
pub(crate) struct Assets {
    /// Path of the stylesheet.
    pub(crate) style: String,
    /// Path of the script, an ES module.
    pub(crate) script: String,
    /// Path of the icon.
    pub(crate) icon: String,
    files: Vec<Asset>,
}

/// All assets, put together on first use.
pub(crate) static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let style = stylesheet();
    let files = vec![
        Asset::new("watchpost", "css", "text/css; charset=utf-8", style),
        Asset::new(
            "watchpost",
            "js",
            "text/javascript; charset=utf-8",
            SCRIPTS.concat(),
        ),
        Asset::new("mark", "svg", "image/svg+xml", icons::MARK.to_owned()),
    ];
    let path = |end: &str| {
        let file = files.iter().find(|file| file.name.ends_with(end));
        format!("/static/{}", file.map_or("", |file| &file.name))
    };
    Assets {
        style: path(".css"),
        script: path(".js"),
        icon: path(".svg"),
        files,
    }
});

/// All layers and all icons.
pub(crate) fn stylesheet() -> String {
    STYLES.concat() + &icons::stylesheet()
}

impl Asset {
    fn new(stem: &str, end: &str, kind: &'static str, body: String) -> Self {
        let hash = hex(&hash_of(&body)).chars().take(12).collect::<String>();
        let name = format!("{stem}-{hash}.{end}");
        Self { name, kind, body }
    }
}

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/static/{file}", get(file))
        .route("/robots.txt", get("User-agent: *\nDisallow: /\n"))
}

async fn file(Path(name): Path<String>) -> Result<Response, PageError> {
    let file = ASSETS.files.iter().find(|file| file.name == name);
    let file = file.ok_or(PageError::Missing("file"))?;
    let headers = [
        (header::CONTENT_TYPE, file.kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, file.body.as_str()).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_the_hash_of_the_content() {
        let style = ASSETS
            .files
            .iter()
            .find(|file| file.kind.starts_with("text/css"));
        let style = style.unwrap();
        assert!(ASSETS.style.ends_with(&style.name));
        let again = Asset::new("watchpost", "css", "text/css", style.body.clone());
        assert_eq!(again.name, style.name);
        let other = Asset::new("watchpost", "css", "text/css", style.body.clone() + " ");
        assert_ne!(other.name, style.name);
    }

    #[test]
    fn raw_colours_are_named_in_tokens_only() {
        let hex_colour = |line: &str| {
            let after = line.split('#').skip(1);
            let digits = after.map(|rest| {
                let digits = rest.chars().take_while(char::is_ascii_hexdigit);
                digits.count()
            });
            let mut digits = digits.into_iter();
            digits.any(|count| matches!(count, 3 | 4 | 6 | 8))
        };
        for (place, text) in STYLES.iter().enumerate().filter(|(place, _)| *place != 2) {
            let found = text.lines().find(|line| hex_colour(line));
            assert_eq!(found, None, "in part {place}");
        }
    }

    /// The relative luminance of `#rrggbb`, as WCAG 2 defines it.
    fn luminance(colour: &str) -> f64 {
        let part = |at: usize| {
            let digits = u8::from_str_radix(colour.get(at..at + 2).unwrap(), 16).unwrap();
            let share = f64::from(digits) / 255.0;
            if share <= 0.04045 {
                share / 12.92
            } else {
                ((share + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    #[test]
    fn source_code_is_readable_in_both_themes() {
        let token = |name: &str| {
            let rule = format!("--{name}: light-dark(");
            let (_, rest) = STYLES[2].split_once(&rule).unwrap();
            let (light, dark) = rest.split_once(");").unwrap().0.split_once(", ").unwrap();
            [light, dark].map(luminance)
        };
        let check = |ink: &str, ground: &str| {
            for (ink_light, ground_light) in token(ink).into_iter().zip(token(ground)) {
                let (low, high) = (ink_light.min(ground_light), ink_light.max(ground_light));
                let contrast = (high + 0.05) / (low + 0.05);
                assert!(contrast >= 4.5, "{ink} on {ground}: {contrast:.2}");
            }
        };
        for ink in ["code-word", "code-text", "code-number", "ink", "ink-3"] {
            for ground in ["sunk", "paper", "mark"] {
                check(ink, ground);
            }
        }
        check("error", "error-wash");
    }

    #[test]
    fn the_script_stays_small() {
        let bytes = SCRIPTS.concat().len();
        assert!(bytes < 40 * 1024, "{bytes} bytes");
    }
}
