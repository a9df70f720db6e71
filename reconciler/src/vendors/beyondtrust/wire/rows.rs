//! A list cut into its rows as its bytes arrive: no more of it is held than the row that has not ended.

use serde_json::value::RawValue;

use super::words;

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// The array's bracket; a byte order mark may stand before it, of which so many bytes are here.
    Array(usize),
    /// The first row, or the end of an array without any.
    FirstRow,
    /// A row, after a comma.
    Row,
    /// The rest of a row.
    RestOf(Inside),
    /// A comma, or the end of the array.
    Comma,
    /// Blanks alone.
    Nothing,
}

/// Where in a row the last byte was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inside {
    /// In so many brackets.
    Brackets(usize),
    /// In a text, in so many brackets.
    Text(usize),
    /// Behind a backslash in it.
    Escape(usize),
    /// In a number or a word.
    Bare,
}

const MARK: &[u8] = "\u{feff}".as_bytes();

/// Cuts an array of rows.
#[derive(Debug)]
pub(in crate::vendors::beyondtrust) struct Rows {
    next: Next,
    /// The row that has not ended, as far as it has come.
    row: Vec<u8>,
    /// Whether more of it has come than is held of a row: nothing of it is, then.
    is_too_long: bool,
    /// Most bytes of a row.
    longest: usize,
}

impl Rows {
    /// Of a list whose rows have so many bytes at most.
    pub(in crate::vendors::beyondtrust) fn of_at_most(longest: usize) -> Self {
        Self {
            next: Next::Array(0),
            row: Vec::new(),
            is_too_long: false,
            longest,
        }
    }

    /// Takes the bytes that come next, and tells of each row that ends in them: its text, its syntax checked. Of one
    /// that is too long, that it is, in our words.
    ///
    /// # Errors
    /// What is no array of JSON values, in our words. Nothing more can be taken then.
    pub(in crate::vendors::beyondtrust) fn take(
        &mut self,
        mut bytes: &[u8],
        seen: &mut dyn FnMut(Result<&str, String>),
    ) -> Result<(), String> {
        while let Some((&byte, rest)) = bytes.split_first() {
            if let Next::RestOf(inside) = self.next {
                bytes = self.rest_of(inside, bytes, seen)?;
                continue;
            }
            let is_blank = matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
            self.next = match (self.next, byte) {
                (Next::Array(here), byte) if MARK.get(here) == Some(&byte) => Next::Array(here + 1),
                (Next::Array(0 | 3), b'[') => Next::FirstRow,
                // After a blank no mark may follow.
                (Next::Array(0 | 3), _) if is_blank => Next::Array(MARK.len()),
                (Next::Array(_), _) => return Err(NO_ARRAY.to_owned()),
                (next, _) if is_blank => next,
                (Next::FirstRow | Next::Comma, b']') => Next::Nothing,
                (Next::FirstRow | Next::Row, _) => {
                    self.begin(byte)?;
                    bytes = rest;
                    continue;
                }
                (Next::Comma, b',') => Next::Row,
                (Next::Comma, _) => return Err(CUT_OFF.to_owned()),
                (Next::Nothing, _) => {
                    return Err("something follows the array of requests".to_owned());
                }
                (Next::RestOf(_), _) => self.next,
            };
            bytes = rest;
        }
        Ok(())
    }

    /// The bytes have ended.
    ///
    /// # Errors
    /// Where the array has not.
    pub(in crate::vendors::beyondtrust) fn end(&self) -> Result<(), String> {
        match self.next {
            Next::Nothing => Ok(()),
            Next::Array(_) => Err(NO_ARRAY.to_owned()),
            Next::RestOf(_) => Err("it is cut off".to_owned()),
            Next::FirstRow | Next::Row | Next::Comma => Err(CUT_OFF.to_owned()),
        }
    }

    /// How many bytes are held.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.row.len()
    }

    fn begin(&mut self, byte: u8) -> Result<(), String> {
        self.row.clear();
        self.row.push(byte);
        self.is_too_long = false;
        self.next = Next::RestOf(match byte {
            b'{' | b'[' => Inside::Brackets(1),
            b'"' => Inside::Text(0),
            // No value begins so: the parser says where.
            b',' | b']' => return checked(&self.row).map(drop),
            _ => Inside::Bare,
        });
        Ok(())
    }

    /// Takes what belongs to the row that has begun, and returns what does not.
    fn rest_of<'b>(
        &mut self,
        mut inside: Inside,
        bytes: &'b [u8],
        seen: &mut dyn FnMut(Result<&str, String>),
    ) -> Result<&'b [u8], String> {
        let mut end = None;
        for (at, byte) in bytes.iter().enumerate() {
            inside = match (inside, byte) {
                (Inside::Bare, b',' | b']' | b' ' | b'\t' | b'\r' | b'\n') => {
                    end = Some(at);
                    break;
                }
                (Inside::Text(0), b'"') | (Inside::Brackets(1), b'}' | b']') => {
                    end = Some(at + 1);
                    break;
                }
                (Inside::Text(depth), b'"') => Inside::Brackets(depth),
                (Inside::Text(depth), b'\\') => Inside::Escape(depth),
                (Inside::Escape(depth), _) => Inside::Text(depth),
                (Inside::Brackets(depth), b'"') => Inside::Text(depth),
                (Inside::Brackets(depth), b'{' | b'[') => Inside::Brackets(depth + 1),
                (Inside::Brackets(depth), b'}' | b']') => Inside::Brackets(depth - 1),
                (Inside::Bare | Inside::Text(_) | Inside::Brackets(_), _) => inside,
            };
        }
        let (here, beyond) = bytes.split_at(end.unwrap_or(bytes.len()));
        self.is_too_long |= self.row.len().saturating_add(here.len()) > self.longest;
        if self.is_too_long {
            self.row.clear();
        } else {
            self.row.extend_from_slice(here);
        }
        self.next = Next::RestOf(inside);
        if end.is_some() {
            seen(match self.is_too_long {
                true => Err(format!("it is larger than {} KiB", self.longest >> 10)),
                false => Ok(checked(&self.row)?),
            });
            self.row.clear();
            self.next = Next::Comma;
        }
        Ok(beyond)
    }
}

const NO_ARRAY: &str = "the answer is not an array of requests";

const CUT_OFF: &str = "the array of requests is cut off";

/// The text of a row that is one JSON value.
fn checked(row: &[u8]) -> Result<&str, String> {
    let text = std::str::from_utf8(row).map_err(|_| "the answer is not UTF-8".to_owned())?;
    match serde_json::from_str::<&RawValue>(text) {
        Ok(row) => Ok(row.get()),
        Err(error) => Err(words(&error)),
    }
}
