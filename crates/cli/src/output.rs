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

/// A number of bytes, roughly.
#[expect(clippy::cast_precision_loss, reason = "a person reads it")]
pub(crate) fn bytes(count: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB"];
    let mut value = count as f64 / 1024.0;
    let mut unit = 0;
    while 1000.0 <= value && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    let digits = usize::from(value < 10.0);
    format!("{value:.digits$} {}", units[unit])
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
    fn sizes_are_told_roughly() {
        for (count, text) in [(0, "0.0 KiB"), (3 << 20, "3.0 MiB"), (15 << 30, "15 GiB")] {
            assert_eq!(bytes(count), text);
        }
        assert_eq!(bytes((5 << 40) + (1 << 39)), "5.5 TiB");
    }

    #[test]
    fn columns_line_up() {
        let rows =
            [vec!["a".to_owned(), "bc".to_owned()], vec!["größe".to_owned(), "d".to_owned()]];
        assert_eq!(table(&rows), "a      bc\ngröße  d\n");
    }
}
