//! What goes wrong in each program. Texts in braces are filled in: see `text`.

pub(crate) mod courier;
pub(crate) mod shop;
pub(crate) mod stock;
pub(crate) mod till;
pub(crate) mod web;
