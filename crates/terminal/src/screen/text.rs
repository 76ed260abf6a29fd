//! The screen as plain text.

use super::State;
use super::line::Line;

impl State {
    /// Scrollback and screen, without blanks at the ends of lines and at the end. Rows that a
    /// line was wrapped over are one line again. While the alternate screen is shown, its rows
    /// take the place of the other's.
    pub(super) fn text(&self) -> String {
        let normal = &self.normal;
        let shown = if self.is_alternate { normal.base } else { normal.lines.len() };
        let alternate = self.alternate.lines.iter().filter(|_| self.is_alternate);
        let mut text = String::new();
        for line in normal.lines.iter().take(shown).chain(alternate) {
            if !line.wrapped {
                end_line(&mut text);
            }
            self.push_text(&mut text, line);
        }
        end_line(&mut text);
        text.truncate(text.trim_end_matches('\n').len());
        text.trim_start_matches('\n').to_owned()
    }

    fn push_text(&self, text: &mut String, line: &Line) {
        for cell in line.cells().iter().take(self.cols) {
            if cell.has_content() {
                text.push_str(&self.text_of(*cell));
            } else if cell.width() == 1 {
                text.push(' ');
            }
        }
    }
}

fn end_line(text: &mut String) {
    text.truncate(text.trim_end_matches(' ').len());
    text.push('\n');
}
