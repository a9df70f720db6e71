//! Base64 as the vendor writes a requester's reason: the standard alphabet, padded.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The text that was coded; nothing where it is not base64 of UTF-8, or empty.
pub(super) fn text(coded: &str) -> Option<String> {
    let bytes = STANDARD.decode(coded).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    (!text.is_empty()).then_some(text)
}
