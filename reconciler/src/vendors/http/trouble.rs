//! Why no whole answer came, in our words: never a header, a query or a byte that the vendor chose.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use crate::model::{ReadError, ReadErrorKind};

/// A call without a whole answer.
#[derive(Debug)]
pub(super) struct Trouble {
    /// What happened.
    pub(super) what: String,
    /// Resolver, connection or TLS failed: the vendor cannot have seen the call.
    pub(super) nothing_left: bool,
    /// Whether another try may go better; for reads alone.
    pub(super) may_pass: bool,
    kind: ReadErrorKind,
    hint: &'static str,
}

impl Trouble {
    /// Words for what the library reports. Only a failure to connect proves that nothing was sent.
    pub(super) fn of(error: &reqwest::Error) -> Self {
        let nothing_left = error.is_connect();
        let mut trouble = Self {
            what: String::new(),
            nothing_left,
            may_pass: true,
            kind: ReadErrorKind::Unreachable,
            hint: "check `url` of the queue in countersign.toml; `countersign doctor` tries each queue",
        };
        if nothing_left && let Some((what, hint)) = handshake(error) {
            trouble.what = what.to_owned();
            trouble.may_pass = false;
            trouble.hint = hint;
        } else if error.is_dns() {
            trouble.what = "the host name could not be resolved".to_owned();
        } else if error.is_timeout() && nothing_left {
            trouble.what = "no connection within the time limit".to_owned();
        } else if error.is_timeout() {
            trouble.what = "no whole answer within the time limit".to_owned();
            trouble.hint =
                "raise `timeout` of the queue, or run again; `countersign doctor` tries each queue";
        } else if nothing_left {
            trouble.what = format!(
                "no connection: {}",
                io_words(error).unwrap_or("it could not be made")
            );
        } else {
            trouble.what = format!(
                "the answer did not arrive whole: {}",
                io_words(error).unwrap_or("the connection ended early")
            );
        }
        trouble
    }

    /// An answer that ends where its connection does: nobody can tell whether it is whole.
    pub(super) fn unmarked(status: u16) -> Self {
        Self {
            what: format!("answered {status}, and not where the answer ends: it may be cut off"),
            nothing_left: false,
            may_pass: true,
            kind: ReadErrorKind::Unreachable,
            hint: "look at what stands between (proxy, gateway): it has to send a length, or chunks",
        }
    }

    /// An answer over the limit.
    pub(super) fn too_large(limit: usize) -> Self {
        Self {
            what: format!("the answer is larger than {} KiB", limit >> 10),
            nothing_left: false,
            may_pass: false,
            kind: ReadErrorKind::Malformed,
            hint: "no answer of this vendor is that large; look at what stands between (proxy, gateway)",
        }
    }

    /// An answer that would have to be unpacked.
    pub(super) fn packed() -> Self {
        Self {
            what: "the answer is compressed, which was not asked for".to_owned(),
            nothing_left: false,
            may_pass: false,
            kind: ReadErrorKind::Malformed,
            hint: "look at what stands between (proxy, gateway): it must pass answers on as they are",
        }
    }

    /// The error of a read that ended so.
    pub(super) fn to_error(&self, shown: &str, attempt: u32) -> ReadError {
        let tries = if attempt > 1 {
            format!(", {attempt} tries")
        } else {
            String::new()
        };
        ReadError {
            kind: self.kind,
            what: format!("{shown}: {}{tries}", self.what),
            said: None,
            hint: self.hint.to_owned(),
        }
    }
}

/// A read that was not even sent, because its url would have been another one.
pub(super) fn refused(shown: &str, what: &str) -> ReadError {
    ReadError {
        kind: ReadErrorKind::Malformed,
        what: format!("{shown}: {what}"),
        said: None,
        hint:
            "check `url` of the queue and the ids in the decision files with `countersign validate`"
                .to_owned(),
    }
}

/// A read that the vendor puts off for longer than it may take.
pub(super) fn rate_limited(
    shown: &str,
    attempt: u32,
    asked: Option<Duration>,
    budget: Duration,
) -> ReadError {
    let asked = asked.map_or_else(String::new, |asked| {
        format!(", and asked to wait {} s", asked.as_secs())
    });
    ReadError {
        kind: ReadErrorKind::RateLimited,
        what: format!(
            "{shown} was answered 429 at try {attempt}{asked}; a read may take {} s with all its tries",
            budget.as_secs()
        ),
        said: None,
        hint: "run again later, or lower `rate-limit` of the queue: other clients share the vendor's limit".to_owned(),
    }
}

/// Walks what lies below an error, into what an `io::Error` wraps.
fn causes(
    error: &reqwest::Error,
    mut look: impl FnMut(&(dyn std::error::Error + 'static)) -> bool,
) {
    let mut next = error.source();
    while let Some(cause) = next {
        if look(cause) {
            return;
        }
        let wrapped = cause
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        next = match wrapped {
            Some(wrapped) => Some(wrapped as &(dyn std::error::Error + 'static)),
            None => cause.source(),
        };
    }
}

/// Why a TLS handshake failed, and what helps, which is not always a `ca-file`.
fn handshake(error: &reqwest::Error) -> Option<(&'static str, &'static str)> {
    use rustls::CertificateError as Certificate;
    let mut found = None;
    causes(error, |cause| {
        let Some(tls) = cause.downcast_ref::<rustls::Error>() else {
            return false;
        };
        let rustls::Error::InvalidCertificate(why) = tls else {
            found = Some((
                "the TLS handshake failed",
                "check that `url` of the queue names a port that speaks TLS 1.2 or 1.3; there is no switch to speak an older one",
            ));
            return true;
        };
        found = Some(if *why == Certificate::UnknownIssuer {
            ("the vendor's certificate is not trusted here", CA_FILE)
        } else if matches!(
            why,
            Certificate::Expired | Certificate::ExpiredContext { .. }
        ) {
            (
                "the vendor's certificate has expired",
                "have it renewed at the vendor, or correct this machine's clock; there is no switch to skip the check",
            )
        } else if matches!(
            why,
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. }
        ) {
            (
                "the vendor's certificate is not valid yet",
                "correct the clock of this machine, or of the one that issued it; there is no switch to skip the check",
            )
        } else if matches!(
            why,
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. }
        ) {
            (
                "the vendor's certificate is for another name",
                "write `url` of the queue with a name that stands in the certificate, or have one issued for this name; there is no switch to skip the check",
            )
        } else if why.to_string().contains("CaUsedAsEndEntity") {
            // As `openssl req -x509` makes them by default. The verifier has no kind of its own for this.
            (
                "the vendor shows the certificate of an authority as its own",
                "have it show one that is not marked as an authority (CA:FALSE), and name it, or who issued it, as `ca-file` of the queue",
            )
        } else {
            ("the vendor's certificate is not accepted", CA_FILE)
        });
        true
    });
    found
}

const CA_FILE: &str = "name the file with the vendor's root certificate as `ca-file` of the queue; there is no switch to skip the check";

const NOT_HTTP: &str = "it is not HTTP as it should be";

fn io_words(error: &reqwest::Error) -> Option<&'static str> {
    let mut found = None;
    causes(error, |cause| {
        let Some(kind) = cause.downcast_ref::<io::Error>().map(io::Error::kind) else {
            // The parser's own kinds are not for us to see; its words begin with these.
            let words = cause.to_string();
            let parsed = words.starts_with("invalid ") || words.starts_with("message head is too");
            found = parsed.then_some(NOT_HTTP);
            return parsed;
        };
        found = if kind == io::ErrorKind::ConnectionRefused {
            Some("refused")
        } else if kind == io::ErrorKind::ConnectionReset || kind == io::ErrorKind::BrokenPipe {
            Some("the connection was reset")
        } else if kind == io::ErrorKind::UnexpectedEof {
            Some("the connection ended early")
        } else if kind == io::ErrorKind::HostUnreachable
            || kind == io::ErrorKind::NetworkUnreachable
        {
            Some("there is no way to the host")
        } else if kind == io::ErrorKind::InvalidInput || kind == io::ErrorKind::InvalidData {
            Some(NOT_HTTP)
        } else {
            None
        };
        found.is_some()
    });
    found
}
