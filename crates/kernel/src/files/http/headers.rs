//! Headers of file contents: what protects the gateway's origin, names, dates, preconditions.

use crate::files::write::Precondition;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use std::fmt::Write;

/// A browser that opens the address of a file runs nothing of it, whatever its content.
pub(super) fn protect(headers: &mut HeaderMap, content_type: &'static str) {
    let pairs = [
        (header::CONTENT_TYPE, content_type),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (header::CACHE_CONTROL, "private, no-cache"),
    ];
    for (name, value) in pairs {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Makes the browser save the content under `name`.
pub(super) fn attach(headers: &mut HeaderMap, name: &str) {
    let mut plain = String::new();
    let mut encoded = String::new();
    for letter in name.chars() {
        let simple = letter.is_ascii_alphanumeric() || "-_. ".contains(letter);
        plain.push(if simple { letter } else { '_' });
    }
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("a string takes everything");
        }
    }
    let value = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
    let value = HeaderValue::from_str(&value).expect("only printable ASCII is in it");
    headers.insert(header::CONTENT_DISPOSITION, value);
}

/// What `If-Match` and `If-None-Match` ask of a write; `None` when it cannot be understood.
pub(super) fn precondition(headers: &HeaderMap) -> Option<Precondition> {
    let tags = all(headers, &header::IF_MATCH)?;
    let absent = all(headers, &header::IF_NONE_MATCH)?;
    match (tags.as_slice(), absent.as_slice()) {
        ([], []) => Some(Precondition::None),
        ([], [one]) if one == "*" => Some(Precondition::Missing),
        ([one], []) if one == "*" => Some(Precondition::Exists),
        (_, []) => Some(Precondition::Tags(tags)),
        _ => None,
    }
}

/// Whether `If-None-Match` says that the client has `etag` already.
pub(super) fn has_already(headers: &HeaderMap, etag: &str) -> bool {
    let known = all(headers, &header::IF_NONE_MATCH).unwrap_or_default();
    known.iter().any(|it| it == "*" || it.strip_prefix("W/").unwrap_or(it) == etag)
}

/// The members of a list header; `None` when it is not text.
fn all(headers: &HeaderMap, name: &HeaderName) -> Option<Vec<String>> {
    let mut members = Vec::new();
    for value in headers.get_all(name) {
        let text = value.to_str().ok()?;
        members.extend(text.split(',').map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()));
    }
    Some(members)
}

/// Seconds since 1970 as HTTP writes dates.
pub(super) fn http_date(seconds: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let seconds = u64::try_from(seconds).unwrap_or(0);
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Years that begin in March, in eras of 400 years: leap days come last.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12;
    let year = era * 400 + year_of_era + u64::from(month < 2);
    let index = |it: u64| usize::try_from(it).expect("less than twelve");
    format!(
        "{}, {day:02} {} {year:04} {:02}:{:02}:{:02} GMT",
        DAYS[index(days % 7)],
        MONTHS[index(month)],
        rest / 3600,
        rest / 60 % 60,
        rest % 60,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_http_wants_them() {
        for (seconds, text) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_795_219_200, "Sat, 21 Nov 2026 00:00:00 GMT"),
        ] {
            assert_eq!(http_date(seconds), text);
        }
    }

    #[test]
    fn names_are_encoded_for_old_and_new_browsers() {
        let mut headers = HeaderMap::new();
        attach(&mut headers, "größe \"1\".txt");
        assert_eq!(
            headers[header::CONTENT_DISPOSITION],
            "attachment; filename=\"gr__e _1_.txt\"; filename*=UTF-8''gr%C3%B6%C3%9Fe%20%221%22.txt"
        );
    }

    #[test]
    fn preconditions_are_read_from_headers() {
        let read = |pairs: &[(HeaderName, &'static str)]| {
            let headers =
                pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
            precondition(&headers.collect())
        };
        assert_eq!(read(&[]), Some(Precondition::None));
        assert_eq!(read(&[(header::IF_NONE_MATCH, "*")]), Some(Precondition::Missing));
        assert_eq!(read(&[(header::IF_NONE_MATCH, "\"a\"")]), None);
        assert_eq!(read(&[(header::IF_MATCH, "*")]), Some(Precondition::Exists));
        let tags = vec!["\"a\"".to_owned(), "\"b\"".to_owned()];
        assert_eq!(read(&[(header::IF_MATCH, "\"a\", \"b\"")]), Some(Precondition::Tags(tags)));
    }

    #[test]
    fn hostile_preconditions_and_names_are_read_or_refused() {
        use stdx::noise::Noise;
        let pieces =
            ["\"", "abc", "W/", "*", ",", " ", "\u{e9}", "\u{7f}", "\n", "größe", "%", "/"];
        for seed in 0..5_000 {
            let mut noise = Noise::new(seed);
            let mut headers = HeaderMap::new();
            for name in [header::IF_MATCH, header::IF_NONE_MATCH] {
                if let Ok(value) = HeaderValue::from_bytes(noise.text(&pieces, 6).as_bytes()) {
                    headers.append(name, value);
                }
            }
            if let Some(Precondition::Tags(tags)) = precondition(&headers) {
                assert!(tags.iter().all(|it| !it.is_empty() && it.trim() == it), "seed {seed}");
            }
            assert!(
                !has_already(&headers, "\"never sent\"")
                    || precondition(&headers).is_none()
                    || headers[header::IF_NONE_MATCH].to_str().unwrap().contains('*'),
                "seed {seed}"
            );
            attach(&mut headers, &noise.text(&pieces, 6));
            assert!(headers[header::CONTENT_DISPOSITION].to_str().is_ok(), "seed {seed}");
        }
    }

    #[test]
    fn no_range_reaches_beyond_the_file() {
        use crate::files::read::{Part, part};
        let pieces = ["bytes=", "-", "0", "9", "18446744073709551615", ",", " ", "x", "+", "é"];
        for seed in 0..20_000 {
            let mut noise = stdx::noise::Noise::new(seed);
            let size = noise.below(3) as u64 * 5;
            if let Part::Bytes(range) = part(Some(&noise.text(&pieces, 6)), size) {
                assert!(range.start < range.end && range.end <= size, "seed {seed}: {range:?}");
            }
        }
    }
}
