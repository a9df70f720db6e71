//! What `doctor` found: each finding with what helps, and the vendor's capability table.

use super::escape::Hostile;
use super::layout::{Page, Role, Style};
use crate::model::{Capabilities, MarkPlace, Operation, QueueName, Ratification, Terms, Verdict};

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    sign: Sign,
    text: String,
    hint: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Good,
    Warning,
    Bad,
}

impl Finding {
    /// All is well.
    #[must_use]
    pub fn good(text: String) -> Self {
        Self {
            sign: Sign::Good,
            text,
            hint: None,
        }
    }

    /// It works, but.
    #[must_use]
    pub fn warning(text: String) -> Self {
        Self {
            sign: Sign::Warning,
            text,
            hint: None,
        }
    }

    /// It does not work, and what helps.
    #[must_use]
    pub fn bad(text: String, hint: String) -> Self {
        Self {
            sign: Sign::Bad,
            text,
            hint: Some(hint),
        }
    }

    /// Whether something does not work.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        self.sign == Sign::Bad
    }
}

/// One queue, examined.
#[derive(Clone, Debug)]
pub struct Examination {
    /// The queue.
    pub queue: QueueName,
    /// What it is; none where it is switched off.
    pub terms: Option<Terms>,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// The whole examination.
#[must_use]
pub fn text(house: &[Finding], queues: &[Examination], style: Style) -> String {
    let mut page = Page::new(style);
    house
        .iter()
        .for_each(|finding| finding_lines(&mut page, finding));
    for Examination {
        queue,
        terms,
        findings,
    } in queues
    {
        page.blank();
        let vendor = terms.as_ref().map_or_else(String::new, |terms| {
            format!(": {} at {}", terms.can.vendor.title(), terms.origin)
        });
        page.exact(Role::Title, &format!("{queue}{vendor}"));
        findings
            .iter()
            .for_each(|finding| finding_lines(&mut page, finding));
        if let Some(terms) = terms {
            capabilities(terms.can)
                .lines()
                .for_each(|line| page.hanging((Role::Plain, "  "), line, 11));
        }
    }
    page.finish()
}

fn finding_lines(page: &mut Page, finding: &Finding) {
    let Finding { sign, text, hint } = finding;
    let (mark, role) = match sign {
        Sign::Good => ("ok  ", Role::Plain),
        Sign::Warning => ("warn", Role::Title),
        Sign::Bad => ("FAIL", Role::Alarm),
    };
    let text = Hostile::prose(text).terminal();
    page.hanging((role, &format!("  {mark}  ")), &text, 8);
    if let Some(hint) = hint {
        let hint = Hostile::prose(hint).terminal();
        page.hanging((Role::Plain, "        next: "), &hint, 10);
    }
}

/// The capability table of one vendor, as lines.
#[must_use]
pub fn capabilities(can: &Capabilities) -> String {
    let mut lines = Vec::new();
    for verdict in Verdict::ALL {
        lines.push(match can.operation(verdict) {
            None if can.ratifies.is_some() && verdict != Verdict::Revoke => format!(
                "{verdict:<8} ratifies: settled once the console shows it; reads only, nothing is sent"
            ),
            None => format!("{verdict:<8} no ({})", can.otherwise),
            Some(Operation { repeat, mark, notifies, undo, proof, cannot_verify, conclusions: _, lasts: _, compose: _ }) => {
                let repeat = serde_json::to_value(repeat).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default();
                let mark = match mark {
                    MarkPlace::Nowhere => "carries no mark",
                    MarkPlace::Hidden => "carries our mark, which no read shows",
                    MarkPlace::Shown => "carries our mark",
                };
                let unproven = listed(cannot_verify.iter().copied());
                format!("{verdict:<8} yes; repeated: {repeat}; {mark}; notifies {notifies}; undo: {undo}; proof: {proof}{unproven}")
            }
        });
    }
    if let Some(filing) = can.filing {
        let types = filing.access_types.join(", ");
        let unproven = listed(filing.cannot_verify.iter().copied());
        lines.push(format!(
            "file     yes ({types}); repeated: never; undo: {}{unproven}",
            filing.undo
        ));
        lines.push(
            "check-in yes, of what this ledger has filed, by the user who filed it".to_owned(),
        );
    }
    if let Some(Ratification { named_by }) = can.ratifies {
        let keys = named_by.join(" and ");
        lines.push(format!("named    by id, or by {keys} in the guard"));
    }
    if can.needs_permit {
        let assumed = listed(can.assumptions.iter().map(|assumption| assumption.what));
        lines.push(format!(
            "permit   an approval needs one: how far it reaches is in the decision{assumed}"
        ));
    }
    lines.push(format!("absent   {}", can.absent_means));
    lines.extend(
        can.cannot_verify
            .iter()
            .map(|what| format!("cannot verify {what}")),
    );
    lines.join("\n")
}

/// What nobody can check, to follow what is told of something.
fn listed<'a>(cannot_verify: impl Iterator<Item = &'a str>) -> String {
    cannot_verify
        .map(|what| format!("; cannot verify {what}"))
        .collect()
}
