//! `stead restore`: a backup into an empty data directory and an empty database.
//!
//! Every checksum is looked at before anything is put in place, and what was put in place is taken
//! back when something fails.

use super::backup::{DATABASE, FORMAT, KEY, MANIFEST, Manifest, archive_name, sum};
use crate::arguments::{Global, Restore};
use crate::config::{self, Config};
use crate::output;
use anyhow::{Context, bail};
use gateway::{AuditReport, Loaded, SecretKey, database_load};
use host::backup::Target;
use std::fs::{self, File};
use std::io::{BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub(crate) async fn run(global: &Global, restore: &Restore) -> anyhow::Result<ExitCode> {
    let from = &restore.directory;
    let manifest = read(from)?;
    check(from, &manifest)?;
    if restore.check {
        output::note(&format!("`{}` is whole", from.display()));
        return Ok(ExitCode::SUCCESS);
    }
    let settings = config::load(&restore.options.with(global), global.config.as_deref())?;
    let config = Config::build(&settings)?;
    let sqlite = sqlite_file(&config.gateway.database_url);
    if let Some(file) = sqlite.as_ref().filter(|it| it.exists()) {
        bail!("the database `{}` is there already; a backup is put over nothing", file.display());
    }
    let target = Target::open(&config.data_dir)?;
    let loaded = load(&config, &target, from, &manifest, restore.keep_sign_ins).await;
    if loaded.is_err() {
        target.clear()?;
        for file in sqlite.into_iter().flat_map(|it| {
            ["", "-wal", "-shm"].map(|end| PathBuf::from(format!("{}{end}", it.display())))
        }) {
            if file.exists() {
                fs::remove_file(file)?;
            }
        }
    }
    let loaded = loaded.context("nothing was put in place")?;
    Ok(tell(&loaded, &manifest, &config, restore.keep_sign_ins))
}

fn read(from: &Path) -> anyhow::Result<Manifest> {
    let path = from.join(MANIFEST);
    let text = fs::read(&path).with_context(|| {
        format!("`{}` is no backup, or one that was interrupted: no {MANIFEST}", from.display())
    })?;
    let format = serde_json::from_slice::<serde_json::Value>(&text)?["format"].clone();
    if format != FORMAT {
        bail!("the backup has format {format}, this program knows {FORMAT}; use the newer program");
    }
    Ok(serde_json::from_slice(&text)?)
}

/// Compares every file with what was written down about it.
fn check(from: &Path, manifest: &Manifest) -> anyhow::Result<()> {
    let missing = |it: &&protocol::WorkspaceId| manifest.missing.contains(it);
    let wanted = manifest.database.workspaces.iter().filter(|it| !missing(it)).map(archive_name);
    for name in wanted.chain([DATABASE.to_owned()]) {
        if manifest.files.iter().all(|it| it.name != name) {
            bail!("the backup lists no `{name}`");
        }
    }
    for listed in &manifest.files {
        let (bytes, sha256) =
            sum(&from.join(&listed.name)).with_context(|| format!("`{}`", listed.name))?;
        if (bytes, &sha256) != (listed.bytes, &listed.sha256) {
            bail!("`{}` is not what was written; nothing was put in place", listed.name);
        }
    }
    Ok(())
}

async fn load(
    config: &Config,
    target: &Target,
    from: &Path,
    manifest: &Manifest,
    keep_sign_ins: bool,
) -> anyhow::Result<Loaded> {
    let database = &manifest.database;
    for id in database.workspaces.iter().filter(|it| !manifest.missing.contains(it)) {
        let archive = File::open(from.join(archive_name(id)))?;
        target.load(id, archive).with_context(|| format!("the workspace {id}"))?;
    }
    let has_key = manifest.files.iter().any(|it| it.name == KEY);
    if let (true, SecretKey::File(path)) = (has_key, &config.gateway.secret_key) {
        put_key(&from.join(KEY), path).with_context(|| format!("the key `{}`", path.display()))?;
    }
    let rows = BufReader::new(File::open(from.join(DATABASE))?);
    let how = (&*manifest.missing, keep_sign_ins);
    Ok(database_load(&config.gateway.database_url, database, rows, how).await?)
}

/// Puts the key in its place. The same key may be there already; another one stays.
fn put_key(from: &Path, to: &Path) -> anyhow::Result<()> {
    let key = fs::read(from)?;
    if fs::read(to).is_ok_and(|it| it == key) {
        return Ok(());
    }
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(to)?;
    file.write_all(&key)?;
    Ok(file.sync_all()?)
}

/// The file of a SQLite database.
fn sqlite_file(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?.trim_start_matches("//");
    Some(PathBuf::from(path.split('?').next().unwrap_or(path)))
}

fn tell(loaded: &Loaded, manifest: &Manifest, config: &Config, keep_sign_ins: bool) -> ExitCode {
    let database = &manifest.database;
    let workspaces = database.workspaces.len() - manifest.missing.len();
    output::note(&format!("{} rows and {workspaces} workspaces are in place.", loaded.rows));
    if !keep_sign_ins {
        output::note(
            "Nobody is signed in and no token is good; `stead open` prints a link once it runs.",
        );
    }
    if let SecretKey::File(path) = &config.gateway.secret_key
        && !path.exists()
        && !database.keys.is_empty()
    {
        output::note(&format!(
            "Before the start, put the key {} into `{}`, for its owner only.",
            database.keys.join(", "),
            path.display()
        ));
    }
    if let AuditReport::Whole { rows, .. } = &loaded.audit {
        output::note(&format!("The audit log is whole: {rows} rows and what comes now."));
        return ExitCode::SUCCESS;
    }
    output::note("The audit log is NOT whole, as it was when it was saved; `stead audit verify`.");
    ExitCode::FAILURE
}
