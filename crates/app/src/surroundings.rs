//! What the window takes from the world, so that a test can hand in another one: time, seeds, file dialogs, and the process that runs cells.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use noisebook_kernel::{Kernel, Locations};

/// Seconds since some beginning.
pub type Clock = Arc<dyn Fn() -> f64 + Send + Sync>;

/// Asks the learner for a file; both wait for the answer, so they are called on a thread of their own.
pub trait Dialogs: Send + Sync {
    /// An existing picture, or none if the learner thought better of it.
    fn open_picture(&self) -> Option<PathBuf>;
    /// A folder of the learner's own pictures, or none.
    fn open_folder(&self) -> Option<PathBuf>;
    /// An existing state, notebook or lesson, or none.
    fn open_file(&self) -> Option<PathBuf>;
    /// Where to write a file, `name` suggested, or none.
    fn save_as(&self, name: &str) -> Option<PathBuf>;
}

/// Starts the process that runs cells.
pub trait Kernels: Send + Sync {
    /// One that is getting ready, at once; `wake` is called when it has something to say.
    fn start(&self, wake: Box<dyn Fn() + Send + Sync>) -> Kernel;
}

/// Time, chance, dialogs and kernels.
#[derive(Clone)]
pub struct Surroundings {
    /// Measures how long steps take.
    pub clock: Clock,
    /// A new seed at each call.
    pub new_seed: Arc<dyn Fn() -> u64 + Send + Sync>,
    /// Where files are chosen.
    pub dialogs: Arc<dyn Dialogs>,
    /// Where cells run.
    pub kernels: Arc<dyn Kernels>,
}

impl Surroundings {
    /// This machine's clock, chance and dialogs; cells run with what is at `kernel`.
    pub fn system(kernel: Locations) -> Self {
        let beginning = Instant::now();
        Self {
            clock: Arc::new(move || beginning.elapsed().as_secs_f64()),
            new_seed: Arc::new(random_seed),
            dialogs: Arc::new(SystemDialogs),
            kernels: Arc::new(Hosts(kernel)),
        }
    }
}

/// Four digits: enough to be new, few enough to be written on a blackboard.
fn random_seed() -> u64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    // The standard library keys each of these by chance.
    RandomState::new().build_hasher().finish() % 10_000
}

/// Starts hosts.
struct Hosts(Locations);

impl Kernels for Hosts {
    fn start(&self, wake: Box<dyn Fn() + Send + Sync>) -> Kernel {
        Kernel::start(self.0.clone(), wake)
    }
}

struct SystemDialogs;

impl Dialogs for SystemDialogs {
    fn open_picture(&self) -> Option<PathBuf> {
        rfd::FileDialog::new()
            .add_filter("PNG, JPEG, WebP, GIF", &["png", "jpg", "jpeg", "webp", "gif"])
            .pick_file()
    }

    fn open_folder(&self) -> Option<PathBuf> {
        rfd::FileDialog::new().pick_folder()
    }

    fn open_file(&self) -> Option<PathBuf> {
        rfd::FileDialog::new()
            .add_filter("Noisebook", &[noisebook_lab::State::EXTENSION, "ipynb", "md"])
            .pick_file()
    }

    fn save_as(&self, name: &str) -> Option<PathBuf> {
        rfd::FileDialog::new().set_file_name(name).save_file()
    }
}
