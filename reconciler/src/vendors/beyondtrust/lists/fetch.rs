//! One list, read as it comes: signed in before, and once more where the session has ended.

use super::super::session::Session;
use super::super::{Endpoint, OUTCOMES, wire};
use super::kept::{Kept, Wrong};
use crate::model::{ReadError, ReadErrorKind};
use crate::vendors::http::{Get, Http, Piece, Reply};
use crate::vendors::too_many;

/// Whose requests (document, `queue`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// What the user may decide, or has approved.
    Approver,
    /// What the user has asked for.
    Requestor,
}

/// Which of the lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Pending,
    Active,
}

/// Reads one list; signs in before, and once more where the session has ended.
pub(super) async fn fetch<'a>(
    http: &Http,
    session: &Session,
    (side, list): (Side, List),
    mut kept: Kept<'a>,
) -> Result<Kept<'a>, ReadError> {
    let status = match list {
        List::Pending => "pending",
        List::Active => "active",
    };
    let queue = match side {
        Side::Approver => "app",
        Side::Requestor => "req",
    };
    let get = Get {
        path: "/Requests".to_owned(),
        // Where it is left out, it is `req`.
        query: vec![("status", status.to_owned()), ("queue", queue.to_owned())],
        limit: http.settings().body_limit.whole,
    };
    let number = session.ensure(http).await?;
    let mut take = |piece: Piece<'_>| kept.take(piece);
    let mut reply = http.stream(&get, &mut take).await?;
    if reply.status == 401 {
        session.renew(http, number).await?;
        reply = http.stream(&get, &mut take).await?;
    }
    if reply.status != 200 {
        return Err(refusal(&get, &reply));
    }
    if !reply.may_be_json() {
        let why = "the answer is not JSON but something else, such as a web page";
        return Err(malformed(&get, why));
    }
    kept.end().map_err(|wrong| match wrong {
        Wrong::Malformed(why) => malformed(&get, &why),
        Wrong::TooMany(most) => too_many(&get.shown(), most),
    })
}

fn refusal(get: &Get, reply: &Reply) -> ReadError {
    let (shown, status) = (get.shown(), reply.status);
    let (kind, what, hint) = match (status, OUTCOMES.code(Endpoint::List, &get.path, reply)) {
        (_, Some(code)) => (
            ReadErrorKind::Refused,
            format!(
                "{shown} was answered {status}, code {}: {}",
                code.code, code.means
            ),
            code.todo,
        ),
        (401, None) => (
            ReadErrorKind::Credential,
            format!("{shown} was answered 401 right after signing in"),
            "look whether something between takes the cookie away (proxy, gateway, balancer); then `countersign doctor`",
        ),
        (300..=399, None) => (
            ReadErrorKind::Refused,
            format!("{shown} was {}", reply.answered()),
            "redirects are never followed; correct `url` of the queue in countersign.toml",
        ),
        (_, None) => (
            ReadErrorKind::Refused,
            format!("{shown} was answered {status}"),
            "`countersign doctor` tries each queue",
        ),
    };
    ReadError {
        kind,
        what,
        said: wire::said(reply),
        hint: hint.to_owned(),
    }
}

fn malformed(get: &Get, why: &str) -> ReadError {
    ReadError {
        kind: ReadErrorKind::Malformed,
        what: format!("{}: {why}", get.shown()),
        said: None,
        hint: "look at what stands between (proxy, gateway) and at `url` of the queue; `countersign doctor` tries each queue".to_owned(),
    }
}
