//! An error and its causes as values, taken while the borrow of the error lasts.
//! `client` calls it for errors, `tracing_layer` for error fields.

use std::any::type_name;
use std::error::Error;
use std::fmt::{self, Write};

use crate::limits::CHAIN_COUNT_MAX;

/// One link of a chain of errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exception {
    /// `PayError`
    pub(crate) name: String,
    /// `shop::orders`, when the type is known at compile time.
    pub(crate) module: Option<String>,
    /// What the error prints.
    pub(crate) value: String,
}

/// Everything that can be captured as an error: each `E: Error + 'static`, and `dyn Error`.
///
/// For boxes take what is inside: `capture_error(&*boxed)`; for `anyhow`, `error.as_ref()`.
pub trait AsError: sealed::Sealed {
    /// The error with its type erased, so that its chain can be walked and downcast.
    #[doc(hidden)]
    fn as_dyn(&self) -> &(dyn Error + 'static);

    /// The full path of the type, unless it is erased already.
    #[doc(hidden)]
    fn path(&self) -> Option<&'static str> {
        None
    }
}

mod sealed {
    use std::error::Error;

    pub trait Sealed {}
    impl<E: Error + 'static> Sealed for E {}
    impl Sealed for dyn Error + 'static {}
    impl Sealed for dyn Error + Send + 'static {}
    impl Sealed for dyn Error + Send + Sync + 'static {}
}

impl<E: Error + 'static> AsError for E {
    fn as_dyn(&self) -> &(dyn Error + 'static) {
        self
    }

    fn path(&self) -> Option<&'static str> {
        Some(type_name::<E>())
    }
}

impl AsError for dyn Error + 'static {
    fn as_dyn(&self) -> &(dyn Error + 'static) {
        self
    }
}

impl AsError for dyn Error + Send + 'static {
    fn as_dyn(&self) -> &(dyn Error + 'static) {
        self
    }
}

impl AsError for dyn Error + Send + Sync + 'static {
    fn as_dyn(&self) -> &(dyn Error + 'static) {
        self
    }
}

/// The error and all its causes, outermost first.
pub(crate) fn chain(error: &(dyn Error + 'static), path: Option<&str>) -> Vec<Exception> {
    let mut links: Vec<Exception> = causes(error).map(erased).collect();
    if let (Some(first), Some((module, name))) = (links.first_mut(), path.and_then(split_path)) {
        name.clone_into(&mut first.name);
        first.module = module.map(str::to_owned);
    }
    links
}

/// The error itself, then each `source`, up to the bound.
pub(crate) fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source()).take(CHAIN_COUNT_MAX)
}

fn erased(error: &(dyn Error + 'static)) -> Exception {
    Exception {
        name: name_of(error),
        module: None,
        value: error.to_string(),
    }
}

/// Splits `shop::orders::PayError<T>` into module and name; `None` for what is no plain path.
fn split_path(path: &str) -> Option<(Option<&str>, &str)> {
    let path = path.trim_start_matches('&');
    let path = path.split('<').next().unwrap_or_default();
    let is_path = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':');
    if path.is_empty() || !path.bytes().all(is_path) {
        return None;
    }
    match path.rsplit_once("::") {
        Some((module, name)) => Some((Some(module), name)),
        None => Some((None, path)),
    }
}

/// The name of an erased type: derived `Debug` texts begin with it.
fn name_of(error: &(dyn Error + 'static)) -> String {
    // Prints as `Os { .. }` or `Custom { .. }`, which would name the wrong thing.
    if error.is::<std::io::Error>() {
        return "io::Error".to_owned();
    }
    let mut head = Head::default();
    // The error only says that the head has ended, which is what we wait for.
    let _ = write!(head, "{error:?}");
    let named = head
        .name
        .starts_with(|first: char| first.is_ascii_uppercase());
    if named && matches!(head.after.as_str(), "" | "(" | " {") {
        head.name
    } else {
        "Error".to_owned()
    }
}

/// Takes the first word of a text and what follows it, then stops the printing: a `Debug` text
/// may be megabytes long.
#[derive(Default)]
struct Head {
    name: String,
    after: String,
}

impl Write for Head {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for char in text.chars() {
            if self.after.is_empty() && (char.is_ascii_alphanumeric() || char == '_') {
                self.name.push(char);
                continue;
            }
            self.after.push(char);
            if self.after != " " {
                return Err(fmt::Error);
            }
        }
        if self.name.len() > 128 {
            Err(fmt::Error)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Outer(std::num::ParseIntError);

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("bad quantity")
        }
    }

    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    /// An error with the given `Debug` text.
    struct Prints(&'static str);

    impl fmt::Debug for Prints {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl fmt::Display for Prints {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("text")
        }
    }

    impl Error for Prints {}

    #[test]
    fn a_chain_has_names_values_and_the_module_of_the_known_type() {
        let error = Outer("x".parse::<u8>().unwrap_err());
        let links = chain(error.as_dyn(), error.path());
        let names: Vec<&str> = links.iter().map(|link| link.name.as_str()).collect();
        assert_eq!(names, ["Outer", "ParseIntError"]);
        let module = links[0].module.as_deref();
        assert_eq!(module, Some("watchpost_client::exception::tests"));
        assert_eq!(links[0].value, "bad quantity");
        assert_eq!(links[1].value, "invalid digit found in string");
    }

    #[test]
    fn names_of_erased_types() {
        let cases = [
            ("PayError", "PayError"),
            ("PayError { code: 3 }", "PayError"),
            ("Declined(3)", "Declined"),
            ("card was declined", "Error"),
            ("Card was declined", "Error"),
            ("\"Card\"", "Error"),
            ("", "Error"),
        ];
        for (debug, expect) in cases {
            assert_eq!(name_of(&Prints(debug)), expect, "{debug}");
        }
        assert_eq!(name_of(&std::io::Error::other("x")), "io::Error");
    }

    #[test]
    fn erased_errors_of_every_kind_can_be_captured() {
        fn name<E: AsError + ?Sized>(error: &E) -> String {
            chain(error.as_dyn(), error.path()).remove(0).name
        }
        let boxed: Box<dyn Error + Send + Sync> = Box::new(Prints("Boxed"));
        let plain: Box<dyn Error> = Box::new(Prints("Plain"));
        assert_eq!(name(&*boxed), "Boxed");
        assert_eq!(name(&*plain), "Plain");
        assert_eq!(name(&fmt::Error), "Error");
    }

    #[test]
    fn a_chain_that_bites_its_tail_ends() {
        #[derive(Debug)]
        struct Ring;
        impl fmt::Display for Ring {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("ring")
            }
        }
        impl Error for Ring {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(&Ring)
            }
        }
        assert_eq!(chain(&Ring, None).len(), CHAIN_COUNT_MAX);
    }
}
