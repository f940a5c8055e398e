//! What happens across issues: projects, releases, environments, users, tags.

mod adoption;
mod asked;
mod environments;
mod issue_lines;
mod projects;
mod release;
mod releases;
mod tag;
mod tags;
mod users;

use axum::Router;
use watchpost_store::Search;
use watchpost_store::search::Pattern;
use watchpost_store::search::ast::{Expr, Test};

use crate::App;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .merge(projects::routes())
        .merge(releases::routes())
        .merge(release::routes())
        .merge(environments::routes())
        .merge(users::routes())
        .merge(tags::routes())
        .merge(tag::routes())
}

/// A term of a search: what a counted key or a tag is exactly.
fn term(key: &str, value: &str) -> Expr {
    Expr::term(key, Test::Like(Pattern::exact(value)))
}

/// The same, read as a search, as somebody would have typed it.
fn search_of(terms: Vec<Expr>) -> Search {
    Search::parse(&Expr::All(terms).to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_read_back_whatever_is_in_them() {
        for value in [
            "1.0",
            "shop@1/2 ü",
            "a\"b",
            "*",
            "(x)",
            "a:b",
            "\\",
            "[x, y]",
        ] {
            for key in [
                "release",
                "firstRelease",
                "user",
                "level",
                "shard",
                "Odd key",
            ] {
                let text = term(key, value).to_string();
                assert!(Search::parse(&text).is_ok() || key == "level", "{text}");
            }
        }
        assert_eq!(term("shard", "a b").to_string(), "shard:\"a b\"");
        let both = vec![
            term("release", "1.0"),
            Expr::Not(Box::new(term("release", "1.1"))),
        ];
        assert_eq!(Expr::All(both).to_string(), "release:1.0 !release:1.1");
    }
}
