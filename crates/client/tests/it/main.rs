//! The client against servers on the loopback: what it sends, and how it behaves when they fail.

// `cfg(test)` tells the lints that these are tests throughout.
#[cfg(test)]
mod server;

#[cfg(test)]
mod bounds;
#[cfg(test)]
mod delivery;
#[cfg(test)]
mod loggers;
#[cfg(test)]
mod panics;
#[cfg(test)]
mod skipping;
#[cfg(test)]
mod writing_a_client;
