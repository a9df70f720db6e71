//! SHA-256 as text, as it stands in digests, fingerprints, marks and the ledger.

use sha2::{Digest, Sha256};

/// `sha256:HEX` of some bytes: what the ledger notes of a body as it was received.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    sha256_of(Sha256::new_with_prefix(bytes))
}

/// The same of what was hashed as it came.
#[must_use]
pub fn sha256_of(hash: Sha256) -> String {
    format!("sha256:{}", hex(&hash.finalize()))
}

/// The 64 lower-case digits alone.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Two lower-case digits a byte.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digits = halves.filter_map(|half| char::from_digit(half.into(), 16));
    let mut text = String::with_capacity(bytes.len() * 2);
    text.extend(digits);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_s_own_example() {
        // FIPS 180-2, B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex(b"abc"), abc);
        assert_eq!(sha256(b"abc"), format!("sha256:{abc}"));
        assert_eq!(hex(&[0x00, 0x0f, 0xf0]), "000ff0");
    }
}
