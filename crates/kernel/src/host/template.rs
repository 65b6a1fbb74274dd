//! Compiles the template: one session in the template's own folder, with one cell that uses the facade.

use crate::session::{dependency, enter, pin, required, template};
use noisebook_kernel::setup::DIR_VARIABLE;
use std::fs;
use std::io;
use std::path::Path;

/// Compiles what every session starts from.
pub fn build() -> io::Result<()> {
    let folder = template(&required(DIR_VARIABLE)?);
    forget_ours(&folder)?;
    enter(&folder)?;
    let failed = |error: evcxr::Error| io::Error::other(error.to_string());
    let (mut context, outputs) = evcxr::CommandContext::new().map_err(failed)?;
    // Unread, what the cell prints would be waited for.
    std::thread::spawn(move || while outputs.stdout.recv().is_ok() {});
    context.execute(":offline 1").map_err(failed)?;
    context.execute(&pin(&folder)).map_err(failed)?;
    context.execute(&format!("{}\nuse noisebook::prelude::*;", dependency()?)).map_err(failed)?;
    Ok(())
}

/// Removes what was compiled of our own crates: of another checkout's, nothing would ever be used again.
fn forget_ours(folder: &Path) -> io::Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let is_ours = name.to_string_lossy().contains("noisebook") || name.to_string_lossy().contains("ctx");
        match (entry.file_type()?.is_dir(), is_ours) {
            (true, true) => fs::remove_dir_all(path)?,
            (true, false) => forget_ours(&path)?,
            (false, true) => fs::remove_file(path)?,
            (false, false) => {}
        }
    }
    Ok(())
}
