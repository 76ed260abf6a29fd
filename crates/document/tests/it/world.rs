//! A document, its clients, its file and the programs that write it, in one thread and without time:
//! every step is drawn from a seed, and so is every crash.

use document::Document;
use document::bases::Evidence;
use document::document::{Options, Save, SaveOutcome, hash};
use document::limits::IN_FLIGHT_MS;
use document::record;
use document::replica::{Lineage, TEXT};
use protocol::channel::AuthorKind;
use protocol::document::Contributor;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{
    ClientID, Doc, GetString, OffsetKind, ReadTxn, StateVector, Text, TextRef, Transact, Update,
};

/// From the truncation of a file to its last byte, in milliseconds.
const SLOW_WRITE_MS: u64 = 320;

/// A small generator, the same everywhere for ever.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound.max(1)
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// How the programs of a world write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Read, change, write.
    Quick,
    /// The same with many seconds of thinking in between.
    Slow,
    /// Write what they have in mind, without ever reading.
    Memory,
    /// Nobody writes.
    None,
}

struct Client {
    doc: Doc,
    text: TextRef,
    author: Contributor,
    online: bool,
    /// Updates on their way.
    sending: VecDeque<Vec<u8>>,
    receiving: VecDeque<Vec<u8>>,
    /// The rest of a word that is being typed, and where.
    typing: Option<(u32, VecDeque<char>)>,
    /// Late writes that it has seen what came of.
    late_seen: usize,
}

/// A program on its way from reading to writing.
struct Program {
    style: Style,
    /// What it read or has in mind.
    text: Option<String>,
    due_ms: u64,
    /// What we wrote since it read.
    unknown: Vec<Written>,
    /// Whether it ends with the kernel, in the middle of writing.
    is_mortal: bool,
}

/// A content of the file that we wrote.
struct Written {
    at_ms: u64,
    text: String,
    /// What of each client is in it, or was once.
    known: StateVector,
}

impl Written {
    /// Whether a word was in it, or the part of one that was begun with this letter.
    fn had(&self, word: &str, begun: Option<&(ClientID, u32)>) -> bool {
        self.text.contains(word) || begun.is_some_and(|it| it.1 < self.known.get(&it.0))
    }
}

pub(crate) struct World {
    random: Random,
    now_ms: u64,
    options: Options,
    server: Option<Document>,
    starts: u32,
    log: Vec<u8>,
    clients: Vec<Client>,
    file: Vec<u8>,
    file_written_ms: u64,
    /// The document was loaded, and the file not looked at since.
    loaded: bool,
    /// The program ended in the middle of writing, and the file was not looked at since.
    cut: bool,
    /// Since when the file is something that the kernel has not seen.
    unseen_ms: Option<u64>,
    /// What a slow writer has still to put there.
    unfinished: Option<Vec<u8>>,
    program: Program,
    /// Its intention is durable; and what of each client it has.
    saving: Option<(Save, StateVector)>,
    saving_ms: u64,
    words: usize,
    /// Words that must be there in the end.
    alive: BTreeSet<String>,
    /// Words that were typed letter by letter, by whom, and his count of letters before the first.
    begun: BTreeMap<String, (ClientID, u32)>,
    /// Words that a person took out; they stay out.
    deleted: BTreeSet<String>,
    /// Times that a program was taken by its word.
    late_writes: usize,
    /// Both versions of each conflict that was told.
    conflicts: Vec<(String, String)>,
    pub(crate) steps: usize,
    trace: Option<Vec<String>>,
}

impl World {
    pub(crate) fn new(seed: u64, trace: bool) -> Self {
        let mut random = Random::new(seed);
        let style =
            [Style::Quick, Style::Quick, Style::Memory, Style::Slow, Style::None][random.below(5)];
        let options = Options { diff_timeout: None };
        let clients = (0..=random.below(3)).map(|it| client(100 + it as u64)).collect();
        let mut world = Self {
            now_ms: 10_000,
            options,
            server: None,
            starts: 0,
            log: Vec::new(),
            clients,
            file: Vec::new(),
            file_written_ms: 0,
            loaded: false,
            cut: false,
            unseen_ms: None,
            unfinished: None,
            program: Program {
                style,
                text: None,
                due_ms: 0,
                unknown: Vec::new(),
                is_mortal: seed % 4 == 3,
            },
            saving: None,
            saving_ms: 0,
            words: 0,
            alive: BTreeSet::new(),
            begun: BTreeMap::new(),
            deleted: BTreeSet::new(),
            late_writes: 0,
            conflicts: Vec::new(),
            steps: 0,
            trace: trace.then(Vec::new),
            random,
        };
        world.begin();
        world
    }

    fn begin(&mut self) {
        let mut text = String::new();
        for _ in 0..self.random.below(6) {
            for _ in 0..=self.random.below(4) {
                let word = self.new_word('b');
                self.alive.insert(word.clone());
                text.push_str(&word);
                text.push(' ');
            }
            text.push('\n');
        }
        if self.random.chance(25) {
            text = text.replace('\n', "\r\n");
        }
        if self.random.chance(20) {
            text.truncate(text.trim_end().len());
        }
        self.file = text.into_bytes();
        let lineage = Lineage::from_number(1);
        let created = Document::create(self.options, (lineage, 0), &self.file, self.now_ms);
        self.server = Some(created.unwrap());
        self.program.text = (self.program.style == Style::Memory).then(|| self.file_text());
        self.commit(false);
        for index in 0..self.clients.len() {
            self.connect(index);
        }
    }

    fn note(&mut self, what: impl FnOnce(&Self) -> String) {
        if self.trace.is_some() {
            let line = format!("{} {}", self.now_ms, what(self));
            println!("{line}");
        }
    }

    fn new_word(&mut self, kind: char) -> String {
        self.words += 1;
        format!("{kind}{}z", self.words)
    }

    fn file_text(&self) -> String {
        String::from_utf8(self.file.clone()).unwrap()
    }

    /// One random step.
    pub(crate) fn step(&mut self) {
        self.steps += 1;
        self.now_ms += self.random.below(120) as u64;
        let index = self.random.below(self.clients.len());
        if self.unfinished.is_some() && self.file_written_ms + SLOW_WRITE_MS < self.now_ms + 120 {
            self.run_program();
        }
        if self.saving.is_some() && self.saving_ms + 200 < self.now_ms {
            self.save();
        }
        // The kernel is told of changes; it is late at most when it has much to do.
        if self.unseen_ms.is_some_and(|it| it + 300 < self.now_ms) {
            self.look();
        }
        match self.random.below(100) {
            0..25 => self.edit(index),
            25..45 => self.send(index),
            45..60 => self.receive(index),
            60..64 => self.toggle(index),
            64..76 => self.run_program(),
            76..84 => self.look(),
            84..97 => self.save(),
            97..98 => self.compact(),
            _ => self.crash(),
        }
    }

    /// Somebody types, or takes something out.
    fn edit(&mut self, index: usize) {
        if self.clients[index].typing.is_some() && self.random.chance(80) {
            self.type_on(index);
            return;
        }
        // Who goes on elsewhere has finished his word.
        self.finish_typing(index);
        let shown = self.clients[index].shows();
        let places: Vec<usize> = std::iter::once(0)
            .chain(shown.char_indices().filter(|it| it.1.is_whitespace()).map(|it| it.0 + 1))
            .collect();
        let at = places[self.random.below(places.len())];
        match self.random.below(10) {
            0..2 => self.delete(index, &shown, at),
            2..4 => {
                self.insert(index, at);
                let shown = self.clients[index].shows();
                let next = shown[at..].find(char::is_whitespace).map_or(at, |it| at + it + 1);
                self.delete(index, &shown, next);
            }
            4..6 => self.begin_word(index, at),
            _ => self.insert(index, at),
        }
    }

    fn insert(&mut self, index: usize, at: usize) {
        let word = self.new_word('c');
        let end = ["\n", " ", " "][self.random.below(3)];
        self.note(|_| format!("client {index} types {word:?} at {at}"));
        self.alive.insert(word.clone());
        let at = u32::try_from(at).unwrap();
        self.clients[index].change(|text, transaction| {
            text.insert(transaction, at, &format!("{word}{end}"));
        });
    }

    /// Types a word letter by letter.
    fn begin_word(&mut self, index: usize, at: usize) {
        if self.clients[index].typing.is_some() {
            return;
        }
        let word = self.new_word('c');
        self.alive.insert(word.clone());
        let doc = &self.clients[index].doc;
        let begin = (doc.client_id(), doc.transact().state_vector().get(&doc.client_id()));
        self.begun.insert(word.clone(), begin);
        self.note(|_| format!("client {index} begins {word:?} at {at}"));
        let letters = format!("{word} ").chars().collect();
        self.clients[index].typing = Some((u32::try_from(at).unwrap(), letters));
        self.type_on(index);
    }

    fn type_on(&mut self, index: usize) {
        let client = &mut self.clients[index];
        let Some((at, mut letters)) = client.typing.take() else { return };
        let Some(letter) = letters.pop_front() else { return };
        client.change(|text, transaction| text.insert(transaction, at, &letter.to_string()));
        if !letters.is_empty() {
            client.typing = Some((at + 1, letters));
        }
    }

    /// Takes out the word at `at`, if it is one and whole.
    fn delete(&mut self, index: usize, shown: &str, at: usize) {
        let rest = &shown[at..];
        let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let word = &rest[..length];
        if !is_word(word) || self.may_be_pieces(word, shown) {
            return;
        }
        self.note(|_| format!("client {index} deletes {word:?}"));
        self.alive.remove(word);
        // What a program wrote over it meanwhile, on purpose, is not what this person took out.
        if self.clients[index].late_seen == self.late_writes {
            self.deleted.insert(word.to_owned());
        }
        let end = (length + usize::from(length < rest.len() && !rest[length..].starts_with('\n')))
            .min(rest.len());
        let (at, end) = (u32::try_from(at).unwrap(), u32::try_from(end).unwrap());
        let client = &mut self.clients[index];
        client.change(|text, transaction| text.remove_range(transaction, at, end));
    }

    /// Whether it may be the beginning of a word that somebody types, in front of what is left of
    /// another one.
    fn may_be_pieces(&self, word: &str, shown: &str) -> bool {
        let beginning = word.trim_end_matches('z');
        let mut begun = self.begun.keys();
        begun.any(|it| it != word && it.starts_with(beginning) && !shown.contains(it.as_str()))
    }

    fn finish_typing(&mut self, index: usize) {
        while self.clients[index].typing.is_some() {
            self.type_on(index);
        }
    }

    fn send(&mut self, index: usize) {
        let client = &mut self.clients[index];
        if !client.online || self.server.is_none() {
            return;
        }
        let count = 1 + self.random.below(4);
        let mut took = false;
        for _ in 0..count {
            let Some(update) = self.clients[index].sending.pop_front() else { break };
            let author = self.clients[index].author.clone();
            let server = self.server.as_mut().unwrap();
            server.receive(self.now_ms, &author, &update, Some(index as u64)).unwrap();
            took = true;
        }
        if took {
            let crash = self.random.chance(2);
            self.commit(crash);
        }
    }

    /// Makes what is staged durable and sends it out; a crash leaves a part of it.
    fn commit(&mut self, crash: bool) {
        let Some(server) = &mut self.server else { return };
        let mut bytes = Vec::new();
        record::write(&mut bytes, &server.take_staged());
        if crash {
            let whole = self.random.below(bytes.len() + 1);
            self.log.extend_from_slice(&bytes[..whole]);
            self.note(|_| "crash while writing the log".to_owned());
            self.down();
            return;
        }
        self.log.extend_from_slice(&bytes);
        let outgoing = server.take_outgoing();
        for out in outgoing {
            for (index, client) in self.clients.iter_mut().enumerate() {
                if client.online && out.from != Some(index as u64) {
                    client.receiving.push_back(out.update.clone());
                }
            }
        }
    }

    fn receive(&mut self, index: usize) {
        for _ in 0..=self.random.below(4) {
            let Some(update) = self.clients[index].receiving.pop_front() else { return };
            self.finish_typing(index);
            self.clients[index].apply(&update);
            let is_seen = self.unseen_ms.is_none() && self.unfinished.is_none();
            if is_seen && self.clients[index].receiving.is_empty() {
                self.clients[index].late_seen = self.late_writes;
            }
        }
    }

    fn toggle(&mut self, index: usize) {
        if self.clients[index].online {
            self.note(|_| format!("client {index} goes away"));
            self.clients[index].disconnect();
        } else {
            self.connect(index);
        }
    }

    fn connect(&mut self, index: usize) {
        let Some(server) = &mut self.server else { return };
        let client = &mut self.clients[index];
        if client.online {
            return;
        }
        client.online = true;
        let vector = client.doc.transact().state_vector().encode_v1();
        let lacking = server.lacking(&vector).unwrap().expect("the same document");
        client.receiving.push_back(lacking);
        let known = StateVector::decode_v1(&server.state_vector()).unwrap();
        let update = client.doc.transact().encode_diff_v1(&known);
        client.sending.push_back(update);
        self.note(|_| format!("client {index} comes"));
    }

    /// A program reads or writes the file.
    fn run_program(&mut self) {
        if let Some(rest) = self.unfinished.take() {
            self.write_file(rest);
            return;
        }
        match self.program.style {
            Style::None => {}
            Style::Memory => {
                if self.program.due_ms <= self.now_ms {
                    let text = self.program.text.clone().unwrap();
                    let text = self.rewritten(text, true);
                    self.program.text = Some(text.clone());
                    self.begin_write(text);
                    self.program.due_ms = self.now_ms + self.random.below(900) as u64;
                }
            }
            Style::Quick | Style::Slow => match self.program.text.take() {
                None => {
                    self.program.unknown.clear();
                    self.program.text = Some(self.file_text());
                    let pause = if self.program.style == Style::Slow { 20_000 } else { 500 };
                    self.program.due_ms = self.now_ms + self.random.below(pause) as u64;
                    self.note(|it| format!("program reads {:?}", it.file_text()));
                }
                Some(text) => {
                    if self.now_ms < self.program.due_ms && self.random.chance(60) {
                        self.program.text = Some(text);
                        return;
                    }
                    let text = self.rewritten(text, false);
                    self.begin_write(text);
                }
            },
        }
    }

    /// A program's next version of a text.
    fn rewritten(&mut self, text: String, memory: bool) -> String {
        let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        for _ in 0..=self.random.below(2) {
            let word = self.new_word('k');
            let row = self.random.below(lines.len() + 1);
            match self.random.below(4) {
                0 if row < lines.len() => lines[row] = format!("{word} {}", lines[row]),
                1 if row < lines.len() && !memory => {
                    let words: Vec<String> =
                        lines[row].split_whitespace().map(str::to_owned).collect();
                    if !words.iter().all(|it| is_word(it)) {
                        // Nobody writes what he read as he read it: that would mean to put it back.
                        lines.insert(row, format!("{word}{end}"));
                        self.alive.insert(word);
                        continue;
                    }
                    for word in words {
                        self.alive.remove(&word);
                    }
                    lines[row] = format!("{word}{end}");
                }
                _ => {
                    if row == lines.len()
                        && let Some(last) = lines.last_mut()
                        && !last.ends_with('\n')
                    {
                        last.push_str(end);
                    }
                    lines.insert(row, format!("{word}{end}"));
                }
            }
            self.note(|_| format!("program writes {word}"));
            self.alive.insert(word);
        }
        lines.concat()
    }

    /// A program that writes so late is taken by its word: what it had the time to read and does not
    /// have, it took out.
    fn take_by_its_word(&mut self, written: &str) {
        let unknown = std::mem::take(&mut self.program.unknown);
        // What it begins to write now may be there only a moment later.
        let there_ms = self.now_ms + SLOW_WRITE_MS;
        let is_late = |it: &&Written| it.at_ms + IN_FLIGHT_MS <= there_ms;
        let late: Vec<&Written> = unknown.iter().filter(is_late).collect();
        if late.is_empty() {
            return;
        }
        self.late_writes += 1;
        let begun = &self.begun;
        self.alive.retain(|word| {
            let had = late.iter().any(|it| it.had(word, begun.get(word)));
            !had || written.contains(word.as_str())
        });
        // What it writes anew is another word, and so is the beginning of one.
        self.deleted.retain(|word| {
            let has_part = begun.contains_key(word) && has_beginning(written, word);
            !has_part && !written.contains(word.as_str())
        });
    }

    fn begin_write(&mut self, text: String) {
        self.take_by_its_word(&text);
        let bytes = text.into_bytes();
        if self.random.chance(20) {
            // Truncated first, and seen like that by whoever looks.
            let part = bytes[..self.random.below(bytes.len() + 1)].to_vec();
            self.unfinished = Some(bytes);
            self.file = part;
            self.file_written_ms = self.now_ms;
            return;
        }
        self.write_file(bytes);
    }

    fn write_file(&mut self, bytes: Vec<u8>) {
        self.file = bytes;
        self.file_written_ms = self.now_ms;
        self.unseen_ms = self.unseen_ms.or(Some(self.now_ms));
    }

    /// The kernel looks at the file, unless somebody is in the middle of writing it.
    fn look(&mut self) {
        if self.unfinished.is_some() {
            return;
        }
        let Some(server) = &mut self.server else { return };
        let written_ms = self.unseen_ms.unwrap_or(self.file_written_ms);
        if !server.is_saving() {
            self.unseen_ms = None;
        }
        let evidence = if std::mem::take(&mut self.loaded) {
            Evidence { is_cut: self.cut, ..Evidence::after_loading(self.file_written_ms) }
        } else {
            Evidence::written(written_ms)
        };
        let author = Contributor { kind: AuthorKind::Process, ..Contributor::default() };
        let before = server.text().to_owned();
        let merged = server.found(self.now_ms, &self.file, &author, evidence).unwrap();
        let told: Vec<_> = server.take_new_conflicts();
        let told: Vec<_> = told.into_iter().map(|it| (it.document, it.disk)).collect();
        for (document, disk) in &told {
            self.note(|_| format!("conflict of {document:?} and {disk:?}"));
        }
        self.conflicts.extend(told);
        if merged.changed {
            self.note(|it| {
                format!(
                    "found {:?}\n  in {before:?}\n  makes {:?}",
                    it.file_text(),
                    it.server.as_ref().unwrap().text()
                )
            });
        }
        let crash = self.random.chance(2);
        // It is forgotten with what came of it.
        self.cut &= crash;
        self.commit(crash);
    }

    fn save(&mut self) {
        match self.saving.take() {
            None => {
                let Some(server) = &mut self.server else { return };
                let due = server.save_at().is_some_and(|it| it <= self.now_ms);
                if !due && !self.random.chance(20) {
                    return;
                }
                let Some(save) = server.begin_save(self.now_ms) else { return };
                let known = StateVector::decode_v1(&server.state_vector()).unwrap();
                let crash = self.random.chance(2);
                self.commit(crash);
                if !crash {
                    (self.saving, self.saving_ms) = (Some((save, known)), self.now_ms);
                }
            }
            Some((save, known)) => {
                if hash(&self.file) != save.expected || self.unfinished.is_some() {
                    self.note(|_| "save: changed".to_owned());
                    self.end_save(SaveOutcome::Changed);
                    self.look();
                    return;
                }
                // The last moment, after the file was compared and before it is replaced.
                if self.random.chance(30) {
                    self.run_program();
                }
                if self.unfinished.is_some() || self.random.chance(3) {
                    self.note(|_| "save: failed".to_owned());
                    self.end_save(SaveOutcome::Failed);
                    return;
                }
                self.replace_file(save, known);
            }
        }
    }

    fn replace_file(&mut self, save: Save, known: StateVector) {
        if hash(&self.file) != save.expected {
            // It comes out of the exchange, and is put back, also after a crash.
            self.note(|_| "save: put back".to_owned());
            if self.random.chance(3) {
                self.down();
            } else {
                self.end_save(SaveOutcome::Changed);
            }
            return;
        }
        self.file = save.bytes;
        let text = self.file_text();
        self.program.unknown.push(Written { at_ms: self.now_ms, text, known });
        self.note(|it| format!("saved {:?}", it.file_text()));
        if self.random.chance(3) {
            self.note(|_| "crash after a save".to_owned());
            self.down();
            return;
        }
        self.end_save(SaveOutcome::Written);
    }

    fn end_save(&mut self, outcome: SaveOutcome) {
        let Some(server) = &mut self.server else { return };
        server.end_save(self.now_ms, outcome);
        self.commit(false);
    }

    fn compact(&mut self) {
        if self.saving.is_some() {
            return;
        }
        let Some(server) = &mut self.server else { return };
        self.log.clear();
        record::write(&mut self.log, &server.compacted());
    }

    fn crash(&mut self) {
        if self.random.chance(30) {
            self.note(|_| "crash".to_owned());
            self.down();
        }
    }

    fn down(&mut self) {
        self.server = None;
        self.saving = None;
        self.clients.iter_mut().for_each(Client::disconnect);
        self.up();
    }

    fn up(&mut self) {
        let (records, sound) = record::read(&self.log);
        self.log.truncate(sound);
        self.starts += 1;
        let mut server = Document::load(self.options, self.starts, records).unwrap();
        match self.unfinished.take() {
            Some(_) if self.program.is_mortal => {
                self.note(|it| format!("the program ended at {:?}", it.file_text()));
                self.cut = true;
                // What it wrote and nobody saw is gone with it.
                let seen = server.text();
                self.alive.retain(|it| !it.starts_with('k') || seen.contains(it.as_str()));
                // The next one has nothing in mind.
                self.program.text = None;
                if self.program.style == Style::Memory {
                    self.program.style = Style::Quick;
                }
            }
            Some(rest) => self.write_file(rest),
            None => {}
        }
        let text = self.file_text();
        server.settle(self.now_ms, &hash(&self.file), Some(&text));
        self.server = Some(server);
        self.loaded = true;
        self.note(|it| format!("up with {:?}", it.server.as_ref().unwrap().text()));
        self.look();
    }

    /// Lets everything come to rest.
    pub(crate) fn finish(&mut self) {
        if let Some(rest) = self.unfinished.take() {
            self.write_file(rest);
        }
        self.program.style = Style::None;
        for index in 0..self.clients.len() {
            self.finish_typing(index);
            self.connect(index);
        }
        for _ in 0..1000 {
            self.now_ms += 100;
            for index in 0..self.clients.len() {
                self.connect(index);
                self.send(index);
                self.receive(index);
            }
            self.look();
            self.save();
            let server = self.server.as_ref().unwrap();
            let quiet = self
                .clients
                .iter()
                .all(|it| it.online && it.sending.is_empty() && it.receiving.is_empty());
            if quiet && self.saving.is_none() && !server.is_unsaved() {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    /// Conflicts that keep this word twice: in the document's version, and in the file's or in what
    /// the file has new right beside it.
    fn doubled(&self, word: &str) -> usize {
        self.conflicts.iter().filter(|it| it.0.contains(word)).count()
    }

    /// Conflicts that have this word in either version: one of them stays when the other is taken out.
    fn in_conflicts(&self, word: &str) -> usize {
        self.conflicts.iter().filter(|it| it.0.contains(word) || it.1.contains(word)).count()
    }

    /// Everybody sees the same, nothing is missing, nothing is there twice.
    pub(crate) fn check(&self) -> Result<(), String> {
        let server = self.server.as_ref().unwrap();
        let text = server.text();
        for (index, client) in self.clients.iter().enumerate() {
            if client.shows() != text {
                return Err(format!("client {index} shows {:?}, not {text:?}", client.shows()));
            }
        }
        let file = document::format::decode(&self.file).map_or_else(|_| String::new(), |it| it.0);
        if file != text {
            return Err(format!("the file is {file:?}, not {text:?}"));
        }
        for word in &self.alive {
            let count = text.matches(word.as_str()).count();
            if count == 0 {
                return Err(format!("{word} is missing in {text:?}"));
            }
            if 1 + self.doubled(word) < count {
                return Err(format!("{word} is there {count} times in {text:?}"));
            }
        }
        for word in &self.deleted {
            // What a program left of a longer word is not that word.
            let is_rest = |it: &String| !self.alive.contains(it) && is_rest(word, it);
            if 0 < self.late_writes && self.begun.keys().any(is_rest) {
                continue;
            }
            if self.in_conflicts(word) < text.matches(word.as_str()).count() {
                return Err(format!("{word} came back in {text:?}"));
            }
        }
        Ok(())
    }
}

impl Client {
    fn change(&mut self, change: impl FnOnce(&TextRef, &mut yrs::TransactionMut<'_>)) {
        let mut transaction = self.doc.transact_mut();
        change(&self.text, &mut transaction);
        let update = transaction.encode_update_v1();
        drop(transaction);
        if self.online {
            self.sending.push_back(update);
        }
    }

    fn apply(&mut self, update: &[u8]) {
        let update = Update::decode_v1(update).unwrap();
        self.doc.transact_mut().apply_update(update).unwrap();
        assert!(!self.doc.transact().has_missing_updates(), "updates come in order");
    }

    fn shows(&self) -> String {
        self.text.get_string(&self.doc.transact())
    }

    fn disconnect(&mut self) {
        self.online = false;
        self.sending.clear();
        self.receiving.clear();
    }
}

fn client(id: u64) -> Client {
    let doc = Doc::with_options(yrs::Options {
        client_id: ClientID::new(id),
        offset_kind: OffsetKind::Utf16,
        ..yrs::Options::default()
    });
    let text = doc.get_or_insert_text(TEXT);
    let author = Contributor {
        kind: AuthorKind::Person,
        principal: Some(format!("usr_{id}")),
        ..Contributor::default()
    };
    Client {
        doc,
        text,
        author,
        online: false,
        sending: VecDeque::new(),
        receiving: VecDeque::new(),
        typing: None,
        late_seen: 0,
    }
}

fn is_word(text: &str) -> bool {
    text.len() >= 3
        && text.starts_with(['b', 'c', 'k'])
        && text.ends_with('z')
        && text[1..text.len() - 1].bytes().all(|it| it.is_ascii_digit())
}

/// Whether `rest` is what is left of a longer word when a stretch is taken out.
fn is_rest(rest: &str, word: &str) -> bool {
    let has_ends = |it| word.starts_with(&rest[..it]) && word.ends_with(&rest[it..]);
    rest.len() < word.len() && (1..rest.len()).any(has_ends)
}

/// Whether the first letters of a word are there, and not the rest of it.
fn has_beginning(text: &str, word: &str) -> bool {
    (1..word.len()).any(|length| {
        text.match_indices(&word[..length]).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + length..].chars().next();
            before.is_none_or(|it| it.is_whitespace() || it == 'z')
                && after.is_none_or(|it| !it.is_ascii_digit())
        })
    })
}
