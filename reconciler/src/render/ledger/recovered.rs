//! What became of a damaged ledger: what was kept, what was lost, and what is in doubt because of it.

use super::super::escape::Hostile;
use super::super::layout::{Page, Role, Style};
use crate::apply::ledger::Recovered;
use crate::model::counted;

/// The account of `ledger recover`; ends with the `Ledger:` line.
#[must_use]
pub fn recovered(recovered: &Recovered, style: Style) -> String {
    let Recovered {
        history,
        aside,
        lost,
        gone,
    } = recovered;
    let past = history.past();
    let open: Vec<_> = past.open().map(|(_, sent)| sent).collect();
    let kept = counted(history.records.len().saturating_sub(1), "record");
    let mut page = Page::new(style);
    let told = format!("Recovered: {kept} kept, {} in doubt.", open.len());
    page.exact(Role::Title, &told);
    let aside = aside.display().to_string();
    let aside = Hostile::from(&aside).terminal();
    page.exact(
        Role::Plain,
        &format!("The damaged ledger is kept as {aside}."),
    );
    if *gone > 0 {
        let gone = counted(usize::try_from(*gone).unwrap_or(usize::MAX), "record");
        let gone =
            format!("{gone} not there at all: if calls were among them, nobody knows which.");
        page.exact(Role::Alarm, &gone);
    }
    if !lost.is_empty() {
        page.blank();
        let title = format!("Not as they stood ({}):", counted(lost.len(), "line"));
        page.exact(Role::Title, &title);
        for lost in lost {
            let lead = format!("  line {}  ", lost.line);
            page.hanging(
                (Role::Plain, &lead),
                &Hostile::from(&lost.why).terminal(),
                4,
            );
        }
    }
    if !open.is_empty() {
        page.blank();
        page.exact(Role::Alarm, "In doubt, until it is read again:");
        for sent in open {
            let ticket = Hostile::from(&sent.ticket).at_most(80).terminal();
            let line = format!(
                "  {:>5}  {} {}  {ticket}",
                sent.seq, sent.verdict, sent.address
            );
            page.exact(Role::Plain, &line);
        }
    }
    page.blank();
    let (seq, hash) = history.head().unwrap_or_default();
    page.finish() + &format!("Ledger: {seq} {hash}\n")
}
