//! `noisebook doctor`: what works on this machine, where the files are, what is missing and how to
//! get it.

use std::path::Path;

use anyhow::{bail, ensure};
use noisebook_data::{Digits, Emoji, Store, catalog};
use noisebook_ops::device;
use noisebook_shelf::Shelf;

use super::check::load_model;
use super::device_test;
use super::doctor_cells::{cells, jupyter};
use super::window::{has_display, profile_dir};
use crate::home::Home;
use crate::output;

#[derive(Debug, clap::Args)]
pub struct DoctorArgs {
    /// Test this device in full, and time it: cpu, cuda, metal or auto
    #[arg(long, value_name = "D", value_parser = ["cpu", "cuda", "metal", "auto"])]
    device: Option<String>,
}

/// Lines of the report, and how many of them are about something broken.
#[derive(Default)]
pub struct Report {
    lines: Vec<String>,
    num_problems: usize,
}

impl Report {
    /// Begins a part of the report.
    pub fn title(&mut self, title: &str) {
        if !self.lines.is_empty() {
            self.lines.push(String::new());
        }
        self.lines.push(title.to_owned());
    }

    /// Something that is as it should be.
    pub fn good(&mut self, line: impl AsRef<str>) {
        self.lines.push(format!("  ok    {}", line.as_ref()));
    }

    /// Something that is not there and need not be.
    pub fn note(&mut self, line: impl AsRef<str>) {
        self.lines.push(format!("  note  {}", line.as_ref()));
    }

    /// Something that is broken.
    pub fn problem(&mut self, line: impl AsRef<str>) {
        self.num_problems += 1;
        self.lines.push(format!("  BAD   {}", line.as_ref()));
    }
}

pub fn run(args: &DoctorArgs) -> anyhow::Result<()> {
    if let Some(name) = &args.device {
        let (table, num_bad) = device_test::full(&device(name)?)?;
        output::text(&table)?;
        ensure!(num_bad == 0, "{name} computes wrongly: see BAD above, and do not use it");
        return Ok(());
    }
    let mut report = Report::default();
    report.title(concat!("Noisebook ", env!("CARGO_PKG_VERSION")));
    devices(&mut report);
    files(&mut report);
    window(&mut report);
    if let Ok(home) = Home::find() {
        cells(&mut report, home.root());
    }
    jupyter(&mut report);
    output::text(&format!("{}\n", report.lines.join("\n")))?;
    match report.num_problems {
        0 => Ok(()),
        1 => bail!("one thing is broken: see BAD above"),
        num => bail!("{num} things are broken: see BAD above"),
    }
}

fn devices(report: &mut Report) {
    report.title("Devices");
    for name in ["cpu", "cuda", "metal"] {
        match device(name) {
            Ok(found) => match device_test::quick(&found) {
                Ok(outcome) => report.good(format!("{name}: {outcome}")),
                Err(error) => report.problem(format!("{name}: {error:#}")),
            },
            // Nobody asked for this one, and the CPU does everything.
            Err(error) => report.note(error.to_string()),
        }
    }
    report.note("`noisebook doctor --device D` tests one of them in full, and times it");
}

fn files(report: &mut Report) {
    report.title("Files");
    match profile_dir() {
        Ok(folder) => report.good(format!("your own files: {}", folder.display())),
        Err(error) => report.problem(format!("{error:#}")),
    }
    let home = match Home::find() {
        Ok(home) => home,
        Err(error) => return report.problem(format!("{error:#}")),
    };
    report.good(format!("lessons, assets, models: {}", home.root().display()));
    let store = home.store();
    match catalog(&*store) {
        Ok(sets) => {
            let num_items: usize = sets.iter().map(|set| set.num_items).sum();
            report.good(format!("data: {num_items} pictures in {} sets", sets.len()));
        }
        Err(error) => report.problem(error.to_string()),
    }
    // The catalog only lists the pictures; loading finds those that are missing or damaged.
    let loaded = [Digits::load(&*store).map(drop), Emoji::load(&*store).map(drop)];
    for error in loaded.into_iter().filter_map(Result::err) {
        report.problem(error.to_string());
    }
    models(report, &*store);
    match store.list("assets/fonts") {
        Ok(_) => report.good("fonts: assets/fonts"),
        Err(error) => report.problem(error.to_string()),
    }
}

fn models(report: &mut Report, store: &dyn Store) {
    let shelf = Shelf::new(store);
    let names = match shelf.names() {
        Ok(names) => names,
        Err(error) => return report.problem(error.to_string()),
    };
    for name in names {
        match shelf.file(&name).and_then(|file| load_model(&shelf, &file)) {
            Ok(()) => report.good(format!("model: {name}")),
            Err(error) => report.problem(error.to_string()),
        }
    }
}

fn window(report: &mut Report) {
    report.title("Window");
    if has_display() {
        report.good("a display");
    } else {
        report.note("no display: `noisebook` will write the tour; `noisebook tour` does so anywhere");
    }
    if cfg!(target_os = "linux") {
        let has_driver = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"]
            .iter()
            .any(|folder| has_files(Path::new(folder)));
        if has_driver {
            report.good("a Vulkan driver");
        } else {
            report.note(
                "no Vulkan driver: `noisebook --renderer glow` draws with OpenGL; on Debian \
                 `apt install libvulkan1 mesa-vulkan-drivers` brings one",
            );
        }
    }
}

fn has_files(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}
