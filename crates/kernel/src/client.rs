//! A host under way, as the window sees it.

use crate::protocol::{Event, Reason, Request, Step};
use crate::setup::{self, Locations, Progress, SetUpError, UnderWay};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, TryIter, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Requests that may wait at once.
const MOST_REQUESTS: usize = 1024;
/// Events that may wait at once. Then whoever prints waits, so that memory does not grow.
const MOST_EVENTS: usize = 256;

/// A host under way. Requests go out and events come in; neither waits.
///
/// Dropping it ends the host.
#[derive(Debug)]
pub struct Kernel {
    requests: SyncSender<Request>,
    events: Receiver<Event>,
}

impl Kernel {
    /// Makes ready what is missing, starts the host, and returns at once; [`Event::Starting`], [`Event::Ready`] and
    /// [`Event::Gone`] say how it goes. `wake` is called for every event, from another thread.
    pub fn start(locations: Locations, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let (requests, to_send) = sync_channel(MOST_REQUESTS);
        let (sender, events) = sync_channel(MOST_EVENTS);
        let tell = Arc::new(Tell { events: sender, wake: Box::new(wake) });
        let outbox = Arc::<Outbox>::default();
        let under_way = Arc::<UnderWay>::default();
        let (mailbag, stoppable) = (Arc::clone(&outbox), Arc::clone(&under_way));
        thread::spawn(move || {
            for request in to_send {
                mailbag.post(request, &stoppable);
            }
            // The kernel was dropped. The host ends with its input, and ends what it has started.
            stoppable.stop();
            *mailbag.locked() = Mail::Closed;
        });
        thread::spawn(move || {
            let reason = serve(&locations, &under_way, &outbox, &tell);
            tell.event(Event::Gone { reason });
        });
        Self { requests, events }
    }

    /// One at whose other end somebody else answers, as a test does.
    pub fn connect(requests: SyncSender<Request>, events: Receiver<Event>) -> Self {
        Self { requests, events }
    }

    /// Asks for something. Says no where the host is gone: an [`Event::Gone`] then says why.
    pub fn send(&self, request: Request) -> bool {
        self.requests.try_send(request).is_ok()
    }

    /// What has happened since the last call.
    pub fn events(&self) -> TryIter<'_, Event> {
        self.events.try_iter()
    }
}

/// Whoever hears of what happens.
struct Tell {
    events: SyncSender<Event>,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl Tell {
    /// Says no where nobody hears any more.
    fn event(&self, event: Event) -> bool {
        let is_heard = self.events.send(event).is_ok();
        (self.wake)();
        is_heard
    }
}

/// Requests on their way to the host.
#[derive(Default)]
struct Outbox(Mutex<Mail>);

/// Where they go.
enum Mail {
    /// The host is not ready.
    Waiting(Vec<Request>),
    /// To the host.
    Open(ChildStdin),
    /// Nobody sends, or nobody reads any more.
    Closed,
}

impl Default for Mail {
    fn default() -> Self {
        Self::Waiting(Vec::new())
    }
}

impl Outbox {
    fn locked(&self) -> MutexGuard<'_, Mail> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn post(&self, request: Request, under_way: &UnderWay) {
        match &mut *self.locked() {
            Mail::Waiting(_) if request == Request::Interrupt => under_way.stop(),
            Mail::Waiting(requests) => requests.push(request),
            Mail::Open(stdin) => write(stdin, &request),
            Mail::Closed => {}
        }
    }

    /// The host reads from here on, first what has waited.
    fn open(&self, mut stdin: ChildStdin) {
        let mut mail = self.locked();
        if let Mail::Waiting(requests) = &*mail {
            for request in requests {
                write(&mut stdin, request);
            }
            *mail = Mail::Open(stdin);
        }
    }
}

/// Writes one request, whole. Where the host has ended, the end of its output says so.
fn write(stdin: &mut ChildStdin, request: &Request) {
    if let Ok(line) = serde_json::to_string(request) {
        let _ = writeln!(stdin, "{line}").and_then(|()| stdin.flush());
    }
}

/// Starts the host and hands on its events until it ends; returns why it did.
fn serve(locations: &Locations, under_way: &Arc<UnderWay>, outbox: &Outbox, tell: &Arc<Tell>) -> Reason {
    let mut report = |step, detail: &str| {
        tell.event(Event::Starting { step, detail: detail.to_owned() });
    };
    let mut progress = Progress { report: &mut report, under_way: Arc::clone(under_way) };
    let ready = match setup::prepare(locations, &mut progress) {
        Ok(ready) => ready,
        Err(SetUpError::NoToolchain) => return Reason::NoToolchain,
        Err(SetUpError::NoSources { .. }) => return Reason::NoSources,
        Err(SetUpError::Stopped) => return Reason::Stopped,
        Err(error) => return Reason::SetUp(error.to_string()),
    };
    tell.event(Event::Starting { step: Step::StartingSession, detail: String::new() });
    let mut command = setup::host_command(&ready.host, locations, &ready.toolchain);
    command.arg("serve").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(why) => return Reason::SetUp(format!("{} could not be started: {why}", ready.host.display())),
    };
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let last_words = thread::spawn(move || stderr.map(last_lines).unwrap_or_default());
    if let Some(stdin) = stdin {
        outbox.open(stdin);
    }
    for line in stdout.into_iter().flat_map(|stdout| BufReader::new(stdout).lines()).map_while(Result::ok) {
        // What is no event was printed by somebody else, and is lost.
        let Ok(event) = serde_json::from_str(&line) else { continue };
        if !tell.event(event) {
            break;
        }
    }
    *outbox.locked() = Mail::Closed;
    let status = child.wait().map_or_else(|why| why.to_string(), |status| status.to_string());
    let last_words = last_words.join().unwrap_or_default();
    Reason::Ended(format!("{status}\n{last_words}").trim().to_owned())
}

/// The last lines that a process says.
fn last_lines(stderr: impl Read) -> String {
    const MOST: usize = 8;
    let mut lines = std::collections::VecDeque::new();
    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
        lines.push_back(line);
        if lines.len() > MOST {
            lines.pop_front();
        }
    }
    lines.into_iter().collect::<Vec<_>>().join("\n")
}
