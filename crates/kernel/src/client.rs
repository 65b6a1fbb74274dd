//! A host under way, as the window sees it.

use crate::protocol::{Event, Request};
use std::sync::mpsc::{Receiver, SyncSender, TryIter};

/// A host under way. Requests go out and events come in; neither waits.
///
/// Dropping it ends the host.
#[derive(Debug)]
pub struct Kernel {
    requests: SyncSender<Request>,
    events: Receiver<Event>,
}

impl Kernel {
    /// One at whose other end somebody else answers, as a test does.
    pub fn connect(requests: SyncSender<Request>, events: Receiver<Event>) -> Self {
        Self { requests, events }
    }

    /// Asks for something. Says no where the host is gone: a [`Event::Gone`] then says why.
    pub fn send(&self, request: Request) -> bool {
        self.requests.try_send(request).is_ok()
    }

    /// What has happened since the last call.
    pub fn events(&self) -> TryIter<'_, Event> {
        self.events.try_iter()
    }
}
