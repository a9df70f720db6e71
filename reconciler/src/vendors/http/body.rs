//! The body of an answer: held whole, or handed on as it comes. Never more of it than its limit.

use std::ops::ControlFlow;

use reqwest::Response;
use reqwest::header::HeaderMap;

use super::content::{self, MAY_ECHO};
use super::trouble::Trouble;

/// A part of a body that is handed on as it comes.
#[derive(Clone, Copy, Debug)]
pub(in crate::vendors) enum Piece<'a> {
    /// A body begins: what came of one before it was cut off, and counts for nothing.
    Begins,
    /// The bytes that come next.
    Bytes(&'a [u8]),
}

/// Whoever takes a body as it comes, and may have had enough of it.
pub(in crate::vendors) type Taker<'a> = &'a mut (dyn FnMut(Piece<'_>) -> ControlFlow<()> + Send);

/// Reads a body whole.
pub(super) async fn whole(answer: &mut Response, limit: usize) -> Result<Vec<u8>, Trouble> {
    let mut body = Vec::new();
    if let Some(length) = within(answer, limit)? {
        body.reserve_exact(length);
    }
    while let Some(chunk) = chunk(answer).await? {
        if body.len().saturating_add(chunk.len()) > limit {
            return Err(Trouble::too_large(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Hands a body on as it comes. One that is short is looked through for our own secrets first, as any other is.
pub(super) async fn through(
    answer: &mut Response,
    limit: usize,
    credentials: &HeaderMap,
    taker: Taker<'_>,
) -> Result<(), Trouble> {
    within(answer, limit)?;
    let mut enough = taker(Piece::Begins).is_break();
    let mut beginning = Some(Vec::new());
    let mut received: usize = 0;
    while !enough && let Some(chunk) = chunk(answer).await? {
        received = received.saturating_add(chunk.len());
        if received > limit {
            return Err(Trouble::too_large(limit));
        }
        enough = match beginning.take() {
            None => taker(Piece::Bytes(&chunk)),
            Some(mut held) => {
                held.extend_from_slice(&chunk);
                if held.len() > MAY_ECHO {
                    taker(Piece::Bytes(&held))
                } else {
                    beginning = Some(held);
                    ControlFlow::Continue(())
                }
            }
        }
        .is_break();
    }
    if let Some(mut short) = beginning {
        content::withhold(answer.status().as_u16(), &mut short, credentials);
        let _ = taker(Piece::Bytes(&short));
    }
    Ok(())
}

/// The length that an answer names, where it names one; over the limit it is not even begun.
fn within(answer: &Response, limit: usize) -> Result<Option<usize>, Trouble> {
    let length = answer.content_length();
    let length = length.map(|length| usize::try_from(length).unwrap_or(usize::MAX));
    match length {
        Some(length) if length > limit => Err(Trouble::too_large(limit)),
        Some(_) | None => Ok(length),
    }
}

async fn chunk(
    answer: &mut Response,
) -> Result<Option<impl AsRef<[u8]> + std::ops::Deref<Target = [u8]>>, Trouble> {
    answer.chunk().await.map_err(|error| Trouble::of(&error))
}
