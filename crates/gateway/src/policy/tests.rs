//! How requests find their rows, and what holds for all of them.

use super::*;
use expect_test::{Expect, expect};

#[test]
fn rows_are_found_by_method_and_path() {
    check("GET", false, "/health", &expect![["GET /health []"]]);
    check("HEAD", false, "/api/v1/me", &expect![["GET /api/v1/me []"]]);
    check(
        "GET",
        false,
        "/api/v1/workspaces/ws_1",
        &expect![[r#"GET /api/v1/workspaces/{id} [("id", "ws_1")]"#]],
    );
    check(
        "PUT",
        false,
        "/api/v1/workspaces/ws_1/files/a/b%20c",
        &expect![[r#"PUT /files/{*path} [("id", "ws_1"), ("path", "a/b%20c")] /files/a/b%20c"#]],
    );
    check(
        "GET",
        true,
        "/api/v1/workspaces/ws_1/terminals/main",
        &expect![[r#"WS /terminals/{name} [("id", "ws_1"), ("name", "main")] /terminals/main"#]],
    );
    check(
        "GET",
        true,
        "/api/runtime/terminal/attach",
        &expect![["WS /api/runtime/terminal/attach []"]],
    );
    check(
        "GET",
        false,
        "/api/runtime/terminal/attach",
        &expect![["GET /api/runtime/terminal/attach []"]],
    );
    let preview = "/indexes/userspace/workspaces/ws_1/preview/";
    check(
        "PROPFIND",
        false,
        preview,
        &expect![[
            r#"ANY /indexes/userspace/workspaces/{id}/preview/{*rest} [("id", "ws_1"), ("rest", "")]"#
        ]],
    );
}

#[test]
fn a_known_path_names_its_methods_and_an_unknown_one_does_not_exist() {
    check("DELETE", false, "/health", &expect![["405 GET, HEAD"]]);
    check("PUT", false, "/api/v1/workspaces/ws_1", &expect![["405 GET, HEAD, PATCH, DELETE"]]);
    check("POST", false, "/api/v1/workspaces/ws_1/ws", &expect![["405 GET"]]);
    check("GET", false, "/api/v1/workspaces/ws_1/ws", &expect![["426"]]);
    for path in [
        "/",
        "/api",
        "/api/v1/nothing",
        "/api/v1/me/",
        "/api/v1/workspaces/ws_1/",
        "/api/v1/workspaces//state",
        "/health/x",
        "health",
    ] {
        check("GET", false, path, &expect![["404"]]);
    }
}

#[test]
fn whatever_changes_something_is_written_down() {
    // Typing is a stream: it is written down when it is opened, not at every key.
    let stream = "/terminals/{name}/input";
    // What a page tells is sent on, and changes nothing here.
    let told = "/api/v1/traces";
    for row in rows() {
        let changes = matches!(row.method, "POST" | "PUT" | "PATCH" | "DELETE");
        if changes && ![stream, told].contains(&row.path) {
            assert_ne!(row.verb(), "", "{} {}", row.method, row.path);
        }
    }
}

#[test]
fn a_role_is_asked_for_exactly_where_a_workspace_is_named() {
    for row in rows() {
        let by_role = matches!(row.least, Least::Role(_));
        assert_eq!(by_role, row.named != Named::Nowhere, "{} {}", row.method, row.path);
    }
}

// covers: S0.74
#[test]
fn every_word_of_our_own_addresses_is_reserved() {
    for word in ["preview", "api", "v1", "workspaces", "indexes", "shares", "s", "w", "git"] {
        assert!(is_reserved(word), "{word}");
    }
    for name in ["demo", "ada", "", "preview2"] {
        assert!(!is_reserved(name), "{name}");
    }
    // The application's pages, by the names of their files.
    let routes = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/src/routes");
    for file in std::fs::read_dir(routes).unwrap() {
        let file = file.unwrap().file_name().into_string().unwrap();
        let word = file.split('.').next().unwrap();
        assert!(matches!(word, "__root" | "index") || is_reserved(word), "{word}");
    }
}

#[test]
fn a_share_by_name_is_found_where_nothing_else_is() {
    check(
        "GET",
        false,
        "/ada/demo",
        &expect![[r#"GET /{owner}/{slug} [("owner", "ada"), ("slug", "demo")]"#]],
    );
    check(
        "POST",
        false,
        "/ada/demo/a/b",
        &expect![[
            r#"POST /{owner}/{slug}/{*rest} [("owner", "ada"), ("slug", "demo"), ("rest", "a/b")]"#
        ]],
    );
    check(
        "GET",
        false,
        "/indexes/userspace/shared/ada/demo",
        &expect![[
            r#"ANY /indexes/userspace/shared/{owner}/{slug} [("owner", "ada"), ("slug", "demo")]"#
        ]],
    );
    check(
        "GET",
        true,
        "/indexes/userspace/shared/x/preview/y",
        &expect![[
            r#"ANY /indexes/userspace/shared/{token}/preview/{*rest} [("token", "x"), ("rest", "y")]"#
        ]],
    );
    check("GET", false, "/indexes/userspace/shared/ada/members", &expect![["404"]]);
    for path in ["/w/ws_1", "/assets/a.js", "/api/v2", "/Ada/demo", "/.git/config", "/ada"] {
        check("GET", false, path, &expect![["404"]]);
    }
    check("PUT", false, "/ada/demo", &expect![["405 GET, HEAD, POST"]]);
}

// covers: S0.6
#[test]
fn collaboration_in_the_words_of_s0_lives_below_one_path() {
    let collab = || rows().filter(|it| it.path.contains("/collab/"));
    assert_eq!(collab().count(), 4);
    let below = |it: &Row| it.path.starts_with("/indexes/userspace/collab/workspaces/{id}/files/");
    assert!(collab().all(below));
}

fn check(method: &str, is_websocket: bool, path: &str, expected: &Expect) {
    expected.assert_eq(&match find(method, is_websocket, path) {
        Found::Row(row, parameters) => {
            let text = format!("{} {} {:?}", row.method, row.path, parameters.values);
            format!("{text} {}", parameters.kernel_path).trim_end().to_owned()
        }
        Found::Method { allow } => format!("405 {allow}"),
        Found::WebSocketOnly => "426".to_owned(),
        Found::Nothing => "404".to_owned(),
    });
}
