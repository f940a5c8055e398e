//! Fills in what differs from event to event: numbers, wares, and who was there.

use serde_json::{Value, json};

use crate::dice::{Dice, mix};

/// So many people buy tea.
const CUSTOMER_COUNT: usize = 420;

/// Somebody who was using a program.
#[derive(Clone, Debug)]
pub(crate) struct Customer {
    id: usize,
    name: String,
    email: String,
    ip: String,
    country: &'static str,
    city: &'static str,
    /// What they were about to buy, and for how much.
    order: usize,
    cents: usize,
}

const GIVEN: &[&str] = &[
    "Alma",
    "Benoît",
    "Carmen",
    "Dilek",
    "Emeka",
    "Freya",
    "Goran",
    "Hana",
    "Ilse",
    "Jakub",
    "Karin",
    "Lorcan",
    "Marta",
    "Nils",
    "Olga",
    "Priya",
    "Quentin",
    "Rosa",
    "Søren",
    "Tereza",
    "Umar",
    "Vilma",
    "Wanda",
    "Ximena",
    "Ylva",
    "Zeynep",
    "さくら",
    "Αλεξία",
    "נועה",
    "ليلى",
];
const FAMILY: &[&str] = &[
    "Abbot", "Brandt", "Castell", "Dorn", "Eriksen", "Fontaine", "Gruber", "Hollis", "Ivarsson",
    "Jansky", "Keller", "Lund", "Moreau", "Novotná", "Oduya", "Petrov", "Quist", "Rossi",
    "Sandoval", "Toivonen", "Ueda", "Varga", "Weiss", "Yılmaz",
];
/// Countries and a town of each.
const PLACES: &[(&str, &str)] = &[
    ("DE", "Husum"),
    ("DE", "Jena"),
    ("FR", "Nantes"),
    ("GB", "Leeds"),
    ("NL", "Delft"),
    ("SE", "Umeå"),
    ("PL", "Łódź"),
    ("ES", "Vigo"),
    ("JP", "静岡"),
    ("GR", "Βόλος"),
    ("IL", "חיפה"),
    ("MA", "فاس"),
];
const TEAS: &[&str] = &[
    "morning-mist",
    "iron-kettle",
    "white-heron",
    "smoke-and-pine",
    "first-frost",
    "orchard",
    "long-road",
    "quiet-cup",
];

impl Customer {
    /// Some customers come more often than others.
    pub(crate) fn draw(dice: &mut Dice) -> Self {
        let (order, cents) = (dice.below(90_000) + 10_000, dice.below(18_000) + 290);
        let bound = dice.below(CUSTOMER_COUNT) + 1;
        let id = dice.below(bound);
        let mut own = Dice::new(mix(id as u64) ^ 0x6375_7374);
        let (given, family) = (own.pick(GIVEN), own.pick(FAMILY));
        let place = PLACES.get(own.below(PLACES.len())).copied();
        let (country, city) = place.unwrap_or(("DE", "Husum"));
        // Networks for examples: nobody's addresses.
        let ip = match own.below(4) {
            0 => format!("192.0.2.{}", own.below(250) + 1),
            1 => format!("198.51.100.{}", own.below(250) + 1),
            2 => format!("203.0.113.{}", own.below(250) + 1),
            _ => format!("2001:db8:{:x}::{:x}", own.below(4096), own.below(4096)),
        };
        Self {
            id: id + 1000,
            name: format!("{given} {family}"),
            email: format!("customer{}@example.com", id + 1000),
            ip,
            country,
            city,
            order,
            cents,
        }
    }

    /// As SDKs tell of users.
    pub(crate) fn user(&self) -> Value {
        json!({
            "id": self.id.to_string(),
            "email": self.email,
            "username": self.name,
            "ip_address": self.ip,
            "geo": {"country_code": self.country, "city": self.city},
        })
    }
}

/// `template` with what stands in braces filled in. What is no word of ours stays.
pub(crate) fn fill(template: &str, dice: &mut Dice, customer: &Customer) -> String {
    let mut out = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let found = after.split_once('}');
        let filled = found.and_then(|(word, _)| word_for(word, dice, customer));
        if let (Some(filled), Some((_, behind))) = (filled, found) {
            out.push_str(&filled);
            rest = behind;
        } else {
            out.push('{');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

fn word_for(word: &str, dice: &mut Dice, customer: &Customer) -> Option<String> {
    Some(match word {
        "n" => (dice.below(90_000) + 1_000).to_string(),
        "small" => (dice.below(8) + 2).to_string(),
        "order" => format!("K-{}", customer.order),
        "money" => format!("{}.{:02}", customer.cents / 100, customer.cents % 100),
        "cents" => customer.cents.to_string(),
        "hex" => dice.hex(12),
        "sku" => sku(dice),
        "tea" => dice.pick(TEAS).to_owned(),
        "id" => customer.id.to_string(),
        "name" => customer.name.clone(),
        "email" => customer.email.clone(),
        "country" => customer.country.to_owned(),
        "city" => customer.city.to_owned(),
        _ => return None,
    })
}

/// What a ware is called in lists.
fn sku(dice: &mut Dice) -> String {
    format!("T-{}-{}", dice.hex(4).to_uppercase(), dice.below(90) + 10)
}
