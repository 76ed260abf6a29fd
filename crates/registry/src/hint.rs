//! Texts from inside, made fit to be shown.

/// Longest hint, in characters.
const HINT_CHARACTERS_MAX: usize = 80;
/// What a workspace is called that has no name.
const NAMELESS: &str = "workspace";

/// A text for people, without what controls a screen and without what makes it a path.
pub fn safe_display_hint(text: &str) -> String {
    let shown = |it: &char| !it.is_control() && !matches!(it, '/' | '\\');
    text.chars().filter(shown).take(HINT_CHARACTERS_MAX).collect()
}

/// The last component of a workspace's root, and never more of it.
pub fn label_for_workspace(root: &str) -> String {
    let root = root.trim_end_matches(['/', '\\']);
    let last = root.rsplit(['/', '\\']).next().unwrap_or_default();
    let label = safe_display_hint(last);
    if label.trim().is_empty() { NAMELESS.to_owned() } else { label }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: S4.153
    #[test]
    fn a_hint_has_no_slash_no_control_character_and_an_end() {
        assert_eq!(safe_display_hint("/etc\\pass\u{1b}[0m\r\nwd\u{0}\u{7f}\u{85}"), "etcpass[0mwd");
        assert_eq!(safe_display_hint(&"é".repeat(200)), "é".repeat(80));
        assert_eq!(safe_display_hint(&format!("{}b", "/".repeat(100))), "b");
    }

    // covers: S4.155
    #[test]
    fn a_workspace_is_called_by_the_end_of_its_root() {
        for (root, label) in [
            ("/workspace/project", "project"),
            ("/workspace/project//", "project"),
            ("C:\\work\\two", "two"),
            ("/", "workspace"),
            ("", "workspace"),
        ] {
            assert_eq!(label_for_workspace(root), label);
        }
    }
}
