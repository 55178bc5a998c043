//! Addresses and blocks of them, with what is wrong with them in upstream's words.
//!
//! Upstream: `apimachinery/pkg/util/validation/ip.go`, with strict validation, which is on by default.

use core::net::{IpAddr, Ipv4Addr};

/// An address as old software reads it: with zeros before the numbers of IPv4.
fn sloppy(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| {
        let numbers: Vec<&str> = text.split('.').collect();
        let [a, b, c, d] = numbers.as_slice() else { return None };
        let [a, b, c, d] =
            [a, b, c, d].map(|number| number_of(number).and_then(|number| u8::try_from(number).ok()));
        Some(IpAddr::V4(Ipv4Addr::new(a?, b?, c?, d?)))
    })
}

fn number_of(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// Whether it is an address of IPv4 in the form of IPv6.
fn is_mapped(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.to_ipv4_mapped().is_some())
}

/// An address, IPv4 or IPv6.
pub(in crate::api) fn ip_address(text: &str) -> Vec<String> {
    let Some(address) = sloppy(text) else {
        return vec!["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)".into()];
    };
    if text.parse::<IpAddr>().is_err() {
        return vec!["must not have leading 0s".into()];
    }
    if is_mapped(address) {
        return vec!["must not be an IPv4-mapped IPv6 address".into()];
    }
    Vec::new()
}

/// An address in the only form that names one (`ValidateIPAddressName`).
pub(in crate::api) fn canonical_ip_address(text: &str) -> Vec<String> {
    match (ip_address(text), text.parse::<IpAddr>()) {
        (wrong, Ok(address)) if wrong.is_empty() && address.to_string() != text => {
            vec![format!("must be in canonical form (\"{address}\")")]
        }
        (wrong, _) => wrong,
    }
}

/// What is to be said of an address that is accepted in any form (`GetWarningsForIP`).
pub(in crate::api) fn ip_warning(text: &str) -> Option<String> {
    let address = sloppy(text)?;
    if text.parse::<IpAddr>().is_err() || is_mapped(address) {
        let plain = address.to_canonical();
        return Some(format!("non-standard IP address {text:?} is invalid: use \"{plain}\""));
    }
    (address.is_ipv6() && address.to_string() != text)
        .then(|| format!("IPv6 address {text:?} should be in RFC 5952 canonical format (\"{address}\")"))
}

/// A block of addresses.
pub(in crate::api) fn cidr(text: &str) -> Vec<String> {
    let block = text.split_once('/').and_then(|(address, bits)| {
        let (address, length) = (sloppy(address)?, number_of(bits)?);
        let most = if address.is_ipv4() { 32 } else { 128 };
        (length <= most).then_some((address, length, bits))
    });
    let Some((address, length, bits)) = block else {
        return vec!["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)".into()];
    };
    let is_plain = text.split('/').next().is_some_and(|address| address.parse::<IpAddr>().is_ok());
    if !is_plain || (bits.len() > 1 && bits.starts_with('0')) {
        return vec!["must not have leading 0s in IP or prefix length".into()];
    }
    if is_mapped(address) {
        return vec!["must not have an IPv4-mapped IPv6 address".into()];
    }
    let rest = match address {
        IpAddr::V4(address) => u128::from(address.to_bits().checked_shl(length).unwrap_or(0)),
        IpAddr::V6(address) => address.to_bits().checked_shl(length).unwrap_or(0),
    };
    if rest != 0 {
        return vec!["must not have bits set beyond the prefix length".into()];
    }
    Vec::new()
}

/// Whether a block is one of IPv6; none if it is no block.
pub(in crate::api) fn cidr_is_ipv6(text: &str) -> Option<bool> {
    let (address, length) = text.split_once('/')?;
    let (address, length) = (sloppy(address)?, number_of(length)?);
    let most = if address.is_ipv4() { 32 } else { 128 };
    (length <= most).then_some(address.is_ipv6() && !is_mapped(address))
}

/// Whether it is an address of IPv6.
pub(in crate::api) fn is_ipv6(text: &str) -> bool {
    sloppy(text).is_some_and(|address| address.is_ipv6() && !is_mapped(address))
}

/// Why an address cannot be one from outside of the cluster (`ValidateEndpointIP`).
pub(in crate::api) fn external_ip(text: &str) -> Vec<String> {
    let Some(address) = sloppy(text) else { return Vec::new() };
    let (is_link_local, is_link_local_multicast) = match address {
        IpAddr::V4(address) => (address.is_link_local(), address.octets()[..3] == [224, 0, 0]),
        IpAddr::V6(address) => (address.is_unicast_link_local(), address.segments()[0] & 0xff0f == 0xff02),
    };
    let wrong = [
        (address.is_unspecified(), format!("may not be unspecified ({text})")),
        (address.is_loopback(), "may not be in the loopback range (127.0.0.0/8, ::1/128)".into()),
        (is_link_local, "may not be in the link-local range (169.254.0.0/16, fe80::/10)".into()),
        (
            is_link_local_multicast,
            "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)".into(),
        ),
    ];
    wrong.into_iter().filter(|(is_so, _)| *is_so).map(|(_, text)| text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_blocks_are_judged_strictly() {
        for (text, expected) in [
            ("10.0.0.1", None),
            ("::1", None),
            ("10.0.0.01", Some("must not have leading 0s")),
            ("::ffff:1.2.3.4", Some("must not be an IPv4-mapped IPv6 address")),
            ("10.0.0.256", Some("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")),
            ("10.0.0", Some("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")),
        ] {
            assert_eq!(ip_address(text).first().map(String::as_str), expected, "{text}");
        }
        for (text, expected) in [
            ("10.0.0.0/8", None),
            ("0.0.0.0/0", None),
            ("10.0.0.1/32", None),
            ("2001:db8::/64", None),
            ("10.0.0.1/24", Some("must not have bits set beyond the prefix length")),
            ("2001:db8::1/64", Some("must not have bits set beyond the prefix length")),
            ("10.0.0.0/08", Some("must not have leading 0s in IP or prefix length")),
            ("10.00.0.0/24", Some("must not have leading 0s in IP or prefix length")),
            ("::ffff:10.0.0.0/120", Some("must not have an IPv4-mapped IPv6 address")),
            ("10.0.0.0/33", Some("must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")),
            ("10.0.0.0", Some("must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")),
        ] {
            assert_eq!(cidr(text).first().map(String::as_str), expected, "{text}");
        }
    }
}
