//! What a call brings along beside its headers, and which cookies an answer sets.

use jiff::Timestamp;
use percent_encoding::utf8_percent_encode;
use reqwest::header::{
    CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, SET_COOKIE,
};
use reqwest::{Method, RequestBuilder, Url};
use secrecy::{ExposeSecret, SecretString};

use super::origin::NOT_UNRESERVED;
use super::pace;
use super::settings::SetupError;

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
