//! The vendor's words for where a request stands, in ours.

use crate::model::{Status, VendorText};
use crate::vendors::scalar::Scalar;

/// The words that are known, and the code that goes with each where one is documented or recorded.
///
/// "Pending approval" 4 (document, "Getting requests"), "Finished" 2 (document, "Set up"), "Denied" 3
/// (vendor-facts section 1, states). The codes of the other words are guesses: the word alone decides.
const KNOWN: &[(&str, Status, Option<u64>)] = &[
    ("pending approval", Status::Pending, Some(4)),
    ("pending", Status::Pending, Some(4)),
    ("denied", Status::Denied, Some(3)),
    ("finished", Status::Finished, Some(2)),
    ("approved", Status::Approved, None),
    ("running", Status::InUse, None),
    ("started", Status::InUse, None),
    ("quarantined", Status::Quarantined, None),
    ("expired", Status::Expired, None),
];

/// One status out of word and code. What is missing, unknown or contradicts itself is unknown.
pub(super) fn status(word: &Scalar<'_>, code: &Scalar<'_>) -> Status {
    let known = match word {
        Scalar::Text(word) => KNOWN
            .iter()
            .find(|(known, _, _)| word.eq_ignore_ascii_case(known)),
        Scalar::Nothing | Scalar::Number(_) | Scalar::Negative(_) | Scalar::Odd => None,
    };
    match (known, code) {
        // An older answer without the code.
        (Some((_, status, _)), Scalar::Nothing) => status.clone(),
        (Some((_, status, Some(expected))), Scalar::Number(code)) if code == expected => {
            status.clone()
        }
        (Some((_, status, None)), Scalar::Number(code)) if !documented(*code) => status.clone(),
        (
            _,
            Scalar::Nothing
            | Scalar::Number(_)
            | Scalar::Negative(_)
            | Scalar::Text(_)
            | Scalar::Odd,
        ) => unknown(word, code),
    }
}

fn documented(code: u64) -> bool {
    KNOWN.iter().any(|(_, _, known)| *known == Some(code))
}

/// Says what was there, the word first; a message is built from it only by the escaping type.
fn unknown(word: &Scalar<'_>, code: &Scalar<'_>) -> Status {
    let part = |scalar: &Scalar<'_>| match scalar {
        Scalar::Nothing => "none".to_owned(),
        Scalar::Text(text) => text.chars().take(100).collect(),
        Scalar::Number(number) => number.to_string(),
        Scalar::Negative(number) => number.to_string(),
        Scalar::Odd => "not text".to_owned(),
    };
    let raw = match (word, code) {
        (Scalar::Text(_), Scalar::Nothing) => part(word),
        (_, _) => format!("{}, code {}", part(word), part(code)),
    };
    Status::Unknown(VendorText::new(raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(word: &'static str, code: Option<u64>) -> Status {
        let code = code.map_or(Scalar::Nothing, Scalar::Number);
        status(&Scalar::Text(word.into()), &code)
    }

    #[test]
    fn known_words_with_their_codes() {
        assert_eq!(of("Pending approval", Some(4)), Status::Pending);
        assert_eq!(of("PENDING APPROVAL", None), Status::Pending);
        assert_eq!(of("Denied", Some(3)), Status::Denied);
        assert_eq!(of("Finished", Some(2)), Status::Finished);
        for code in [None, Some(0), Some(1), Some(5), Some(77)] {
            assert_eq!(of("Approved", code), Status::Approved);
            assert_eq!(of("Running", code), Status::InUse);
            assert_eq!(of("Started", code), Status::InUse);
            assert_eq!(of("Quarantined", code), Status::Quarantined);
            assert_eq!(of("Expired", code), Status::Expired);
        }
    }

    #[test]
    fn what_contradicts_itself_or_is_not_known_is_unknown() {
        let unknown = |status: Status| matches!(status, Status::Unknown(_));
        assert!(unknown(of("Pending approval", Some(3))));
        assert!(unknown(of("Pending approval", Some(7))));
        assert!(unknown(of("Approved", Some(4))));
        assert!(unknown(of("Denied", Some(2))));
        assert!(unknown(of("Almost approved", Some(4))));
        assert!(unknown(of("", Some(4))));
        assert!(unknown(status(&Scalar::Nothing, &Scalar::Number(4))));
        assert!(unknown(status(&Scalar::Number(4), &Scalar::Number(4))));
        assert!(unknown(status(
            &Scalar::Text("Denied".into()),
            &Scalar::Text("3".into())
        )));
        assert_eq!(of("Postponed", None), Status::Unknown("Postponed".into()));
        assert_eq!(
            of("Postponed", Some(9)),
            Status::Unknown("Postponed, code 9".into())
        );
    }
}
