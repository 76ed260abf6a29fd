//! `stead restore`: a backup into an empty data directory and an empty database.
//!
//! Every checksum is looked at before anything is put in place, and what was put in place is taken
//! back when something fails. An attempt that was interrupted is written down where it was made: no
//! server starts there, and the next attempt clears what is half, or does what was missing.

use super::backup::{DATABASE, FORMAT, KEY, MANIFEST, Manifest, archive_name, sum};
use crate::arguments::{Global, Restore};
use crate::config::{self, Config};
use crate::output;
use anyhow::{Context, bail};
use gateway::{
    AuditReport, Loaded, Progress, SecretKey, database_finish, database_load, database_progress,
};
use host::backup::{Begun, Target};
use std::fs::{self, File};
use std::io::{BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use stdx::clock::now_ms;

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
    let target = Target::open(&config.data_dir)?;
    let progress = resume(&target, &config, &manifest).await?;
    let begun = Begun { from: std::path::absolute(from)?, began_at_ms: now_ms() };
    target.begin(&begun)?;
    let loaded = match progress {
        Progress::Nothing => {
            let loaded = load(&config, &target, from, &manifest, restore.keep_sign_ins).await;
            match loaded {
                Err(error) => return Err(take_back(&target, &config, &manifest, error).await),
                Ok(loaded) => loaded,
            }
        }
        Progress::Loaded | Progress::Finished | Progress::SomethingElse => {
            let url = &config.gateway.database_url;
            database_finish(url, &manifest.database, restore.keep_sign_ins).await?
        }
    };
    target.end()?;
    Ok(tell(&loaded, &manifest, &config, restore.keep_sign_ins))
}

/// Looks at what an attempt left that was interrupted. What is half of it is cleared.
async fn resume(target: &Target, config: &Config, manifest: &Manifest) -> anyhow::Result<Progress> {
    let url = &config.gateway.database_url;
    let Some(begun) = target.interrupted() else {
        check_empty(url, manifest).await?;
        return Ok(Progress::Nothing);
    };
    let what = format!("A restore of `{}` was interrupted here", begun.from.display());
    let progress = database_progress(url, &manifest.database).await?;
    match progress {
        Progress::Nothing => {
            let count = target.clear()?;
            output::note(&format!(
                "{what}, before the database: {count} workspaces that it had begun are removed. \
                 Beginning again."
            ));
        }
        Progress::Loaded | Progress::Finished => {
            output::note(&format!("{what}, with everything in place: doing what was missing."));
        }
        Progress::SomethingElse => bail!(
            "{what}, and the database holds something else than this backup; restore that one to \
             its end, or empty database and data directory yourself"
        ),
    }
    Ok(progress)
}

/// What is in the database later was put there by us.
async fn check_empty(url: &str, manifest: &Manifest) -> anyhow::Result<()> {
    match sqlite_file(url) {
        Some(file) if file.exists() => {
            let file = file.display();
            bail!("the database `{file}` is there already; a backup is put over nothing")
        }
        Some(_) => Ok(()),
        None => match database_progress(url, &manifest.database).await? {
            Progress::Nothing => Ok(()),
            Progress::Loaded | Progress::Finished | Progress::SomethingElse => {
                bail!("the database is not empty; a backup is put into an empty one, over nothing")
            }
        },
    }
}

/// Clears what a failed attempt put in place, unless the database has its rows already: then only
/// the end is missing.
async fn take_back(
    target: &Target,
    config: &Config,
    manifest: &Manifest,
    error: anyhow::Error,
) -> anyhow::Error {
    let url = &config.gateway.database_url;
    let progress = database_progress(url, &manifest.database).await;
    if matches!(progress, Ok(Progress::Loaded | Progress::Finished)) {
        return error.context("everything is in place but the end; say the same again");
    }
    let cleared = target.clear().and_then(|_| {
        let sqlite = sqlite_file(url).into_iter();
        for file in sqlite.flat_map(|it| {
            ["", "-wal", "-shm"].map(|end| PathBuf::from(format!("{}{end}", it.display())))
        }) {
            if file.exists() {
                fs::remove_file(file)?;
            }
        }
        target.end()
    });
    match cleared {
        Ok(()) => error.context("nothing was put in place"),
        Err(_) => error.context("what was put in place could not be cleared; say the same again"),
    }
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
    // Rows mean that everything else is there.
    target.sync()?;
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
    // Whole, or not at all.
    let part = PathBuf::from(format!("{}.part", to.display()));
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    file.write_all(&key)?;
    file.sync_all()?;
    let linked = fs::hard_link(&part, to);
    fs::remove_file(&part)?;
    Ok(linked?)
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
