//! The forms in which a credential could show in an output: as it is, in base64, in hex, percent-encoded, in JSON.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Every form of the secret, none twice.
pub(crate) fn forms(secret: &str) -> Vec<Vec<u8>> {
    let bytes = secret.as_bytes();
    let mut forms = vec![bytes.to_vec()];
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    forms.push(hex.to_uppercase().into_bytes());
    forms.push(hex.into_bytes());
    let percent = bytes.iter().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(*byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    });
    forms.push(percent.collect::<String>().into_bytes());
    let json = serde_json::Value::from(secret).to_string();
    forms.push(json.trim_matches('"').as_bytes().to_vec());
    // In the middle of something longer its base64 depends on where it begins: three ways, without the signs at the
    // ends, which its neighbours share.
    for before in 0..3 {
        let padded = [vec![0; before], bytes.to_vec()].concat();
        let first = (before * 8).div_ceil(6);
        let last = padded.len() * 8 / 6;
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let encoded = engine.encode(&padded);
            forms.extend(
                encoded
                    .get(first..last)
                    .map(|form| form.as_bytes().to_vec()),
            );
        }
    }
    forms.sort();
    forms.dedup();
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_wherever_it_stands() {
        let secret = "k3y+/?!secret-of-some-length";
        let shows = |text: &str| {
            let found = |form: &Vec<u8>| text.as_bytes().windows(form.len()).any(|at| at == form);
            forms(secret).iter().any(found)
        };
        for before in ["", "a", "ab", "user:"] {
            let text = STANDARD_NO_PAD.encode(format!("{before}{secret}; more"));
            assert!(shows(&text), "{before:?}");
        }
        assert!(shows("x=k3y%2B%2F%3F%21secret-of-some-length&"));
        assert!(shows(
            "6b33792b2f3f217365637265742d6f662d736f6d652d6c656e677468"
        ));
        assert!(!shows("k3y+/?!secret-of-some-lengtH"));
    }
}
