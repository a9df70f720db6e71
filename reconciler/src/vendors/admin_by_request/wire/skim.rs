//! The fast way over a row that nobody may have named: id, status, and where the row ends.
//!
//! It accepts only what it fully understands, and answers `None` to all else (escapes in keys, odd values,
//! deep nesting, bad syntax, a field given twice); the strict parser then has the say. Where both accept,
//! they agree: a property test holds them against each other.

use std::borrow::Cow;

use super::brief::Brief;
use crate::vendors::scalar::Scalar;

/// Nesting that honest rows do not reach.
const DEEPEST: u8 = 16;

/// Reads the object at the beginning of the text, and how many bytes it has.
pub(super) fn skim(text: &str) -> Option<(Brief<'_>, usize)> {
    let mut walk = Walk { text, at: 0 };
    walk.expect(b'{')?;
    let (mut id, mut code, mut word) = (None, None, None);
    loop {
        walk.blank();
        let key = walk.string()?;
        walk.blank();
        walk.expect(b':')?;
        walk.blank();
        // By length first: most keys are none of these.
        let field = match key.len() {
            2 if key.eq_ignore_ascii_case("id") => &mut id,
            6 if key.eq_ignore_ascii_case("status") => &mut word,
            10 if key.eq_ignore_ascii_case("statuscode") => &mut code,
            _ => {
                walk.value(DEEPEST)?;
                if walk.more(b'}')? {
                    continue;
                }
                break;
            }
        };
        if field.replace(walk.scalar()?).is_some() {
            return None;
        }
        if !walk.more(b'}')? {
            break;
        }
    }
    let brief = Brief::new(
        id.unwrap_or_default(),
        code.unwrap_or_default(),
        word.unwrap_or_default(),
    );
    Some((brief, walk.at))
}

struct Walk<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Walk<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn blank(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.at += 1;
        }
    }

    /// After a value: whether another one follows, or the end.
    fn more(&mut self, end: u8) -> Option<bool> {
        self.blank();
        let byte = self.peek()?;
        self.at += 1;
        if byte == b',' {
            Some(true)
        } else {
            (byte == end).then_some(false)
        }
    }

    /// A string without escapes.
    fn string(&mut self) -> Option<&'a str> {
        self.expect(b'"')?;
        let start = self.at;
        let (end, escaped) = string_end(self.text.as_bytes(), start)?;
        self.at = end + 1;
        if escaped {
            None
        } else {
            self.text.get(start..end)
        }
    }

    /// Text without escapes, a whole number, or null.
    fn scalar(&mut self) -> Option<Scalar<'a>> {
        match self.peek()? {
            b'"' => Some(Scalar::Text(Cow::Borrowed(self.string()?))),
            b'n' => self.literal("null").map(|()| Scalar::Nothing),
            b'0'..=b'9' => {
                let digits = self.number()?;
                let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
                let plain = plain && (digits.len() == 1 || !digits.starts_with('0'));
                let number = digits.parse().ok()?;
                plain.then_some(Scalar::Number(number))
            }
            _ => None,
        }
    }

    fn value(&mut self, deeper: u8) -> Option<()> {
        match self.peek()? {
            b'"' => {
                let (end, _) = string_end(self.text.as_bytes(), self.at + 1)?;
                self.at = end + 1;
                Some(())
            }
            b'n' => self.literal("null"),
            b't' => self.literal("true"),
            b'f' => self.literal("false"),
            b'{' => self.inside(b'}', deeper.checked_sub(1)?),
            b'[' => self.inside(b']', deeper.checked_sub(1)?),
            // Floats and exponents of a skipped value are the strict parser's.
            b'0'..=b'9' => self.scalar().map(drop),
            _ => None,
        }
    }

    /// What stands between the brackets of an object or array.
    fn inside(&mut self, end: u8, deeper: u8) -> Option<()> {
        self.at += 1;
        self.blank();
        if self.peek()? == end {
            self.at += 1;
            return Some(());
        }
        loop {
            self.blank();
            if end == b'}' {
                self.expect(b'"')?;
                let (close, _) = string_end(self.text.as_bytes(), self.at)?;
                self.at = close + 1;
                self.blank();
                self.expect(b':')?;
                self.blank();
            }
            self.value(deeper)?;
            if !self.more(end)? {
                return Some(());
            }
        }
    }

    fn literal(&mut self, word: &str) -> Option<()> {
        let here = self.text.as_bytes().get(self.at..)?;
        here.starts_with(word.as_bytes())
            .then(|| self.at += word.len())
    }

    fn number(&mut self) -> Option<&'a str> {
        let start = self.at;
        while let Some(b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-') = self.peek() {
            self.at += 1;
        }
        self.text.get(start..self.at)
    }
}

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Where a string's closing quote stands, and whether a backslash came before it. `None` at a control
/// character, an escape that JSON does not have, or the end.
fn string_end(bytes: &[u8], mut at: usize) -> Option<(usize, bool)> {
    let mut escaped = false;
    loop {
        // Eight bytes at once. The lowest bit that is set is exact; those above it may not be.
        while let Some(Ok(eight)) = bytes.get(at..at + 8).map(<[u8; 8]>::try_from) {
            let word = u64::from_le_bytes(eight);
            let zero = |word: u64| word.wrapping_sub(LOW) & !word & HIGH;
            let quote = zero(word ^ (LOW * u64::from(b'"')));
            let slash = zero(word ^ (LOW * u64::from(b'\\')));
            let control = word.wrapping_sub(LOW * 0x20) & !word & HIGH;
            let hit = quote | slash | control;
            if hit != 0 {
                at += hit.trailing_zeros() as usize / 8;
                break;
            }
            at += 8;
        }
        match *bytes.get(at)? {
            b'"' => return Some((at, escaped)),
            b'\\' => {
                escaped = true;
                match bytes.get(at + 1)? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => at += 2,
                    b'u' if bytes.get(at + 2..at + 6)?.iter().all(u8::is_ascii_hexdigit) => at += 6,
                    _ => return None,
                }
            }
            0..0x20 => return None,
            _ => at += 1,
        }
    }
}
