//! The opt-out on a value: an error in this wrapper is not reported, wherever it turns up.
//! The first client had `skip_sentry = True` on an exception; this is its Rust form.

use std::error::Error;
use std::fmt;

/// Marks one error as not worth reporting. It prints and has causes like the error inside.
///
/// Found in a chain of causes it silences the whole chain, as do the types given to
/// [`skip`](crate::ClientOptions::skip) and the values chosen by
/// [`skip_if`](crate::ClientOptions::skip_if).
///
/// ```
/// # use watchpost_client::{Client, ClientOptions, Skip};
/// # let client = Client::new(ClientOptions::new());
/// let error = Skip::new(std::io::Error::other("the visitor left"));
/// assert!(client.capture_error(&error).is_nil());
/// ```
pub struct Skip(Box<dyn Error + Send + Sync>);

impl Skip {
    /// Wraps an error, or a text.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(error.into())
    }

    /// The error inside.
    pub fn into_inner(self) -> Box<dyn Error + Send + Sync> {
        self.0
    }
}

impl fmt::Debug for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Error for Skip {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}
