//! API tokens of the person who is signed in: made here, shown once, deleted here.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::{get, post};
use watchpost_model::{Scope as Permission, Timestamp, Token, TokenId};
use watchpost_store::NewToken;

use super::form::Form;
use super::format::When;
use super::shell::{Scope, Shell, ask, said};
use super::{PageError, Visit};
use crate::App;
use crate::secret::{Secret, TOKEN_PREFIX};

/// What a token may be made for: a name in the form, words for people, and its permissions.
struct Purpose {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    permissions: &'static [&'static str],
}

const PURPOSES: [Purpose; 4] = [
    Purpose {
        name: "read",
        label: "Read",
        hint: "Dashboards and scripts that only look.",
        permissions: &[
            "org:read",
            "project:read",
            "team:read",
            "member:read",
            "event:read",
        ],
    },
    Purpose {
        name: "triage",
        label: "Read and change issues",
        hint: "Scripts that resolve, assistants, chat bots.",
        permissions: &[
            "org:read",
            "project:read",
            "team:read",
            "member:read",
            "event:read",
            "event:write",
            "event:admin",
        ],
    },
    Purpose {
        name: "ci",
        label: "Releases",
        hint: "Build servers: sentry-cli and the bundler plugins.",
        permissions: &[
            "org:ci",
            "org:read",
            "project:read",
            "project:write",
            "project:releases",
        ],
    },
    Purpose {
        name: "all",
        label: "Everything",
        hint: "What you may do yourself. For administration scripts.",
        permissions: &Permission::ALL,
    },
];

pub(crate) fn routes() -> Router<App> {
    const TOKENS: &str = "/settings/account/api/auth-tokens/";
    Router::new()
        .route(TOKENS, get(list).post(create))
        .route(&format!("{TOKENS}{{token}}/deletion/"), post(delete))
}

#[derive(Template)]
#[template(path = "tokens.html")]
struct TokensPage {
    shell: Shell,
    tab: &'static str,
    rows: Vec<TokenRow>,
    purposes: &'static [Purpose],
    created: Option<String>,
    is_deleted: bool,
}

/// A token in the list.
struct TokenRow {
    id: TokenId,
    label: String,
    last_four: String,
    permissions: String,
    created: When,
}

impl TokenRow {
    fn new(token: Token, now: Timestamp) -> Self {
        let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.0.as_str()).collect();
        let permissions = if scopes.len() == Permission::ALL.len() {
            "everything".to_owned()
        } else {
            scopes.join(", ")
        };
        Self {
            id: token.id,
            created: When::new(token.created, now),
            label: token.label,
            last_four: token.last_four,
            permissions,
        }
    }
}

async fn list(State(app): State<App>, visit: Visit) -> Result<Response, PageError> {
    page(&app, &visit, None).await
}

async fn page(app: &App, visit: &Visit, created: Option<Secret>) -> Result<Response, PageError> {
    let (user, headers) = (visit.who.user.id, visit.headers.clone());
    let (scope, tokens) = ask(app, move |app| {
        let scope = Scope::own(app, &headers, user)?;
        Ok((scope, app.ledger.tokens(user)?))
    })
    .await?;
    let rows = tokens
        .into_iter()
        .map(|token| TokenRow::new(token, visit.now));
    visit.answer(&TokensPage {
        shell: visit.shell_of(scope.as_ref(), "tokens", "API tokens"),
        tab: "tokens",
        rows: rows.collect(),
        purposes: &PURPOSES,
        created: created.map(|secret| secret.as_str().to_owned()),
        is_deleted: visit.flash() == Some("token-deleted"),
    })
}

/// Shows the token in its own answer: a redirect would have to keep it somewhere.
async fn create(State(app): State<App>, form: Form) -> Result<Response, PageError> {
    let wanted = form.fields.get("purpose");
    let purpose = PURPOSES.iter().find(|purpose| purpose.name == wanted);
    let purpose = purpose.ok_or_else(|| PageError::Invalid("Choose what it is for.".into()))?;
    let label = form.fields.label();
    let secret = Secret::draw(TOKEN_PREFIX)?;
    let (drawn, user) = (secret.clone(), form.visit.who.user.id);
    app.ask(move |app| {
        let scopes = purpose
            .permissions
            .iter()
            .map(|name| Permission((*name).to_owned()));
        let scopes: Vec<Permission> = scopes.collect();
        let new = NewToken {
            user,
            label: if label.is_empty() {
                purpose.label
            } else {
                &label
            },
            hash: drawn.hash(),
            last_four: drawn.last_four(),
            scopes: &scopes,
        };
        app.ledger.create_token(&new, app.clock.now())
    })
    .await?;
    let mut response = page(&app, &form.visit, Some(secret)).await?;
    let never = HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, never);
    Ok(response)
}

async fn delete(
    State(app): State<App>,
    Path(token): Path<String>,
    form: Form,
) -> Result<Response, PageError> {
    let token = token
        .parse::<TokenId>()
        .map_err(|_| PageError::Missing("token"))?;
    let user = form.visit.who.user.id;
    app.ask(move |app| app.ledger.delete_token(user, token))
        .await?;
    Ok(said(&form.visit.at.tokens(), "token-deleted"))
}
