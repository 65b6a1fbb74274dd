//! Lines that say how far a long loop is.

use std::time::{Duration, Instant};

/// How long it is at least from one line to the next.
const PAUSE: Duration = Duration::from_millis(500);

/// The same items, with a line printed now and then: `for update in progress("training", 0..200)` says
/// "training 40 of 200 · 12 s to go". The first item and the last have their line always.
pub fn progress<I>(name: impl Into<String>, items: I) -> impl Iterator<Item = I::Item>
where
    I: IntoIterator<IntoIter: ExactSizeIterator>,
{
    let items = items.into_iter();
    let lines = Lines { name: name.into(), total: items.len(), done: 0, started: Instant::now(), last: None };
    Reporting { items, lines }
}

/// Items whose lines are printed as they are taken.
struct Reporting<I> {
    items: I,
    lines: Lines,
}

impl<I: Iterator> Iterator for Reporting<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        let item = self.items.next();
        // What was taken before is done once the next is asked for.
        if let Some(line) = self.lines.next_line(Instant::now()) {
            println!("{line}");
        }
        item
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.items.size_hint()
    }
}

/// Which lines are printed when. Time comes in, so that a test can bring its own.
struct Lines {
    name: String,
    total: usize,
    /// How often an item has been asked for; the one before is then done.
    done: usize,
    started: Instant,
    last: Option<Instant>,
}

impl Lines {
    fn next_line(&mut self, now: Instant) -> Option<String> {
        let done = self.done;
        self.done += 1;
        let is_due = done <= 1 || done == self.total || self.last.is_none_or(|last| now - last >= PAUSE);
        if done == 0 || done > self.total || !is_due {
            return None;
        }
        self.last = Some(now);
        let Self { name, total, started, .. } = self;
        let seconds = (now - *started).as_secs_f64();
        let left = seconds / done as f64 * (*total - done) as f64;
        Some(match done == *total {
            true => format!("{name} {total} of {total} · took {}", duration(seconds)),
            false => format!("{name} {done} of {total} · {} to go", duration(left)),
        })
    }
}

/// "0.4 s", "12 s", "3 min".
fn duration(seconds: f64) -> String {
    if seconds < 9.95 {
        format!("{seconds:.1} s")
    } else if seconds < 119.5 {
        format!("{seconds:.0} s")
    } else {
        format!("{:.0} min", seconds / 60.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a loop whose passes take `ms` each.
    fn lines(total: usize, ms: u64) -> Vec<String> {
        let started = Instant::now();
        let mut lines = Lines { name: "training".to_owned(), total, done: 0, started, last: None };
        (0..=total as u64 + 1)
            .filter_map(|nth| lines.next_line(started + Duration::from_millis(nth * ms)))
            .collect()
    }

    #[test]
    fn lines_come_at_most_twice_a_second_and_at_both_ends() {
        assert_eq!(
            lines(200, 10),
            [
                "training 1 of 200 · 2.0 s to go",
                "training 51 of 200 · 1.5 s to go",
                "training 101 of 200 · 1.0 s to go",
                "training 151 of 200 · 0.5 s to go",
                "training 200 of 200 · took 2.0 s",
            ]
        );
        assert_eq!(lines(1, 90_000), ["training 1 of 1 · took 90 s"]);
        assert_eq!(lines(2, 400_000), ["training 1 of 2 · 7 min to go", "training 2 of 2 · took 13 min"]);
        assert!(lines(0, 1).is_empty());
    }

    #[test]
    fn every_item_comes_in_its_order() {
        assert_eq!(progress("counting", 3..6).collect::<Vec<_>>(), [3, 4, 5]);
    }
}
