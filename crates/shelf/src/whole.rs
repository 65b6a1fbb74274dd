//! Files that are written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes `bytes` to `path`, in the place of what was there.
///
/// It is written beside its place, flushed to the disk, and renamed: a full disk or a crash leaves the old file or none,
/// never half of a new one.
///
/// # Errors
/// When there is no such folder, no room, or no permission.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A link goes on leading to the file, which keeps who may read it.
    let target = fs::canonicalize(path);
    let path = target.as_deref().unwrap_or(path);
    let permissions = fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|known| known.permissions());
    // A name that no file of the learner's has: theirs must not be replaced.
    // And none that another thread writes at the same time.
    static NTH: AtomicU64 = AtomicU64::new(0);
    let nth = NTH.fetch_add(1, Ordering::Relaxed);
    let mut name = std::ffi::OsString::from(format!(".noisebook-{}-{nth}-", std::process::id()));
    name.push(path.file_name().unwrap_or_default());
    let beside = path.with_file_name(name);
    let written = File::create(&beside).and_then(|mut file| {
        file.write_all(bytes)?;
        if let Some(permissions) = permissions {
            file.set_permissions(permissions)?;
        }
        file.sync_all()
    });
    let moved = written.and_then(|()| fs::rename(&beside, path));
    if moved.is_err() {
        // Best effort: the error that matters is the first one.
        let _ = fs::remove_file(&beside);
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_what_cannot_be_written_leaves_nothing() {
        let folder = std::env::temp_dir().join(format!("noisebook-whole-{}", std::process::id()));
        fs::create_dir_all(folder.join("taken")).unwrap();
        write_whole(&folder.join("a"), b"old and long").unwrap();
        write_whole(&folder.join("a"), b"new").unwrap();
        assert_eq!(fs::read(folder.join("a")).unwrap(), b"new");
        // A file does not take the place of a folder.
        assert!(write_whole(&folder.join("taken"), b"x").is_err());
        assert!(write_whole(&folder.join("nowhere/a"), b"x").is_err());
        let mut names: Vec<_> =
            fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(names, ["a", "taken"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_a_private_file_private() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = std::env::temp_dir().join(format!("noisebook-link-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (file, link) = (folder.join("file"), folder.join("link"));
        fs::write(&file, b"old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        symlink(&file, &link).unwrap();
        write_whole(&link, b"new").unwrap();
        let is_link = fs::symlink_metadata(&link).unwrap().is_symlink();
        let (bytes, mode) = (fs::read(&file).unwrap(), fs::metadata(&file).unwrap().permissions().mode());
        fs::remove_dir_all(&folder).unwrap();
        assert!(is_link);
        assert_eq!((bytes.as_slice(), mode & 0o777), (&b"new"[..], 0o600));
    }

    #[test]
    fn two_threads_may_write_the_same_file() {
        let folder = std::env::temp_dir().join(format!("noisebook-two-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("a");
        std::thread::scope(|scope| {
            for letter in [b'x', b'y'] {
                let path = &path;
                scope.spawn(move || {
                    for _ in 0..40 {
                        write_whole(path, &[letter; 4096]).unwrap();
                    }
                });
            }
        });
        let bytes = fs::read(&path).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert!(bytes.len() == 4096 && bytes.windows(2).all(|pair| pair[0] == pair[1]));
    }
}
