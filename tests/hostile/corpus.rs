//! What strangers write, and a world of each vendor in which it stands wherever somebody can write something.

use mock_servers::{Given, Vendor};
use serde::Deserialize;

use crate::world::World;

/// One text of the corpus.
pub(super) struct Text {
    /// Whom it is aimed at, as in `terminal`.
    pub(super) kind: String,
    /// The text itself.
    pub(super) text: String,
}

#[derive(Deserialize)]
struct File {
    text: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    kind: String,
    text: String,
    times: Option<usize>,
}

/// `tests/corpus/texts.toml`.
pub(super) fn texts() -> Vec<Text> {
    let file: File = toml::from_str(include_str!("../corpus/texts.toml")).expect("the corpus");
    let text = |entry: Entry| Text {
        kind: entry.kind,
        text: entry.text.repeat(entry.times.unwrap_or(1)),
    };
    file.text.into_iter().map(text).collect()
}

/// A queue of this vendor with a request for each text, in every field that a person or a program fills in.
pub(super) fn world(vendor: Vendor, texts: &[&str]) -> World {
    let text = match vendor {
        Vendor::AdminByRequest => each(texts, admin_by_request),
        Vendor::BeyondTrust => each(texts, beyondtrust),
        Vendor::ThreatLocker => each(texts, threatlocker),
        Vendor::Fudo => each(texts, fudo),
        Vendor::Ekran => each(texts, ekran),
    };
    let given = Given::from_toml(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    World::of(|options| {
        options.vendors = vec![vendor];
        options.world = Some(given);
    })
}

/// What a request for one text looks like: its number, and the text quoted. Names are told apart by the number.
fn each(texts: &[&str], request: impl Fn(usize, &str, &str) -> String) -> String {
    let tables = texts.iter().enumerate().map(|(number, text)| {
        let quoted = |text: String| toml::Value::String(text).to_string();
        let name = quoted(format!("{text}{number}"));
        request(7001 + number, &quoted((*text).to_owned()), &name)
    });
    tables.collect()
}

fn admin_by_request(id: usize, text: &str, name: &str) -> String {
    format!(
        "[[admin-by-request.request]]\nid = '{id}'\nreason = {text}\n\
         user = {{ account = {text}, full-name = {text}, email = {text}, phone = {text} }}\n\
         computer = {{ name = {name} }}\nsettings = {text}\n\
         app = {{ file = {text}, name = {text}, vendor = {text}, version = {text}, path = {text}, threat = {text} }}\n"
    )
}

fn beyondtrust(id: usize, text: &str, name: &str) -> String {
    format!(
        "[[beyondtrust.system]]\nid = {id}\nname = {name}\n\
         [[beyondtrust.account]]\nid = {id}\nsystem = {id}\nname = {text}\ndomain = {text}\n\
         [[beyondtrust.application]]\nid = {id}\nname = {name}\n\
         [[beyondtrust.request]]\nid = '{id}'\naccount = {id}\napplication = {id}\nreason = {text}\n"
    )
}

fn threatlocker(id: usize, text: &str, name: &str) -> String {
    format!(
        "[[threatlocker.computer]]\nid = '30000000-0000-4000-a000-00000000{id}'\nname = {name}\n\
         [[threatlocker.application]]\nname = {name}\nrule = [{{ certificate = {name} }}]\n\
         [[threatlocker.request]]\nid = 'a0000000-0000-4000-a000-00000000{id}'\ncomputer = {name}\n\
         user = {text}\npath = {text}\nprocess = {text}\nsha256 = {text}\ncertificate = {name}\n\
         created-by = [{text}]\nreason = {text}\nrequestor = {text}\nrequestor-email = {text}\n\
         comments = {text}\n"
    )
}

fn fudo(id: usize, text: &str, name: &str) -> String {
    format!(
        "[[fudo.user]]\nname = {name}\nuser-name = {name}\n\
         [[fudo.request]]\nid = '{id}'\nuser = {name}\naccount = {{ id = '1{id}', name = {text} }}\n\
         server = {{ id = '2{id}', name = {text} }}\nsafe = {{ id = '3{id}', name = {text} }}\n\
         protocol = {text}\nreason = {text}\nrequired-votes = 1\n"
    )
}

fn ekran(id: usize, text: &str, name: &str) -> String {
    format!(
        "[[ekran.operator]]\nname = {name}\n\
         [[ekran.request]]\nid = '{id}'\nstatus = 'approved'\nuser = {text}\nremote-ip = {text}\n\
         by = {name}\ncomment = {text}\n"
    )
}
