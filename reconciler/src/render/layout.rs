//! Lines for people: wrapping with a hanging indent, aligned labels, and colour that only repeats
//! what the words already say.

use anstyle::{AnsiColor, Style as Ansi};

/// How wide, how colourful and how talkative text for people is. Decided by the caller, never found out here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns of the reader's screen; at least 40 are used.
    pub width: usize,
    /// Whether escape sequences may be written at all.
    pub colour: bool,
    /// Whether settled and inert decisions are listed and not only counted.
    pub verbose: bool,
}

impl Style {
    /// For files and logs: 100 columns, no escapes.
    pub const PLAIN: Self = Self {
        width: 100,
        colour: false,
        verbose: false,
    };
}

/// What a piece of text is, and so how it may be coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Plain,
    Title,
    /// A grant: the colour of a warning, never a soothing green.
    Grant,
    /// The safe direction.
    Safe,
    /// Something a person must look at.
    Alarm,
    Aside,
}

impl Role {
    fn ansi(self) -> Ansi {
        match self {
            Self::Plain => Ansi::new(),
            Self::Title => Ansi::new().bold(),
            Self::Grant => AnsiColor::Yellow.on_default().bold(),
            Self::Safe => AnsiColor::Cyan.on_default().bold(),
            Self::Alarm => AnsiColor::Red.on_default().bold(),
            Self::Aside => Ansi::new().dimmed(),
        }
    }
}

/// Lines under construction. Text given to it is safe already: it went through `escape`, or is ours.
#[derive(Debug)]
pub(super) struct Page {
    text: String,
    style: Style,
}

/// Where the values of fields begin.
const VALUE: usize = 16;

impl Page {
    pub(super) fn new(style: Style) -> Self {
        Self {
            text: String::new(),
            style,
        }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    pub(super) fn is_verbose(&self) -> bool {
        self.style.verbose
    }

    pub(super) fn width(&self) -> usize {
        self.style.width.clamp(40, 240)
    }

    pub(super) fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// One line exactly as given, never wrapped: the stable lines are made so.
    pub(super) fn exact(&mut self, role: Role, line: &str) {
        let line = self.paint(role, line);
        self.text.push_str(&line);
        self.text.push('\n');
    }

    /// How many lines are not shown; nothing where all are.
    pub(super) fn left_out(&mut self, lines: usize) {
        if lines > 0 {
            self.exact(Role::Aside, &format!("  … {lines} more: -v shows all"));
        }
    }

    /// Text after `first`, wrapped; further lines are indented by `hanging` columns.
    ///
    /// `first` alone carries the colour.
    pub(super) fn hanging(&mut self, first: (Role, &str), text: &str, hanging: usize) {
        let (role, label) = first;
        let room = self.width().saturating_sub(hanging);
        let taken = columns(label);
        let lines = wrap(text, self.width().saturating_sub(taken), room);
        let label = self.paint(role, label);
        for (number, line) in lines.iter().enumerate() {
            if number == 0 {
                self.text.push_str(&label);
            } else {
                self.text.push_str(&" ".repeat(hanging));
            }
            self.text.push_str(&self.paint(Role::Plain, line));
            self.text.push('\n');
        }
    }

    /// `      label     value`, the value wrapped under itself.
    pub(super) fn field(&mut self, label: &str, value: &str) {
        self.field_as(Role::Plain, label, value);
    }

    /// A field whose value says something loud.
    pub(super) fn field_as(&mut self, role: Role, label: &str, value: &str) {
        let lead = format!("      {label:<width$}", width = VALUE - 6);
        let lead = if lead.ends_with(' ') {
            lead
        } else {
            format!("{lead} ")
        };
        let room = self.width().saturating_sub(VALUE);
        let first = self.width().saturating_sub(columns(&lead));
        for (number, line) in wrap(value, first, room).iter().enumerate() {
            let lead = if number == 0 {
                self.paint(Role::Aside, &lead)
            } else {
                " ".repeat(VALUE)
            };
            let line = self.paint(role, line);
            self.text.push_str(&lead);
            self.text.push_str(&line);
            self.text.push('\n');
        }
    }

    /// A line of its own under the values of fields, after `further` columns.
    pub(super) fn under(&mut self, role: Role, further: usize, line: &str) {
        let line = format!("{}{line}", " ".repeat(VALUE + further));
        self.exact(role, &line);
    }

    /// Columns that the value of a field has on one line.
    pub(super) fn room(&self) -> usize {
        self.width().saturating_sub(VALUE)
    }

    /// Colours only what is there: trailing spaces stay outside, and no escapes without colour.
    fn paint(&self, role: Role, text: &str) -> String {
        // Pieces that are harmless by themselves may meet at the beginning of a line.
        let text = if text.trim_start().starts_with("::") {
            &text.replacen("::", ":\\u{3a}", 1)
        } else {
            text
        };
        let ansi = role.ansi();
        if !self.style.colour || ansi.is_plain() || text.trim().is_empty() {
            return text.to_owned();
        }
        let inner = text.trim();
        let (lead, tail) = text.split_once(inner).unwrap_or_default();
        format!("{lead}{ansi}{inner}{ansi:#}{tail}")
    }
}

/// Columns that a text takes; East Asian letters take two.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(column).sum()
}

fn column(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36f}' => 0,
        '\u{1100}'..='\u{11ff}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// Cuts at spaces, and inside a word only where it is longer than a line. Never gives an empty list.
fn wrap(text: &str, first: usize, further: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let mut word = word;
        loop {
            let room = if lines.is_empty() { first } else { further }.max(8);
            let gap = usize::from(!line.is_empty());
            if columns(&line) + gap + columns(word) <= room {
                if gap == 1 {
                    line.push(' ');
                }
                line.push_str(word);
                break;
            }
            if line.is_empty() {
                let cut = fitting(word, room);
                line.push_str(&word[..cut]);
                word = &word[cut..];
            }
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
        }
    }
    lines.push(line);
    lines
}

/// The bytes of the longest beginning that fits; at least one character.
fn fitting(word: &str, room: usize) -> usize {
    let mut taken = 0;
    word.char_indices()
        .find(|(at, c)| {
            taken += column(*c);
            taken > room && *at > 0
        })
        .map_or(word.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::{columns, wrap};

    #[test]
    fn wrapping_loses_nothing_and_keeps_to_the_width() {
        let text = "a bb ccc dddddddddddddddddddddddd 名前名前名前名前名前 e";
        let lines = wrap(text, 12, 10);
        assert!(lines.iter().all(|line| columns(line) <= 12), "{lines:?}");
        let kept: String = lines.concat().replace(' ', "");
        assert_eq!(kept, text.replace(' ', ""));
    }
}
