//! What visitors of a share see of Stead: the password's page, and why there is nothing to see.

use crate::preview::page::{Asked, Document, escaped, in_place_of_app};
use crate::reply;
use axum::response::Response;
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use protocol::{ErrorCode, WireError};

/// Why somebody is not let on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// There is no such share, or none for this person: which of the two is not told. `Some` names
    /// the person who is signed in.
    Nothing(Option<String>),
    /// The share is for people who are signed in.
    SignIn,
    /// The share is for chosen people, and this person is none of them.
    NotChosen(String),
    /// The share asks for its password.
    Password,
    /// The owner ended it.
    Ended,
    /// Its time is over.
    Expired,
    /// The address is known, and only the link opens it.
    NeedsLink,
    /// A browser has to come first.
    NeedsBrowser,
    /// Too many tries; there is one after so many seconds.
    TooMany(u64),
}

/// Where a page leads.
#[derive(Clone, Debug)]
pub(super) struct Leads<'a> {
    /// A person opens a page, and does not send a program.
    pub(super) is_page: bool,
    /// Path and query that were asked for, to come back to after signing in.
    pub(super) back: &'a str,
    /// Origins that the page's form leads to.
    pub(super) form_action: &'a str,
}

struct Words {
    status: StatusCode,
    title: &'static str,
    /// HTML.
    text: String,
}

impl Refusal {
    /// As a page for people, or as JSON for programs.
    pub(super) fn answer(&self, leads: &Leads<'_>) -> Response {
        let mut response = if leads.is_page {
            if *self == Self::Password { password(None, leads) } else { self.page(leads) }
        } else {
            reply::refuse(self.error())
        };
        if let Self::TooMany(seconds) = self {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(*seconds));
        }
        response
    }

    fn page(&self, leads: &Leads<'_>) -> Response {
        let words = self.words();
        let mut body = format!("<h1>{}</h1>\n<p>{}</p>\n", words.title, words.text);
        let sign_in = match self {
            Self::Nothing(None) | Self::SignIn => Some("Sign in"),
            Self::Nothing(Some(_)) | Self::NotChosen(_) => Some("Sign in as somebody else"),
            Self::Password
            | Self::Ended
            | Self::Expired
            | Self::NeedsLink
            | Self::NeedsBrowser
            | Self::TooMany(_) => None,
        };
        if let Some(label) = sign_in {
            let next = crate::preview::entry::encoded(leads.back);
            let link = format!("<a class=\"button\" href=\"/sign-in?next={next}\">{label}</a>");
            body += &["<p class=\"actions\">", &link, "</p>\n"].concat();
        }
        document(words.status, words.title, body, leads)
    }

    fn words(&self) -> Words {
        let words = |status, title, text: &str| Words { status, title, text: text.to_owned() };
        match self {
            Self::Nothing(None) => words(
                StatusCode::NOT_FOUND,
                "Nothing is shared here for you",
                "The address may be mistyped, the share may have ended, or it is for people who \
                 are signed in.",
            ),
            Self::Nothing(Some(name)) => Words {
                status: StatusCode::NOT_FOUND,
                title: "Nothing is shared here for you",
                text: format!(
                    "The address may be mistyped, the share may have ended, or it is for other \
                     people. You are signed in as <strong>{}</strong>.",
                    escaped(name)
                ),
            },
            Self::SignIn => words(
                StatusCode::UNAUTHORIZED,
                "Sign in to see this app",
                "Whoever shared it lets in people who have an account here.",
            ),
            Self::NotChosen(name) => Words {
                status: StatusCode::FORBIDDEN,
                title: "This app is shared with other people",
                text: format!(
                    "You are signed in as <strong>{}</strong>, who is not among them. Ask whoever \
                     gave you the link.",
                    escaped(name)
                ),
            },
            Self::Password => words(
                StatusCode::UNAUTHORIZED,
                "This app is shared with a password",
                "Whoever gave you the address knows the password too.",
            ),
            Self::Ended => words(
                StatusCode::GONE,
                "This share has ended",
                "Whoever made it has ended it. Ask them for another link if you still need to see \
                 the app.",
            ),
            Self::Expired => words(
                StatusCode::GONE,
                "This share has expired",
                "It was meant to last until now. Ask whoever made it for more time.",
            ),
            Self::NeedsLink => words(
                StatusCode::UNAUTHORIZED,
                "Open the link again",
                "This address works in a browser that came by the link of the share. Open the link \
                 that you were given, or ask whoever showed you this for it.",
            ),
            Self::NeedsBrowser => words(
                StatusCode::UNAUTHORIZED,
                "Open this in a browser",
                "The share lets in people who are signed in or know its password.",
            ),
            Self::TooMany(seconds) => Words {
                status: StatusCode::TOO_MANY_REQUESTS,
                title: "Too many tries",
                text: format!(
                    "For everybody's safety there is a pause. Try again in {}.",
                    duration(*seconds)
                ),
            },
        }
    }

    /// For programs.
    fn error(&self) -> WireError {
        let (code, message) = match self {
            Self::Nothing(_) => (ErrorCode::NotFound, "there is no such share, or none for you"),
            Self::SignIn => (ErrorCode::Unauthenticated, "this share is for signed-in people"),
            Self::NotChosen(_) => (ErrorCode::Forbidden, "this share is for other people"),
            Self::Password => {
                (ErrorCode::Unauthenticated, "this share asks for its password; open it first")
            }
            Self::Ended => (ErrorCode::LinkExpired, "this share has ended"),
            Self::Expired => (ErrorCode::LinkExpired, "this share has expired"),
            Self::NeedsLink => (ErrorCode::Unauthenticated, "open this share by its link"),
            Self::NeedsBrowser => {
                (ErrorCode::Unauthenticated, "open this share in a browser, or bring an API token")
            }
            Self::TooMany(_) => (ErrorCode::RateLimited, "too many tries; wait a moment"),
        };
        WireError::new(code, message)
    }
}

/// The page that asks for a share's password; `wrong` says what became of the last one.
pub(super) fn password(wrong: Option<&str>, leads: &Leads<'_>) -> Response {
    let words = Refusal::Password.words();
    let (alert, invalid) = match wrong {
        Some(text) => (
            format!("<p class=\"alert\" role=\"alert\" id=\"wrong\">{text}</p>\n"),
            " aria-invalid=\"true\" aria-describedby=\"wrong\"",
        ),
        None => (String::new(), ""),
    };
    let body = format!(
        "<h1>{}</h1>\n<p>{}</p>\n<form method=\"post\">\n{alert}\
         <label for=\"password\">Password</label>\n\
         <input id=\"password\" name=\"password\" type=\"password\" required autofocus \
         autocomplete=\"off\" maxlength=\"256\"{invalid}>\n\
         <button>Open the app</button>\n</form>\n",
        words.title, words.text,
    );
    document(words.status, words.title, body, leads)
}

/// What a password page says while there is no try.
pub(super) fn pause(seconds: u64) -> String {
    format!("Too many wrong passwords. Try again in {}.", duration(seconds))
}

/// For a page on a share's origin that cannot be sent to the gate.
pub(super) fn open_again(asked: Asked<'_>) -> Response {
    let words = Refusal::NeedsLink.words();
    let body = format!("<h1>{}</h1>\n<p>{}</p>\n", words.title, words.text);
    in_place_of_app(words.status, words.title, (body, String::new()), asked)
}

fn document(status: StatusCode, title: &'static str, body: String, leads: &Leads<'_>) -> Response {
    let form_action = leads.form_action;
    let script = String::new();
    Document { status, title, body, script, framers: "'none'", form_action }.response()
}

/// “90 seconds”, “15 minutes”.
fn duration(seconds: u64) -> String {
    match seconds {
        0 | 1 => "a second".to_owned(),
        2..120 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_told_in_words() {
        assert_eq!(duration(1), "a second");
        assert_eq!(duration(119), "119 seconds");
        assert_eq!(duration(121), "3 minutes");
    }
}
