//! The operation table's grammar: one table per vendor drives routing, the strict parameter check, the listing and OpenAPI.

use serde::Serialize;
use serde_json::Value;

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
    /// Where the request's id stands.
    pub object: Option<ObjectAt>,
    /// Whether a request body belongs to it.
    pub body: bool,
    /// Whether it can change what the vendor holds: not what the method says (ThreatLocker reads with POST), and not
    /// signing in or out.
    pub writes: bool,
}

/// Where a call names the request it is about; listed as the bare name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ObjectAt {
    /// In a variable segment of the path.
    Path(&'static str),
    /// In a query parameter.
    Query(&'static str),
    /// In a JSON body, at this pointer; of a list, the first item.
    Json(&'static str),
}

impl ObjectAt {
    /// The id, as the vendor writes it. Query and JSON names have no case there, and a GUID is written small.
    pub(crate) fn find(
        self,
        variables: &[(&'static str, String)],
        query: &[(String, String)],
        body: &[u8],
    ) -> Option<String> {
        let id = match self {
            Self::Path(name) => {
                let (_, value) = variables.iter().find(|(known, _)| *known == name)?;
                return Some(value.clone());
            }
            Self::Query(name) => {
                let mut named = query
                    .iter()
                    .filter(|(own, _)| own.eq_ignore_ascii_case(name));
                named.next()?.1.clone()
            }
            Self::Json(pointer) => {
                let body = serde_json::from_slice(body).ok()?;
                at(&body, pointer)?.as_str()?.to_owned()
            }
        };
        let id = id.trim().to_lowercase();
        (!id.is_empty()).then_some(id)
    }
}

fn at<'a>(value: &'a Value, pointer: &str) -> Option<&'a Value> {
    let mut steps = pointer.split('/').skip(1);
    steps.try_fold(value, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        Value::Object(members) => members
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(step))
            .map(|(_, member)| member),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    })
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
    fn the_request_is_found_in_path_query_and_body() {
        let query = [("ApprovalRequestId".to_owned(), " 1F-A ".to_owned())];
        let body = br#"{"Dtos":[{"id":"AB"},{"id":"CD"}],"n":1}"#;
        let find = |place: ObjectAt| place.find(&[("id", "X".to_owned())], &query, body);
        assert_eq!(find(ObjectAt::Path("id")).as_deref(), Some("X"));
        assert_eq!(
            find(ObjectAt::Query("approvalRequestId")).as_deref(),
            Some("1f-a")
        );
        assert_eq!(find(ObjectAt::Json("/dtos/0/id")).as_deref(), Some("ab"));
        for nowhere in [
            ObjectAt::Query("other"),
            ObjectAt::Json("/n"),
            ObjectAt::Json("/dtos/9/id"),
            ObjectAt::Json("/n/id"),
        ] {
            assert_eq!(find(nowhere), None);
        }
        assert_eq!(ObjectAt::Json("/a").find(&[], &[], b"no JSON"), None);
        assert_eq!(
            serde_json::to_string(&ObjectAt::Path("id")).unwrap(),
            "\"id\""
        );
    }

    #[test]
    fn a_query_is_decoded() {
        assert_eq!(
            query_pairs("a=1%2B+2&b&&c="),
            [("a", "1+ 2"), ("b", ""), ("c", "")].map(|(n, v)| (n.to_owned(), v.to_owned()))
        );
    }
}
