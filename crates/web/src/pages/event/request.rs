//! The HTTP request that was being answered. Pure.

use serde_json::Value;
use watchpost_model::Request;

use super::curl::curl;
use super::values::{Pair, pairs, text};
use crate::pages::links::safe_url;

const BODY_CHARS_MAX: usize = 8_000;

/// The request, with what is empty left out.
pub(crate) struct RequestView {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) link: Option<String>,
    /// A command line that asks the same again.
    pub(crate) curl: Option<String>,
    pub(crate) query: Vec<Pair>,
    pub(crate) form: Vec<Pair>,
    pub(crate) body: Option<String>,
    pub(crate) tables: Vec<Table>,
}

/// One folded table.
pub(crate) struct Table {
    pub(crate) title: &'static str,
    pub(crate) pairs: Vec<Pair>,
}

impl RequestView {
    /// `None` when the client sent an empty request.
    pub(crate) fn new(request: &Request) -> Option<Self> {
        if *request == Request::default() {
            return None;
        }
        let url = request.url.clone().unwrap_or_default();
        let fragment = request.fragment.as_deref().filter(|text| !text.is_empty());
        let url = match fragment {
            Some(fragment) => format!("{url}#{fragment}"),
            None => url,
        };
        let (form, body) = match &request.data {
            Some(Value::Object(map)) => (pairs(map), None),
            Some(Value::Null) | None => (Vec::new(), None),
            Some(other) => (Vec::new(), Some(super::cut(text(other), BODY_CHARS_MAX))),
        };
        let tables = [
            ("Headers", named(&request.headers)),
            ("Cookies", named(&request.cookies)),
            ("Environment", pairs(&request.env)),
        ];
        let filled = tables.into_iter().filter(|(_, pairs)| !pairs.is_empty());
        Some(Self {
            method: request.method.clone().unwrap_or_default(),
            curl: curl(request),
            link: safe_url(&url).map(str::to_owned),
            url,
            query: named(&request.query_string),
            form,
            body,
            tables: filled
                .map(|(title, pairs)| Table { title, pairs })
                .collect(),
        })
    }
}

/// Pairs of a request never become links: they are what some stranger sent.
fn named(pairs: &[(String, String)]) -> Vec<Pair> {
    let plain = |(key, value): &(String, String)| Pair {
        link: None,
        ..Pair::new(key, value)
    };
    pairs.iter().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_empty_request_is_none() {
        assert!(RequestView::new(&Request::default()).is_none());
    }

    #[test]
    fn bodies_are_a_table_or_text() {
        let view = |data: Value| {
            RequestView::new(&Request {
                data: Some(data),
                ..Request::default()
            })
        };
        let form = view(json!({"a": "1"})).unwrap();
        assert_eq!((form.form, form.body), (vec![Pair::new("a", "1")], None));
        let text = view(json!("raw")).unwrap();
        assert_eq!((text.form, text.body.as_deref()), (vec![], Some("raw")));
    }

    #[test]
    fn w02_a_url_is_a_link_only_when_it_is_safe() {
        let link = |url: &str| {
            let request = Request {
                url: Some(url.into()),
                ..Request::default()
            };
            RequestView::new(&request).unwrap().link
        };
        assert!(link("https://shop.example/pay").is_some());
        assert!(link("javascript:alert(1)").is_none());
    }
}
