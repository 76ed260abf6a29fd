//! Where is looked: globs as people type them, hidden names.

use super::error::SearchError;
use crate::files::Choose;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use protocol::search::{ContentQuery, TEXT_BYTES_MAX};
use stdx::WorkspacePath;

/// Globs of one list; each costs a little for every name.
const GLOBS_MAX: usize = 64;

/// Decides about paths.
#[derive(Debug)]
pub(super) struct Scope {
    /// `None` for everything.
    include: Option<GlobSet>,
    exclude: GlobSet,
    skip_hidden: bool,
    ignored: bool,
}

impl Scope {
    pub(super) fn parse(query: &ContentQuery) -> Result<Self, SearchError> {
        let include = globs("include", &query.include)?;
        Ok(Self {
            include: (!include.is_empty()).then_some(include),
            exclude: globs("exclude", &query.exclude)?,
            skip_hidden: query.skip_hidden,
            ignored: query.ignored,
        })
    }
}

impl Choose for Scope {
    fn takes_ignored(&self) -> bool {
        self.ignored
    }

    fn enters(&self, path: &WorkspacePath) -> bool {
        let is_hidden = self.skip_hidden && path.file_name().starts_with('.');
        !is_hidden && !self.exclude.is_match(path.as_path())
    }

    fn has(&self, path: &WorkspacePath) -> bool {
        self.enters(path) && self.include.as_ref().is_none_or(|it| it.is_match(path.as_path()))
    }
}

fn globs(field: &'static str, list: &str) -> Result<GlobSet, SearchError> {
    if TEXT_BYTES_MAX < list.len() {
        return Err(SearchError::TooLong("list of patterns for names"));
    }
    let refused = |glob: &str, error: &globset::Error| SearchError::Glob {
        field,
        glob: glob.to_owned(),
        reason: error.kind().to_string(),
    };
    let mut set = GlobSetBuilder::new();
    for (count, glob) in split(list).into_iter().enumerate() {
        if GLOBS_MAX <= count {
            return Err(SearchError::TooManyGlobs(GLOBS_MAX));
        }
        for each in spelled_out(glob) {
            let built = GlobBuilder::new(&each).literal_separator(true).build();
            set.add(built.map_err(|error| refused(glob, &error))?);
        }
    }
    set.build().map_err(|error| refused(list, &error))
}

/// The parts between commas that are not in braces.
fn split(list: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0_usize, 0, Vec::new());
    for (at, letter) in list.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&list[start..]);
    parts.into_iter().map(str::trim).filter(|it| !it.is_empty()).collect()
}

/// What a glob means: itself and everything below, from the root when it has a slash, at any depth
/// when not.
fn spelled_out(glob: &str) -> [String; 2] {
    let is_anchored = glob.trim_end_matches('/').contains('/');
    let glob = glob.trim_start_matches("./").trim_matches('/');
    if is_anchored {
        [glob.to_owned(), format!("{glob}/**")]
    } else {
        [format!("**/{glob}"), format!("**/{glob}/**")]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(list: &str, path: &str) -> bool {
        let query = ContentQuery { include: list.to_owned(), ..ContentQuery::default() };
        Scope::parse(&query).unwrap().has(&WorkspacePath::parse(path).unwrap())
    }

    #[test]
    fn globs_mean_what_people_type() {
        for (list, path, wanted) in [
            ("", "a/b.rs", true),
            ("*.rs", "b.rs", true),
            ("*.rs", "a/b.rs", true),
            ("*.rs", "a/b.ts", false),
            ("src", "src/a/b.rs", true),
            ("src/", "x/src/b.rs", true),
            ("./src", "x/src/b.rs", false),
            ("/src", "src/b.rs", true),
            ("a/*.rs", "a/b.rs", true),
            ("a/*.rs", "a/x/b.rs", false),
            ("a/**/*.rs", "a/x/y/b.rs", true),
            ("*.{ts,tsx}, *.css", "a/b.tsx", true),
            ("*.{ts,tsx}, *.css", "b.css", true),
            ("*.{ts,tsx}, *.css", "b.rs", false),
        ] {
            assert_eq!(fits(list, path), wanted, "{list:?} {path}");
        }
    }

    #[test]
    fn a_glob_that_is_none_is_named() {
        let query = ContentQuery { exclude: "*.rs, [a".to_owned(), ..ContentQuery::default() };
        let Err(SearchError::Glob { field: "exclude", glob, .. }) = Scope::parse(&query) else {
            panic!("it was taken");
        };
        assert_eq!(glob, "[a");
    }

    #[test]
    fn what_is_hidden_or_excluded_is_not_entered() {
        let query = ContentQuery {
            exclude: "vendor".to_owned(),
            skip_hidden: true,
            ..ContentQuery::default()
        };
        let scope = Scope::parse(&query).unwrap();
        let enters = |path: &str| scope.enters(&WorkspacePath::parse(path).unwrap());
        assert!(enters("a"));
        assert!(!enters("a/.b"));
        assert!(!enters("a/vendor"));
    }
}
