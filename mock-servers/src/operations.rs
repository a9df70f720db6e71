//! The operation table's grammar: one table per vendor drives routing, the strict parameter check, the listing and OpenAPI.

use serde::Serialize;

/// One operation of a vendor's API.
#[derive(Debug, Serialize)]
pub struct Operation {
    /// The name used by faults and the journal, `admin-by-request.requests.approve`.
    pub id: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path below the vendor's origin; `{name}` is a variable segment.
    pub path: &'static str,
    /// One line on what it does.
    pub summary: &'static str,
    /// Parameters taken beside the path.
    pub parameters: &'static [Parameter],
    /// The path variable that is the request's id.
    pub object: Option<&'static str>,
    /// Whether a request body belongs to it.
    pub body: bool,
    /// Whether it can change what the vendor holds: not what the method says (ThreatLocker reads with POST), and not
    /// signing in or out.
    pub writes: bool,
}

/// One query (or header) parameter.
#[derive(Debug, Serialize)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its JSON schema type.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// One line on what it does.
    pub says: &'static str,
}

/// What a method and path lead to.
pub(crate) enum Route {
    /// An operation and the values of its variable segments, decoded.
    Found(&'static Operation, Vec<(&'static str, String)>),
    /// The path exists, with these methods only.
    OtherMethods(Vec<&'static str>),
    /// No such path.
    Nothing,
}

/// Finds the operation. Fixed segments compare without case, as the vendors' servers do; one trailing slash is ignored.
pub(crate) fn route(table: &'static [Operation], method: &str, path: &str) -> Route {
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut methods = Vec::new();
    // Fixed segments win over variable ones (`/auditlog/delta` over `/auditlog/{id}`): tables list them first.
    for operation in table {
        if let Some(values) = match_path(operation.path, path) {
            if operation.method == method {
                return Route::Found(operation, values);
            }
            methods.push(operation.method);
        }
    }
    if methods.is_empty() {
        Route::Nothing
    } else {
        Route::OtherMethods(methods)
    }
}

fn match_path(template: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let mut values = Vec::new();
    let mut given = path.split('/');
    for expected in template.split('/') {
        let segment = given.next()?;
        match expected
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'))
        {
            Some(_) if segment.is_empty() => return None,
            Some(name) => values.push((name, decode(segment))),
            None if segment.eq_ignore_ascii_case(expected) => {}
            None => return None,
        }
    }
    given.next().is_none().then_some(values)
}

/// Percent-decoded text; bytes that are not UTF-8 become the replacement character.
pub(crate) fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}

/// A query string as decoded pairs, in order; `+` is a space.
pub(crate) fn query_pairs(query: &str) -> Vec<(String, String)> {
    let text = |part: &str| decode(&part.replace('+', " "));
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (text(name), text(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    static TABLE: &[Operation] = &[
        operation("GET", "/logs/delta"),
        operation("GET", "/logs/{id}"),
        operation("PUT", "/logs/{id}"),
    ];

    const fn operation(method: &'static str, path: &'static str) -> Operation {
        Operation {
            id: path,
            method,
            path,
            summary: "",
            parameters: &[],
            object: None,
            body: false,
            writes: false,
        }
    }

    #[test]
    fn fixed_segments_win_and_case_does_not_matter() {
        assert!(
            matches!(route(TABLE, "GET", "/LOGS/Delta/"), Route::Found(op, _) if op.path == "/logs/delta")
        );
        let Route::Found(_, values) = route(TABLE, "GET", "/logs/a%20b") else {
            panic!("no route")
        };
        assert_eq!(values, [("id", "a b".to_owned())]);
    }

    #[test]
    fn a_wrong_method_is_not_a_wrong_path() {
        assert!(
            matches!(route(TABLE, "POST", "/logs/1"), Route::OtherMethods(methods) if methods == ["GET", "PUT"])
        );
        assert!(matches!(route(TABLE, "GET", "/logs//"), Route::Nothing));
        assert!(matches!(route(TABLE, "GET", "/logs/1/2"), Route::Nothing));
    }

    #[test]
    fn a_query_is_decoded() {
        assert_eq!(
            query_pairs("a=1%2B+2&b&&c="),
            [("a", "1+ 2"), ("b", ""), ("c", "")].map(|(n, v)| (n.to_owned(), v.to_owned()))
        );
    }
}
