//! Cells, in a real host: what is shown, printed, refused, what falls over, and what can be stopped.
//!
//! The host and its template are made ready first, which takes minutes where nothing is compiled yet.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use noisebook_kernel::protocol::{Event, Outcome, Reason, Request};
use noisebook_kernel::setup::Device;
use noisebook_kernel::{Kernel, Locations};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// A kernel, and the number of its last cell.
struct Notebook {
    kernel: Kernel,
    last_id: u64,
}

/// How a cell went.
#[derive(Debug)]
struct Ran {
    outcome: Outcome,
    stdout: String,
    stderr: String,
}

/// This checkout, and where its kernel is.
fn locations() -> Locations {
    let home = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    Locations::new(home, Device::Cpu).unwrap()
}

impl Notebook {
    /// The one kernel that most tests share: a session takes seconds to begin.
    fn shared() -> MutexGuard<'static, Self> {
        static SHARED: OnceLock<Mutex<Notebook>> = OnceLock::new();
        let shared = SHARED.get_or_init(|| Mutex::new(Self::open()));
        shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open() -> Self {
        let kernel = Kernel::start(locations(), || {});
        let notebook = Self { kernel, last_id: 0 };
        notebook.wait(Duration::from_secs(1500), |event| match event {
            Event::Ready => Some(()),
            Event::Gone { reason } => panic!("no kernel: {reason:?}"),
            _ => None,
        });
        notebook
    }

    /// Waits for an event that `find` accepts.
    fn wait<T>(&self, limit: Duration, mut find: impl FnMut(Event) -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            for event in self.kernel.events() {
                if let Some(found) = find(event) {
                    return found;
                }
            }
            assert!(start.elapsed() < limit, "nothing came in {limit:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn send(&mut self, code: &str) -> u64 {
        self.last_id += 1;
        assert!(self.kernel.send(Request::Run { id: self.last_id, code: code.to_owned() }));
        self.last_id
    }

    fn run(&mut self, code: &str) -> Ran {
        let id = self.send(code);
        self.finish(id)
    }

    fn finish(&self, wanted: u64) -> Ran {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.wait(Duration::from_secs(120), |event| match event {
            Event::Printed { id, text, to_stderr } if id == wanted => {
                if to_stderr { &mut stderr } else { &mut stdout }.push_str(&text);
                None
            }
            Event::Finished { id, outcome, .. } if id == wanted => {
                let (stdout, stderr) = (std::mem::take(&mut stdout), std::mem::take(&mut stderr));
                Some(Ran { outcome, stdout, stderr })
            }
            Event::Gone { reason } => panic!("the kernel is gone: {reason:?}"),
            _ => None,
        })
    }

    /// The text that a cell displays.
    fn text(&mut self, code: &str) -> String {
        match self.run(code) {
            Ran { outcome: Outcome::Done { display }, .. } => {
                display.get("text/plain").cloned().unwrap_or_default()
            }
            other => panic!("{code} ended with {other:?}"),
        }
    }
}

#[test]
fn a_cell_shows_its_last_expression_and_prints_on_the_way() {
    let mut notebook = Notebook::shared();
    let ran = notebook.run("println!(\"hello\"); eprintln!(\"careful\"); 6 * 7");
    assert!(matches!(&ran.outcome, Outcome::Done { display } if display["text/plain"] == "42"), "{ran:?}");
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("hello\n", "careful\n"));
    notebook.run("let schedule = NoiseSchedule::linear(1000, 1e-4, 0.02)?;");
    assert_eq!(notebook.text("(schedule.at(500)?.signal_rate * 1e3).round()"), "280.0");
}

/// The reason for one dynamic library: a tensor's number comes from a counter, and must not be given twice.
#[test]
fn gradients_flow_from_cell_to_cell_as_within_one() {
    let mut notebook = Notebook::shared();
    let one_cell = notebook.text(
        "{ let w = Var::new(&[[0.5f32, -1.0], [2.0, 0.25]], &Device::Cpu)?;
           let x = Tensor::new(&[[1.0f32, 2.0], [3.0, 4.0]], &Device::Cpu)?;
           let loss = x.matmul(&w)?.tanh()?.sqr()?.mean_all()?;
           let grads = loss.backward()?;
           grads.get(&w).ok_or(\"no gradient\")?.to_vec2::<f32>()? }",
    );
    notebook.run("let w = Var::new(&[[0.5f32, -1.0], [2.0, 0.25]], &Device::Cpu)?;");
    notebook.run("let x = Tensor::new(&[[1.0f32, 2.0], [3.0, 4.0]], &Device::Cpu)?;");
    notebook.run("let loss: Tensor = x.matmul(&w)?.tanh()?.sqr()?.mean_all()?;");
    notebook.run("let grads = loss.backward()?;");
    let cell_by_cell = notebook.text("grads.get(&w).ok_or(\"no gradient\")?.to_vec2::<f32>()?");
    assert!(one_cell.starts_with("[[") && one_cell.len() > 20, "{one_cell}");
    assert_eq!(cell_by_cell, one_cell);
}

#[test]
fn an_error_of_the_compiler_has_a_place_and_costs_no_variable() {
    let mut notebook = Notebook::shared();
    notebook.run("let β = 7;");
    let code = "let ü = β;\nlet y: f64 = \"ä\";\ny";
    let ran = notebook.run(code);
    let Outcome::Refused { diagnostics } = &ran.outcome else { panic!("{ran:?}") };
    assert_eq!(diagnostics[0].code.as_deref(), Some("E0308"), "{diagnostics:?}");
    let place = diagnostics[0].places[0].clone();
    assert_eq!(&code[place.range], "\"ä\"");
    assert_eq!(notebook.text("β"), "7");
}

#[test]
fn an_error_by_the_question_mark_says_itself() {
    let mut notebook = Notebook::shared();
    let ran = notebook.run("let x = \"12a\".parse::<i32>()?;");
    assert_eq!(ran.outcome, Outcome::Failed, "{ran:?}");
    assert!(ran.stderr.contains("invalid digit"), "{ran:?}");
}

#[test]
fn a_panic_says_its_message_and_the_kernel_goes_on() {
    let mut notebook = Notebook::shared();
    let kept = notebook.run("let kept = 3;");
    assert!(matches!(kept.outcome, Outcome::Done { .. }), "{kept:?}");
    let ran = notebook.run("let v = vec![1, 2]; let i = v.len(); v[i]");
    let Outcome::Panicked { message } = &ran.outcome else { panic!("{ran:?}") };
    assert!(message.contains("the len is 2 but the index is 2"), "{message}");
    assert!(!ran.stderr.contains("rust_begin_unwind"), "{}", ran.stderr);
    assert_eq!(notebook.text("kept"), "3");
}

#[test]
fn an_endless_loop_is_interrupted_and_cells_behind_it_do_not_run() {
    let mut notebook = Notebook::shared();
    let endless = notebook.send("println!(\"inside\"); loop { std::hint::black_box(1); }");
    let behind = notebook.send("println!(\"behind\");");
    notebook.wait(Duration::from_secs(60), |event| {
        matches!(event, Event::Printed { id, text, .. } if id == endless && text == "inside\n").then_some(())
    });
    let start = Instant::now();
    assert!(notebook.kernel.send(Request::Interrupt));
    let (mut stopped, mut skipped) = (None, None);
    notebook.wait(Duration::from_secs(30), |event| {
        if let Event::Finished { id, outcome, .. } = event {
            if id == endless {
                stopped = Some(outcome);
            } else if id == behind {
                skipped = Some(outcome);
            }
        }
        (stopped.is_some() && skipped.is_some()).then_some(())
    });
    assert_eq!(stopped, Some(Outcome::Interrupted { variables_lost: true }));
    assert_eq!(skipped, Some(Outcome::Skipped));
    assert!(start.elapsed() < Duration::from_secs(3), "it took {:?}", start.elapsed());
    assert_eq!(notebook.text("1 + 1"), "2");
}

#[test]
fn a_cell_is_interrupted_while_it_is_compiled_and_variables_stay() {
    let mut notebook = Notebook::shared();
    notebook.run("let kept = 5;");
    // A constant that takes the compiler minutes.
    let slow = notebook.send(
        "#[allow(long_running_const_eval)]
         const SLOW: u64 = { let mut i = 0u64; while i < 4_000_000_000 { i += 1; } i };
         println!(\"{SLOW}\");",
    );
    notebook.wait(Duration::from_secs(60), |event| {
        matches!(event, Event::Started { id } if id == slow).then_some(())
    });
    // Whether evcxr still looks at the cell or the compiler is at it already, the interrupt finds something to end.
    std::thread::sleep(Duration::from_millis(500));
    assert!(notebook.kernel.send(Request::Interrupt));
    assert_eq!(notebook.finish(slow).outcome, Outcome::Interrupted { variables_lost: false });
    assert_eq!(notebook.text("kept"), "5");
}

#[test]
fn much_output_is_cut_and_an_exit_is_said() {
    let mut notebook = Notebook::shared();
    let ran = notebook.run("for _ in 0..1_000_000 { println!(\"{}\", \"x\".repeat(99)); }");
    assert!(matches!(ran.outcome, Outcome::Done { .. }), "{:?}", ran.outcome);
    assert!(ran.stdout.len() < 3 << 20, "{} bytes", ran.stdout.len());
    assert!(ran.stdout.contains("MB more were printed and not kept"));
    let ran = notebook.run("std::process::exit(3)");
    assert!(matches!(&ran.outcome, Outcome::Died { message } if message.contains('3')), "{ran:?}");
    assert_eq!(notebook.text("1 + 1"), "2");
}

#[test]
fn completion_knows_the_methods_of_a_variable() {
    let mut notebook = Notebook::shared();
    notebook.run("let schedule = NoiseSchedule::linear(1000, 1e-4, 0.02)?;");
    let code = "let s = schedule.alphas";
    let request = Request::Complete { id: 99, code: code.to_owned(), position: code.len() };
    assert!(notebook.kernel.send(request));
    let candidates = notebook.wait(Duration::from_secs(60), |event| match event {
        Event::Completions { id: 99, start, end, candidates } => {
            assert_eq!(&code[start..end], "alphas");
            Some(candidates)
        }
        _ => None,
    });
    assert!(candidates.iter().any(|found| found.code.starts_with("alphas_cumprod")), "{candidates:?}");
}

#[test]
fn a_restart_forgets_and_a_dropped_kernel_leaves_nothing() {
    let mut notebook = Notebook::open();
    notebook.run("let gone = 1;");
    assert!(notebook.kernel.send(Request::Restart));
    notebook.wait(Duration::from_secs(60), |event| matches!(event, Event::Ready).then_some(()));
    assert!(matches!(notebook.run("gone").outcome, Outcome::Refused { .. }));
    assert_eq!(notebook.text("DType::F32.size_in_bytes()"), "4");

    let pid: u32 = notebook.text("std::os::unix::process::parent_id()").parse().unwrap();
    let folder = locations().dir.join("sessions").join(pid.to_string());
    assert!(folder.exists());
    drop(notebook);
    let start = Instant::now();
    while folder.exists() {
        assert!(start.elapsed() < Duration::from_secs(10), "{} is still there", folder.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn without_sources_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let locations =
        Locations { home: folder.path().to_owned(), dir: folder.path().join("kernel"), device: Device::Cpu };
    let kernel = Kernel::start(locations, || {});
    let start = Instant::now();
    loop {
        if let Some(Event::Gone { reason }) = kernel.events().last() {
            assert_eq!(reason, Reason::NoSources);
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(5));
    }
}
