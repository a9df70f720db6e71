//! The url of a vendor instance, and its origin: what requests are told apart by, and what a run may talk to.
//!
//! Stricter than a browser: whatever two readers could understand differently is refused.

use std::net::{Ipv4Addr, Ipv6Addr};

/// A url that may be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    /// As written, without a slash at its end.
    pub(super) url: String,
    /// Scheme, host and port, lower case, without the default port.
    pub(super) origin: String,
}

impl Url {
    /// Whether exactly this path follows the origin, in any case.
    pub(super) fn has_path(&self, path: &str) -> bool {
        let rest = self.url.strip_prefix(&self.origin);
        rest.is_some_and(|rest| rest.eq_ignore_ascii_case(path))
    }
}

/// What is wrong with a url, and the edit that helps.
pub(super) type Wrong = (String, String);

/// Reads an absolute url: https, or http for a loopback host; no user, query or fragment.
pub(super) fn parse(text: &str) -> Result<Url, Wrong> {
    let (https, rest) = scheme(text)?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    for (sign, name) in [('@', "a user name"), ('?', "a query"), ('#', "a fragment")] {
        if rest.contains(sign) {
            return Err((
                format!("`url` holds {name}"),
                format!("remove {name} from it"),
            ));
        }
    }
    let (host, port) = host_and_port(authority)?;
    if !https && !is_loopback(&host) {
        let hint = format!("write https://{authority}; plain http is for loopback hosts only");
        return Err((
            "`url` would send the credential unencrypted".to_owned(),
            hint,
        ));
    }
    let path = path.trim_end_matches('/');
    check_path(path)?;
    let scheme = if https { "https" } else { "http" };
    let default_port = if https { 443 } else { 80 };
    let origin = match port {
        Some(port) if port != default_port => format!("{scheme}://{host}:{port}"),
        Some(_) | None => format!("{scheme}://{host}"),
    };
    Ok(Url {
        url: format!("{origin}{path}"),
        origin,
    })
}

fn scheme(text: &str) -> Result<(bool, &str), Wrong> {
    let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    if lower.starts_with("https://") {
        Ok((true, text.get(8..).unwrap_or_default()))
    } else if lower.starts_with("http://") {
        Ok((false, text.get(7..).unwrap_or_default()))
    } else {
        let hint = "write it whole, as in https://dc1api.adminbyrequest.com".to_owned();
        Err(("`url` does not begin with https://".to_owned(), hint))
    }
}

fn host_and_port(authority: &str) -> Result<(String, Option<u16>), Wrong> {
    let wrong = |what: &str| {
        let hint =
            "write a host name in ASCII letters, an IPv4 address, or an IPv6 address in brackets";
        (format!("`url` has {what}"), hint.to_owned())
    };
    let (host, port) = match authority.rfind(']') {
        Some(end) => authority.split_at(end + 1),
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let port = match port.strip_prefix(':') {
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => Some(
            digits
                .parse()
                .ok()
                .filter(|port| *port > 0)
                .ok_or_else(|| wrong("no valid port"))?,
        ),
        None if port.is_empty() => None,
        Some(_) | None => return Err(wrong("no valid port")),
    };
    let host = host.to_ascii_lowercase();
    if let Some(inner) = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
        let address: Ipv6Addr = inner.parse().map_err(|_| wrong("no valid IPv6 address"))?;
        return Ok((format!("[{address}]"), port));
    }
    let labels_fit = host.len() <= 253 && host.split('.').all(is_label);
    // `127.1`, `0x7f.1` and `2130706433` are addresses to some readers and names to others.
    let last = host.rsplit('.').next().unwrap_or_default();
    let numeric = last.starts_with("0x") || last.bytes().all(|b| b.is_ascii_digit());
    if !labels_fit || (numeric && host.parse::<Ipv4Addr>().is_err()) {
        return Err(wrong("no valid host"));
    }
    Ok((host, port))
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn check_path(path: &str) -> Result<(), Wrong> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:".contains(&b);
    let dotted = |segment: &str| {
        let segment = segment.to_ascii_lowercase().replace("%2e", ".");
        segment == "." || segment == ".."
    };
    let empty = path.split('/').skip(1).any(str::is_empty);
    if !path.bytes().all(plain) || path.split('/').any(dotted) || empty {
        let hint = "remove spaces, `.` and `..`, doubled slashes and non-ASCII letters from it";
        return Err((
            "`url` has a path that can be understood in two ways".to_owned(),
            hint.to_owned(),
        ));
    }
    Ok(())
}

/// Whether calls to a host stay on this machine.
fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host == "[::1]"
        || host
            .parse::<Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> String {
        parse(text).map_or_else(|(what, _)| what, |url| url.origin)
    }

    #[test]
    fn an_origin_has_one_spelling() {
        assert_eq!(
            origin("HTTPS://DC1api.AdminByRequest.com:443/"),
            "https://dc1api.adminbyrequest.com"
        );
        assert_eq!(
            origin("https://pam.example.com:8443/x/y"),
            "https://pam.example.com:8443"
        );
        assert_eq!(origin("http://[0:0:0:0:0:0:0:1]:7701"), "http://[::1]:7701");
        assert_eq!(origin("http://127.0.0.1:7701/"), "http://127.0.0.1:7701");
    }

    #[test]
    fn a_slash_at_the_end_is_cut_and_the_path_kept() {
        assert_eq!(
            parse("https://a.example/b/C/").map(|u| u.url),
            Ok("https://a.example/b/C".to_owned())
        );
    }

    #[test]
    fn what_can_be_understood_in_two_ways_is_refused() {
        for wrong in [
            "",
            "https://",
            "ftp://a",
            "//a",
            "https:/a",
            "https://a b",
            "https://a..b",
            "https://a.",
            "https://ä.example",
            "https://user@a",
            "https://a?x=1",
            "https://a#x",
            "https://a:",
            "https://a:0",
            "https://a:65536",
            "https://a:80:80",
            "https://127.1",
            "https://0x7f.1",
            "https://2130706433",
            "https://127.0.0.01",
            "https://[::1",
            "https://::1",
            "https://[::1]x",
            "https://a/../b",
            "https://a/%2e%2E/b",
            "https://a//b",
            "https://a\\b",
            "https://a/\u{202e}",
            "http://a.example",
            "http://127.0.0.1.example.com",
            "http://localhost.example",
            "http://10.0.0.1",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_panic(text in ".*", tail in ".*") {
            let _ = parse(&text);
            let _ = parse(&format!("https://{tail}"));
        }
    }
}
