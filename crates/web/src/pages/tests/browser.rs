//! Somebody at a browser without JavaScript: keeps cookies, fills in forms, follows redirects.

use std::cell::RefCell;
use std::collections::BTreeMap;

use axum::http::{HeaderName, Method, StatusCode, header};

use crate::api::tests::house::{Answer, House};
use crate::secret::hash_password;

pub(super) const PASSWORD: &str = "correct horse battery";

/// See the file.
pub(super) struct Browser<'a> {
    pub(super) house: &'a House,
    cookies: RefCell<BTreeMap<String, String>>,
}

impl<'a> Browser<'a> {
    /// Nobody in particular.
    pub(super) fn stranger(house: &'a House) -> Self {
        Self {
            house,
            cookies: RefCell::default(),
        }
    }

    /// Ada, signed in.
    pub(super) async fn signed_in(house: &'a House) -> Self {
        let known = house.app.ledger.user_by_email(&house.user.email).unwrap();
        if known.unwrap().1 == "none" {
            // Setting it again would end the sessions of other browsers.
            let hash = hash_password(PASSWORD).unwrap();
            house.app.ledger.set_password(house.user.id, &hash).unwrap();
        }
        let browser = Self::stranger(house);
        let answer = browser.sign_in("Ada@Example.org", PASSWORD, "").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        browser
    }

    pub(super) async fn sign_in(&self, email: &str, password: &str, next: &str) -> Answer {
        let fields = [("email", email), ("password", password), ("next", next)];
        self.post("/auth/login/", &fields).await
    }

    pub(super) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }

    pub(super) fn set_cookie(&self, name: &str, value: &str) {
        let mut cookies = self.cookies.borrow_mut();
        cookies.insert(name.to_owned(), value.to_owned());
    }

    /// Asks for a page.
    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[]).await
    }

    /// Asks for a page that has to be there.
    pub(super) async fn read(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        answer.text
    }

    /// Asks for a page that is elsewhere.
    pub(super) async fn target(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(
            answer.status,
            StatusCode::SEE_OTHER,
            "{path}: {}",
            answer.text
        );
        location(&answer)
    }

    /// Sends a form with these fields and no other.
    pub(super) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(Method::POST, path, fields).await
    }

    /// Sends a form as one of our pages would: with the session's token.
    pub(super) async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.read("/settings/account/api/auth-tokens/").await;
        let token = between(&page, r#"name="csrf" value=""#, "\"").to_owned();
        let mut all = vec![("csrf", token.as_str())];
        all.extend_from_slice(fields);
        self.post(path, &all).await
    }

    /// Asks for a page in the background, as the script of an open page does.
    pub(super) async fn look(&self, path: &str) -> Answer {
        let by = HeaderName::from_static("x-requested-with");
        let headers = [(by, "fetch".to_owned())];
        self.send_with(Method::GET, path, &[], &headers).await
    }

    async fn send(&self, method: Method, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send_with(method, path, fields, &[]).await
    }

    /// Asks with more headers.
    pub(super) async fn send_with(
        &self,
        method: Method,
        path: &str,
        fields: &[(&str, &str)],
        more: &[(HeaderName, String)],
    ) -> Answer {
        let cookies = self.cookies.borrow().clone();
        let pairs: Vec<String> = cookies
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let form = "application/x-www-form-urlencoded".to_owned();
        let mut headers = vec![
            (header::COOKIE, pairs.join("; ")),
            (header::CONTENT_TYPE, form),
        ];
        headers.extend_from_slice(more);
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        let answer = self
            .house
            .send_with(method, path, &headers, &body.finish())
            .await;
        for line in answer.headers.get_all(header::SET_COOKIE) {
            let pair = line.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.set_cookie(name, value);
        }
        answer
    }
}

/// Where a redirect leads.
pub(super) fn location(answer: &Answer) -> String {
    let location = answer.headers.get(header::LOCATION);
    location.unwrap().to_str().unwrap().to_owned()
}

/// The text between two others.
pub(super) fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let (_, rest) = text
        .split_once(start)
        .unwrap_or_else(|| panic!("no {start} in {text}"));
    rest.split_once(end)
        .unwrap_or_else(|| panic!("no {end} in {rest}"))
        .0
}
