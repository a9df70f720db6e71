//! Text that somebody else wrote.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Text from a vendor: the requester, or whoever controls the requester's machine, chose it.
///
/// It has no `Display` on purpose: it reaches a terminal, TOML, Markdown, HTML or a CI log only
/// through `render::escape`. `raw` is for comparing, hashing and sending back.
#[derive(
    Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
#[schemars(description = "Text from a vendor.")]
pub struct VendorText(Box<str>);

impl VendorText {
    /// Takes text as it came off the wire.
    pub fn new(raw: impl Into<String>) -> Self {
        Self(raw.into().into_boxed_str())
    }

    /// The text itself, for comparing, hashing and sending; never for printing.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.0
    }

    /// Whether the vendor sent nothing: a missing field, null and "" are one and the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The same JSON in visible ASCII, for files: they hold what strangers wrote, and people do look into artefacts.
#[must_use]
pub fn visible_json(json: &str) -> String {
    let is_plain = |c: char| c == '\n' || c == ' ' || c.is_ascii_graphic();
    if json.chars().all(is_plain) && !json.contains("##") {
        return json.to_owned();
    }
    let mut out = String::with_capacity(json.len());
    let mut before = ' ';
    for c in json.chars() {
        // A runner's log takes `##[` for a command wherever it stands. Outside of strings there is no `#`.
        if is_plain(c) && (before, c) != ('#', '#') {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
        before = c;
    }
    out
}

/// A number and its word: `1 call`, `2 calls`.
#[must_use]
pub fn counted<N: Copy + PartialEq + From<u8> + std::fmt::Display>(
    number: N,
    word: &str,
) -> String {
    let ending = if number == N::from(1) { "" } else { "s" };
    format!("{number} {word}{ending}")
}

impl From<&str> for VendorText {
    fn from(raw: &str) -> Self {
        Self::new(raw)
    }
}

impl std::fmt::Debug for VendorText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VendorText({})", self.0.escape_default())
    }
}
