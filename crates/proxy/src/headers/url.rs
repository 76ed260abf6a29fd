//! Translation between an app's public URLs and the ones it knows itself by.

use crate::policy::Origins;

/// Host names by which an app may call itself.
const LOOPBACK: [&str; 5] = ["localhost", "127.0.0.1", "[::1]", "0.0.0.0", "[::]"];

impl Origins {
    /// A URL or origin below the public origin as the upstream knows it; `None` for any other.
    pub fn to_upstream(&self, url: &str) -> Option<String> {
        let rest = url.strip_prefix(self.public.as_str())?;
        if !rest.is_empty() && !rest.starts_with(['/', '?', '#']) {
            return None;
        }
        let rest = match rest.strip_prefix(self.public_prefix.as_str()) {
            Some(inner) if inner.is_empty() || inner.starts_with(['/', '?', '#']) => inner,
            _ => rest,
        };
        Some(format!("{}{rest}", self.upstream))
    }

    /// A redirect target as the browser must see it; `None` when it may stay as it is.
    pub fn to_public(&self, location: &str) -> Option<String> {
        if location.starts_with('/') && !location.starts_with("//") {
            let inside = location
                .strip_prefix(self.public_prefix.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
            let stays = self.public_prefix.is_empty() || inside;
            return (!stays).then(|| format!("{}{location}", self.public_prefix));
        }
        let lower = location.to_ascii_lowercase();
        let after_scheme = ["http://", "https://", "//"]
            .iter()
            .find_map(|scheme| lower.starts_with(scheme).then_some(scheme.len()))?;
        let rest = &location[after_scheme..];
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if !self.is_own_authority(&authority.to_ascii_lowercase()) || path.starts_with('\\') {
            return None;
        }
        let slash = if path.starts_with('/') { "" } else { "/" };
        Some(format!("{}{}{slash}{path}", self.public, self.public_prefix))
    }

    fn is_own_authority(&self, authority: &str) -> bool {
        LOOPBACK.iter().any(|name| {
            authority
                .strip_prefix(name)
                .and_then(|it| it.strip_prefix(':'))
                .is_some_and(|port| port.parse() == Ok(self.port))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own_origin() -> Origins {
        Origins {
            public: "https://5173--abc.example.org".to_owned(),
            public_prefix: String::new(),
            upstream: "http://localhost:5173".to_owned(),
            port: 5173,
        }
    }

    fn below_a_path() -> Origins {
        Origins {
            public: "http://localhost:7832".to_owned(),
            public_prefix: "/ws/preview".to_owned(),
            ..own_origin()
        }
    }

    #[test]
    fn redirects_to_itself_become_public() {
        for (location, public) in [
            ("http://localhost:5173/a?b#c", Some("https://5173--abc.example.org/a?b#c")),
            ("http://127.0.0.1:5173", Some("https://5173--abc.example.org/")),
            ("https://[::1]:5173?x", Some("https://5173--abc.example.org/?x")),
            ("HTTP://LOCALHOST:5173/A", Some("https://5173--abc.example.org/A")),
            ("//0.0.0.0:5173/a", Some("https://5173--abc.example.org/a")),
            ("http://localhost:5174/a", None),
            ("http://localhost/a", None),
            ("http://localhost:5173@evil.org/", None),
            ("http://localhost:51730/", None),
            ("https://accounts.example.org/", None),
            ("/a", None),
            ("a/b", None),
            ("", None),
        ] {
            assert_eq!(own_origin().to_public(location).as_deref(), public, "{location}");
        }
    }

    #[test]
    fn redirects_stay_below_the_path() {
        for (location, public) in [
            ("/login", Some("/ws/preview/login")),
            ("/ws/preview/login", None),
            ("/ws/previewer", Some("/ws/preview/ws/previewer")),
            ("http://localhost:5173/a", Some("http://localhost:7832/ws/preview/a")),
            ("relative", None),
        ] {
            assert_eq!(below_a_path().to_public(location).as_deref(), public, "{location}");
        }
    }

    #[test]
    fn only_the_public_origin_is_presented_as_the_apps_own() {
        for (url, upstream) in [
            ("https://5173--abc.example.org", Some("http://localhost:5173")),
            ("https://5173--abc.example.org/a?b", Some("http://localhost:5173/a?b")),
            ("https://5173--abc.example.org.evil.org", None),
            ("https://5173--abc.example.org:444", None),
            ("http://5173--abc.example.org", None),
            ("null", None),
        ] {
            assert_eq!(own_origin().to_upstream(url).as_deref(), upstream, "{url}");
        }
        assert_eq!(
            below_a_path().to_upstream("http://localhost:7832/ws/preview/a").as_deref(),
            Some("http://localhost:5173/a")
        );
    }
}
