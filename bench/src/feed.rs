//! The change feed: how long it takes from a program's write to the frame that tells a client of it,
//! through kernel and gateway, in a large tree; and whether every change is told.

use crate::options::Options;
use crate::results::{self, percentile};
use crate::stead;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};
use testkit::{Socket, World};
use tokio_tungstenite::tungstenite::Message;

/// Files of the tree.
const FILES: usize = 100_000;
/// Files of one directory.
const FILES_OF_DIRECTORY: usize = 100;
/// Changes that are measured one by one.
const CHANGES: usize = 1_000;
/// Between two of them: an editor or an agent writes no faster.
const PAUSE: Duration = Duration::from_millis(5);
/// Changes at once, of which none may be missed. Below what the feed tells one by one.
const BURST: usize = 2_000;

/// Measures, and returns the section of the results.
pub(crate) fn run(_: &Options) -> Result<String> {
    let world = stead::start()?;
    let workspace = world.workspace("feed")?;
    let root = world.files(&workspace);
    stead::session(&world, &workspace)?;
    let files = make_tree(&root)?;
    let begin = Instant::now();
    let mut client = world.websocket(&World::path(&workspace, "ws?topics=files,state"))?;
    until_watching(&mut client)?;
    let start_ms = results::milliseconds(begin);
    let mut times = Vec::with_capacity(CHANGES);
    for index in 0..CHANGES {
        sleep(PAUSE);
        let file = &files[index * 7919 % files.len()];
        times.push(change(&root, file, &mut client, index)?);
    }
    let burst_ms = burst(&root, &files, &mut client)?;
    drop(client);
    // Faster here than by the request that deletes a workspace.
    fs::remove_dir_all(root.join("src"))?;
    Ok(format!(
        "`cargo xtask bench feed` on {}; a tree of {FILES} files, one client of the general WebSocket \
         through the gateway. {CHANGES} files rewritten by another process, one every {} ms and more; \
         then {BURST} at once.\n\n\
         | | ms | budget |\n| --- | --- | --- |\n\
         | From subscribing until every directory is watched | {start_ms:.0} |  |\n\
         | Write to frame, median | {:.2} |  |\n\
         | Write to frame, 99 of 100 | {:.2} | 20 |\n\
         | Write to frame, slowest | {:.2} |  |\n\
         | {BURST} writes at once, until the last was told; {BURST} of {BURST} were | {burst_ms:.0} |  |\n",
        results::machine(),
        PAUSE.as_millis(),
        percentile(&times, 0.5),
        percentile(&times, 0.99),
        percentile(&times, 1.0),
    ))
}

/// Paths of the files of a tree, relative to its root.
fn make_tree(root: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::with_capacity(FILES);
    for directory in 0..FILES / FILES_OF_DIRECTORY {
        let directory = PathBuf::from(format!("src/{}/{directory}", directory % 32));
        fs::create_dir_all(root.join(&directory))?;
        for file in 0..FILES_OF_DIRECTORY {
            let file = directory.join(format!("{file}.txt"));
            fs::write(root.join(&file), "text\n")?;
            files.push(file);
        }
    }
    Ok(files)
}

/// Rewrites a file; milliseconds until the client is told.
fn change(root: &Path, file: &Path, client: &mut Socket, index: usize) -> Result<f64> {
    let text = format!("text {index}\n");
    let begin = Instant::now();
    fs::write(root.join(file), text)?;
    loop {
        if told(&next(client)?)? == Some(file.to_owned()) {
            return Ok(results::milliseconds(begin));
        }
    }
}

/// Rewrites many files; milliseconds until the client was told of each.
fn burst(root: &Path, files: &[PathBuf], client: &mut Socket) -> Result<f64> {
    let begin = Instant::now();
    let mut left: std::collections::HashSet<&PathBuf> = files.iter().take(BURST).collect();
    for file in files.iter().take(BURST) {
        fs::write(root.join(file), "all at once\n")?;
    }
    while !left.is_empty() {
        if let Some(path) = told(&next(client)?)? {
            left.remove(&path);
        }
    }
    Ok(results::milliseconds(begin))
}

/// The path of a change; an error for word that changes were missed.
fn told(frame: &Value) -> Result<Option<PathBuf>> {
    match frame["type"].as_str() {
        Some("file_changed") => Ok(frame["path"].as_str().map(PathBuf::from)),
        Some("files_rescan") => bail!("changes were not told one by one: {}", frame["reason"]),
        _ => Ok(None),
    }
}

fn until_watching(client: &mut Socket) -> Result<()> {
    loop {
        let frame = next(client)?;
        let status = &frame["state"]["file_watch"]["status"];
        match status.as_str() {
            None | Some("off" | "starting") => {}
            Some("live") => return Ok(()),
            Some(other) => {
                bail!("the tree is not watched whole: {other}: {}", frame["state"]["file_watch"])
            }
        }
    }
}

fn next(client: &mut Socket) -> Result<Value> {
    loop {
        match client.read().context("the client was cut off")? {
            Message::Text(text) => return Ok(serde_json::from_str(&text)?),
            Message::Close(frame) => bail!("the client was sent away: {frame:?}"),
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
}
