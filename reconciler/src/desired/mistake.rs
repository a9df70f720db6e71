//! A mistake in something that a person wrote: where, what, and the edit that helps.
//!
//! Plain data. `render` draws it as `file:line:column: error: …`, the line with a caret, and `hint: …`.

use crate::model::{Place, VendorText};

/// One mistake. Orders by place, so that sorting gives reading order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// Where it begins.
    pub place: Place,
    /// What is wrong, one line, no full stop; what it quotes from the file is already made inert.
    pub message: String,
    /// The edit or the command that helps, one line.
    pub hint: Option<String>,
    /// The line it stands on, where there is one to show.
    pub shown: Option<ShownLine>,
}

/// The source line under a mistake, and how much of it to mark.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ShownLine {
    /// The line without its end, cut after 400 characters. Anybody can have written it: escape it.
    pub text: VendorText,
    /// How many characters to mark from `place.column` on; at least 1.
    pub width: u32,
}

/// Why a file cannot be read, in words that people use.
pub(super) fn unread(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    if error.kind() == ErrorKind::NotFound {
        return "there is no such file".to_owned();
    }
    error.kind().to_string()
}

impl Mistake {
    /// A mistake that concerns a whole file, or something that is no file: line 1, column 1, no line shown.
    #[must_use]
    pub fn of_file(file: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            place: Place {
                file: file.into(),
                line: 1,
                column: 1,
            },
            message: message.into(),
            hint: Some(hint.into()),
            shown: None,
        }
    }
}
