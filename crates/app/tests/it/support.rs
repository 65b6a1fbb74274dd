//! A window in a harness: its own profile folder, a fixed clock, counted seeds, dialogs that answer by themselves.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use egui::{Role, Vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use egui_kittest::{Harness, HarnessBuilder, Node};
use noisebook_app::{AppOptions, Dialogs, Kernels, NoisebookApp, Renderer, Surroundings};
use noisebook_data::{Store, StoreError};
use noisebook_kernel::protocol::{Event, Request};
use noisebook_kernel::{Kernel, Locations};

/// The checkout as a store.
struct Checkout(PathBuf);

impl Checkout {
    fn error(&self, path: &str, e: &std::io::Error) -> StoreError {
        match e.kind() {
            std::io::ErrorKind::NotFound => {
                StoreError::Missing { path: path.to_owned(), place: self.0.display().to_string() }
            }
            _ => StoreError::Io { path: path.to_owned(), why: e.to_string() },
        }
    }
}

impl Store for Checkout {
    fn read(&self, path: &str) -> Result<Vec<u8>, StoreError> {
        std::fs::read(self.0.join(path)).map_err(|e| self.error(path, &e))
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let entries = std::fs::read_dir(self.0.join(folder)).map_err(|e| self.error(folder, &e))?;
        let mut names: Vec<String> = entries
            .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
            .collect();
        names.sort();
        Ok(names)
    }
}

/// The checkout with one lesson of the test's own instead of the course.
struct OneLesson {
    lesson: Written,
    checkout: Checkout,
}

/// A lesson's text, which a test may change while it is open.
pub type Written = Arc<Mutex<String>>;

const ONE_LESSON: &str = r#"
title = "One lesson"
[[part]]
number = "I"
title = "Part"
[[part.lesson]]
number = 0
id = "tiny"
title = "Tiny"
minutes = 5
summary = "One lesson for a test."
"#;

impl Store for OneLesson {
    fn read(&self, path: &str) -> Result<Vec<u8>, StoreError> {
        match path {
            "lessons/course.toml" => Ok(ONE_LESSON.into()),
            "lessons/00-tiny/lesson.md" => Ok(self.lesson.lock().expect("no panic elsewhere").clone().into()),
            path => match path.strip_prefix("models/tiny-words/") {
                Some(name) => Ok(tiny_words(name)),
                None => self.checkout.read(path),
            },
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let mut names = self.checkout.list(folder)?;
        if folder == "models" {
            names.push("tiny-words".to_owned());
        }
        Ok(names)
    }
}

/// A file of a model that is told words and is too small to draw what they say.
fn tiny_words(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/tiny-words");
    std::fs::read(folder.join(name)).expect("a fixture")
}

/// Where lessons, assets and models are: the checkout, or `NOISEBOOK_HOME`.
pub fn home() -> PathBuf {
    let checkout = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::env::var_os("NOISEBOOK_HOME").map_or_else(checkout, PathBuf::from)
}

/// Dialogs that answer with these paths.
#[derive(Default)]
pub struct Answers {
    pub open: Mutex<Option<PathBuf>>,
    pub save: Mutex<Option<PathBuf>>,
}

impl Dialogs for Answers {
    fn open_picture(&self) -> Option<PathBuf> {
        self.open.lock().expect("no panic elsewhere").clone()
    }

    fn open_folder(&self) -> Option<PathBuf> {
        self.open_picture()
    }

    fn open_file(&self) -> Option<PathBuf> {
        self.open_picture()
    }

    fn save_as(&self, _name: &str) -> Option<PathBuf> {
        self.save.lock().expect("no panic elsewhere").clone()
    }
}

/// Kernels whose other ends the test holds.
#[derive(Default)]
pub struct FakeKernels(Mutex<Vec<Host>>);

/// The other end of a kernel.
pub struct Host {
    pub requests: Receiver<Request>,
    pub events: SyncSender<Event>,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl Kernels for FakeKernels {
    fn start(&self, wake: Box<dyn Fn() + Send + Sync>) -> Kernel {
        let (to_host, requests) = sync_channel(64);
        let (events, from_host) = sync_channel(100_000);
        self.0.lock().expect("no panic elsewhere").push(Host { requests, events, wake });
        Kernel::connect(to_host, from_host)
    }
}

impl FakeKernels {
    /// How many were started.
    pub fn count(&self) -> usize {
        self.0.lock().expect("no panic elsewhere").len()
    }

    /// Says something in the name of the one started last.
    #[track_caller]
    pub fn say(&self, event: Event) {
        let hosts = self.0.lock().expect("no panic elsewhere");
        let host = hosts.last().expect("no kernel was started");
        host.events.send(event).expect("the window listens");
        (host.wake)();
    }

    /// What the one started last is asked for next.
    pub fn asked(&self) -> Option<Request> {
        self.0.lock().expect("no panic elsewhere").last()?.requests.try_recv().ok()
    }

    /// The number and the text of the cell that it is asked to run.
    #[track_caller]
    pub fn asked_to_run(&self) -> (u64, String) {
        match self.asked() {
            Some(Request::Run { id, code }) => (id, code),
            other => panic!("asked for {other:?}"),
        }
    }
}

/// A window to be driven.
pub struct Window {
    pub harness: Harness<'static, NoisebookApp>,
    pub folder: tempfile::TempDir,
    pub answers: Arc<Answers>,
    pub kernels: Arc<FakeKernels>,
}

impl Window {
    /// On the map, at 1280 × 800, light and without motion.
    pub fn open() -> Self {
        Self::with(Vec2::new(1280.0, 800.0), "light", Harness::builder())
    }

    /// With a renderer, to be looked at.
    pub fn rendered(size: Vec2, ground: &str) -> Self {
        Self::with(size, ground, Harness::builder().with_render_cursor(false).wgpu())
    }

    /// With one lesson, which the test writes, opened at its first page.
    pub fn of_lesson(
        lesson: &'static str,
        size: Vec2,
        ground: &str,
        builder: HarnessBuilder<NoisebookApp>,
    ) -> Self {
        let lesson = Written::new(Mutex::new(lesson.to_owned()));
        Self::of_written(lesson, size, ground, builder)
    }

    /// The same with a lesson that the test goes on writing.
    pub fn of_written(
        lesson: Written,
        size: Vec2,
        ground: &str,
        builder: HarnessBuilder<NoisebookApp>,
    ) -> Self {
        let store = Arc::new(OneLesson { lesson, checkout: Checkout(home()) });
        let mut window = Self::in_store(store, fresh_profile(ground), None, size, builder);
        window.click(Role::Button, "Begin");
        window
    }

    pub fn with(size: Vec2, ground: &str, builder: HarnessBuilder<NoisebookApp>) -> Self {
        Self::in_folder(fresh_profile(ground), size, builder)
    }

    /// With this in `profile.json`.
    pub fn with_preferences(size: Vec2, pupil: &str, builder: HarnessBuilder<NoisebookApp>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("profile.json"), pupil).expect("written");
        Self::in_folder(folder, size, builder)
    }

    /// With the profile that is in `folder`.
    pub fn in_folder(folder: tempfile::TempDir, size: Vec2, builder: HarnessBuilder<NoisebookApp>) -> Self {
        Self::in_store(Arc::new(Checkout(home())), folder, None, size, builder)
    }

    /// With a renderer, and with kernels that are not the test's.
    pub fn with_kernels(size: Vec2, kernels: Arc<dyn Kernels>) -> Self {
        let builder = Harness::builder().with_render_cursor(false).wgpu();
        let (store, folder) = (Arc::new(Checkout(home())), fresh_profile("light"));
        Self::in_store_with(store, folder, (None, Some(kernels)), size, builder)
    }

    /// With a file that is to be opened at once.
    pub fn of_file(file: &Path, builder: HarnessBuilder<NoisebookApp>) -> Self {
        let (store, folder) = (Arc::new(Checkout(home())), fresh_profile("light"));
        Self::in_store(store, folder, Some(file.to_owned()), Vec2::new(1280.0, 800.0), builder)
    }

    fn in_store(
        store: Arc<dyn Store>,
        folder: tempfile::TempDir,
        open: Option<PathBuf>,
        size: Vec2,
        builder: HarnessBuilder<NoisebookApp>,
    ) -> Self {
        Self::in_store_with(store, folder, (open, None), size, builder)
    }

    fn in_store_with(
        store: Arc<dyn Store>,
        folder: tempfile::TempDir,
        (open, others): (Option<PathBuf>, Option<Arc<dyn Kernels>>),
        size: Vec2,
        builder: HarnessBuilder<NoisebookApp>,
    ) -> Self {
        let answers = Arc::new(Answers::default());
        let kernels = Arc::new(FakeKernels::default());
        let seed = AtomicU64::new(100);
        let time = AtomicU64::new(0);
        let surroundings = Surroundings {
            // Each look at the clock is a hundredth of a second later.
            clock: Arc::new(move || time.fetch_add(1, Ordering::Relaxed) as f64 / 100.0),
            new_seed: Arc::new(move || seed.fetch_add(1, Ordering::Relaxed)),
            dialogs: answers.clone(),
            kernels: others.unwrap_or_else(|| kernels.clone()),
        };
        let options = AppOptions {
            store,
            kernel: Locations { home: home(), dir: folder.path().join("kernel"), device: Default::default() },
            device: candle_core::Device::Cpu,
            profile_dir: folder.path().to_owned(),
            renderer: Renderer::default(),
            watch: true,
            open,
        };
        let harness = builder.with_size(size).with_max_steps(64).build_eframe(move |cc| {
            NoisebookApp::new(&cc.egui_ctx, options, surroundings).expect("a window")
        });
        Self { harness, folder, answers, kernels }
    }

    /// Runs frames until `ready` is true; the worker is a thread of its own, so it takes real time.
    #[track_caller]
    pub fn wait(&mut self, what: &str, ready: impl Fn(&Self) -> bool) {
        self.wait_for(Duration::from_secs(60), what, ready);
    }

    /// The same where it may take longer.
    #[track_caller]
    pub fn wait_for(&mut self, longest: Duration, what: &str, ready: impl Fn(&Self) -> bool) {
        let beginning = Instant::now();
        while !ready(self) {
            assert!(beginning.elapsed() < longest, "waited in vain for {what}; there is {:#?}", self.names());
            std::thread::sleep(Duration::from_millis(5));
            self.harness.run_steps(1);
        }
        self.harness.run_steps(2);
    }

    /// Every name there is, for the message of a test that fails.
    pub fn names(&self) -> Vec<String> {
        let nodes = self.harness.root().children_recursive();
        nodes.filter_map(|node| node.accesskit_node().label()).collect()
    }

    pub fn has_role(&self, role: Role, label: &str) -> bool {
        self.harness.query_all_by_role(role).any(|node| name(&node).contains(label))
    }

    /// Clicks the control of this role and name.
    #[track_caller]
    pub fn click(&mut self, role: Role, label: &str) {
        self.harness.get_by_role_and_label(role, label).click();
        self.harness.run_steps(3);
    }

    pub fn press(&mut self, key: egui::Key) {
        self.harness.key_press(key);
        self.harness.run_steps(3);
    }

    /// Opens a lesson from the map and waits for its stage.
    #[track_caller]
    pub fn open_lesson(&mut self, start_of_name: &str) {
        let card = self
            .harness
            .query_all_by_role(Role::Button)
            .find(|node| name(node).starts_with(start_of_name))
            .unwrap_or_else(|| panic!("no lesson {start_of_name}"));
        // Not by pointer: in a low window the map scrolls, and the card may lie outside.
        card.click_accesskit();
        self.harness.run_steps(3);
    }

    /// The t under the stage.
    #[track_caller]
    pub fn t(&self) -> usize {
        let slider = self.harness.get_by_role_and_label(Role::Slider, "Timeline");
        let value = slider.value().expect("a value");
        value.trim_start_matches("t = ").parse().expect("a number")
    }
}

/// A profile's folder in which nothing is remembered but how the window looks.
fn fresh_profile(ground: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let preferences = format!(
        r#"{{"format": 1, "preferences": {{"ground": "{ground}", "scale": 1.0, "reduced_motion": true}}}}"#
    );
    std::fs::write(folder.path().join("profile.json"), preferences).expect("written");
    folder
}

/// The accessible name of a node; labels carry it as their value.
pub fn name(node: &Node<'_>) -> String {
    let node = node.accesskit_node();
    node.label().or_else(|| node.value()).unwrap_or_default()
}
