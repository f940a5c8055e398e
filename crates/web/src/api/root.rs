//! What a tool asks before anything else: is this the right server, and who am I here?

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::caller::Caller;
use super::view::user::{AuthView, UserView};
use crate::App;

/// `GET /api/0/`: the API's version and whose token this is; without a token, nobody's.
pub(super) async fn index(caller: Option<Caller>) -> Json<Value> {
    let auth = caller.as_ref().map(|caller| AuthView::of(&caller.token));
    let user = caller.as_ref().map(|caller| UserView::of(&caller.user));
    Json(json!({ "version": "0", "auth": auth, "user": user }))
}

/// `GET /api/0/auth/`: the person in whose name the token acts.
pub(super) async fn auth(caller: Caller) -> Json<Value> {
    Json(json!(UserView::of(&caller.user)))
}

/// `GET /api/0/users/me/regions/`: this server is the only one there is.
pub(super) async fn regions(State(app): State<App>, _caller: Caller) -> Json<Value> {
    let url = &app.config.public_url;
    Json(json!({ "regions": [{ "name": "default", "url": url }] }))
}

/// `GET /api/0/internal/health/`: asked by tools before they start and by load balancers.
pub(super) async fn health() -> Json<Value> {
    Json(json!({ "healthy": { "api": true }, "problems": [] }))
}
