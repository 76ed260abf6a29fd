//! The files of the templates, part of the executable.

/// A template's id, then the path and text of one of its files.
macro_rules! files {
    ($($id:literal: [$($path:literal),+ $(,)?]),+ $(,)?) => {
        &[$($(($id, $path, include_str!(concat!("../../templates/", $id, "/", $path)))),+),+]
    };
}

const FILES: &[(&str, &str, &str)] = files! {
    "static": [
        ".gitignore", "README.md", "dev.mjs", "index.html", "main.js", "package.json", "style.css",
    ],
    "vite-react": [
        ".gitignore", "README.md", "index.html", "package.json", "src/App.tsx", "src/main.tsx",
        "src/style.css", "tsconfig.json", "vite.config.js",
    ],
    "node": [
        ".gitignore", "README.md", "package.json", "public/index.html", "public/style.css",
        "server.mjs",
    ],
    "python": [".gitignore", "README.md", "index.html", "server.py"],
    "rust": [".gitignore", "Cargo.toml", "README.md", "src/index.html", "src/main.rs"],
};

/// Path and text of every file of a template; none when there is no such template.
pub(super) fn files(id: &str) -> Vec<(&'static str, &'static str)> {
    FILES.iter().filter(|it| it.0 == id).map(|it| (it.1, it.2)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_of_the_protocol_has_files_and_every_file_a_template() {
        let ids: Vec<String> =
            protocol::workspace::templates().into_iter().map(|it| it.id).collect();
        for id in &ids {
            let files = files(id);
            assert!(files.iter().any(|it| it.0 == "README.md"), "{id}");
            assert!(files.iter().any(|it| it.0 == ".gitignore"), "{id}");
        }
        assert!(FILES.iter().all(|it| ids.iter().any(|id| id == it.0)));
    }
}
