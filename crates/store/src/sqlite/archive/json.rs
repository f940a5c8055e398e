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

/// Appends the JSON of `value`.
pub(super) fn write(value: &impl Serialize, out: &mut Vec<u8>) -> Result<(), Error> {
    value.serialize(Writer(out))
}

struct Writer<'a>(&'a mut Vec<u8>);

/// A list or an object that has begun.
struct Items<'a> {
    out: &'a mut Vec<u8>,
    end: &'static [u8],
    is_first: bool,
}

impl<'a> Writer<'a> {
    fn begin(self, start: &[u8], end: &'static [u8]) -> Items<'a> {
        self.0.extend_from_slice(start);
        Items {
            out: self.0,
            end,
            is_first: true,
        }
    }

    /// The name of a variant, before its value.
    fn variant(&mut self, name: &str) {
        self.0.push(b'{');
        text(self.0, name);
        self.0.push(b':');
    }
}

/// Those that `serde_json` writes as well as anybody.
macro_rules! scalars {
    ($($method:ident: $type:ty,)*) => {
        $(fn $method(self, value: $type) -> Result<(), Error> {
            serde_json::to_writer(self.0, &value)
        })*
    };
}

impl<'a> Serializer for Writer<'a> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Items<'a>;
    type SerializeTuple = Items<'a>;
    type SerializeTupleStruct = Items<'a>;
    type SerializeTupleVariant = Items<'a>;
    type SerializeMap = Items<'a>;
    type SerializeStruct = Items<'a>;
    type SerializeStructVariant = Items<'a>;

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
        text(self.0, value);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.0.extend_from_slice(b"null");
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
        value.serialize(Writer(self.0))?;
        self.0.push(b'}');
        Ok(())
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<Items<'a>, Error> {
        Ok(self.begin(b"[", b"]"))
    }

    fn serialize_tuple(self, _len: usize) -> Result<Items<'a>, Error> {
        Ok(self.begin(b"[", b"]"))
    }

    fn serialize_tuple_struct(self, _name: &'static str, _len: usize) -> Result<Items<'a>, Error> {
        Ok(self.begin(b"[", b"]"))
    }

    fn serialize_tuple_variant(
        mut self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Items<'a>, Error> {
        self.variant(variant);
        Ok(self.begin(b"[", b"]}"))
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Items<'a>, Error> {
        Ok(self.begin(b"{", b"}"))
    }

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<Items<'a>, Error> {
        Ok(self.begin(b"{", b"}"))
    }

    fn serialize_struct_variant(
        mut self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Items<'a>, Error> {
        self.variant(variant);
        Ok(self.begin(b"{", b"}}"))
    }
}

impl Items<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        if !self.is_first {
            self.out.push(b',');
        }
        self.is_first = false;
        value.serialize(Writer(self.out))
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Error> {
        self.item(name)?;
        self.out.push(b':');
        value.serialize(Writer(self.out))
    }
}

macro_rules! lists {
    ($($trait:ident::$method:ident,)*) => {
        $(impl $trait for Items<'_> {
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
        $(impl $trait for Items<'_> {
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

impl SerializeMap for Items<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, name: &T) -> Result<(), Error> {
        let start = self.out.len() + usize::from(!self.is_first);
        self.item(name)?;
        if self.out.get(start) == Some(&b'"') {
            return Ok(());
        }
        Err(Error::custom("the name of a field is no text"))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.out.push(b':');
        value.serialize(Writer(self.out))
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Serialize;
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(value: &impl Serialize) {
        let mut got = Vec::new();
        let got = write(value, &mut got).map(|()| String::from_utf8(got).unwrap());
        let expect = serde_json::to_string(value);
        assert_eq!(got.unwrap(), expect.unwrap());
    }

    #[derive(Serialize)]
    struct Unit;
    #[derive(Serialize)]
    struct New(u8);
    #[derive(Serialize)]
    struct Two(i64, Option<()>);
    #[derive(Serialize)]
    struct Named<'a> {
        first: &'a str,
        second: Option<f64>,
        #[serde(flatten)]
        other: serde_json::Value,
    }
    #[derive(Serialize)]
    enum Either<'a> {
        Unit,
        New(&'a str),
        Two(u8, u8),
        Named { first: u8, second: u8 },
    }

    #[test]
    fn it_writes_what_serde_json_writes() {
        let other = json!({"a": [1, -2.5, 1e300, null, true, [], {}, [[{}]]], "\n": {"b": "c"}});
        let (first, second) = ("f", Some(0.1));
        check(&other);
        check(&Named {
            first,
            second,
            other,
        });
        check(&(Unit, New(7), Two(-9, None), 'c', 1.5_f32, b"ab", "ab", ()));
        check(&[Either::Unit, Either::New("x"), Either::Two(1, 2)]);
        check(&Either::Named {
            first: 1,
            second: 2,
        });
        check(&BTreeMap::from([("a", f64::NAN), ("b", 2.0)]));
        check(&(i8::MIN, u16::MAX, i32::MIN, u32::MAX, u64::MAX, i64::MIN));
    }

    #[test]
    fn every_character_is_escaped_as_serde_json_does() {
        let all: String = (0..0x250).filter_map(char::from_u32).collect();
        check(&all);
        for char in all.chars() {
            for text in [
                format!("{char}"),
                format!("ab{char}cdefghij{char}{char}"),
                format!("{char}ä"),
            ] {
                check(&text);
                check(&BTreeMap::from([(text, 1)]));
            }
        }
        check(&["", "\u{2028}\u{10ffff}💥"]);
    }

    #[test]
    fn names_of_fields_must_be_texts() {
        let mut out = Vec::new();
        assert!(write(&BTreeMap::from([(vec![1], 2)]), &mut out).is_err());
    }
}
