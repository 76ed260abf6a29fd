//! `stead search`: text in the files of a workspace, as it is found.

use crate::arguments::{Global, Search};
use crate::client::{Client, encode, path_of};
use crate::output;
use anyhow::{Context, bail};
use http::Method;
use protocol::search::{Case, EndedEarly, FileMatches, SearchLine, SearchSummary};
use std::process::ExitCode;

/// Exit code of a search that found nothing.
const NOTHING: u8 = 1;

pub(crate) async fn run(global: &Global, search: Search) -> anyhow::Result<ExitCode> {
    let client = Client::new(global)?;
    let workspace = client.find(&search.workspace).await?;
    let path = path_of(&workspace.id, &format!("search/content?{}", query_of(&search)));
    let mut rest = Vec::new();
    let mut summary = None;
    let take = |piece: &[u8]| {
        rest.extend_from_slice(piece);
        while let Some(end) = rest.iter().position(|it| *it == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            if search.json {
                output::put(&line)?;
            }
            match serde_json::from_slice(&line).context("the server speaks another version")? {
                SearchLine::File { file } if !search.json => output::say(&text_of(&file))?,
                SearchLine::File { .. } | SearchLine::Progress { .. } => {}
                SearchLine::Done { summary: it } => summary = Some(it),
            }
        }
        Ok(())
    };
    client.stream(Method::GET, &path, None::<&()>, take).await?;
    let Some(summary) = summary else { bail!("the answer broke off; these are not all") };
    for note in notes_of(&summary) {
        output::note(&note);
    }
    Ok(if summary.matches == 0 { ExitCode::from(NOTHING) } else { ExitCode::SUCCESS })
}

fn query_of(search: &Search) -> String {
    let case = match (search.case_sensitive, search.ignore_case) {
        (true, _) => Case::Sensitive,
        (_, true) => Case::Insensitive,
        _ => Case::Smart,
    };
    let case = serde_json::to_value(case).unwrap_or_default();
    format!(
        "q={}&regex={}&case={}&word={}&include={}&exclude={}&ignored={}",
        encode(&search.pattern),
        search.regex,
        case.as_str().unwrap_or_default(),
        search.word,
        encode(&search.include),
        encode(&search.exclude),
        search.ignored,
    )
}

/// One line for each match, as compilers print places.
fn text_of(file: &FileMatches) -> String {
    let line = |it: &protocol::search::ContentMatch| {
        format!("{}:{}:{}:{}{}{}\n", file.path, it.line, it.column, it.before, it.text, it.after)
    };
    file.matches.iter().map(line).collect()
}

fn notes_of(summary: &SearchSummary) -> Vec<String> {
    let mut notes = Vec::new();
    match summary.ended_early {
        Some(EndedEarly::Matches) => notes.push("there are more; narrow the search".to_owned()),
        Some(EndedEarly::Time) => {
            notes.push("the search took too long and was ended; narrow it".to_owned());
        }
        None => {}
    }
    if 0 < summary.long_lines {
        notes.push(format!("{} files were not read to the end", summary.long_lines));
    }
    notes
}
