//! JSON as `serde_json` writes it, byte for byte, in a third of the instructions. Keeping an event
//! calls it.
//!
//! Most of an event is texts without anything to escape: they are searched eight bytes at a time
//! and copied at once, where `serde_json` looks at each byte and hands on every quote by itself.

use serde::ser::{
    Error as _, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use serde_json::Error;
use watchpost_model::{is_plain, plain_len};

pub(super) use self::manner::Without;
use self::manner::{Manner, Plain};

mod manner;
#[cfg(test)]
mod tests;

/// Appends the JSON of `value` in some manner.
pub(super) fn write<M: Manner>(
    manner: M,
    value: &(impl Serialize + ?Sized),
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    value.serialize(Writer { out, manner })
}

struct Writer<'a, M> {
    out: &'a mut Vec<u8>,
    manner: M,
}

/// A list or an object that has begun.
struct Items<'a, M> {
    out: &'a mut Vec<u8>,
    manner: M,
    end: &'static [u8],
    is_first: bool,
}

impl<'a, M: Manner> Writer<'a, M> {
    fn begin(self, start: &[u8], end: &'static [u8]) -> Items<'a, M> {
        self.out.extend_from_slice(start);
        Items {
            out: self.out,
            manner: self.manner,
            end,
            is_first: true,
        }
    }

    /// The name of a variant, before its value.
    fn variant(&mut self, name: &str) {
        self.out.push(b'{');
        text(self.out, name);
        self.out.push(b':');
    }
}

/// Those that `serde_json` writes as well as anybody.
macro_rules! scalars {
    ($($method:ident: $type:ty,)*) => {
        $(fn $method(self, value: $type) -> Result<(), Error> {
            serde_json::to_writer(self.out, &value)
        })*
    };
}

impl<'a, M: Manner> Serializer for Writer<'a, M> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Items<'a, M>;
    type SerializeTuple = Items<'a, M>;
    type SerializeTupleStruct = Items<'a, M>;
    type SerializeTupleVariant = Items<'a, M>;
    type SerializeMap = Items<'a, M>;
    type SerializeStruct = Items<'a, M>;
    type SerializeStructVariant = Items<'a, M>;

    scalars! {
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_f32: f32,
        serialize_f64: f64,
        serialize_char: char,
        serialize_bytes: &[u8],
    }

    fn serialize_str(self, value: &str) -> Result<(), Error> {
        self.manner.text(self.out, value)
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.out.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.variant(variant);
        let mut items = self.begin(b"", b"}");
        items.item(value)?;
        SerializeSeq::end(items)
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<Items<'a, M>, Error> {
        Ok(self.begin(b"[", b"]"))
    }

    fn serialize_tuple(self, _len: usize) -> Result<Items<'a, M>, Error> {
        Ok(self.begin(b"[", b"]"))
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _len: usize,
    ) -> Result<Items<'a, M>, Error> {
        Ok(self.begin(b"[", b"]"))
    }

    fn serialize_tuple_variant(
        mut self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Items<'a, M>, Error> {
        self.variant(variant);
        Ok(self.begin(b"[", b"]}"))
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Items<'a, M>, Error> {
        Ok(self.begin(b"{", b"}"))
    }

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<Items<'a, M>, Error> {
        Ok(self.begin(b"{", b"}"))
    }

    fn serialize_struct_variant(
        mut self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Items<'a, M>, Error> {
        self.variant(variant);
        Ok(self.begin(b"{", b"}}"))
    }
}

impl<M: Manner> Items<'_, M> {
    fn comma(&mut self) {
        if !self.is_first {
            self.out.push(b',');
        }
        self.is_first = false;
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.comma();
        self.value(value)
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Error> {
        if self.manner.leaves_out(name) {
            return Ok(());
        }
        let start: &[u8] = if self.is_first { b"\"" } else { b",\"" };
        self.is_first = false;
        self.out.extend_from_slice(start);
        // The names of our fields have nothing to escape.
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.value(value)
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        write(self.manner.inner(), value, self.out)
    }
}

macro_rules! lists {
    ($($trait:ident::$method:ident,)*) => {
        $(impl<M: Manner> $trait for Items<'_, M> {
            type Ok = ();
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.item(value)
            }

            fn end(self) -> Result<(), Error> {
                self.out.extend_from_slice(self.end);
                Ok(())
            }
        })*
    };
}

lists! {
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field,
}

macro_rules! objects {
    ($($trait:ident,)*) => {
        $(impl<M: Manner> $trait for Items<'_, M> {
            type Ok = ();
            type Error = Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Error> {
                self.field(name, value)
            }

            fn end(self) -> Result<(), Error> {
                self.out.extend_from_slice(self.end);
                Ok(())
            }
        })*
    };
}

objects! {
    SerializeStruct,
    SerializeStructVariant,
}

impl<M: Manner> SerializeMap for Items<'_, M> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, name: &T) -> Result<(), Error> {
        self.comma();
        let start = self.out.len();
        // A name is never quoted.
        write(Plain, name, self.out)?;
        if self.out.get(start) == Some(&b'"') {
            return Ok(());
        }
        Err(Error::custom("the name of a field is no text"))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.out.push(b':');
        self.value(value)
    }

    fn end(self) -> Result<(), Error> {
        self.out.extend_from_slice(self.end);
        Ok(())
    }
}

fn text(out: &mut Vec<u8>, text: &str) {
    // Room for both quotes, too.
    out.reserve(text.len() + 2);
    out.push(b'"');
    if is_plain(text.as_bytes()) {
        out.extend_from_slice(text.as_bytes());
    } else {
        escaped(out, text.as_bytes());
    }
    out.push(b'"');
}

fn escaped(out: &mut Vec<u8>, mut text: &[u8]) {
    while let Some((plain, [special, after @ ..])) =
        plain_len(text).and_then(|len| text.split_at_checked(len))
    {
        out.extend_from_slice(plain);
        escape(out, *special);
        text = after;
    }
    out.extend_from_slice(text);
}

fn escape(out: &mut Vec<u8>, special: u8) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let short = match special {
        b'"' | b'\\' => special,
        0x08 => b'b',
        0x0c => b'f',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        control => {
            let digit = |half: u8| DIGITS.get(usize::from(half)).copied().unwrap_or(b'0');
            out.extend_from_slice(b"\\u00");
            out.extend_from_slice(&[digit(control >> 4), digit(control & 0xf)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}
