//! Everything that looks random: a pure function of (seed, purpose, index), so that two runs agree.

/// A number for one purpose and index. No stream, no state: asking twice answers the same.
pub(crate) fn derive(seed: u64, purpose: &str, index: u64) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in purpose.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    mix(mix(seed ^ hash).wrapping_add(index.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

/// `digits` lower-case hex digits for one purpose and index.
pub(crate) fn hex(seed: u64, purpose: &str, index: u64, digits: usize) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(digits);
    let start = derive(seed, purpose, index);
    let mut word = start;
    for place in 0..digits {
        if place % 16 == 0 {
            word = mix(start.wrapping_add(place as u64 + 1));
        }
        text.push(char::from(DIGITS[(word & 15) as usize]));
        word >>= 4;
    }
    text
}

/// One of `list`, by purpose and index. `list` must not be empty.
pub(crate) fn pick<'a, T>(seed: u64, purpose: &str, index: u64, list: &'a [T]) -> &'a T {
    &list[(derive(seed, purpose, index) % list.len() as u64) as usize]
}

// The finishing step of splitmix64.
fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_question_gets_the_same_answer_and_another_gets_another() {
        assert_eq!(derive(7, "id", 3), derive(7, "id", 3));
        assert_ne!(derive(7, "id", 3), derive(8, "id", 3));
        assert_ne!(derive(7, "id", 3), derive(7, "key", 3));
        assert_ne!(derive(7, "id", 3), derive(7, "id", 4));
    }

    #[test]
    fn hex_has_the_asked_length_and_no_repeated_half() {
        let text = hex(1, "sha", 9, 64);
        assert_eq!(text.len(), 64);
        assert!(text.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(&text[..32], &text[32..]);
    }
}
