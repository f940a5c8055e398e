//! Ids with a type each, so that an issue's id can never be asked of a project.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! row_id {
    ($($(#[$doc:meta])* $name:ident;)+) => { $(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            /// Decimal digits only: `+7`, ` 7` and `07x` are refused.
            fn from_str(text: &str) -> Result<Self, IdError> {
                let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                let number = digits.then(|| text.parse().ok()).flatten();
                number.map(Self).ok_or(IdError)
            }
        }
    )+ };
}

row_id! {
    /// An organization.
    OrgId;
    /// A project; the number in a DSN.
    ProjectId;
    /// A client key of a project.
    KeyId;
    /// A person who signs in.
    UserId;
    /// An API token.
    TokenId;
    /// A team: people who look after something together.
    TeamId;
    /// A link by which somebody joins an organization.
    InviteId;
    /// A search that somebody saved.
    SearchId;
    /// A question over events that somebody saved.
    QueryId;
    /// A page of answers to such questions.
    DashboardId;
    /// One answer on it.
    TileId;
    /// An issue: a set of events with the same cause.
    IssueId;
}

/// The text is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct IdError;

/// The id of an event: a UUID, printed as 32 lower-case hex digits.
///
/// Clients make it before sending, so it is the key under which a repeated delivery is recognised.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub u128);

impl EventId {
    /// A version 4 UUID from 16 random bytes, which the caller draws.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        let number = u128::from_be_bytes(bytes);
        let version = (number & !(0xf << 76)) | (0x4 << 76);
        Self((version & !(0x3 << 62)) | (0x2 << 62))
    }

    /// The 16 bytes, most significant first: the form that is stored.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// The reverse of [`EventId::to_bytes`].
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for EventId {
    type Err = IdError;

    /// Takes every spelling that clients use: 32 hex digits of any case, with or without the
    /// four dashes of a UUID at their places.
    fn from_str(text: &str) -> Result<Self, IdError> {
        let bytes = text.as_bytes();
        let dashed = bytes.len() == 36;
        if bytes.len() != 32 && !dashed {
            return Err(IdError);
        }
        let mut number: u128 = 0;
        for (place, byte) in bytes.iter().enumerate() {
            if dashed && matches!(place, 8 | 13 | 18 | 23) {
                if *byte != b'-' {
                    return Err(IdError);
                }
                continue;
            }
            let digit = char::from(*byte).to_digit(16).ok_or(IdError)?;
            number = (number << 4) | u128::from(digit);
        }
        Ok(Self(number))
    }
}

impl Serialize for EventId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EventId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<&str>) {
        let got = text.parse::<EventId>().ok().map(|id| id.to_string());
        assert_eq!(got.as_deref(), expect, "{text}");
    }

    #[test]
    fn i17_every_spelling_of_an_event_id() {
        let plain = Some("fc6d8c0c43fc4630ad850ee518f1b9d0");
        check("fc6d8c0c43fc4630ad850ee518f1b9d0", plain);
        check("FC6D8C0C43FC4630AD850EE518F1B9D0", plain);
        check("fc6d8c0c-43fc-4630-ad85-0ee518f1b9d0", plain);
        check("fc6d8c0c43fc4630ad850ee518f1b9d", None);
        check("fc6d8c0c43fc4630ad850ee518f1b9d0f", None);
        check("fc6d8c0c+43fc-4630-ad85-0ee518f1b9d0", None);
        check("../../../../../../../../etc/passwd", None);
        check("+c6d8c0c43fc4630ad850ee518f1b9d0", None);
        check("", None);
    }

    #[test]
    fn random_ids_are_version_4_uuids() {
        let id = EventId::from_random([0xff; 16]).to_string();
        assert_eq!(id, "ffffffffffff4fffbfffffffffffffff");
    }

    #[test]
    fn row_ids_are_plain_digits() {
        assert_eq!("7".parse(), Ok(IssueId(7)));
        for wrong in ["", "+7", "-7", " 7", "7x", "99999999999999999999"] {
            assert_eq!(wrong.parse::<IssueId>(), Err(IdError), "{wrong}");
        }
    }
}
