//! The shop's stock and orders.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::hash::Hash;
use std::num::{ParseFloatError, ParseIntError};

//2// /// Texts in lists.
//2// pub fn shorten(text: &str, limit: usize) -> &str {
//2//     text.get(..limit).unwrap_or(text)
//2// }
//2//
#[derive(Debug)]
pub struct ImportError {
    pub line: u64,
    pub text: String,
}

impl fmt::Display for ImportError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}: {:?} is no price", self.line, self.text)
    }
}

impl Error for ImportError {}

#[derive(Debug)]
pub enum OrderError {
    Count(u64, ParseIntError),
    Weight(u64, ParseFloatError),
}

impl fmt::Display for OrderError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Count(order, _) | Self::Weight(order, _)) = self;
        write!(out, "order {order} cannot be packed")
    }
}

impl Error for OrderError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Count(_, source) => Some(source),
            Self::Weight(_, source) => Some(source),
        }
    }
}

pub fn import(line: u64, text: &str) -> Result<u64, ImportError> {
    let fault = |_| ImportError {
        line,
        text: text.to_owned(),
    };
    text.parse().map_err(fault)
}

pub fn pack(order: u64, count: &str, weight: &str) -> Result<f64, OrderError> {
    //2// let _name = shorten(count, 8);
    let count: u32 = count.parse().map_err(|error| OrderError::Count(order, error))?;
    let weight: f64 = weight.parse().map_err(|error| OrderError::Weight(order, error))?;
    Ok(f64::from(count) * weight)
}

pub struct Shelf {
    items: Vec<u64>,
}

impl Shelf {
    pub fn new(count: u64) -> Self {
        Self {
            items: (0..count).collect(),
        }
    }

    //2// pub fn is_empty(&self) -> bool {
    //2//     self.items.is_empty()
    //2// }
    //2//
    pub fn item(&self, place: usize) -> u64 {
        self.items[place]
    }

    pub fn take(&mut self, count: u64) -> u64 {
        let left = self.items.len() as u64;
        retry(3, || left - count)
    }
}

fn retry<T>(times: u32, call: impl Fn() -> T) -> T {
    assert!(times > 0);
    call()
}

pub struct Cache<K> {
    known: HashMap<K, u64>,
}

impl<K: Eq + Hash + fmt::Debug> Cache<K> {
    pub fn new() -> Self {
        Self {
            known: HashMap::new(),
        }
    }

    pub fn get(&self, key: &K) -> u64 {
        match self.known.get(key) {
            Some(value) => *value,
            None => panic!("nothing is cached for {key:?}"),
        }
    }
}

pub fn cart_total(cart: Option<u64>) -> u64 {
    cart.unwrap() * 119 / 100
}

//2// pub fn with_tax(cents: u64, percent: u64) -> u64 {
//2//     cents * (100 + percent) / 100
//2// }
//2//
pub fn user_name(user: Option<&str>) -> usize {
    user.unwrap().len()
}

pub fn coupon(text: &str) -> u64 {
    text.parse::<u64>().unwrap()
}

/// `(7(8))`: how deep. Anything but digits and parentheses is a fault of the caller.
pub fn depth(text: &[u8], at: usize) -> usize {
    match text.get(at) {
        Some(b'(') => 1 + depth(text, at + 1),
        Some(b'0'..=b'9') | None => 0,
        Some(other) => panic!("byte {other} at {at} is no expression"),
    }
}
