//! The portal page: what a person at the vendor would see, in one self-contained document.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::journal::Entry;
use crate::vendors::{PortalView, Vendor};

/// The page. Everything that came from a vendor's data is escaped.
pub(crate) fn portal(now: Timestamp, views: &[(Vendor, PortalView)], entries: &[Entry]) -> String {
    let mut page = format!(
        "{HEAD}<header><h1>Mock vendors</h1><p>Clock <time>{now:.0}</time></p></header><main>"
    );
    for (vendor, view) in views {
        queue(&mut page, *vendor, view);
    }
    page.push_str("<section><h2>Journal</h2><ol>");
    for entry in entries.iter().rev().take(30) {
        let line = serde_json::to_string(entry).unwrap_or_default();
        let _ = write!(page, "<li><code>{}</code></li>", escaped(&line));
    }
    let _ = write!(
        page,
        "</ol></section></main><p id=said role=status></p><script>{SCRIPT}</script></body></html>"
    );
    page
}

fn queue(page: &mut String, vendor: Vendor, view: &PortalView) {
    let _ = write!(
        page,
        "<section><h2>{}</h2><p class=tabs>",
        escaped(vendor.title())
    );
    for (status, count) in &view.counts {
        let _ = write!(
            page,
            "<span>{} ({count})</span> ",
            escaped(&status.to_uppercase())
        );
    }
    let _ = write!(
        page,
        "</p><label>Decide as <select data-by={}>",
        vendor.slug()
    );
    for decider in &view.deciders {
        let _ = write!(page, "<option>{}</option>", escaped(decider));
    }
    page.push_str("</select></label>");
    for row in &view.pending {
        let _ = write!(
            page,
            "<article><h3>{what}</h3><p>{at:.0} · {user} · Computer: {computer} · <code>{id}</code></p><p class=reason>Reason: {reason}</p>\
             <button data-vendor={vendor} data-id=\"{id}\" data-decision=approve>Approve</button> \
             <button data-vendor={vendor} data-id=\"{id}\" data-decision=deny>Deny</button></article>",
            what = escaped(&row.what),
            at = row.at,
            user = escaped(&row.user),
            computer = escaped(&row.computer),
            reason = escaped(&row.reason),
            id = escaped(&row.id),
            vendor = vendor.slug(),
        );
    }
    page.push_str("</section>");
}

/// Text that means nothing to HTML, and shows controls and direction marks instead of obeying them.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => {
                out.push('\u{fffd}')
            }
            control if control.is_control() && control != '\n' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

const HEAD: &str = "<!DOCTYPE html><html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
<title>Mock vendors</title><style>\
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
article{border:1px solid #8886;border-radius:.5rem;padding:.5rem 1rem;margin:.75rem 0}h3{margin:.25rem 0}\
.tabs span{margin-right:1rem;opacity:.75}.reason{white-space:pre-wrap;overflow-wrap:anywhere}\
code{overflow-wrap:anywhere;font-size:.8rem}button{padding:.3rem .9rem}#said{position:sticky;bottom:0}\
</style></head><body>";

const SCRIPT: &str = "for(const b of document.querySelectorAll('button[data-id]'))b.onclick=async()=>{\
const d=b.dataset,by=document.querySelector(`select[data-by=\"${d.vendor}\"]`).value;\
const r=await fetch('/__mock/v1/actors/portal/decide',{method:'POST',headers:{'content-type':'application/json'},\
body:JSON.stringify({vendor:d.vendor,id:d.id,decision:d.decision,by})});\
if(r.ok)location.reload();else document.getElementById('said').textContent=(await r.json()).detail};";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_text() {
        let shown = escaped("<script>\u{1b}[2J\u{202e}\"'&");
        assert_eq!(shown, "&lt;script&gt;\u{fffd}[2J\u{fffd}&quot;&#39;&amp;");
    }
}
