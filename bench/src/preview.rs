//! Preview: a GET and a WebSocket echo through the gateway, authenticated, into a sandbox, beside
//! nginx with `proxy_pass` and keep-alive in front of the same app.
//!
//! The measure is processor time of the proxy for one request, because that is what "per core"
//! means on a machine that also runs the client and the app.

use crate::options::Options;
use crate::process::{need, own_processor_seconds, processor_seconds, wait_for_port};
use crate::{directory, load, results, stead};
use anyhow::Result;
use std::fs;
use testkit::{Program, command};

/// Bytes of the large file: a bundle of a web page.
const LARGE_LENGTH: usize = 100 * 1024;
/// Measurements of each side; the median counts.
const ROUNDS: usize = 5;
/// Where the files in `upstream/` listen.
const APP_PORT: u16 = 9741;
const ECHO_PORT: u16 = 9742;
const PEER_PORT: u16 = 9743;
const PEER_ECHO_PORT: u16 = 9744;

/// One side of a comparison.
struct Side<'a> {
    seconds: Box<dyn Fn() -> Result<f64> + 'a>,
    port: u16,
    fields: Vec<String>,
}

/// What was measured of a side.
struct Figures {
    microseconds: f64,
    per_second: f64,
}

/// Measures, and returns the section of the results.
pub(crate) fn run(_: &Options) -> Result<String> {
    let outside = tempfile::tempdir()?;
    let large = "0123456789abcdef".repeat(LARGE_LENGTH / 16);
    let read = |name: &str| fs::read_to_string(directory().join("upstream").join(name));
    let (conf, peer, echo) = (read("nginx.conf")?, read("peer.conf")?, read("echo.mjs")?);
    let files = [
        ("nginx.conf", conf.as_str()),
        ("peer.conf", peer.as_str()),
        ("echo.mjs", echo.as_str()),
        ("large", large.as_str()),
    ];
    for (name, text) in files {
        fs::write(outside.path().join(name), text)?;
    }
    let nginx = need("nginx", "nginx-light")?;
    let serve = |file: &str| {
        let (prefix, conf) = (outside.path(), outside.path().join(file));
        Program::start(command(&nginx).arg("-p").arg(prefix).arg("-c").arg(conf))
    };
    let _app = serve("nginx.conf")?;
    let _echo = Program::start(command("node").arg(outside.path().join("echo.mjs")))?;
    let peer = serve("peer.conf")?;
    for port in [APP_PORT, ECHO_PORT, PEER_PORT, PEER_ECHO_PORT] {
        wait_for_port(port)?;
    }
    let world = stead::start()?;
    let server = world.server_pid()?;
    let get = stead::workspace(&world, &files)?;
    stead::run(&world, &get, "nginx -p . -c nginx.conf", APP_PORT)?;
    let echo = stead::workspace(&world, &files)?;
    stead::run(&world, &echo, "node echo.mjs", ECHO_PORT)?;

    let nginx_side = |port| Side {
        seconds: Box::new(|| processor_seconds(peer.id())),
        port,
        fields: vec!["Host: localhost".to_owned()],
    };
    let stead_side = |workspace: &str, port| -> Result<Side<'_>> {
        Ok(Side {
            seconds: Box::new(move || own_processor_seconds(server)),
            port: world.port(),
            fields: stead::visitor(&world, workspace, port)?,
        })
    };
    let rows = [
        row("GET, 1 KiB", load::requests, &nginx_side(PEER_PORT), &stead_side(&get, APP_PORT)?)?,
        row(
            "GET, 100 KiB",
            load::large_requests,
            &nginx_side(PEER_PORT),
            &stead_side(&get, APP_PORT)?,
        )?,
        row(
            "WebSocket echo, 64 B",
            load::echoes,
            &nginx_side(PEER_ECHO_PORT),
            &stead_side(&echo, ECHO_PORT)?,
        )?,
    ];
    Ok(format!(
        "`cargo xtask bench preview` on {}: 32 connections, {ROUNDS} rounds of {} s each, median.\n\
         nginx forwards without asking who is there; Stead checks cookie, login and role.\n\
         Rates depend on the client and the app on the same processors; the time per request does not.\n\n\
         | | nginx, µs of processor | Stead, µs of processor | Stead ÷ nginx, per core | nginx, per s | Stead, per s |\n\
         | --- | --- | --- | --- | --- | --- |\n{}",
        results::machine(),
        load::SECONDS,
        rows.concat(),
    ))
}

/// A line of the table: both sides in turn, so that a busy moment hits both.
fn row(
    name: &str,
    load: fn(u16, &[String]) -> Result<f64>,
    nginx: &Side<'_>,
    stead: &Side<'_>,
) -> Result<String> {
    let (mut of_nginx, mut of_stead) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        of_nginx.push(measure(load, nginx)?);
        of_stead.push(measure(load, stead)?);
    }
    let (nginx, stead) = (middle(&of_nginx), middle(&of_stead));
    Ok(format!(
        "| {name} | {:.1} | {:.1} | {:.2} | {:.0} | {:.0} |\n",
        nginx.microseconds,
        stead.microseconds,
        nginx.microseconds / stead.microseconds,
        nginx.per_second,
        stead.per_second,
    ))
}

fn measure(load: fn(u16, &[String]) -> Result<f64>, side: &Side<'_>) -> Result<Figures> {
    let before = (side.seconds)()?;
    let count = load(side.port, &side.fields)?;
    let spent = (side.seconds)()? - before;
    let seconds = std::time::Duration::from_secs(load::SECONDS).as_secs_f64();
    Ok(Figures { microseconds: spent * 1e6 / count, per_second: count / seconds })
}

fn middle(all: &[Figures]) -> Figures {
    Figures {
        microseconds: results::median(all.iter().map(|it| it.microseconds).collect()),
        per_second: results::median(all.iter().map(|it| it.per_second).collect()),
    }
}
