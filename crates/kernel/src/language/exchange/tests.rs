//! Several clients of one server, each with its own requests and answers.

use super::super::known::Known;
use super::*;
use protocol::language::LanguageStatus;
use std::path::Path;

const FILE: &str = "file:///workspace/a.ts";

fn exchange() -> Exchange {
    let root = PathBuf::from("/workspace");
    let texts = OpenTexts::new(root.clone(), Known::of("typescript").unwrap());
    let mut exchange = Exchange::new(root, texts);
    exchange.begin(json!({}), Instant::now());
    exchange.out.clear();
    let answer = json!({"id": 1, "result": {"capabilities": {"hoverProvider": true}}});
    assert_eq!(exchange.take_from_server(answer), News::Initialized);
    exchange.out.clear();
    exchange
}

fn status() -> LanguageServer {
    LanguageServer {
        language: "typescript".to_owned(),
        name: "TypeScript".to_owned(),
        root: String::new(),
        workspace_uri: "file:///workspace".to_owned(),
        status: LanguageStatus::Ready,
        program: None,
        message: None,
        install: String::new(),
        capabilities: None,
    }
}

fn join(exchange: &mut Exchange, role: Role) -> Attachment {
    exchange.join((role, false), &status(), mpsc::channel(1).0)
}

fn ask(exchange: &mut Exchange, client: u64, id: &str, method: &str, uri: &str) -> News {
    let params = json!({"textDocument": {"uri": uri}});
    let message = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
    exchange.take_from_client(client, &message.to_string(), Instant::now())
}

/// What a client was sent.
fn sent(attachment: &mut Attachment) -> Vec<Value> {
    let mut all = Vec::new();
    while let Ok(frame) = attachment.frames.try_recv() {
        all.push(serde_json::from_str(&frame).unwrap());
    }
    all
}

#[test]
fn two_clients_with_the_same_ids_get_their_own_answers() {
    let mut it = exchange();
    let (mut one, mut two) = (join(&mut it, Role::Editor), join(&mut it, Role::Viewer));
    ask(&mut it, one.client, "7", "textDocument/hover", FILE);
    ask(&mut it, two.client, "7", "textDocument/hover", FILE);
    let ids: Vec<u64> = it.out.iter().map(|it| it["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), 2);
    it.take_from_server(json!({"id": ids[1], "result": "second"}));
    it.take_from_server(json!({"id": ids[0], "error": {"code": 1, "message": "first"}}));
    it.take_from_server(json!({"id": ids[0], "result": "again"}));
    assert_eq!(sent(&mut two), [json!({"jsonrpc": "2.0", "id": "7", "result": "second"})]);
    let answers = sent(&mut one);
    assert_eq!((answers.len(), &answers[0]["error"]["message"]), (1, &json!("first")));
}

#[test]
fn who_only_looks_reads_and_nothing_else() {
    let mut it = exchange();
    let mut viewer = join(&mut it, Role::Viewer);
    for method in ["textDocument/rename", "textDocument/completion", "textDocument/formatting"] {
        ask(&mut it, viewer.client, "1", method, FILE);
        assert_eq!(sent(&mut viewer)[0]["error"]["code"], REQUEST_FAILED, "{method}");
    }
    for method in ["workspace/executeCommand", "textDocument/didChange", "rust-analyzer/x"] {
        ask(&mut it, viewer.client, "1", method, FILE);
        assert_eq!(sent(&mut viewer)[0]["error"]["code"], METHOD_NOT_FOUND, "{method}");
    }
    let restart = json!({"method": RESTART}).to_string();
    assert_eq!(it.take_from_client(viewer.client, &restart, Instant::now()), News::Nothing);
    assert!(it.out.is_empty(), "{:?}", it.out);
    ask(&mut it, viewer.client, "1", "textDocument/definition", FILE);
    assert_eq!(it.out.len(), 1);
    let editor = join(&mut it, Role::Editor);
    assert_eq!(it.take_from_client(editor.client, &restart, Instant::now()), News::Restart);
}

#[test]
fn nobody_asks_about_files_outside() {
    let mut it = exchange();
    let mut client = join(&mut it, Role::Editor);
    for uri in ["file:///etc/passwd", "file:///workspace/../etc/passwd", "http://x/a.ts", ""] {
        ask(&mut it, client.client, "1", "textDocument/hover", uri);
        assert_eq!(sent(&mut client)[0]["error"]["code"], INVALID_PARAMS, "{uri}");
        let open =
            json!({"method": "textDocument/didOpen", "params": {"textDocument": {"uri": uri}}});
        let news = it.take_from_client(client.client, &open.to_string(), Instant::now());
        assert_eq!(news, News::Nothing);
    }
    assert!(it.out.is_empty());
}

#[test]
fn requests_are_bounded_cancelled_and_given_up() {
    let mut it = exchange();
    let (mut viewer, editor) = (join(&mut it, Role::Viewer), join(&mut it, Role::Editor));
    for id in 0..=LOOKER_OUTSTANDING_MAX {
        ask(&mut it, viewer.client, &id.to_string(), "textDocument/hover", FILE);
    }
    assert_eq!(it.out.len(), LOOKER_OUTSTANDING_MAX);
    let refused = sent(&mut viewer);
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0]["id"], LOOKER_OUTSTANDING_MAX.to_string());
    ask(&mut it, editor.client, "a", "textDocument/hover", FILE);
    let asked = it.out.last().unwrap()["id"].clone();
    it.out.clear();
    let cancel = json!({"method": "$/cancelRequest", "params": {"id": "a"}});
    it.take_from_client(editor.client, &cancel.to_string(), Instant::now());
    assert_eq!(it.out, [notification("$/cancelRequest", json!({"id": asked}))]);
    it.out.clear();
    it.leave(editor.client);
    assert_eq!(it.out.len(), 1, "what nobody waits for is cancelled");
    it.expire(Instant::now() + ANSWER_TIMEOUT);
    assert_eq!(sent(&mut viewer).len(), LOOKER_OUTSTANDING_MAX, "each is told");
    ask(&mut it, viewer.client, "9", "textDocument/hover", FILE);
    assert!(sent(&mut viewer).is_empty(), "there is room again");
}

#[test]
fn everybody_gets_diagnostics_also_who_comes_later_and_their_end() {
    let mut it = exchange();
    let mut early = join(&mut it, Role::Viewer);
    let found = json!({"message": "wrong"});
    let push = |uri: &str, list: Value| {
        notification("textDocument/publishDiagnostics", json!({"uri": uri, "diagnostics": list}))
    };
    it.take_from_server(push(FILE, json!([found])));
    it.take_from_server(push("file:///usr/lib/x.ts", json!([found])));
    let mut late = join(&mut it, Role::Viewer);
    for client in [&mut early, &mut late] {
        let got = sent(client);
        assert_eq!(got, [push(FILE, json!([found]))]);
    }
    it.ended();
    assert_eq!(sent(&mut late), [push(FILE, json!([]))]);
}

#[test]
fn requests_wait_for_a_server_that_starts_and_fail_with_it() {
    let root = PathBuf::from("/workspace");
    let texts = OpenTexts::new(root.clone(), Known::of("typescript").unwrap());
    let mut it = Exchange::new(root, texts);
    let mut client = join(&mut it, Role::Editor);
    ask(&mut it, client.client, "off", "textDocument/hover", FILE);
    assert_eq!(sent(&mut client)[0]["error"]["code"], REQUEST_FAILED);
    it.begin(json!({}), Instant::now());
    ask(&mut it, client.client, "1", "textDocument/hover", FILE);
    ask(&mut it, client.client, "2", "initialize", FILE);
    assert_eq!(it.out.len(), 1, "only what begins");
    assert!(sent(&mut client).is_empty());
    it.take_from_server(json!({"id": 1, "result": {"capabilities": {}}}));
    let methods: Vec<&str> = it.out.iter().filter_map(|it| it["method"].as_str()).collect();
    assert_eq!(methods, ["initialize", "initialized", "textDocument/hover"]);
    assert_eq!(sent(&mut client)[0]["id"], "2");
    it.ended();
    assert_eq!(sent(&mut client)[0]["id"], "1");
}

#[test]
fn what_a_server_wants_is_answered_and_changes_nothing() {
    let mut it = exchange();
    let mut editor = join(&mut it, Role::Editor);
    let mut asked = |method: &str, params: Value| {
        it.take_from_server(json!({"id": "s1", "method": method, "params": params}));
        it.out.pop().unwrap()
    };
    let items = json!({"items": [{"section": "a"}, {}]});
    assert_eq!(asked("workspace/configuration", items)["result"], json!([null, null]));
    assert_eq!(asked("workspace/applyEdit", json!({}))["result"]["applied"], false);
    assert_eq!(asked("client/registerCapability", json!({}))["result"], Value::Null);
    assert_eq!(asked("run/everything", json!({}))["error"]["code"], METHOD_NOT_FOUND);
    assert!(sent(&mut editor).is_empty());
}

#[test]
fn who_does_not_speak_the_protocol_or_takes_nothing_is_cut_off() {
    let mut it = exchange();
    let client = join(&mut it, Role::Editor);
    for text in ["", "[]", "1", r#"{"id":{},"method":"shutdown"}"#, r#"{"method":"exit"}"#] {
        let news = it.take_from_client(client.client, text, Instant::now());
        assert_eq!(news, News::CutOff(client.client), "{text}");
    }
    let large = "x".repeat(20 * 1024 * 1024);
    for _ in 0..3 {
        let push = json!({"uri": FILE, "diagnostics": [large]});
        it.take_from_server(notification("textDocument/publishDiagnostics", push));
    }
    assert!(it.is_empty(), "one that reads nothing holds no more than a bounded amount");
}

#[test]
fn paths_of_requests_are_those_of_the_workspace() {
    let of = |it: Value| document_of(Path::new("/workspace"), &it);
    assert_eq!(of(json!({})), Ok(None));
    assert!(of(json!({"textDocument": {"uri": 1}})).is_err());
}

#[test]
fn files_are_changed_only_while_a_command_runs_that_somebody_asked_for() {
    let mut it = exchange();
    let wish = |id: u64| json!({"id": id, "method": "workspace/applyEdit", "params": {"edit": {"changes": {}}}});
    it.take_from_server(wish(1));
    assert_eq!(it.out.pop().unwrap()["result"]["applied"], false);

    let (reply, mut answer) = oneshot::channel();
    it.call(EXECUTE_COMMAND, json!({"command": "sort"}), reply, Instant::now());
    let asked = it.out.pop().unwrap()["id"].clone();
    let (second, mut refused) = oneshot::channel();
    it.call(EXECUTE_COMMAND, json!({"command": "sort"}), second, Instant::now());
    assert!(refused.try_recv().unwrap().0.is_err(), "one after the other");
    it.take_from_server(wish(2));
    assert_eq!(it.out.pop().unwrap()["result"]["applied"], true);
    it.take_from_server(json!({"id": asked, "result": null}));
    assert_eq!(answer.try_recv().unwrap().0, Ok(json!([{"changes": {}}])));
    it.take_from_server(wish(3));
    assert_eq!(it.out.pop().unwrap()["result"]["applied"], false);
}

#[test]
fn what_can_be_done_is_asked_with_what_the_server_said_is_wrong_there() {
    let mut it = exchange();
    let client = join(&mut it, Role::Editor);
    let at = |line: u64| json!({"start": {"line": line, "character": 0}, "end": {"line": line, "character": 3}});
    let list = json!([{"range": at(1), "message": "one"}, {"range": at(4), "message": "four"}]);
    let told = json!({"uri": FILE, "diagnostics": list});
    it.take_from_server(json!({"method": "textDocument/publishDiagnostics", "params": told}));
    let params = json!({"textDocument": {"uri": FILE}, "range": at(4), "context": {"diagnostics": ["mine"]}});
    let message = json!({"id": 1, "method": CODE_ACTION, "params": params});
    it.take_from_client(client.client, &message.to_string(), Instant::now());
    let context = &it.out[0]["params"]["context"]["diagnostics"];
    assert_eq!(context[0]["message"], "four");
    assert_eq!(context.as_array().unwrap().len(), 1);
}
