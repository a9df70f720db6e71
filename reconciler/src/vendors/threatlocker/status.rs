//! `statusId`: the numbers that clients of the vendor know. No other is taken for the nearest known one.

use serde_json::Value;

use crate::model::{Status, VendorText};

/// Every status that can be listed; there is no value for all (vendor-facts section 3).
pub(super) const ALL: [i64; 8] = [1, 4, 12, 16, 10, 6, 13, 17];

/// The one that waits.
pub(super) const PENDING: i64 = 1;

/// What a status number means.
pub(super) fn status(value: Option<&Value>) -> Status {
    let unknown = |word: String| Status::Unknown(VendorText::new(word));
    let number = match value {
        Some(Value::Number(number)) => number,
        Some(Value::Null) | None => return unknown("no statusId".to_owned()),
        Some(_) => return unknown("statusId is not a number".to_owned()),
    };
    match number.as_i64() {
        Some(1) => Status::Pending,
        // Approved; Added to Application; Self-Approved.
        Some(4 | 12 | 16) => Status::Approved,
        // Rejected, or Ignored.
        Some(10) => Status::Denied,
        Some(6) => unknown("6 Not Learned".to_owned()),
        Some(13) => unknown("13 Escalated to MSP".to_owned()),
        Some(17) => unknown("17 Escalated by Customer".to_owned()),
        Some(_) | None => unknown(number.to_string()),
    }
}
