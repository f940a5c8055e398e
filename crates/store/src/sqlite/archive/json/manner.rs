//! What is written otherwise than `serde_json` does: fields left out, texts quoted.

use serde_json::Error;

use super::super::quote::{MARK, Quotes, Stored};
use super::text;

/// How texts and fields are written.
pub(in super::super) trait Manner: Copy {
    /// That of what is inside.
    type Inner: Manner;

    fn inner(self) -> Self::Inner;

    fn text(self, out: &mut Vec<u8>, value: &str) -> Result<(), Error> {
        text(out, value);
        Ok(())
    }

    fn leaves_out(self, _field: &str) -> bool {
        false
    }
}

/// As `serde_json` does.
#[derive(Clone, Copy)]
pub(in super::super) struct Plain;

impl Manner for Plain {
    type Inner = Self;

    fn inner(self) -> Self {
        self
    }
}

/// Without these fields of the outermost object.
#[derive(Clone, Copy)]
pub(in super::super) struct Without(pub(in super::super) [&'static str; 3]);

impl Manner for Without {
    type Inner = Plain;

    fn inner(self) -> Plain {
        Plain
    }

    fn leaves_out(self, field: &str) -> bool {
        self.0.contains(&field)
    }
}

/// With the place of each text that can be quoted instead of it.
impl Manner for &Quotes<'_> {
    type Inner = Self;

    fn inner(self) -> Self {
        self
    }

    fn text(self, out: &mut Vec<u8>, value: &str) -> Result<(), Error> {
        match self.stored(value) {
            Stored::AsItIs => text(out, value),
            Stored::Marked => text(out, &format!("{MARK}{value}")),
            Stored::Place(place) => {
                out.extend_from_slice(b"\"\x7f");
                serde_json::to_writer(&mut *out, &place)?;
                out.push(b'"');
            }
        }
        Ok(())
    }
}
