//! Addresses and ranges of addresses: `203.0.113.7`, `10.0.0.0/8`, `2001:db8::/32`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A range; a single address is a range of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    base: IpAddr,
    bits: u32,
}

impl Range {
    /// Reads one. The fault says what would be right.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        const WRONG: &str = "this is no address: write `203.0.113.7`, `2001:db8::7`, or a range \
                             such as `10.0.0.0/8`";
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let base: IpAddr = address.trim().parse().map_err(|_| WRONG)?;
        let longest = if base.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.trim().parse().map_err(|_| WRONG)?,
            None => longest,
        };
        match bits {
            0 => Err("this range holds every address: name a smaller one"),
            _ if bits > longest => {
                Err("a range ends in `/32` at most for IPv4 and in `/128` for IPv6")
            }
            _ => Ok(Self { base, bits }),
        }
    }

    /// Whether the range holds an address. An IPv4 address that is written as IPv6 is the same one.
    pub(super) fn holds(&self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let differing = Ipv4Addr::to_bits(base) ^ Ipv4Addr::to_bits(address);
                differing.leading_zeros() >= self.bits
            }
            (IpAddr::V6(base), _) => {
                let address = match address {
                    IpAddr::V4(four) => four.to_ipv6_mapped(),
                    IpAddr::V6(six) => six,
                };
                let differing = Ipv6Addr::to_bits(base) ^ Ipv6Addr::to_bits(address);
                differing.leading_zeros() >= self.bits
            }
            (IpAddr::V4(_), IpAddr::V6(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(range: &str, address: &str, expect: bool) {
        let holds = Range::parse(range).unwrap().holds(address.parse().unwrap());
        assert_eq!(holds, expect, "{range} {address}");
    }

    #[test]
    fn ranges_hold_their_addresses() {
        check("203.0.113.7", "203.0.113.7", true);
        check("203.0.113.7", "203.0.113.8", false);
        check("203.0.113.7", "::ffff:203.0.113.7", true);
        check("10.0.0.0/8", "10.255.0.1", true);
        check("10.0.0.0/8", "11.0.0.1", false);
        check("10.0.0.0/31", "10.0.0.1", true);
        check("2001:db8::/32", "2001:db8:ffff::1", true);
        check("2001:db8::/32", "2001:db9::1", false);
        check("2001:db8::7", "2001:db8::7", true);
        check("2001:db8::/32", "10.0.0.1", false);
        check("::ffff:10.0.0.0/104", "10.1.2.3", true);
        check("::ffff:10.0.0.0/104", "::ffff:10.1.2.3", true);
    }

    #[test]
    fn faults_say_the_way_out() {
        for wrong in [
            "",
            "x",
            "10.0.0",
            "10.0.0.0/",
            "10.0.0.0/33",
            "::/129",
            "0.0.0.0/0",
            "1/2/3",
        ] {
            assert!(Range::parse(wrong).is_err(), "{wrong}");
        }
    }
}
