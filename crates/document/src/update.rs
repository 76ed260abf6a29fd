//! What is in an update of a client, before it touches the document.
//!
//! An update is carried out only as a whole and only when everything that it refers to is there, so
//! nothing ever waits inside of the replica; and only text may be in it, so that a place in the
//! replica is a place in the file.

use crate::lib0::{Malformed, Reader};
use crate::replica::TEXT;
use std::collections::BTreeMap;

/// Numbers of structures, from Yjs (`src/structs`).
const GC: u8 = 0;
const DELETED: u8 = 1;
const STRING: u8 = 4;
const ANY: u8 = 8;
const SKIP: u8 = 10;

/// Clocks above this are nonsense, and would overflow in peers.
const CLOCK_MAX: u64 = 1 << 31;
/// Values inside of one another; only known ones are read at all.
const DEPTH_MAX: usize = 32;

/// Why an update is not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error(
        "a document is one plain text under the name `content`; other shared types, embedded \
         objects and formats are not kept"
    )]
    NotText,
    /// Something before it did not arrive; it comes with the next synchronisation.
    #[error("the update builds on one that is not here")]
    Gap,
}

/// What an update brings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Clients with something new.
    pub authors: Vec<u64>,
    /// Bytes of text that are new.
    pub inserted_bytes: usize,
}

/// Looks into an update. `known` answers how much of a client is there already.
pub fn inspect(update: &[u8], known: impl Fn(u64) -> u64) -> Result<Facts, Refused> {
    let mut inspection = Inspection {
        reader: Reader::new(update),
        known: &known,
        facts: Facts::default(),
        after: BTreeMap::new(),
        needs: BTreeMap::new(),
    };
    inspection.structures()?;
    inspection.deletions()?;
    let has = |client: u64| inspection.after.get(&client).copied().unwrap_or(0).max(known(client));
    if inspection.needs.iter().any(|(client, clock)| has(*client) < *clock) {
        return Err(Refused::Gap);
    }
    Ok(inspection.facts)
}

struct Inspection<'a, K> {
    reader: Reader<'a>,
    known: &'a K,
    facts: Facts,
    /// How much of each client is there afterwards.
    after: BTreeMap<u64, u64>,
    /// How much of each client must be there.
    needs: BTreeMap<u64, u64>,
}

impl<K: Fn(u64) -> u64> Inspection<'_, K> {
    fn structures(&mut self) -> Result<(), Refused> {
        for _ in 0..self.reader.number()? {
            let count = self.reader.number()?;
            let client = self.reader.number()?;
            let mut clock = self.reader.number()?;
            let known = (self.known)(client);
            if self.after.get(&client).copied().unwrap_or(0).max(known) < clock {
                return Err(Refused::Gap);
            }
            for _ in 0..count {
                let length = self.structure(known.saturating_sub(clock))?;
                clock += length;
                if length == 0 || CLOCK_MAX < clock {
                    return Err(Malformed.into());
                }
            }
            if known < clock {
                self.facts.authors.push(client);
            }
            let after = self.after.entry(client).or_default();
            *after = clock.max(*after);
        }
        Ok(())
    }

    fn need(&mut self, client: u64, clock: u64) {
        let need = self.needs.entry(client).or_default();
        *need = clock.max(*need);
    }

    fn id(&mut self) -> Result<(), Refused> {
        let (client, clock) = (self.reader.number()?, self.reader.number()?);
        self.need(client, clock + 1);
        Ok(())
    }

    /// Reads one structure and answers its length. The first `known` of it are there already.
    fn structure(&mut self, known: u64) -> Result<u64, Refused> {
        let info = self.reader.byte()?;
        match info & 0x1f {
            GC => return Ok(self.reader.number()?),
            SKIP => return Err(Refused::Gap),
            _ => {}
        }
        let mut is_text = true;
        if info & 0x80 != 0 {
            self.id()?;
        }
        if info & 0x40 != 0 {
            self.id()?;
        }
        if info & 0xc0 == 0 {
            if self.reader.number()? == 1 {
                is_text &= self.reader.text()? == TEXT;
            } else {
                self.id()?;
                is_text = false;
            }
            if info & 0x20 != 0 {
                self.reader.text()?;
                is_text = false;
            }
        }
        let (length, bytes) = match info & 0x1f {
            DELETED => (self.reader.number()?, 0),
            STRING => {
                let text = self.reader.text()?;
                (text.encode_utf16().count() as u64, text.len())
            }
            ANY => {
                is_text = false;
                let count = self.reader.number()?;
                for _ in 0..count {
                    self.any(DEPTH_MAX)?;
                }
                (count, 0)
            }
            _ => return Err(Refused::NotText),
        };
        if known < length {
            if !is_text {
                return Err(Refused::NotText);
            }
            self.facts.inserted_bytes += bytes;
        }
        Ok(length)
    }

    /// Reads over a value.
    fn any(&mut self, depth: usize) -> Result<(), Refused> {
        let depth = depth.checked_sub(1).ok_or(Malformed)?;
        let fixed = |reader: &mut Reader<'_>, count: usize| {
            (0..count).try_for_each(|_| reader.byte().map(|_| ()))
        };
        match self.reader.byte()? {
            120 | 121 | 126 | 127 => {}
            125 => while 0x80 <= self.reader.byte()? {},
            124 => fixed(&mut self.reader, 4)?,
            122 | 123 => fixed(&mut self.reader, 8)?,
            116 | 119 => {
                self.reader.bytes()?;
            }
            118 => {
                for _ in 0..self.reader.number()? {
                    self.reader.text()?;
                    self.any(depth)?;
                }
            }
            117 => {
                for _ in 0..self.reader.number()? {
                    self.any(depth)?;
                }
            }
            _ => return Err(Malformed.into()),
        }
        Ok(())
    }

    fn deletions(&mut self) -> Result<(), Refused> {
        for _ in 0..self.reader.number()? {
            let client = self.reader.number()?;
            for _ in 0..self.reader.number()? {
                let end = self.reader.number()? + self.reader.number()?;
                if CLOCK_MAX < end {
                    return Err(Malformed.into());
                }
                self.need(client, end);
            }
        }
        Ok(())
    }
}
