//! Base64 as the vendor writes a requester's reason: the standard alphabet, padded.

/// The text that was coded; nothing where it is not base64 of UTF-8.
pub(super) fn text(coded: &str) -> Option<String> {
    let bytes = coded.as_bytes();
    if bytes.is_empty() || !bytes.len().is_multiple_of(4) {
        return None;
    }
    let digits = coded.trim_end_matches('=');
    if coded.len() - digits.len() > 2 {
        return None;
    }
    let (mut out, mut held, mut bits) = (Vec::new(), 0_u32, 0_u32);
    for byte in digits.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = (held << 6) | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from((held >> bits) & 0xff).ok()?);
        }
        held &= (1 << bits) - 1;
    }
    // What is left over of the last digit says nothing, or it was not coded so.
    (held == 0).then(|| String::from_utf8(out).ok()).flatten()
}
