//! `stead backup`: database and workspaces into a new directory, on the machine of the server, which
//! may run meanwhile.
//!
//! ```text
//! stead-backup.json      what there is, with sizes and checksums; written last
//! database.jsonl         every row, as of one moment
//! workspaces/<body>.tar.gz
//! secret.key             only when asked for
//! ```
//!
//! Everything is written below another name first. What was interrupted has no `stead-backup.json`
//! and not the name that was asked for.

use crate::arguments::{Backup, Global};
use crate::config::{self, Config};
use crate::output;
use anyhow::{Context, bail};
use gateway::{Saved, SecretKey, database_ready, database_save};
use protocol::WorkspaceId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use stdx::clock::now_ms;

/// Version of the layout above.
pub(super) const FORMAT: u32 = 1;
pub(super) const MANIFEST: &str = "stead-backup.json";
pub(super) const DATABASE: &str = "database.jsonl";
pub(super) const KEY: &str = "secret.key";

/// What a backup says about itself.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) format: u32,
    /// Version of the program that wrote it.
    pub(super) program: String,
    pub(super) created_at_ms: u64,
    pub(super) database: Saved,
    pub(super) files: Vec<Listed>,
    /// Workspaces of the database whose files were gone when they were to be read.
    pub(super) missing: Vec<WorkspaceId>,
}

/// One file of a backup.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Listed {
    /// Below the backup's directory.
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

pub(crate) async fn run(global: &Global, backup: &Backup) -> anyhow::Result<ExitCode> {
    let settings = config::load(&backup.options.with(global), global.config.as_deref())?;
    let config = Config::build(&settings)?;
    host::backup::refuse_half(&config.data_dir)?;
    let target = std::path::absolute(&backup.directory)?;
    if target.exists() {
        bail!("`{}` is there already; a backup is a new directory", target.display());
    }
    let part = PathBuf::from(format!("{}.part", target.display()));
    let made = fs::DirBuilder::new().mode(0o700).create(&part);
    made.with_context(|| {
        format!(
            "`{}` cannot be made; if it is what an interrupted backup left, remove it",
            part.display()
        )
    })?;
    let written = write(&config, &part, backup.include_key).await;
    let done = written.and_then(|manifest| {
        fs::rename(&part, &target)?;
        File::open(target.parent().unwrap_or(Path::new("/")))?.sync_all()?;
        Ok(manifest)
    });
    match done {
        Ok(manifest) => {
            tell(&manifest, &config, &target, backup.include_key);
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            fs::remove_dir_all(&part)?;
            Err(error.context("no backup was made"))
        }
    }
}

async fn write(config: &Config, part: &Path, include_key: bool) -> anyhow::Result<Manifest> {
    let mut files = Vec::new();
    // The database first: of what a kernel still has for the audit log nothing is skipped then.
    let mut rows = Summed::create(&part.join(DATABASE))?;
    let database = database_save(&config.gateway.database_url, &mut rows).await?;
    files.push(rows.finish(DATABASE)?);
    fs::DirBuilder::new().mode(0o700).create(part.join("workspaces"))?;
    let mut missing = Vec::new();
    for id in &database.workspaces {
        let name = archive_name(id);
        let mut archive = Summed::create(&part.join(&name))?;
        let saved = host::backup::save(&config.data_dir, id, &mut archive)
            .with_context(|| format!("the workspace {id} cannot be read"))?;
        let Some(saved) = saved else {
            fs::remove_file(part.join(&name))?;
            missing.push(id.clone());
            continue;
        };
        files.push(archive.finish(&name)?);
        if saved.changed {
            output::note(&format!("{id}: documents were edited while it was copied"));
        }
        if 0 < saved.left_out {
            let count = saved.left_out;
            output::note(&format!("{id}: {count} sockets, pipes or locked files left out"));
        }
    }
    let lost = database_ready(&config.gateway.database_url, &missing).await?;
    if let Some(id) = lost.first() {
        // A backup without them would look whole.
        bail!(
            "the files of {} workspaces, `{id}` among them, are not below `{}`: they are on another \
             machine, or the data directory is another one",
            lost.len(),
            config.data_dir.display()
        );
    }
    if include_key {
        files.push(save_key(&config.gateway.secret_key, part)?);
    }
    let manifest = Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        created_at_ms: now_ms(),
        database,
        files,
        missing,
    };
    for directory in [part, &part.join("workspaces")] {
        File::open(directory)?.sync_all()?;
    }
    let mut file = create(&part.join(MANIFEST))?;
    serde_json::to_writer_pretty(&mut file, &manifest)?;
    file.sync_all()?;
    Ok(manifest)
}

pub(super) fn archive_name(id: &WorkspaceId) -> String {
    format!("workspaces/{}.tar.gz", id.body())
}

fn save_key(key: &SecretKey, part: &Path) -> anyhow::Result<Listed> {
    let SecretKey::File(path) = key else {
        bail!("the key comes from STEAD_SECRET_KEY, not from a file; keep a copy of it yourself");
    };
    let bytes = fs::read(path).with_context(|| format!("the key `{}`", path.display()))?;
    let mut out = Summed::create(&part.join(KEY))?;
    out.write_all(&bytes)?;
    out.finish(KEY)
}

fn tell(manifest: &Manifest, config: &Config, target: &Path, has_key: bool) {
    let (database, workspaces) = (&manifest.database, manifest.database.workspaces.len());
    output::note(&format!(
        "{}: {} rows, {} workspaces, audit log up to {}:{}",
        target.display(),
        database.rows,
        workspaces - manifest.missing.len(),
        database.audit_rows,
        database.audit_head
    ));
    for id in &manifest.missing {
        output::note(&format!(
            "{id} has no files on this machine: deleted meanwhile, or elsewhere"
        ));
    }
    if !has_key && !database.keys.is_empty() {
        let place = match &config.gateway.secret_key {
            SecretKey::File(path) => format!("`{}`", path.display()),
            SecretKey::Given(_) => "STEAD_SECRET_KEY".to_owned(),
        };
        output::note(&format!(
            "Not in it: the key {} in {place}. Without it every secret is lost; keep a copy \
             elsewhere.",
            database.keys.join(", ")
        ));
    }
}

fn create(path: &Path) -> io::Result<File> {
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// A file whose checksum is made while it is written.
struct Summed {
    out: BufWriter<File>,
    hasher: Sha256,
    bytes: u64,
}

impl Summed {
    fn create(path: &Path) -> anyhow::Result<Self> {
        let file = create(path).with_context(|| format!("`{}`", path.display()))?;
        Ok(Self { out: BufWriter::new(file), hasher: Sha256::new(), bytes: 0 })
    }

    /// Makes it durable.
    fn finish(self, name: &str) -> anyhow::Result<Listed> {
        let file = self.out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        let sha256 = hex(&self.hasher.finalize());
        Ok(Listed { name: name.to_owned(), bytes: self.bytes, sha256 })
    }
}

impl Write for Summed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Size and checksum of a file.
pub(super) fn sum(path: &Path) -> io::Result<(u64, String)> {
    let mut reader = BufReader::new(File::open(path)?);
    let (mut hasher, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 64 * 1024]);
    loop {
        let count = reader.read(&mut buffer)?;
        if count == 0 {
            return Ok((bytes, hex(&hasher.finalize())));
        }
        hasher.update(&buffer[..count]);
        bytes += count as u64;
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _cannot_fail = write!(text, "{byte:02x}");
        text
    })
}
