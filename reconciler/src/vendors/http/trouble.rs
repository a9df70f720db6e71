//! Why no whole answer came, in our words: never a header, a query or a byte that the vendor chose.

use std::error::Error as _;
use std::io;

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
        if nothing_left && let Some(certificate) = certificate(error) {
            trouble.what = certificate.to_owned();
            trouble.may_pass = false;
            trouble.hint = "name the file with the vendor's root certificate as `ca-file` of the queue; there is no switch to skip the check";
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

fn certificate(error: &reqwest::Error) -> Option<&'static str> {
    use rustls::CertificateError as Certificate;
    let mut found = None;
    causes(error, |cause| {
        let Some(tls) = cause.downcast_ref::<rustls::Error>() else {
            return false;
        };
        found = Some(if let rustls::Error::InvalidCertificate(why) = tls {
            if *why == Certificate::UnknownIssuer {
                "the vendor's certificate is not trusted here"
            } else if matches!(
                why,
                Certificate::Expired | Certificate::ExpiredContext { .. }
            ) {
                "the vendor's certificate has expired"
            } else if matches!(
                why,
                Certificate::NotValidForName | Certificate::NotValidForNameContext { .. }
            ) {
                "the vendor's certificate is for another name"
            } else {
                "the vendor's certificate is not accepted"
            }
        } else {
            "the TLS handshake failed"
        });
        true
    });
    found
}

fn io_words(error: &reqwest::Error) -> Option<&'static str> {
    let mut found = None;
    causes(error, |cause| {
        let Some(kind) = cause.downcast_ref::<io::Error>().map(io::Error::kind) else {
            return false;
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
        } else {
            None
        };
        found.is_some()
    });
    found
}
