//! A browser without JavaScript: it keeps cookies, reads forms off pages, fills and sends them.

#![expect(clippy::expect_used, reason = "a harness is test code")]

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::http::{Answer, Connection};
use crate::report::percent;
use crate::server::Server;

/// What every account in these tests has.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A person at a browser.
pub(crate) struct Browser {
    connection: Connection,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    /// Somebody who has never been here.
    pub(crate) fn open(server: &Server) -> Self {
        Self {
            connection: server.connect(),
            cookies: BTreeMap::new(),
        }
    }

    /// Somebody who has signed in through the page.
    pub(crate) fn signed_in(server: &Server, email: &str) -> Self {
        Self::signed_in_with(server, email, PASSWORD)
    }

    /// The same with another password.
    pub(crate) fn signed_in_with(server: &Server, email: &str, password: &str) -> Self {
        let mut browser = Self::open(server);
        let page = browser.get("/auth/login/");
        let form = Form::on(&page.text(), "/auth/login/");
        let answer = browser.send(&form, &[("email", email), ("password", password)]);
        assert_eq!(answer.status, 303, "{}", answer.text());
        browser
    }

    /// Follows a link.
    pub(crate) fn get(&mut self, path: &str) -> Answer {
        let headers = self.headers();
        let answer = self.connection.exchange("GET", path, &headers, b"");
        self.keep(answer.expect("the server answers"))
    }

    /// Sends a form with these fields filled in.
    pub(crate) fn send(&mut self, form: &Form, filled: &[(&str, &str)]) -> Answer {
        for (name, _) in filled {
            assert!(form.has(name), "no field {name} in {form:?}");
        }
        let mut body = String::new();
        for (name, value) in &form.fields {
            let typed = filled.iter().find(|(filled, _)| filled == name);
            let value = typed.map_or(value.as_str(), |(_, value)| *value);
            write!(body, "{name}={}&", percent(value.as_bytes())).expect("memory takes text");
        }
        let mut headers = self.headers();
        headers.push_str("Content-Type: application/x-www-form-urlencoded\r\n");
        let answer = self
            .connection
            .exchange("POST", &form.action, &headers, body.as_bytes());
        self.keep(answer.expect("the server answers"))
    }

    /// The cookies as a header line.
    pub(crate) fn headers(&self) -> String {
        let pairs = self.cookies.iter();
        let pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        match pairs.as_slice() {
            [] => String::new(),
            pairs => format!("Cookie: {}\r\n", pairs.join("; ")),
        }
    }

    fn keep(&mut self, answer: Answer) -> Answer {
        for cookie in answer.all("set-cookie") {
            let pair = cookie
                .split(';')
                .next()
                .and_then(|pair| pair.split_once('='));
            let (name, value) = pair.expect("a name and a value");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }
}

/// A form as it stands on a page.
#[derive(Debug)]
pub(crate) struct Form {
    action: String,
    fields: Vec<(String, String)>,
}

impl Form {
    /// The form on a page that is sent to a path that starts like this.
    pub(crate) fn on(page: &str, action: &str) -> Self {
        let forms = page.split("<form").skip(1);
        let forms = forms.map(|form| form.split("</form>").next().unwrap_or_default());
        let is_wanted = |found: String| found.starts_with(action);
        let mut forms = forms.filter(|form| attribute(form, "action").is_some_and(is_wanted));
        let form = forms
            .next()
            .unwrap_or_else(|| panic!("no form for {action} on {page}"));
        let inputs = form.split("<input").skip(1);
        let inputs = inputs.map(|input| input.split('>').next().unwrap_or_default());
        let fields = inputs.filter_map(|input| {
            let value = attribute(input, "value").unwrap_or_default();
            Some((attribute(input, "name")?, value))
        });
        Self {
            action: attribute(form, "action").expect("it was found by it"),
            fields: fields.collect(),
        }
    }

    fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(field, _)| field == name)
    }
}

/// The value of the first attribute of that name.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next().map(str::to_owned)
}
