//! One row of the route table: what is asked, by whom, and who answers.
//!
//! The router is built from these rows and the authorisation tests walk over the same rows, so a
//! door without a lock cannot be added unnoticed.

use std::convert::Infallible;

use axum::Extension;
use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};

use crate::App;

/// Who may pass a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Anybody; a token is looked at when there is one.
    Open,
    /// Whoever has a token, whatever its scopes.
    AnyToken,
    /// A token with one of these scopes, or a higher one of the same family.
    OneOf(&'static [&'static str]),
}

/// One method of one path.
pub(super) struct Door {
    /// The method's name.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "read by the walk over all doors")
    )]
    pub(super) method: &'static str,
    /// The path with its parameters in braces.
    pub(super) path: &'static str,
    /// Who may pass.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "read by the walk over all doors")
    )]
    pub(super) access: Access,
    answer: MethodRouter<App, Infallible>,
}

impl Door {
    /// A door to read from.
    pub(super) fn get<H, T>(path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        Self::new((MethodFilter::GET, "GET"), path, access, handler)
    }

    /// A door to create with.
    pub(super) fn post<H, T>(path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        Self::new((MethodFilter::POST, "POST"), path, access, handler)
    }

    /// A door to change with.
    pub(super) fn put<H, T>(path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        Self::new((MethodFilter::PUT, "PUT"), path, access, handler)
    }

    /// A door to delete with.
    pub(super) fn delete<H, T>(path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        Self::new((MethodFilter::DELETE, "DELETE"), path, access, handler)
    }

    fn new<H, T>(
        (filter, method): (MethodFilter, &'static str),
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        // The lock hangs on the door: `Caller` reads it from the request.
        let answer = on(filter, handler).layer(Extension(access));
        Self {
            method,
            path,
            access,
            answer,
        }
    }

    /// Puts the door into the wall.
    pub(super) fn mount(self, router: Router<App>) -> Router<App> {
        router.route(self.path, self.answer)
    }
}
