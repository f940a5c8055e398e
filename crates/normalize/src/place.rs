//! Where in the world an address is, by a file in the format of
//! `MaxMind`. A stage of its own: the digest calls it after [`crate::event`] when the operator has
//! such a file.

use std::fmt;
use std::net::IpAddr;

use maxminddb::{MaxMindDbError, Reader};
use serde::Deserialize;
use serde_json::{Map, Value};
use watchpost_model::Event;

/// The places of addresses, in memory.
pub struct Atlas {
    reader: Reader<Vec<u8>>,
}

/// What a file says about an address; all else in it is skipped.
#[derive(Deserialize)]
struct Place<'a> {
    #[serde(borrow)]
    city: Option<Named<'a>>,
    #[serde(borrow)]
    country: Option<Named<'a>>,
    #[serde(borrow, default)]
    subdivisions: Vec<Named<'a>>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    iso_code: Option<&'a str>,
    #[serde(borrow, default)]
    names: Names<'a>,
}

#[derive(Default, Deserialize)]
struct Names<'a> {
    #[serde(borrow)]
    en: Option<&'a str>,
}

impl Atlas {
    /// Takes the bytes of a file.
    ///
    /// # Errors
    ///
    /// [`MaxMindDbError`] when they are not in that format.
    pub fn read(bytes: Vec<u8>) -> Result<Self, MaxMindDbError> {
        let reader = Reader::from_source(bytes)?;
        Ok(Self { reader })
    }

    /// Says where the user of an event is. What the client says itself stays.
    pub fn place(&self, mut event: Event) -> Event {
        if let Some(user) = &mut event.user
            && user.geo.is_empty()
            && let Some(address) = user.ip_address.as_deref()
            && let Ok(address) = address.parse()
        {
            user.geo = self.find(address).unwrap_or_default();
        }
        event
    }

    /// A file that is damaged at this place knows nothing about it.
    fn find(&self, address: IpAddr) -> Option<Map<String, Value>> {
        let place: Place<'_> = self.reader.lookup(address).ok()?.decode().ok()??;
        let name = |named: Option<&Named<'_>>| named?.names.en.map(str::to_owned);
        let country = place.country.as_ref();
        let facts = [
            (
                "country_code",
                country.and_then(|country| country.iso_code.map(str::to_owned)),
            ),
            ("city", name(place.city.as_ref())),
            ("subdivision", name(place.subdivisions.first())),
            ("region", name(country)),
        ];
        let facts = facts
            .into_iter()
            .filter_map(|(key, fact)| Some((key.to_owned(), fact?.into())));
        Some(facts.collect())
    }
}

impl fmt::Debug for Atlas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Atlas").finish_non_exhaustive()
    }
}

impl PartialEq for Atlas {
    /// Files are large: only one and the same is equal.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Atlas {}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use watchpost_model::{EventId, Timestamp, UserContext};

    use super::*;

    const FILE: &[u8] = include_bytes!("../../../fixtures/two-networks.mmdb");

    fn check(fields: &Value, expect: &Value, tags: &[(&str, &str)]) {
        let user: UserContext = serde_json::from_value(fields.clone()).unwrap();
        let mut event = Event::empty(EventId(1), Timestamp::default());
        event.user = Some(user);
        let atlas = Atlas::read(FILE.to_vec()).unwrap();
        // The second time changes nothing.
        let event = crate::tag(atlas.place(atlas.place(event)));
        assert_eq!(Value::Object(event.user.unwrap().geo), *expect, "{fields}");
        let got = event.tags.iter();
        let got: Vec<_> = got.map(|tag| (&*tag.key, &*tag.value)).collect();
        assert_eq!(got, tags, "{fields}");
    }

    #[test]
    fn addresses_have_a_place() {
        check(
            &json!({"ip_address": "203.0.113.7"}),
            &json!({"country_code": "DE", "city": "Ulm", "subdivision": "Baden-Württemberg",
                    "region": "Germany"}),
            &[
                ("geo.city", "Ulm"),
                ("geo.country_code", "DE"),
                ("geo.region", "Germany"),
                ("geo.subdivision", "Baden-Württemberg"),
            ],
        );
        check(
            &json!({"ip_address": "198.51.100.255"}),
            &json!({"country_code": "FR", "region": "France"}),
            &[("geo.country_code", "FR"), ("geo.region", "France")],
        );
    }

    #[test]
    fn an_unknown_address_has_none() {
        for address in ["8.8.8.8", "2001:db8::1"] {
            check(&json!({"ip_address": address}), &json!({}), &[]);
        }
        check(&json!({"id": "1"}), &json!({}), &[]);
        let own = json!({"country_code": "XX"});
        let user = json!({"ip_address": "203.0.113.7", "geo": own});
        check(&user, &own, &[("geo.country_code", "XX")]);
    }

    #[test]
    fn a_file_that_is_none_is_refused_and_a_damaged_one_is_survived() {
        assert!(Atlas::read(b"no atlas".to_vec()).is_err());
        for place in 0..FILE.len() {
            let mut bytes = FILE.to_vec();
            bytes[place] ^= 0x55;
            if let Ok(atlas) = Atlas::read(bytes) {
                atlas.find("203.0.113.7".parse().unwrap());
            }
        }
    }
}
