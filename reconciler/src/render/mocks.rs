//! Where the mock vendors listen: a column of names, a column of places.

use super::escape::Hostile;
use super::layout::{Page, Role, Style};

/// One line a place, as `admin  http://127.0.0.1:7700`.
#[must_use]
pub fn text(places: &[(&str, String)], style: Style) -> String {
    let mut page = Page::new(style);
    for (name, place) in places {
        let place = Hostile::from(place).terminal();
        page.exact(Role::Plain, &format!("{name:<18} {place}"));
    }
    page.finish()
}
