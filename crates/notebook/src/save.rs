//! Arrays leave for other programs: NumPy's `.npy`, CSV for spreadsheets, safetensors for several at once.

use std::path::Path;

use candle_core::Tensor;
use ndarray::{Array, ArrayD, Dimension};
use noisebook_shelf::write_whole;

use crate::{Error, Result};

/// A value that can be written to a file; the ending of its name says how.
pub trait Save {
    /// Writes it as `.npy` (any number of axes) or `.csv` (one or two; a row a line). Whole: there is never half a file.
    ///
    /// # Errors
    /// When the name ends otherwise, a `.csv` would have more than two axes, or the file cannot be written.
    fn save(&self, path: impl AsRef<Path>) -> Result<()>;

    /// Writes it as `.csv` with a name over each column.
    ///
    /// # Errors
    /// When there is not one name for each column, it has more than two axes, or the file cannot be written.
    fn save_table(&self, path: impl AsRef<Path>, head: &[&str]) -> Result<()>;
}

/// Arrays and tensors by name, to be written into one file.
#[derive(Clone, Debug, Default)]
pub struct Named {
    tensors: Vec<(String, Tensor)>,
}

/// A number that `.npy` and safetensors have a type for.
pub trait Number: candle_core::WithDType + std::fmt::Display {
    /// NumPy's name of the type: little-endian, a float, its bytes.
    const DESCR: &'static str;

    /// Its bytes, the least significant first.
    fn bytes(self) -> Vec<u8>;
}

impl Number for f32 {
    const DESCR: &'static str = "<f4";

    fn bytes(self) -> Vec<u8> {
        self.to_le_bytes().to_vec()
    }
}

impl Number for f64 {
    const DESCR: &'static str = "<f8";

    fn bytes(self) -> Vec<u8> {
        self.to_le_bytes().to_vec()
    }
}

impl<A: Number, D: Dimension> Save for Array<A, D> {
    fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let values: Vec<A> = self.iter().copied().collect();
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("npy") => write(path, &npy(self.shape(), &values)),
            Some("csv") => write(path, csv(self.shape(), &values)?.as_bytes()),
            _ => Err(Error::File {
                path: path.to_owned(),
                why: "an array is saved as .npy or .csv".to_owned(),
            }),
        }
    }

    fn save_table(&self, path: impl AsRef<Path>, head: &[&str]) -> Result<()> {
        let values: Vec<A> = self.iter().copied().collect();
        let columns = self.shape().get(1).copied().unwrap_or(1);
        if head.len() != columns {
            let why = format!("there are {} names for {columns} columns", head.len());
            return Err(Error::File { path: path.as_ref().to_owned(), why });
        }
        // A quote inside a quoted name is doubled.
        let head: Vec<String> =
            head.iter().map(|name| format!("\"{}\"", name.replace('"', "\"\""))).collect();
        let table = head.join(",") + "\n" + &csv(self.shape(), &values)?;
        write(path.as_ref(), table.as_bytes())
    }
}

impl Save for Tensor {
    fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        array_of(self)?.save(path)
    }

    fn save_table(&self, path: impl AsRef<Path>, head: &[&str]) -> Result<()> {
        array_of(self)?.save_table(path, head)
    }
}

/// The tensor's numbers as f32, on the host.
fn array_of(tensor: &Tensor) -> Result<ArrayD<f32>> {
    let values: Vec<f32> = tensor.to_dtype(candle_core::DType::F32)?.flatten_all()?.to_vec1()?;
    Array::from_shape_vec(tensor.dims(), values).map_err(|error| Error::Wrong(error.to_string()))
}

impl Named {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One array more.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn array<A: Number, D: Dimension>(self, name: &str, array: &Array<A, D>) -> Result<Self> {
        let values: Vec<A> = array.iter().copied().collect();
        Ok(self.tensor(name, &Tensor::from_vec(values, array.shape(), &candle_core::Device::Cpu)?))
    }

    /// One tensor more.
    #[must_use]
    pub fn tensor(mut self, name: &str, tensor: &Tensor) -> Self {
        self.tensors.push((name.to_owned(), tensor.clone()));
        self
    }

    /// Writes all of them as safetensors, whole.
    ///
    /// # Errors
    /// When a name is there twice, or the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let mut names: Vec<&str> = self.tensors.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        if let Some([name, _]) = names.windows(2).find(|pair| pair.first() == pair.last()) {
            return Err(Error::Wrong(format!(
                "two tensors are called `{name}`; each needs a name of its own"
            )));
        }
        let tensors = self.tensors.iter().map(|(name, tensor)| (name, tensor));
        let bytes = safetensors::serialize(tensors, None).map_err(|error| Error::Wrong(error.to_string()))?;
        write(path.as_ref(), &bytes)
    }
}

/// NumPy's format, version 1.0: a magic word, the length of the header, the header as a Python dictionary padded so that the
/// values begin at a multiple of 64, the values in row-major order.
fn npy<A: Number>(shape: &[usize], values: &[A]) -> Vec<u8> {
    let axes: String = shape.iter().map(|len| format!("{len},")).collect();
    let header = format!("{{'descr': '{}', 'fortran_order': False, 'shape': ({axes}), }}", A::DESCR);
    // Ten bytes stand before the header, and a line feed ends it.
    let len = (10 + header.len() + 1).next_multiple_of(64) - 10;
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((len as u16).to_le_bytes());
    file.extend(format!("{header:<width$}\n", width = len - 1).bytes());
    file.extend(values.iter().flat_map(|value| value.bytes()));
    file
}

/// A row a line; one axis is one column. Numbers are written so that they read back exactly.
fn csv<A: Number>(shape: &[usize], values: &[A]) -> Result<String> {
    let columns = match shape {
        [_] => 1,
        [_, columns] => *columns,
        other => {
            return Err(Error::Wrong(format!(
                "a table has one axis or two, and this array has {}; save it as .npy",
                other.len()
            )));
        }
    };
    let line = |row: &[A]| row.iter().map(ToString::to_string).collect::<Vec<_>>().join(",") + "\n";
    Ok(values.chunks(columns.max(1)).map(line).collect())
}

/// Writes a file, whole.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    write_whole(path, bytes)
        .map_err(|error| Error::File { path: path.to_owned(), why: format!("cannot be written: {error}") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device};
    use ndarray::{Array3, array};
    use std::fs;

    /// The header and the bytes of the values, by the format's definition.
    fn read_npy(file: &[u8]) -> (String, &[u8]) {
        assert_eq!(&file[..8], b"\x93NUMPY\x01\x00");
        let len = usize::from(u16::from_le_bytes([file[8], file[9]]));
        assert_eq!((10 + len) % 64, 0);
        let header = std::str::from_utf8(&file[10..10 + len]).unwrap();
        assert!(header.ends_with('\n'));
        (header.trim_end().to_owned(), &file[10 + len..])
    }

    #[test]
    fn npy_has_shape_type_and_every_value() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.npy");
        let array = Array3::from_shape_fn((2, 3, 4), |(a, b, c)| (a * 100 + b * 10 + c) as f32 - 0.1);
        // Transposed, so that the order in memory is not the order of the file.
        let array = array.reversed_axes();
        array.save(&path).unwrap();
        let file = fs::read(&path).unwrap();
        let (header, bytes) = read_npy(&file);
        assert_eq!(header, "{'descr': '<f4', 'fortran_order': False, 'shape': (4,3,2,), }");
        let values: Vec<f32> = bytes.chunks(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
        assert_eq!(values, array.iter().copied().collect::<Vec<_>>());

        array![0.1_f64, -2.0].save(&path).unwrap();
        let file = fs::read(&path).unwrap();
        let (header, bytes) = read_npy(&file);
        assert_eq!(header, "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }");
        assert_eq!(bytes, [0.1_f64.to_le_bytes(), (-2.0_f64).to_le_bytes()].concat());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "something is left beside it");
    }

    #[test]
    fn csv_has_a_row_a_line_and_reads_back_exactly() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.csv");
        let read = || fs::read_to_string(&path).unwrap();
        array![[0.1_f64, 2.0], [1.0 / 3.0, -1e-30]].save(&path).unwrap();
        assert!(read().starts_with("0.1,2\n0.3333333333333333,-0.000"), "{}", read());
        let back: Vec<f64> = read().split([',', '\n']).filter_map(|cell| cell.parse().ok()).collect();
        assert_eq!(back, [0.1, 2.0, 1.0 / 3.0, -1e-30]);
        array![1.5_f32, 2.5].save_table(&path, &["the \"loss\", say"]).unwrap();
        assert_eq!(read(), "\"the \"\"loss\"\", say\"\n1.5\n2.5\n");
        Tensor::new(&[[1.0_f32, 2.0]], &Device::Cpu).unwrap().save(&path).unwrap();
        assert_eq!(read(), "1,2\n");
    }

    #[test]
    fn safetensors_have_each_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.safetensors");
        let x_t = Tensor::arange(0_u32, 6, &Device::Cpu).unwrap().reshape((2, 3)).unwrap();
        let named = Named::new().tensor("x_t", &x_t).array("betas", &array![1e-4_f64, 0.02]).unwrap();
        named.save(&path).unwrap();
        let back = candle_core::safetensors::load(&path, &Device::Cpu).unwrap();
        assert_eq!(back.len(), 2);
        assert_eq!((back["x_t"].dims(), back["x_t"].dtype()), (&[2, 3][..], DType::U32));
        assert_eq!(back["x_t"].to_vec2::<u32>().unwrap(), [[0, 1, 2], [3, 4, 5]]);
        assert_eq!(back["betas"].to_vec1::<f64>().unwrap(), [1e-4, 0.02]);
        let error = named.tensor("x_t", &x_t).save(&path).unwrap_err();
        assert_eq!(error.to_string(), "two tensors are called `x_t`; each needs a name of its own");
    }

    #[test]
    fn what_cannot_be_saved_is_said_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let check = |result: Result<()>, says: &str| {
            let error = result.unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        };
        let cube = Array3::<f32>::zeros((1, 1, 1));
        check(cube.save(folder.path().join("x.txt")), "x.txt: an array is saved as .npy or .csv");
        check(cube.save(folder.path().join("x.csv")), "this array has 3; save it as .npy");
        check(cube.save_table(folder.path().join("x.csv"), &["a", "b"]), "2 names for 1 columns");
        check(cube.save(folder.path().join("no/x.npy")), "x.npy: cannot be written");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
