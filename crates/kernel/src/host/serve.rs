//! The window's kernel: requests on standard input, events on standard output.
//!
//! Three kinds of threads: one reads requests, so that an interrupt is heard while a cell runs; one compiles and runs
//! cells, the only one that knows evcxr; two carry what the cells print. Whoever has something to say takes the lock on
//! standard output and writes one whole line.

use crate::commands::without_commands;
use crate::diagnose::diagnostics;
use crate::printed::Printed;
use crate::processes::kill_descendants;
use crate::session::{Session, dependency, pin};
use evcxr::{CommandContext, Error, EvalContextOutputs};
use noisebook_kernel::protocol::{Candidate, Event, Outcome, Request, WINDOW_VARIABLE};
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::process::Child;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// How long an interrupt waits before it looks again for what it can end.
const ONE_MORE_LOOK: Duration = Duration::from_millis(50);

/// Serves until the window is gone.
pub fn run(session: &Session) -> io::Result<()> {
    set_window_variable();
    let failed = |error: Error| io::Error::other(error.to_string());
    let (mut context, EvalContextOutputs { stdout, stderr }) = CommandContext::new().map_err(failed)?;
    let shared = Arc::new(Shared {
        child: context.process_handle(),
        printed: Mutex::default(),
        generation: AtomicU64::default(),
    });
    for (lines, is_stderr) in [(stdout, false), (stderr, true)] {
        let shared = Arc::clone(&shared);
        std::thread::spawn(move || {
            while let Ok(line) = lines.recv() {
                shared.print(&line, is_stderr, lines.is_empty());
            }
        });
    }
    begin(&mut context, session).map_err(failed)?;
    emit(&Event::Ready);

    let (sender, requests) = channel();
    let (listener, folder) = (Arc::clone(&shared), session.path().to_owned());
    std::thread::spawn(move || {
        listen(&listener, &sender, &folder);
        // The window is gone. A cell may loop forever, so nobody waits for it.
        kill_descendants(locked(&listener.child).id());
        listener.kill_child();
        let _ = std::fs::remove_dir_all(folder);
        std::process::exit(0);
    });
    shared.work(&mut context, &requests, session);
    Ok(())
}

#[expect(unsafe_code, reason = "the child that runs cells takes over the environment of this process")]
fn set_window_variable() {
    // SAFETY: no other thread runs yet.
    unsafe { std::env::set_var(WINDOW_VARIABLE, "1") };
}

/// What every session starts with.
fn begin(context: &mut CommandContext, session: &Session) -> Result<(), Error> {
    // The window sees a panic, so evcxr may catch it and keep the variables.
    context.execute(":offline 1\n:preserve_vars_on_panic 1")?;
    context.execute(&pin(session.path()))?;
    let dependency = dependency().map_err(|error| Error::Message(error.to_string()))?;
    context.execute(&format!("{dependency}\nuse noisebook::prelude::*;"))?;
    Ok(())
}

/// Writes one event, whole.
fn emit(event: &Event) {
    if let Ok(line) = serde_json::to_string(event) {
        let mut stdout = io::stdout().lock();
        // Where nobody reads any more, the listener ends the process.
        let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
    }
}

/// What the threads have in common.
struct Shared {
    /// The process that holds the variables.
    child: Arc<Mutex<Child>>,
    /// What the cell that runs has printed.
    printed: Mutex<Printed>,
    /// Counts interrupts: a request from before the last one is not carried out any more.
    generation: AtomicU64,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Hears requests until the window is gone, and hands on those that wait for their turn.
fn listen(shared: &Arc<Shared>, requests: &Sender<(u64, Request)>, session: &Path) {
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        let Ok(request) = serde_json::from_str(&line) else { continue };
        if matches!(request, Request::Interrupt | Request::Restart) {
            shared.generation.fetch_add(1, Ordering::SeqCst);
            let under_way = locked(&shared.printed).under_way();
            if let Some((id, started)) = under_way {
                let (shared, session) = (Arc::clone(shared), session.to_owned());
                std::thread::spawn(move || shared.stop(id, started, &session));
            }
        }
        if requests.send((shared.generation.load(Ordering::SeqCst), request)).is_err() {
            return;
        }
    }
}

/// Whether a cell was compiled since then: evcxr puts it beside the compiler's results, as `libcode_7.so`, and runs it.
fn is_compiled(session: &Path, since: SystemTime) -> bool {
    let Ok(targets) = std::fs::read_dir(session.join("target")) else { return false };
    let mut files = targets
        .flatten()
        .flat_map(|target| std::fs::read_dir(target.path().join("debug")))
        .flatten()
        .flatten();
    files.any(|file| {
        let written = file.metadata().and_then(|found| found.modified());
        file.file_name().to_string_lossy().contains("code_") && written.is_ok_and(|written| written > since)
    })
}

impl Shared {
    /// A line of the cell that runs; `is_last` where no other waits behind it.
    fn print(&self, line: &str, is_stderr: bool, is_last: bool) {
        let mut printed = locked(&self.printed);
        printed.push(line, is_stderr);
        if is_last || printed.is_much() {
            for event in printed.take() {
                emit(&event);
            }
        }
    }

    /// Ends what a cell is doing: the compiler where it is being compiled, or else its process.
    /// Before the compiler there is a moment in which evcxr looks at the cell and nothing can be ended, so this goes on
    /// until the cell is over.
    fn stop(&self, id: u64, started: SystemTime, session: &Path) {
        let child = locked(&self.child).id();
        while locked(&self.printed).cell() == Some(id) {
            if kill_descendants(child) == 0 && is_compiled(session, started) {
                return self.kill_child();
            }
            std::thread::sleep(ONE_MORE_LOOK);
        }
    }

    fn kill_child(&self) {
        // It may have ended by itself.
        let _ = locked(&self.child).kill();
    }

    /// Carries out requests, one after the other.
    fn work(&self, context: &mut CommandContext, requests: &Receiver<(u64, Request)>, session: &Session) {
        for (generation, request) in requests {
            match request {
                Request::Run { id, code } => {
                    let start = Instant::now();
                    let outcome = if generation == self.generation.load(Ordering::SeqCst) {
                        self.run_cell(context, id, &code, generation)
                    } else {
                        Outcome::Skipped
                    };
                    if !matches!(outcome, Outcome::Done { .. } | Outcome::Skipped) {
                        // Whoever waits behind a cell that failed relies on it, as in Jupyter.
                        self.generation.fetch_add(1, Ordering::SeqCst);
                    }
                    emit(&Event::Finished { id, outcome, seconds: start.elapsed().as_secs_f64() });
                }
                Request::Complete { id, code, position } => emit(&completions(context, id, &code, position)),
                Request::Interrupt => {}
                Request::Restart => {
                    let begun = context.execute(":clear").and_then(|_| begin(context, session));
                    match begun {
                        Ok(()) => emit(&Event::Ready),
                        // The window sees the process end and what it said last.
                        Err(error) => return eprintln!("{error}"),
                    }
                }
            }
        }
    }

    fn run_cell(&self, context: &mut CommandContext, id: u64, code: &str, generation: u64) -> Outcome {
        let code = match without_commands(code) {
            Ok(code) => code,
            Err(diagnostic) => return Outcome::Refused { diagnostics: vec![diagnostic] },
        };
        locked(&self.printed).begin(id);
        emit(&Event::Started { id });
        let result = context.execute(&code);
        // The last lines of the error stream may still be under way.
        std::thread::sleep(Printed::LAST_LINES);
        let (events, printed) = locked(&self.printed).end();
        events.iter().for_each(emit);
        let is_interrupted = generation != self.generation.load(Ordering::SeqCst);
        match result {
            Ok(outputs) => match printed.panic {
                Some(message) => Outcome::Panicked { message },
                None if printed.is_error && outputs.is_empty() && code.contains('?') => Outcome::Failed,
                None => Outcome::Done { display: outputs.content_by_mime_type.into_iter().collect() },
            },
            Err(Error::SubprocessTerminated(_)) if is_interrupted => {
                Outcome::Interrupted { variables_lost: true }
            }
            Err(_) if is_interrupted => Outcome::Interrupted { variables_lost: false },
            Err(Error::CompilationErrors(errors)) => {
                Outcome::Refused { diagnostics: diagnostics(&code, &errors) }
            }
            Err(Error::SubprocessTerminated(message)) => match printed.panic {
                Some(message) => Outcome::Panicked { message },
                None => Outcome::Died { message },
            },
            Err(error) => {
                Outcome::Refused { diagnostics: vec![crate::diagnose::without_place(error.to_string())] }
            }
        }
    }
}

fn completions(context: &mut CommandContext, id: u64, code: &str, position: usize) -> Event {
    let found = if code.is_char_boundary(position) { context.completions(code, position).ok() } else { None };
    let (start, end) =
        found.as_ref().map_or((position, position), |found| (found.start_offset, found.end_offset));
    let candidates = found.into_iter().flat_map(|found| found.completions).map(|candidate| Candidate {
        code: candidate.code,
        label: candidate.label,
        kind: candidate.kind.to_owned(),
    });
    Event::Completions { id, start, end, candidates: candidates.collect() }
}
