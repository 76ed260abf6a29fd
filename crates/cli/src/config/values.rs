//! Reading single values: sizes, shares, durations, pairs.

use anyhow::{Context, bail};
use std::time::Duration;

/// Bytes: `512`, `512MiB`, `1.5G`. Units are powers of 1024, with or without `iB` or `B`.
pub(super) fn size(text: &str) -> anyhow::Result<u64> {
    let text = text.trim();
    let split = text.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: f64 = number.parse().ok().context("a size is a number and a unit, such as 2GiB")?;
    let unit = unit.trim().to_ascii_lowercase();
    let power = match unit.trim_end_matches('b').trim_end_matches('i') {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        _ => bail!("`{unit}` is not a unit; B, KiB, MiB, GiB and TiB are"),
    };
    let bytes = number * 1024_f64.powi(power);
    if !(1.0..=1e18).contains(&bytes) {
        bail!("the size is out of range");
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
    let bytes = bytes as u64;
    Ok(bytes)
}

/// Thousandths of a core: `1.5` is 1500.
pub(super) fn cores(text: &str) -> anyhow::Result<u64> {
    let cores: f64 = text.trim().parse().context("a number of cores, such as 1.5")?;
    if !(0.01..=10_000.0).contains(&cores) {
        bail!("the number of cores is out of range");
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
    let millis = (cores * 1000.0).round() as u64;
    Ok(millis)
}

/// A whole number above zero.
pub(super) fn count(text: &str) -> anyhow::Result<u64> {
    let count: u64 = text.trim().parse().context("a whole number")?;
    if count == 0 {
        bail!("must be above zero");
    }
    Ok(count)
}

/// Seconds, with a fraction or without.
pub(super) fn seconds(text: &str) -> anyhow::Result<Duration> {
    let seconds: f64 = text.trim().parse().context("a number of seconds")?;
    Duration::try_from_secs_f64(seconds).context("a number of seconds")
}

/// `KEY=VALUE`.
pub(super) fn pair(text: &str) -> anyhow::Result<(String, String)> {
    let (key, value) = text.split_once('=').context("must be KEY=VALUE")?;
    if key.is_empty() || key.contains('\0') || value.contains('\0') {
        bail!("must be KEY=VALUE");
    }
    Ok((key.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_shares() {
        for (text, bytes) in
            [("512", 512), ("1k", 1024), ("2GiB", 2 << 30), ("1.5G", 3 << 29), ("3 MB", 3 << 20)]
        {
            assert_eq!(size(text).unwrap(), bytes, "{text}");
        }
        for text in ["", "x", "-1", "1X", "0", "1e99G"] {
            assert!(size(text).is_err(), "{text}");
        }
        assert_eq!(cores("1.5").unwrap(), 1500);
        assert!(cores("0").is_err() && cores("many").is_err());
        assert_eq!(pair("A=b=c").unwrap(), ("A".to_owned(), "b=c".to_owned()));
        assert!(pair("A").is_err() && pair("=b").is_err());
    }

    #[test]
    fn any_value_is_read_or_refused() {
        let pieces =
            ["1", "0", ".", "e", "-", "G", "iB", "nan", "inf", " ", "é", "=", "999999999999"];
        for seed in 0..10_000 {
            let text = stdx::noise::Noise::new(seed).text(&pieces, 6);
            if let Ok(bytes) = size(&text) {
                assert!(0 < bytes, "{text:?}");
            }
            if let Ok(millis) = cores(&text) {
                assert!((10..=10_000_000).contains(&millis), "{text:?}");
            }
            drop((count(&text), seconds(&text), pair(&text)));
        }
    }
}
