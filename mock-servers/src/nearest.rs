//! Where somebody mistyped a name: the nearest valid one, and JSON read strictly with that help.

use serde::de::DeserializeOwned;

/// The candidate closest to `given`, if any is close enough to be a slip.
pub(crate) fn nearest<'a>(
    given: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|name| (strsim::jaro_winkler(given, name), name))
        .filter(|(score, _)| *score > 0.6)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, name)| name)
}

/// `unknown WHAT "given"`, with the nearest valid name where there is one.
pub(crate) fn unknown<'a>(
    what: &str,
    given: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> String {
    match nearest(given, candidates) {
        Some(name) => format!("unknown {what} {given:?}; did you mean {name:?}?"),
        None => format!("unknown {what} {given:?}"),
    }
}

/// JSON into `T`; an unknown field or variant names the nearest valid one. An empty body reads as `{}`.
pub(crate) fn strict_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    let body = if body.trim_ascii().is_empty() {
        b"{}"
    } else {
        body
    };
    serde_json::from_slice(body).map_err(|error| advise(&error.to_string()))
}

/// Adds "did you mean" to a serde message of the form "unknown field `x`, expected one of `a`, `b`".
pub(crate) fn advise(message: &str) -> String {
    let is_unknown = message.contains("unknown field") || message.contains("unknown variant");
    let mut names = message.split('`').skip(1).step_by(2);
    let (true, Some(given)) = (is_unknown, names.next()) else {
        return message.to_owned();
    };
    match nearest(given, names) {
        Some(name) => format!("{message}; did you mean `{name}`?"),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[allow(dead_code, reason = "only the field's name matters")]
        #[serde(default)]
        must_fire: bool,
    }

    #[test]
    fn an_unknown_field_names_the_nearest() {
        let error = strict_json::<Sample>(br#"{"must_fyre":true}"#).unwrap_err();
        assert!(error.contains("did you mean `must_fire`?"), "{error}");
    }

    #[test]
    fn nonsense_gets_no_suggestion() {
        assert_eq!(unknown("kind", "zzz", ["reset"]), "unknown kind \"zzz\"");
    }
}
