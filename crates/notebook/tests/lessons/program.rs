//! A lesson's cells as one Rust program.
//!
//! Cells are written as rustfmt writes them, so a statement begins where a line does at the margin, unless the line goes on
//! with the one before it.

use std::fmt::Write;

use noisebook_lessons::{Block, Cell, Lesson};

/// What is printed where a cell begins and ends.
pub const MARK: &str = "@@cell";

/// The program of a lesson.
pub struct Program {
    pub source: String,
    pub cells: Vec<CellOf>,
    /// The lesson's file, for messages.
    pub file: String,
    /// The line of the lesson that each line of the program comes from; 0 for what stands around them.
    lines: Vec<usize>,
}

/// What the test knows of a cell.
pub struct CellOf {
    /// Where its block starts in the lesson.
    pub line: usize,
    /// Whether it ends in something that is displayed.
    pub displays: bool,
}

/// A statement of a cell: its text, and the line of the lesson on which it starts.
struct Statement {
    text: String,
    line: usize,
}

const BEFORE: &str = "#![allow(warnings)]
use noisebook::prelude::*;
fn is_kept<T: 'static>(_: &T) {}
fn main() {
    if let Err(error) = lesson() {
        eprintln!(\"{error}\");
        std::process::exit(1);
    }
}
fn lesson() -> Result<(), Box<dyn std::error::Error>> {
";

impl Program {
    /// Writes it.
    ///
    /// # Errors
    /// When a cell defines a closure, which evcxr cannot keep for the next cell.
    pub fn of(lesson: &Lesson) -> Result<Self, String> {
        let mut program =
            Self { source: String::new(), cells: Vec::new(), file: lesson.file.clone(), lines: vec![0] };
        program.push(BEFORE, None);
        for page in &lesson.pages {
            for cell in page.blocks.iter().filter_map(cell_of) {
                program.cell(cell)?;
            }
            for (code, line) in page.blocks.iter().filter_map(solution_of) {
                refuse_closures(&statements(code, line), &lesson.file)?;
                program.push(&format!("{{\n{code}\n}}\n"), Some((line, 0)));
            }
        }
        program.push("Ok(())\n}\n", None);
        Ok(program)
    }

    /// The line of the lesson that line `line` of the program, counted from 1, comes from.
    pub fn lesson_line(&self, line: usize) -> Option<usize> {
        self.lines.get(line).copied().filter(|line| *line > 0)
    }

    /// Appends text; `from` is the line of the lesson where it starts, and how much further each next line is.
    fn push(&mut self, text: &str, from: Option<(usize, usize)>) {
        for (nth, line) in text.lines().enumerate() {
            self.lines.push(from.map_or(0, |(first, step)| first + step * nth));
            _ = writeln!(self.source, "{line}");
        }
    }

    fn cell(&mut self, cell: &Cell) -> Result<(), String> {
        let statements = statements(&cell.code, cell.line + 1);
        refuse_closures(&statements, &self.file)?;
        let displays = statements.iter().any(Statement::is_displayed);
        self.push(&format!("println!(\"{MARK} {} begins\");\n", cell.line), None);
        self.run(&statements, true);
        self.push(&format!("println!(\"{MARK} {} ends\");\n", cell.line), None);
        // The cell once more, as when it is run again: compiled, not run.
        self.push("if std::hint::black_box(false) {\n", None);
        self.run(&statements, false);
        self.push("}\n", None);
        if let Some(check) = &cell.check {
            self.push("{\n", None);
            self.push(&check.code, Some((check.line + 1, 1)));
            self.push("}\n", None);
        }
        self.cells.push(CellOf { line: cell.line, displays });
        Ok(())
    }

    fn run(&mut self, statements: &[Statement], kept: bool) {
        for statement in statements {
            let from = Some((statement.line, 1));
            if statement.is_displayed() {
                self.push(&format!("({}).evcxr_display();", statement.text.trim_end()), from);
            } else {
                self.push(&statement.text, from);
            }
            for name in statement.names().iter().filter(|_| kept) {
                self.push(&format!("is_kept(&{name});"), Some((statement.line, 0)));
            }
        }
        // All of them still, or evcxr looks for another way to compile the cell, and displays it as Debug does.
        for statement in statements.iter().filter(|_| kept) {
            for name in statement.names() {
                self.push(&format!("is_kept(&{name});"), Some((statement.line, 0)));
            }
        }
    }
}

impl Statement {
    /// Whether it is an expression without a semicolon.
    fn is_displayed(&self) -> bool {
        let code = self.text.trim_end();
        // Without the comment that its last line may close with.
        let code = code.rsplit_once(" // ").map_or(code, |(code, _)| code.trim_end());
        let starts = |word: &str| code.strip_prefix(word).is_some_and(|rest| rest.starts_with([' ', '(']));
        let is_statement = ["for", "while", "fn", "struct", "impl", "loop"].into_iter().any(starts);
        !(code.ends_with(';') || code.starts_with("//") || is_statement)
    }

    /// The names that it binds.
    fn names(&self) -> Vec<&str> {
        let Some(pattern) = self.text.strip_prefix("let ") else {
            return Vec::new();
        };
        let pattern = pattern.split([':', '=']).next().unwrap_or_default();
        let words = pattern.split(|c: char| !c.is_alphanumeric() && c != '_');
        words.filter(|word| !word.is_empty() && *word != "mut").collect()
    }
}

/// The statements of a cell whose first line is line `first` of the lesson.
fn statements(code: &str, first: usize) -> Vec<Statement> {
    let mut statements: Vec<Statement> = Vec::new();
    for (nth, line) in code.lines().enumerate() {
        let goes_on = line.is_empty() || line.starts_with([' ', '}', ')', ']', '.']);
        match statements.last_mut() {
            Some(last) if goes_on => last.text += line,
            _ if goes_on => continue,
            _ => statements.push(Statement { text: line.to_owned(), line: first + nth }),
        }
        if let Some(last) = statements.last_mut() {
            last.text.push('\n');
        }
    }
    statements
}

fn refuse_closures(statements: &[Statement], file: &str) -> Result<(), String> {
    for statement in statements {
        let is_closure = statement.text.split_once('=').is_some_and(|(_, value)| {
            let value = value.trim_start();
            value.starts_with('|') || value.starts_with("move |")
        });
        if let ([name, ..], true) = (statement.names().as_slice(), is_closure) {
            let line = statement.line;
            return Err(format!("{file}:{line}: `{name}` is a closure, which no cell keeps; write a `fn`"));
        }
    }
    Ok(())
}

fn cell_of(block: &Block) -> Option<&Cell> {
    match block {
        Block::Cell(cell) => Some(cell),
        _ => None,
    }
}

/// The code that mends a fault or solves a task, and where its block starts.
fn solution_of(block: &Block) -> Option<(&str, usize)> {
    match block {
        Block::Fault(fault) => Some((&fault.fix, fault.line)),
        Block::Task(task) => Some((task.code.as_deref()?, task.line)),
        _ => None,
    }
}
