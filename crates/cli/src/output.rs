//! What a command says to the person or program that started it.

use std::io::{self, Write};
use stdx::clock;

/// Writes to standard output. A reader that has gone away is not an error.
pub(crate) fn say(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// Writes bytes to standard output at once.
pub(crate) fn put(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// Tells why a command failed.
pub(crate) fn complain(error: &anyhow::Error) {
    note(&format!("error: {error:#}"));
}

/// Writes a line to standard error, where it does not disturb what the command puts out.
pub(crate) fn note(line: &str) {
    // There is nobody left to tell.
    drop(writeln!(io::stderr().lock(), "{line}"));
}

/// Rows as columns that line up; the last column is not padded.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|it| it.get(column)).map(|it| it.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let line: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| {
                let padding = width.saturating_sub(cell.chars().count());
                format!("{cell}{}", " ".repeat(padding))
            })
            .collect();
        text.push_str(line.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// How long ago, roughly.
pub(crate) fn ago(then_ms: u64) -> String {
    let seconds = clock::now_ms().saturating_sub(then_ms) / 1000;
    match seconds {
        0..60 => "just now".to_owned(),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..86_400 => format!("{} h ago", seconds / 3600),
        _ => format!("{} d ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_roughly() {
        assert_eq!(ago(clock::now_ms()), "just now");
        assert_eq!(ago(clock::now_ms() - 7_200_000), "2 h ago");
    }

    #[test]
    fn columns_line_up() {
        let rows =
            [vec!["a".to_owned(), "bc".to_owned()], vec!["größe".to_owned(), "d".to_owned()]];
        assert_eq!(table(&rows), "a      bc\ngröße  d\n");
    }
}
