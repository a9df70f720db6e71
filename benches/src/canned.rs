//! A vendor without a cost of its own: the pages of a mock, kept in memory and written as they are.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use crate::Result;
use crate::bare::last_id;
use crate::world::fetch;

type Pages = BTreeMap<u64, Vec<u8>>;

/// Reads all pages of a mock, tells its own url, and serves them until its standard input ends.
pub(crate) fn serve(source: &str, key: &str) -> Result<()> {
    let mut pages = Pages::new();
    let mut start = 0;
    loop {
        let page = fetch(source, &format!("/requests?startid={start}&take=1000"), key)?;
        let last = last_id(&page);
        pages.insert(start, page);
        match last {
            Some(last) => start = last + 1,
            None => break,
        }
    }
    let pages = Arc::new(pages);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    writeln!(std::io::stdout(), "http://{}", listener.local_addr()?)?;
    std::io::stdout().flush()?;
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let pages = Arc::clone(&pages);
            // A client that hangs up ends its own thread only.
            std::thread::spawn(move || answer(&stream, &pages));
        }
    });
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(())
}

fn answer(stream: &TcpStream, pages: &Pages) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    let mut line = String::new();
    let mut start = 0;
    while reader.read_line(&mut line)? > 0 {
        if line.starts_with("GET ") {
            start = line
                .split(['?', '&', ' '])
                .find_map(|part| part.strip_prefix("startid="))
                .and_then(|id| id.parse().ok())
                .unwrap_or(0);
        } else if line == "\r\n" {
            let page = pages.get(&start).map_or(b"[]".as_slice(), Vec::as_slice);
            let length = page.len();
            write!(
                writer,
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
            )?;
            writer.write_all(page)?;
        }
        line.clear();
    }
    Ok(())
}
