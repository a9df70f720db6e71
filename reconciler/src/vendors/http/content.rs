//! What a call brings along beside its headers, and which cookies an answer sets.

use std::time::Duration;

use jiff::Timestamp;
use percent_encoding::utf8_percent_encode;
use reqwest::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
    RETRY_AFTER, SET_COOKIE, TRANSFER_ENCODING,
};
use reqwest::{Method, RequestBuilder, Response, Url};
use secrecy::{ExposeSecret, SecretString};

use super::origin::NOT_UNRESERVED;
use super::pace;
use super::settings::SetupError;
use super::trouble::Trouble;

/// One call, ready to leave.
pub(super) struct Outgoing {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) content: Content,
    /// The organization that it is made for, where the vendor wants it named.
    pub(super) organization: Option<String>,
    /// Most bytes of the answer.
    pub(super) limit: usize,
}

/// The body of a call.
pub(super) enum Content {
    /// None.
    Nothing,
    /// JSON, as it will be sent.
    Json(String),
    /// A form, encoded. It may hold a secret.
    Form(SecretString),
}

impl Outgoing {
    /// Puts the body into a call that is being built. Where one is usual and there is none, the call says
    /// so: some servers refuse it otherwise (411).
    pub(super) fn fill(&self, request: RequestBuilder) -> RequestBuilder {
        let request = match &self.organization {
            Some(organization) => request.header("ManagedOrganizationId", organization),
            None => request,
        };
        let (media, body) = match &self.content {
            Content::Nothing if self.method == Method::PUT || self.method == Method::POST => {
                return request.header(CONTENT_LENGTH, "0");
            }
            Content::Nothing => return request,
            Content::Json(text) => ("application/json", text.clone()),
            Content::Form(text) => (
                "application/x-www-form-urlencoded",
                text.expose_secret().to_owned(),
            ),
        };
        request.header(CONTENT_TYPE, media).body(body)
    }
}

/// Secrets as headers that do not show.
pub(super) fn secret_headers(
    secrets: &[(&'static str, SecretString)],
) -> Result<HeaderMap, SetupError> {
    let mut headers = HeaderMap::new();
    for (name, secret) in secrets {
        let mut value = HeaderValue::from_str(secret.expose_secret()).map_err(|_| {
            SetupError::new(
                format!(
                    "the credential for the header `{name}` holds a character that cannot be sent"
                ),
                "look for a line end or a non-ASCII character in the secret",
            )
        })?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(headers)
}

/// Fields as a form; nothing where there are none.
pub(super) fn form(fields: &[(&'static str, SecretString)]) -> Content {
    if fields.is_empty() {
        return Content::Nothing;
    }
    let mut text = String::new();
    for (nth, (name, value)) in fields.iter().enumerate() {
        if nth > 0 {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.extend(utf8_percent_encode(value.expose_secret(), NOT_UNRESERVED));
    }
    Content::Form(text.into())
}

/// Refuses an answer whose body could not be read as it was meant, or of which nobody could say that it is whole.
pub(super) fn refuse_unreadable(answer: &Response) -> Result<(), Trouble> {
    if is_packed(answer.headers()) {
        return Err(Trouble::packed());
    }
    if !marks_its_end(answer) {
        return Err(Trouble::unmarked(answer.status().as_u16()));
    }
    Ok(())
}

/// Whether an answer calls itself compressed. None was asked for, and a little that unpacks to a lot is not unpacked.
fn is_packed(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(CONTENT_ENCODING).into_iter();
    codings.any(|codings| {
        !codings
            .as_bytes()
            .trim_ascii()
            .eq_ignore_ascii_case(b"identity")
    })
}

/// `name=value` of each cookie that an answer leaves set: of one name the last counts, and one that is empty
/// or over is none. What cannot be sent back as it is, is left out.
pub(super) fn cookies(headers: &HeaderMap, now: Timestamp) -> Vec<SecretString> {
    let mut set: Vec<(&str, &str)> = Vec::new();
    let all = headers.get_all(SET_COOKIE).into_iter();
    for whole in all.filter_map(|value| value.to_str().ok()) {
        let (pair, attributes) = whole.split_once(';').unwrap_or((whole, ""));
        let Some((name, value)) = pair.trim().split_once('=') else {
            continue;
        };
        let plain = |byte: u8| byte.is_ascii_graphic() && byte != b',';
        if name.is_empty() || !name.bytes().chain(value.bytes()).all(plain) {
            continue;
        }
        set.retain(|(other, _)| *other != name);
        if !value.is_empty() && !is_over(attributes, now) {
            set.push((name, value));
        }
    }
    let pairs = set.into_iter();
    pairs
        .map(|(name, value)| SecretString::from(format!("{name}={value}")))
        .collect()
}

/// Whether a cookie's attributes end it. `Max-Age` counts before `Expires`, whose months ASP.NET joins with
/// hyphens.
fn is_over(attributes: &str, now: Timestamp) -> bool {
    let find = |wanted: &str| {
        let mut pairs = attributes.split(';').filter_map(|one| one.split_once('='));
        let found = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.trim().trim_matches('"'))
    };
    if let Some(seconds) = find("max-age").and_then(|value| value.parse::<i64>().ok()) {
        return seconds <= 0;
    }
    let date =
        |value: &str| pace::http_date(value).or_else(|| pace::http_date(&value.replace('-', " ")));
    find("expires").and_then(date).is_some_and(|end| end <= now)
}

/// Whether an answer says where it ends: by a length, or by a last chunk. Without either the end of the connection would
/// be its end (RFC 9112, 6.3), and half of a number is a number.
fn marks_its_end(answer: &Response) -> bool {
    let mut codings = answer.headers().get_all(TRANSFER_ENCODING).into_iter();
    let last = codings.next_back().and_then(|value| value.to_str().ok());
    let chunked = |codings: &str| {
        let last = codings.rsplit(',').next().unwrap_or_default();
        last.trim().eq_ignore_ascii_case("chunked")
    };
    answer.content_length().is_some() || last.is_some_and(chunked)
}

/// The value of a header, where it is text.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The media type, lower case, without parameters.
pub(super) fn media(headers: &HeaderMap) -> Option<String> {
    let whole = text(headers, &CONTENT_TYPE)?;
    Some(whole.split(';').next()?.trim().to_ascii_lowercase())
}

/// How long an answer asks to wait.
pub(super) fn wait(headers: &HeaderMap, vendor_now: Timestamp) -> Option<Duration> {
    let reset = HeaderName::from_static("x-ratelimit-reset");
    pace::asked(
        text(headers, &RETRY_AFTER),
        text(headers, &reset),
        vendor_now,
    )
}

/// Takes out of an answer what a vendor echoes of our credentials, as it is or as JSON writes it: whatever is shown or
/// kept of an answer later, no secret is in it.
pub(super) fn withhold(status: u16, body: &mut Vec<u8>, credentials: &HeaderMap) {
    // Words of the vendor's own are kept of errors and of short answers alone; a list of requests is big.
    if status < 300 && body.len() > MAY_ECHO {
        return;
    }
    let secrets = credentials.values().filter(|value| value.is_sensitive());
    for secret in secrets.filter_map(|value| value.to_str().ok()) {
        // A composed header holds several secrets, and the name of a user, which answers hold in its own right.
        let parts = secret.split([';', ' ']).filter_map(|part| {
            let (name, value) = part.split_once('=').unwrap_or(("", part));
            let value = value.trim_matches(['[', ']']);
            (!name.eq_ignore_ascii_case("runas")).then_some(value)
        });
        for part in std::iter::once(secret).chain(parts) {
            if part.len() < SHORTEST_SECRET {
                continue;
            }
            let written = serde_json::to_string(part).unwrap_or_default();
            for form in [part, written.trim_matches('"')] {
                replace(body, form.as_bytes(), b"(withheld)");
            }
        }
    }
}

/// Longest answer of success that is looked through.
pub(super) const MAY_ECHO: usize = 16 * 1024;

/// Shorter words of a header, such as a user's name, stand in answers in their own right.
const SHORTEST_SECRET: usize = 12;

fn replace(body: &mut Vec<u8>, from: &[u8], to: &[u8]) {
    let mut at = 0;
    while let Some(found) = memmem(&body[at..], from) {
        let start = at + found;
        body.splice(start..start + from.len(), to.iter().copied());
        at = start + to.len();
    }
}

/// For fuzzing: what a header asks to wait, and which cookies it sets.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn read_header(value: &str, now: Timestamp) -> (Option<Duration>, usize) {
    let mut headers = HeaderMap::new();
    let bytes = value.as_bytes();
    if let Ok(value) = HeaderValue::from_bytes(bytes) {
        headers.insert(SET_COOKIE, value);
    }
    let asked = pace::asked(Some(value), Some(value), now);
    (asked, cookies(&headers, now).len())
}

fn memmem(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|part| part == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_vendor_echoes_of_a_secret_is_withheld_and_nothing_else() {
        let told = |secret: &str, body: &str| {
            let headers = secret_headers(&[("authorization", secret.to_owned().into())]);
            let mut body = body.as_bytes().to_vec();
            withhold(401, &mut body, &headers.unwrap_or_default());
            String::from_utf8(body).unwrap_or_default()
        };
        let key = "xJ)t\"Cpj)l+]}(@_|lt";
        for body in [
            key.to_owned(),
            serde_json::to_string(key).unwrap_or_default(),
        ] {
            assert!(
                !told(key, &format!("bad key {body}!")).contains("Cpj"),
                "{body}"
            );
        }
        let composed = "PS-Auth key=0123456789abcdef; runas=svc-approver-01; pwd=[correct horse];";
        assert_eq!(
            told(composed, "0123456789abcdef of svc-approver-01"),
            "(withheld) of svc-approver-01"
        );
        assert_eq!(told("short", "short and sweet"), "short and sweet");
    }
}
