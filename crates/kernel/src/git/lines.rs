//! What Git says on its way, cut into lines.

/// Longest line that is kept, in bytes.
const LINE_BYTES_MAX: usize = 500;

/// Lines of Git's output, and those of them that are kept for the end.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    line: Vec<u8>,
    kept: Vec<String>,
}

impl Lines {
    /// Takes more output; the lines that end in it. Progress ends with a carriage return, and what is
    /// empty is no line.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        for byte in bytes {
            if !matches!(byte, b'\r' | b'\n') {
                if self.line.len() < LINE_BYTES_MAX {
                    self.line.push(*byte);
                }
                continue;
            }
            let line = std::mem::take(&mut self.line);
            let line = String::from_utf8_lossy(&line).trim().to_owned();
            if !line.is_empty() {
                lines.push(line);
            }
        }
        lines
    }

    /// Keeps a line, and no more than the last `max`.
    pub(crate) fn keep(&mut self, line: String, max: usize) {
        if self.kept.len() == max {
            self.kept.remove(0);
        }
        self.kept.push(line);
    }

    pub(crate) fn kept(&self) -> &[String] {
        &self.kept
    }
}
