//! Embeds the built web application (`web/dist`) into the crate.
//!
//! Every file becomes one entry of a table, with its type, a hash of its content and, for text, a
//! gzipped copy; a `.br` file beside it is taken as its Brotli copy. Without a built application
//! the table holds one page that says how to build it; the empty `web/dist` is made then, so that
//! cargo has something to watch and takes the application in as soon as it is built.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

const MISSING: &str = "<!doctype html><meta charset=\"utf-8\"><title>Stead</title>\
<p>This Stead was built without its web application. Run <code>cargo xtask run</code>, \
or <code>npm ci && npm run build</code> in <code>web/</code>, and build again.\n";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")).join("../../web/dist");
    let out = PathBuf::from(variable("OUT_DIR"));
    let mut files = Vec::new();
    if fs::create_dir_all(&root).is_ok() {
        println!("cargo::rerun-if-changed={}", root.display());
    }
    if root.join("index.html").is_file() {
        collect(&root, &root, &mut files);
    } else {
        let page = out.join("missing.html");
        write(&page, MISSING.as_bytes());
        files.push(("/index.html".to_owned(), page));
    }
    files.sort();
    let mut table = String::from("static ASSETS: &[Asset] = &[\n");
    for (index, (name, file)) in files.iter().enumerate() {
        table.push_str(&entry(index, name, file, &out));
    }
    table.push_str("];\n");
    write(&out.join("assets.rs"), table.as_bytes());
}

fn variable(name: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "cargo speaks to build scripts this way")]
    env::var(name).expect("cargo sets it")
}

/// Lists files below `directory` as URL paths; compressed copies and source maps are left out.
fn collect(root: &Path, directory: &Path, files: &mut Vec<(String, PathBuf)>) {
    for item in fs::read_dir(directory).expect("the directory is there") {
        let path = item.expect("the directory can be read").path();
        let is = |ending: &str| path.extension().is_some_and(|it| it == ending);
        if path.is_dir() {
            collect(root, &path, files);
        } else if !is("br") && !is("gz") && !is("map") {
            let name = path.strip_prefix(root).expect("it lies below the root");
            files.push((format!("/{}", name.to_str().expect("names are UTF-8")), path));
        }
    }
}

fn entry(index: usize, name: &str, file: &Path, out: &Path) -> String {
    let bytes = fs::read(file).expect("the file can be read");
    let kind = kind(name);
    let mut beside = file.as_os_str().to_owned();
    beside.push(".br");
    let brotli = out.join(format!("{index}.br"));
    let has_brotli = fs::copy(PathBuf::from(beside), &brotli).is_ok();
    // Copies, because the application may be built again while the compiler reads them.
    let plain = out.join(format!("{index}.plain"));
    write(&plain, &bytes);
    let gzip = out.join(format!("{index}.gz"));
    let is_smaller = is_text(kind) && {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&bytes).expect("memory takes it");
        let packed = encoder.finish().expect("memory takes it");
        write(&gzip, &packed);
        packed.len() < bytes.len()
    };
    let include = |path: &Path, there: bool| {
        if there { format!("Some(include_bytes!({:?}))", text(path)) } else { "None".to_owned() }
    };
    let mut line = String::new();
    writeln!(
        line,
        "Asset {{ path: {name:?}, kind: {kind:?}, hash: \"{:016x}\", plain: include_bytes!({:?}), \
         gzip: {}, brotli: {} }},",
        hash(&bytes),
        text(&plain),
        include(&gzip, is_smaller),
        include(&brotli, has_brotli),
    )
    .expect("writing to a string does not fail");
    line
}

fn text(path: &Path) -> &str {
    path.to_str().expect("paths of a build are UTF-8")
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn is_text(kind: &str) -> bool {
    kind.starts_with("text/")
        || matches!(kind, "application/json" | "application/manifest+json" | "image/svg+xml")
        || kind == "application/wasm"
}

/// FNV-1a: names a content for caches; nobody gains by a collision with a file of ours.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).expect("the output directory can be written");
}
