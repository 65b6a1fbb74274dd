//! Rows of numbers and words under heads.

use noisebook_figures::html_table;

use crate::show::Viewer;
use crate::words;
use crate::{Show, Shown};

/// A table: `table(["t", "SNR"], [[1.0, 40.0], [260.0, 0.0]])`. The first column names the rows.
pub fn table<H: ToString, R: IntoIterator<Item = C>, C: Entry>(
    head: impl IntoIterator<Item = H>,
    rows: impl IntoIterator<Item = R>,
) -> Table {
    let cells = |row: R| row.into_iter().map(Entry::entry).collect();
    Table {
        head: head.into_iter().map(|name| name.to_string()).collect(),
        rows: rows.into_iter().map(cells).collect(),
    }
}

/// Rows under heads. Cells that a row lacks stay empty, and cells without a head are left out.
#[derive(Clone, Debug)]
pub struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// What can stand in a [`Table`].
pub trait Entry {
    /// As it is written there.
    fn entry(self) -> String;
}

impl Table {
    /// One column more.
    #[must_use]
    pub fn column<C: Entry>(mut self, head: impl Into<String>, cells: impl IntoIterator<Item = C>) -> Self {
        let width = self.head.len();
        self.head.push(head.into());
        for (idx, cell) in cells.into_iter().enumerate() {
            if self.rows.len() <= idx {
                self.rows.push(Vec::new());
            }
            if let Some(row) = self.rows.get_mut(idx) {
                row.resize(width, String::new());
                row.push(cell.entry());
            }
        }
        self
    }

    /// Columns in line, numbers below each other.
    fn text(&self) -> String {
        let lines: Vec<&Vec<String>> = std::iter::once(&self.head).chain(&self.rows).collect();
        let cell = |line: &Vec<String>, nth: usize| line.get(nth).cloned().unwrap_or_default();
        let widths: Vec<usize> = (0..self.head.len())
            .map(|nth| lines.iter().map(|line| cell(line, nth).chars().count()).max().unwrap_or(0))
            .collect();
        let line = |line: &&Vec<String>| {
            let cells = widths.iter().enumerate().map(|(nth, width)| format!("{:>width$}", cell(line, nth)));
            cells.collect::<Vec<_>>().join("  ")
        };
        lines.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    fn shown(&self, viewer: Viewer) -> Shown {
        let shown = Shown::text(self.text());
        match viewer {
            Viewer::Window => shown,
            Viewer::Jupyter => shown.with("text/html", html_table(&self.head, &self.rows)),
        }
    }
}

impl Show for Table {
    fn show(&self) -> Shown {
        self.shown(Viewer::here())
    }
}

macro_rules! number_entries {
    ($($number:ty),*) => {$(
        impl Entry for $number {
            fn entry(self) -> String {
                words::number(self as f64)
            }
        }
    )*};
}

macro_rules! word_entries {
    ($($word:ty),*) => {$(
        impl Entry for $word {
            fn entry(self) -> String {
                self.to_string()
            }
        }
    )*};
}

number_entries!(f32, f64);
word_entries!(u8, u32, u64, usize, i32, i64, bool, char, &str, String);

impl<T: Entry + Copy> Entry for &T {
    fn entry(self) -> String {
        (*self).entry()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_in_line() {
        let table = table(["t", "SNR, dB"], [[1.0, 40.0], [1000.0, -43.937]]).column("left", ["yes"]);
        let shown = table.shown(Viewer::Window);
        assert_eq!(shown.words(), "   t  SNR, dB  left\n   1       40   yes\n1000    −43.9      ");
        assert_eq!(shown.content("text/html"), None);
        let html = table.shown(Viewer::Jupyter);
        assert_eq!(html.content("text/html").unwrap().matches("<tr>").count(), 3);
    }
}
