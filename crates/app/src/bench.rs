//! How fast the window answers, measured without opening one.
//!
//! A *pass* is everything that happens in this process between input and triangles: reports from the worker, the whole
//! screen laid out, tessellation. What follows is not measured, since it needs a screen: the graphics driver drawing the
//! triangles, and the wait for the screen's next refresh.
//!
//! The window is driven from the outside, as a learner and a screen reader drive it: controls are found by role and label,
//! and then clicked, dragged and typed at. Where accessibility is asked, the pass is not timed.

use std::hint::black_box;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::sleep;
use std::time::{Duration, Instant};

use eframe::App as _;
use egui::accesskit::{Action, ActionRequest, Node, NodeId, TreeId};
use egui::{
    Context, Event, FullOutput, Key, Modifiers, PointerButton, Pos2, RawInput, Rect, Role, TextureId, pos2,
    vec2,
};

use crate::strings::Strings;
use crate::surroundings::Surroundings;
use crate::{AppError, AppOptions, NoisebookApp};

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct BenchOptions {
    /// Passes that are timed while a network samples.
    pub num_passes: usize,
    /// Places on the timeline that are dragged to.
    pub num_scrubs: usize,
    /// How long pages are then turned and timelines dragged, to see whether memory grows.
    pub wandering: Duration,
}

impl Default for BenchOptions {
    fn default() -> Self {
        Self { num_passes: 600, num_scrubs: 200, wandering: Duration::from_secs(5) }
    }
}

/// What was measured; milliseconds, and megabytes where the system tells.
#[derive(Clone, Debug)]
pub struct BenchReport {
    /// From before the window is made, with the program already running, until its first pass is triangles.
    pub first_frame_ms: f64,
    /// Each pass on a page of lesson 7 while the worker samples, at 60 passes a second.
    pub pass_ms: Vec<f64>,
    /// Each pass on the page of lesson 6 where digits are learned, while the worker trains on every core.
    pub training_ms: Vec<f64>,
    /// Each pass on the page of lesson 1 with two games side by side, while the worker plays both.
    pub game_ms: Vec<f64>,
    /// Each drag of the knob on the first timeline of lesson 4: from the pointer's move until the pass with the pictures of
    /// the new moment is triangles. The worker computes the moment meanwhile.
    pub scrub_ms: Vec<f64>,
    /// Each drag of a point of the drawn schedule in lesson 5: from the pointer's move until the pass with the pictures that
    /// the changed schedule noises is triangles.
    pub schedule_ms: Vec<f64>,
    /// The most memory in use while every page of both lessons is read for the first time.
    pub memory_mb_start: Option<f64>,
    /// The most memory in use while they are read for the last time; where the time ended before the first time, so far.
    pub memory_mb_end: Option<f64>,
}

impl BenchReport {
    /// The milliseconds that `share` of the measurements stay within: 0.5 is the median.
    pub fn percentile(measured: &[f64], share: f64) -> Option<f64> {
        let mut sorted = measured.to_vec();
        sorted.sort_by(f64::total_cmp);
        let rank = (share * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.saturating_sub(1)).copied()
    }
}

/// How cards of lessons on the map begin.
const SCRUBBED: &str = "4 ·";
const SAMPLED: &str = "7 ·";
const SCHEDULED: &str = "5 ·";
/// The page of this one with a schedule to draw, the point that is dragged, and how far down and up, in points.
const DRAWN: usize = 2;
const POINT: usize = 3;
const DRAG: f32 = 30.0;
const TRAINED: &str = "6 ·";
/// The page of the last one on which digits are learned.
const DIGITS: usize = 4;
const PLAYED: &str = "1 ·";
/// The page of this one with two games.
const TWO_GAMES: usize = 8;
/// The size of the window, in points.
const SIZE: egui::Vec2 = vec2(1280.0, 800.0);
/// The time from a pass to the next, as on most screens.
const TICK: Duration = Duration::from_micros(16_667);
/// Timed passes from one look at whether the network still samples to the next.
const STRETCH: usize = 30;
/// Passes on each page while wandering.
const STAY: usize = 20;
/// What takes longer than this does not come.
const PATIENCE: Duration = Duration::from_secs(60);

/// Measures the window with the lessons, models and device of `options`. Its profile folder should be one that may be
/// written to and forgotten.
///
/// # Errors
/// When the window cannot be made, or does not have the lessons, the timeline or the pictures that are measured.
pub fn bench(options: AppOptions, how: &BenchOptions) -> Result<BenchReport, AppError> {
    let beginning = Instant::now();
    let mut driver = Driver::new(options, beginning)?;
    driver.pass();
    let first_frame_ms = milliseconds(beginning);

    driver.open(SCRUBBED)?;
    let scrub_ms = driver.scrub(how.num_scrubs)?;
    driver.go_to_map()?;
    driver.open(SCHEDULED)?;
    let schedule_ms = driver.shape(how.num_scrubs)?;
    driver.go_to_map()?;
    driver.open(SAMPLED)?;
    let pass_ms = driver.sample(how.num_passes)?;
    driver.go_to_map()?;
    driver.open(TRAINED)?;
    let training_ms = driver.learn(DIGITS, how.num_passes)?;
    driver.go_to_map()?;
    driver.open(PLAYED)?;
    let game_ms = driver.learn(TWO_GAMES, how.num_passes)?;
    driver.go_to_map()?;

    let memory_mb_start = driver.wander(None)?;
    let memory_mb_end = driver.wander(Some(Instant::now() + how.wandering))?;
    Ok(BenchReport {
        first_frame_ms,
        pass_ms,
        training_ms,
        game_ms,
        scrub_ms,
        schedule_ms,
        memory_mb_start,
        memory_mb_end,
    })
}

/// A window without a screen, and somebody who uses it.
struct Driver {
    beginning: Instant,
    ctx: Context,
    app: NoisebookApp,
    frame: eframe::Frame,
    strings: Strings,
    /// What is to happen before the next pass.
    events: Vec<Event>,
    /// When a pass is asked for.
    wakes: Receiver<()>,
    next_tick: Instant,
}

/// What a pass did.
struct Pass {
    ms: f64,
    /// Whether pictures were handed to the graphics card, other than letters.
    has_new_pictures: bool,
    nodes: Vec<(NodeId, Node)>,
}

impl Driver {
    fn new(options: AppOptions, beginning: Instant) -> Result<Self, AppError> {
        let ctx = Context::default();
        let (wake, wakes) = sync_channel(1);
        ctx.set_request_repaint_callback(move |_| {
            // One that waits already is enough.
            let _ = wake.try_send(());
        });
        let surroundings = Surroundings::system(options.kernel.clone());
        let app = NoisebookApp::new(&ctx, options, surroundings)?;
        Ok(Self {
            beginning,
            ctx,
            app,
            frame: eframe::Frame::_new_kittest(),
            strings: Strings::of("en"),
            events: Vec::new(),
            wakes,
            next_tick: beginning,
        })
    }

    /// One pass, now.
    fn pass(&mut self) -> Pass {
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, SIZE)),
            time: Some(self.beginning.elapsed().as_secs_f64()),
            events: std::mem::take(&mut self.events),
            ..RawInput::default()
        };
        let Self { ctx, app, frame, .. } = self;
        let started = Instant::now();
        let output = ctx.run_ui(input, |ui| {
            let ctx = ui.ctx().clone();
            app.logic(&ctx, frame);
            app.ui(ui, frame);
        });
        let FullOutput { platform_output, mut textures_delta, shapes, pixels_per_point, .. } = output;
        black_box(ctx.tessellate(shapes, pixels_per_point));
        let ms = milliseconds(started);

        let letters = TextureId::default();
        let has_new_pictures = textures_delta.set.keys().any(|id| *id != letters);
        textures_delta.clear();
        let nodes = platform_output.accesskit_update.map(|update| update.nodes).unwrap_or_default();
        Pass { ms, has_new_pictures, nodes }
    }

    /// One pass when the screen would next be drawn.
    fn tick(&mut self) -> Pass {
        sleep(self.next_tick.saturating_duration_since(Instant::now()));
        self.next_tick = Instant::now() + TICK;
        self.pass()
    }

    /// One pass as soon as something asks for it.
    fn pass_when_asked(&mut self) -> Pass {
        let _ = self.wakes.recv_timeout(TICK);
        self.pass()
    }

    /// Everything on the screen that has a role, as a screen reader is told.
    fn look(&mut self) -> Vec<(NodeId, Node)> {
        self.ctx.enable_accesskit();
        let nodes = self.pass().nodes;
        self.ctx.disable_accesskit();
        nodes
    }

    /// The control of this role whose label starts so, if there is one.
    fn find(&mut self, role: Role, label: &str) -> Option<(NodeId, Node)> {
        let is_it =
            |node: &Node| node.role() == role && node.label().is_some_and(|name| name.starts_with(label));
        self.look().into_iter().find(|(_, node)| is_it(node))
    }

    /// Passes until there is such a control.
    fn wait_for(&mut self, role: Role, label: &str) -> Result<(NodeId, Node), AppError> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(found) = self.find(role, label) {
                return Ok(found);
            }
            self.tick();
        }
        Err(AppError(format!("the window cannot be measured: it shows no {role:?} called {label}")))
    }

    fn click(&mut self, id: NodeId) {
        self.events.push(Event::AccessKitActionRequest(ActionRequest {
            action: Action::Click,
            target_tree: TreeId::ROOT,
            target_node: id,
            data: None,
        }));
        // The node must exist in the pass that hears of it.
        self.look();
        self.tick();
    }

    fn press(&mut self, key: Key) {
        for pressed in [true, false] {
            self.events.push(Event::Key {
                key,
                physical_key: None,
                pressed,
                repeat: false,
                modifiers: Modifiers::NONE,
            });
        }
        self.tick();
    }

    fn pointer(&mut self, pos: Pos2, pressed: Option<bool>) {
        self.events.push(Event::PointerMoved(pos));
        if let Some(pressed) = pressed {
            self.events.push(Event::PointerButton {
                pos,
                button: PointerButton::Primary,
                pressed,
                modifiers: Modifiers::NONE,
            });
        }
    }

    /// Opens a lesson from the map.
    fn open(&mut self, card: &str) -> Result<(), AppError> {
        let (id, _) = self.wait_for(Role::Button, card)?;
        self.click(id);
        self.tick();
        Ok(())
    }

    fn is_on_map(&mut self) -> bool {
        self.find(Role::Button, SCRUBBED).is_some()
    }

    fn go_to_map(&mut self) -> Result<(), AppError> {
        self.press(Key::Escape);
        if !self.is_on_map() {
            let label = self.strings.get("to-map");
            let (id, _) = self.wait_for(Role::Button, &label)?;
            self.click(id);
        }
        Ok(())
    }

    /// Where the timeline is on the screen, and its last position.
    fn timeline(&mut self) -> Option<(Rect, f64)> {
        let label = self.strings.get("timeline-name");
        let (_, node) = self.find(Role::Slider, &label)?;
        let bounds = node.bounds()?;
        let [left, top, right, bottom] = [bounds.x0, bounds.y0, bounds.x1, bounds.y1].map(|x| x as f32);
        let rect = Rect::from_min_max(pos2(left, top), pos2(right, bottom));
        Some((rect, node.max_numeric_value().unwrap_or_default()))
    }

    /// Turns pages until one has a timeline.
    fn find_timeline(&mut self) -> Result<Rect, AppError> {
        let label = self.strings.get("timeline-name");
        for _ in 0..100 {
            for _ in 0..STAY {
                if let Some((track, last)) = self.timeline()
                    && last > 0.0
                {
                    return Ok(track);
                }
                self.tick();
            }
            self.press(Key::PageDown);
        }
        Err(AppError(format!("the window cannot be measured: no page has a {label}")))
    }

    /// Drags the knob to places all over the timeline, the next as soon as the last is shown.
    fn scrub(&mut self, num: usize) -> Result<Vec<f64>, AppError> {
        let track = self.find_timeline()?;
        self.drag(num, |nth| place(track, nth))
    }

    /// Drags a point of the drawn schedule down and up again.
    fn shape(&mut self, num: usize) -> Result<Vec<f64>, AppError> {
        self.turn_to(DRAWN)?;
        let name = self.strings.with("point-name", [("number", POINT.into()), ("side", "B".into())]);
        let (_, node) = self.wait_for(Role::Slider, &name)?;
        let bounds = node.bounds().ok_or_else(|| AppError(format!("{name} has no place")))?;
        let at = pos2((bounds.x0 + bounds.x1) as f32, (bounds.y0 + bounds.y1) as f32) * 0.5;
        self.drag(num, |nth| at + vec2(0.0, DRAG * (nth % 2) as f32))
    }

    /// Presses at the first place and drags to `num` others, to the next as soon as there are new pictures.
    fn drag(&mut self, num: usize, place: impl Fn(usize) -> Pos2) -> Result<Vec<f64>, AppError> {
        // Until everything is computed and the film strip has its pictures.
        let mut last_news = Instant::now();
        while last_news.elapsed() < Duration::from_millis(500) {
            if self.tick().has_new_pictures {
                last_news = Instant::now();
            }
        }
        self.pointer(place(0), Some(true));
        self.pass();
        let mut times = Vec::new();
        for nth in 1..=num {
            let started = Instant::now();
            self.pointer(place(nth), None);
            let mut pass = self.pass();
            while !pass.has_new_pictures {
                if started.elapsed() > PATIENCE {
                    return Err(AppError("the stage does not follow what is dragged".to_owned()));
                }
                pass = self.pass_when_asked();
            }
            times.push(milliseconds(started));
        }
        self.pointer(place(num), Some(false));
        self.pass();
        Ok(times)
    }

    /// Passes on the page with the longest sampling, while the worker is at it.
    fn sample(&mut self, num: usize) -> Result<Vec<f64>, AppError> {
        self.find_longest_timeline()?;
        let mut times = Vec::new();
        let deadline = Instant::now() + PATIENCE + TICK * 2 * num as u32;
        while times.len() < num {
            if Instant::now() > deadline {
                return Err(AppError(
                    "the window cannot be measured: no network samples long enough".to_owned(),
                ));
            }
            if !self.is_sampling() {
                self.start_sampling()?;
            }
            let stretch: Vec<f64> = (0..STRETCH.min(num - times.len())).map(|_| self.tick().ms).collect();
            // One that ended on the way does not count.
            if self.is_sampling() {
                times.extend(stretch);
            }
        }
        Ok(times)
    }

    /// Passes on a page where something is learned, while it is.
    fn learn(&mut self, page: usize, num: usize) -> Result<Vec<f64>, AppError> {
        self.turn_to(page)?;
        let (play, pause) = (self.strings.get("play"), self.strings.get("pause"));
        let (id, _) = self.wait_for(Role::Button, &play)?;
        self.click(id);
        self.wait_for(Role::Button, &pause)?;
        let mut times = Vec::new();
        while times.len() < num && self.find(Role::Button, &pause).is_some() {
            times.extend((0..STRETCH.min(num - times.len())).map(|_| self.tick().ms));
        }
        Ok(times)
    }

    fn turn_to(&mut self, page: usize) -> Result<(), AppError> {
        let name = self.strings.with("go-to-page", [("page", page.into()), ("title", "".into())]);
        let (id, _) = self.wait_for(Role::Tab, name.trim_end())?;
        self.click(id);
        Ok(())
    }

    fn find_longest_timeline(&mut self) -> Result<(), AppError> {
        let mut longest = (0.0, 0);
        let mut num_pages = 0;
        while !self.is_on_map() {
            // Some pages have no timeline at all, and none has an end until the worker has begun with it.
            let mut last = 0.0;
            let begun = Instant::now();
            for nth in 0_usize.. {
                self.tick();
                let timeline = self.timeline();
                last = timeline.map_or(0.0, |(_, last)| last);
                let is_without = timeline.is_none() && nth > STAY;
                if last > 0.0 || is_without || begun.elapsed() > PATIENCE {
                    break;
                }
            }
            if last > longest.0 {
                longest = (last, num_pages);
            }
            num_pages += 1;
            self.press(Key::PageDown);
        }
        self.open(SAMPLED)?;
        // A lesson opens where it was left.
        for _ in 0..num_pages.max(1) - 1 {
            self.press(Key::PageUp);
            if self.is_on_map() {
                self.open(SAMPLED)?;
                break;
            }
        }
        for _ in 0..longest.1 {
            self.press(Key::PageDown);
        }
        Ok(())
    }

    /// Whether moments are being computed, which the window says by a way to stop it.
    fn is_sampling(&mut self) -> bool {
        let label = self.strings.get("cancel");
        self.find(Role::Button, &label).is_some()
    }

    /// Begins anew. Where a key comes while the worker is still at the run before, it is pressed again.
    fn start_sampling(&mut self) -> Result<(), AppError> {
        let new_seed = self.strings.get("new-seed");
        let (id, _) = self.wait_for(Role::Button, &new_seed)?;
        self.click(id);
        for _ in 0..STAY {
            self.press(Key::Space);
            for _ in 0..STAY {
                if self.is_sampling() {
                    return Ok(());
                }
                self.tick();
            }
        }
        Err(AppError("the window cannot be measured: nothing samples when it is asked to play".to_owned()))
    }

    /// Reads both lessons from the first page to the last, once or over and over until `end`; what can be played is played
    /// and what can be dragged is dragged. Returns the most memory that was in use in the last reading that came to its end,
    /// or in the first if none did: at any one moment memory says more about the page than about what is never given back.
    fn wander(&mut self, end: Option<Instant>) -> Result<Option<f64>, AppError> {
        let is_over = || end.is_some_and(|end| Instant::now() > end);
        let mut last_reading = None;
        loop {
            let mut this_reading: Option<f64> = None;
            for card in [SCRUBBED, SAMPLED] {
                if !self.is_on_map() {
                    self.go_to_map()?;
                }
                self.open(card)?;
                while !self.is_on_map() {
                    self.stay();
                    this_reading = this_reading.into_iter().chain(memory_mb()).reduce(f64::max);
                    if is_over() {
                        return Ok(last_reading.or(this_reading));
                    }
                    self.press(Key::PageDown);
                }
            }
            last_reading = this_reading;
            if end.is_none() {
                return Ok(last_reading);
            }
        }
    }

    /// Some time on a page.
    fn stay(&mut self) {
        self.press(Key::Space);
        for _ in 0..STAY {
            self.tick();
        }
        if let Some((track, _)) = self.timeline() {
            self.pointer(place(track, 0), Some(true));
            for nth in 1..=STAY {
                self.tick();
                self.pointer(place(track, nth), None);
            }
            self.tick();
            self.pointer(place(track, STAY), Some(false));
            self.tick();
        }
    }
}

/// The `nth` of places that are all over the timeline and never near the one before: multiples of the golden ratio.
fn place(track: Rect, nth: usize) -> Pos2 {
    let along = (nth as f64 * 0.618_033_988_749_895).fract() as f32;
    pos2(track.left() + (0.02 + 0.96 * along) * track.width(), track.center().y)
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// The memory that this process has now, in megabytes, where the system tells.
fn memory_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_measurements() {
        let measured = [5.0, 1.0, 4.0, 2.0, 3.0];
        assert_eq!(BenchReport::percentile(&measured, 0.5), Some(3.0));
        assert_eq!(BenchReport::percentile(&measured, 0.99), Some(5.0));
        assert_eq!(BenchReport::percentile(&measured, 0.2), Some(1.0));
        assert_eq!(BenchReport::percentile(&[], 0.5), None);
    }

    #[test]
    fn places_lie_on_the_track_and_far_from_the_one_before() {
        let track = Rect::from_min_size(pos2(100.0, 50.0), vec2(600.0, 30.0));
        for nth in 0..300 {
            let here = place(track, nth);
            assert!(track.contains(here));
            assert!((here.x - place(track, nth + 1).x).abs() > 100.0);
        }
    }
}
