//! GUIDs: derived from the seed, and read as clients write them.

use crate::seed;

/// A GUID for one purpose and index.
pub(crate) fn guid(seed: u64, purpose: &str, index: u64) -> String {
    let hex = seed::hex(seed, purpose, index, 32);
    format!(
        "{}-{}-4{}-a{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..]
    )
}

/// Hyphenated hex digits, made small; braces are allowed. Nothing for what is no GUID.
pub(crate) fn canonical(text: &str) -> Option<String> {
    let text = text.trim();
    let bare = text
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .unwrap_or(text);
    let fits = bare.len() == 36
        && bare.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    fits.then(|| bare.to_lowercase())
}

/// The GUID that stands for none.
pub(crate) const ZERO: &str = "00000000-0000-0000-0000-000000000000";

/// GUIDs of a generated queue: a prefix of its own, and the row's number stirred into the last twelve digits.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    prefix: String,
    offset: u64,
}

const MASK: u64 = (1 << 48) - 1;
/// Odd, so that it has an inverse.
const STEP: u64 = 0x9e37_79b9_7f4b;

impl Series {
    pub(crate) fn new(seed: u64, purpose: &str, number: u64) -> Self {
        let whole = guid(seed, purpose, number);
        Self {
            prefix: whole[..24].to_owned(),
            offset: seed::derive(seed, purpose, number) & MASK,
        }
    }

    pub(crate) fn of(&self, index: u64) -> String {
        let last = index.wrapping_mul(STEP).wrapping_add(self.offset) & MASK;
        format!("{}{last:012x}", self.prefix)
    }

    /// The row of a canonical GUID, which may be beyond the queue's end.
    pub(crate) fn index(&self, id: &str) -> Option<u64> {
        let last = u64::from_str_radix(id.strip_prefix(self.prefix.as_str())?, 16).ok()?;
        // Newton's iteration doubles the right bits each time.
        let inverse = (0..6).fold(STEP, |inverse, _| {
            inverse.wrapping_mul(2_u64.wrapping_sub(STEP.wrapping_mul(inverse)))
        });
        Some(last.wrapping_sub(self.offset).wrapping_mul(inverse) & MASK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_can_be_read_back() {
        let series = Series::new(7, "row", 0);
        for index in [0, 1, 99_999, 1_000_000, MASK] {
            let id = series.of(index);
            assert_eq!(canonical(&id).as_deref(), Some(id.as_str()));
            assert_eq!(series.index(&id), Some(index));
        }
        assert_eq!(series.index(ZERO), None);
        assert_ne!(Series::new(7, "row", 1).of(0), series.of(0));
    }

    #[test]
    fn guids_are_read_in_any_case_and_nothing_else_is_one() {
        let id = guid(1, "x", 2);
        assert_eq!(canonical(&id.to_uppercase()), Some(id.clone()));
        assert_eq!(canonical(&format!("{{{id}}}")), Some(id.clone()));
        for other in ["", "4711", &id[1..], &id.replace('-', ""), "\u{e9}"] {
            assert_eq!(canonical(other), None, "{other}");
        }
    }
}
