//! `multipart/form-data` on a body that is all there, small as a form of 2010 is.
//! Called by `form::seed_form`.

use super::FormError;
use crate::limits::{BOUNDARY_BYTES_MAX, FORM_FIELD_COUNT_MAX, PART_HEAD_BYTES_MAX};

/// One part of a form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a [u8],
}

/// The boundary: as the content type says, or as the body shows when the content type is wrong.
pub(super) fn boundary(content_type: Option<&str>, body: &[u8]) -> Option<Vec<u8>> {
    let named = content_type.and_then(|text| {
        let (kind, parameters) = text.split_once(';')?;
        let multipart = kind.trim().eq_ignore_ascii_case("multipart/form-data");
        multipart
            .then(|| parameter(parameters, "boundary"))
            .flatten()
    });
    let shown = || {
        let (line, rest) = split_line(body)?;
        let line = line.strip_prefix(b"--")?;
        let head = rest.get(..19)?;
        head.eq_ignore_ascii_case(b"Content-Disposition")
            .then_some(line)
    };
    let boundary = named.map(str::as_bytes).or_else(shown)?;
    let fits = (1..=BOUNDARY_BYTES_MAX).contains(&boundary.len());
    fits.then(|| boundary.to_vec())
}

/// The parts that have a name, in order.
pub(super) fn fields<'a>(body: &'a [u8], boundary: &[u8]) -> Result<Vec<Field<'a>>, FormError> {
    let delimiter = [b"--", boundary].concat();
    let mut fields = Vec::new();
    let start = find(body, &delimiter).ok_or(broken("its boundary never comes"))?;
    let mut rest = after(body, start + delimiter.len());
    while !rest.starts_with(b"--") {
        if fields.len() >= FORM_FIELD_COUNT_MAX {
            let count_max = FORM_FIELD_COUNT_MAX;
            return Err(FormError::TooManyFields { count_max });
        }
        let (_, part) = split_line(rest).ok_or(broken("it ends behind a boundary"))?;
        let (name, part) = head(part)?;
        let end = find(part, &delimiter).ok_or(broken("its last boundary is missing"))?;
        let value = part.get(..end).unwrap_or_default();
        // The line break before a boundary belongs to the boundary.
        let value = value.strip_suffix(b"\n").unwrap_or(value);
        let value = value.strip_suffix(b"\r").unwrap_or(value);
        let name = name.unwrap_or_default();
        fields.push(Field { name, value });
        rest = after(part, end + delimiter.len());
    }
    Ok(fields)
}

/// Reads the head of a part up to its empty line; gives the name of the field and what follows.
fn head(part: &[u8]) -> Result<(Option<&str>, &[u8]), FormError> {
    let (mut name, mut rest, mut read_bytes) = (None, part, 0);
    loop {
        let (line, next) = split_line(rest).ok_or(broken("it ends in the head of a part"))?;
        if line.is_empty() {
            return Ok((name, next));
        }
        read_bytes += line.len();
        if read_bytes > PART_HEAD_BYTES_MAX {
            return Err(broken("the head of a part is too long"));
        }
        let line = std::str::from_utf8(line).unwrap_or_default();
        if let Some((key, value)) = line.split_once(':')
            && key.trim().eq_ignore_ascii_case("content-disposition")
        {
            name = parameter(value, "name");
        }
        rest = next;
    }
}

/// The value of `key` among `…; key=value; other="value"`.
fn parameter<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let mut pairs = text.split(';').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case(key))?;
    let value = value.trim();
    let quoted = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'));
    Some(quoted.unwrap_or(value))
}

/// Splits at the first line break, which may be `\n` alone.
fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = bytes.split_at_checked(end)?;
    Some((line.strip_suffix(b"\r").unwrap_or(line), after(rest, 1)))
}

/// Where `needle` begins for the first time.
fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes
        .windows(needle.len())
        .position(|window| window == needle)
}

fn after(bytes: &[u8], start: usize) -> &[u8] {
    bytes.get(start..).unwrap_or_default()
}

fn broken(reason: &'static str) -> FormError {
    FormError::Multipart { reason }
}
