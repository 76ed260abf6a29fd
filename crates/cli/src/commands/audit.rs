//! `stead audit`: is the log whole, and what is in it. The server may run or not; the database is
//! only read.

use crate::arguments::{Audit, ExportAudit, Global, Options, VerifyAudit};
use crate::config::{self, Config};
use crate::output;
use anyhow::{Context, bail};
use gateway::{AuditError, AuditFormat, AuditQuery, AuditReport, audit_export, audit_verify};
use std::io::{self, BufWriter, IsTerminal};
use std::process::ExitCode;
use std::time::Instant;
use stdx::clock::now_ms;

/// Exit code of a log that could not be checked; 1 is for one that is not whole.
const NOT_CHECKED: u8 = 2;
/// Between two lines of progress, in rows.
const PROGRESS_ROWS: u64 = 250_000;

pub(crate) async fn run(global: &Global, audit: &Audit) -> anyhow::Result<ExitCode> {
    match audit {
        Audit::Verify(it) => Ok(verify(global, it).await.unwrap_or_else(|error| {
            output::complain(&error);
            ExitCode::from(NOT_CHECKED)
        })),
        Audit::Export(it) => export(global, it).await,
    }
}

/// Where the log is, and the file with its head.
fn place(global: &Global, options: &Options) -> anyhow::Result<gateway::Config> {
    let settings = config::load(&options.with(global), global.config.as_deref())?;
    Ok(Config::build(&settings)?.gateway)
}

async fn verify(global: &Global, verify: &VerifyAudit) -> anyhow::Result<ExitCode> {
    let place = place(global, &verify.options)?;
    let known: Vec<(u64, String)> =
        verify.head.iter().map(|it| parse_head(it)).collect::<anyhow::Result<_>>()?;
    let started = Instant::now();
    let mut told = 0;
    let progress = |rows: u64| {
        if told + PROGRESS_ROWS <= rows && io::stderr().is_terminal() {
            output::note(&format!("{rows} rows …"));
            told = rows;
        }
    };
    let report =
        audit_verify(&place.database_url, place.audit_head.as_deref(), &known, progress).await?;
    let seconds = started.elapsed().as_secs_f64();
    let (code, text) = tell(&report);
    if !verify.quiet || code != 0 {
        output::say(&format!("{text}\n"))?;
        output::note(&format!("checked in {seconds:.1} s"));
    }
    Ok(ExitCode::from(code))
}

fn tell(report: &AuditReport) -> (u8, String) {
    match report {
        AuditReport::Whole { rows, head, confirmed } => {
            let outside = match confirmed {
                Some(seq) => format!("its first {seq} rows are what was kept outside the log"),
                None => "nothing was kept outside the log, so rows that were cut off its end \
                         would not be missed"
                    .to_owned(),
            };
            (0, format!("whole: {rows} rows, head {rows}:{head}\n{outside}"))
        }
        AuditReport::Broken { seq } => (
            1,
            format!(
                "broken at row {seq}: it is missing, was changed, or the rows before it were; \
                 everything before it is as it was written"
            ),
        ),
        AuditReport::Cut { rows, expected } => (
            1,
            format!(
                "cut: the log ends with row {rows}, and row {expected} was there; rows {} to \
                 {expected} at least are missing",
                rows + 1
            ),
        ),
        AuditReport::Rewritten { seq } => (
            1,
            format!(
                "written anew: the rows fit each other, but row {seq} is not the one that was kept \
                 outside the log; it or one before it was changed and every later hash with it"
            ),
        ),
    }
}

fn parse_head(text: &str) -> anyhow::Result<(u64, String)> {
    let (seq, hash) = text.split_once(':').context("a head is NUMBER:HASH")?;
    Ok((seq.parse().context("a head is NUMBER:HASH")?, hash.to_owned()))
}

async fn export(global: &Global, export: &ExportAudit) -> anyhow::Result<ExitCode> {
    let place = place(global, &export.options)?;
    let now = now_ms();
    let query = AuditQuery {
        from_ms: export.since.as_deref().map(|it| parse_time(it, now)).transpose()?,
        until_ms: export.until.as_deref().map(|it| parse_time(it, now)).transpose()?,
        workspace: export.workspace.clone(),
        person: export.person.clone(),
        verb: export.verb.clone(),
        outcome: export.outcome.clone(),
        text: export.text.clone(),
    };
    let format = match export.format.as_str() {
        "jsonl" => AuditFormat::Jsonl,
        "csv" => AuditFormat::Csv,
        other => bail!("`{other}` is no format; there are jsonl and csv"),
    };
    let out = BufWriter::new(io::stdout().lock());
    match audit_export(&place.database_url, &query, format, out).await {
        Ok(rows) => output::note(&format!("{rows} rows")),
        // Whoever read has seen enough.
        Err(AuditError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Err(error) => return Err(error.into()),
    }
    Ok(ExitCode::SUCCESS)
}

/// Milliseconds since 1970 of `2026-11-21`, `2026-11-21T10:30Z`, `2026-11-21T10:30:15Z`, or of
/// `7d`, `12h` or `30m` ago.
fn parse_time(text: &str, now_ms: u64) -> anyhow::Result<u64> {
    let wrong = || format!("`{text}` is no time; write 2026-11-21, 2026-11-21T10:30Z or 7d");
    for (unit, ms) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000)] {
        if let Some(count) = text.strip_suffix(unit).and_then(|it| it.parse::<u64>().ok()) {
            return Ok(now_ms.saturating_sub(count.saturating_mul(ms)));
        }
    }
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, time.strip_suffix('Z').with_context(wrong)?),
        None => (text, "00:00"),
    };
    let numbers = |text: &str, separator| -> Option<Vec<u64>> {
        text.split(separator).map(|it| it.parse().ok()).collect()
    };
    let (date, time) = (numbers(date, '-'), numbers(time, ':'));
    let (Some([year, month, day]), Some(time)) = (date.as_deref(), time) else { bail!(wrong()) };
    let (hours, minutes, seconds) = match time.as_slice() {
        [hours, minutes] => (*hours, *minutes, 0),
        [hours, minutes, seconds] => (*hours, *minutes, *seconds),
        _ => bail!(wrong()),
    };
    let is_sound = (1970..10_000).contains(year)
        && (1..=12).contains(month)
        && (1..=31).contains(day)
        && hours < 24
        && minutes < 60
        && seconds < 60;
    if !is_sound {
        bail!(wrong());
    }
    let days = days_since_1970(*year, *month, *day);
    Ok((days * 86_400 + hours * 3_600 + minutes * 60 + seconds) * 1_000)
}

/// The inverse of what `stdx::clock::rfc3339` does: years begin in March here, so that the leap day
/// is the last one.
fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = if month <= 2 { month + 9 } else { month - 3 };
    let days = 365 * year + year / 4 - year / 100 + year / 400;
    days + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use stdx::clock::rfc3339;

    #[test]
    fn times_are_dates_or_so_long_ago() {
        let now = 1_700_000_000_000;
        for (text, expected) in [
            ("2023-11-14", "2023-11-14T00:00:00.000Z"),
            ("2024-02-29T23:59Z", "2024-02-29T23:59:00.000Z"),
            ("2000-03-01T00:00:07Z", "2000-03-01T00:00:07.000Z"),
            ("1970-01-01", "1970-01-01T00:00:00.000Z"),
            ("7d", "2023-11-07T22:13:20.000Z"),
            ("2h", "2023-11-14T20:13:20.000Z"),
        ] {
            assert_eq!(rfc3339(parse_time(text, now).unwrap()), expected, "{text}");
        }
        for text in ["", "yesterday", "2023-13-01", "2023-11-14T10:00", "2023-11", "1969-12-31"] {
            assert!(parse_time(text, now).is_err(), "{text}");
        }
    }

    #[test]
    fn a_head_is_a_number_and_a_hash() {
        assert_eq!(parse_head("7:ab").unwrap(), (7, "ab".to_owned()));
        assert!(parse_head("ab").is_err() && parse_head("x:ab").is_err());
    }
}
