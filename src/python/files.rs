//! CSV bytes for Python: the scanner, which reads files itself (what must be unpacked first is pushed), and records to
//! be written.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use arrow_array::cast::AsArray;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use pyo3_arrow::PyTable;

use super::convert::one_batch;
use crate::engine::queue::guard;
use crate::error::{Error, Result};
use crate::files::ScannedFile;
use crate::files::records::write_records;
use crate::files::scan::Scanner;

const BLOCK: usize = 1 << 18;
const MOST_RESERVED: usize = 1 << 23;

/// Records of text columns as CSV; only those that the Boolean column `keep` is true for, when it is given.
#[pyfunction]
#[pyo3(signature = (records, keep=None))]
pub fn csv_records(py: Python<'_>, records: PyTable, keep: Option<PyTable>) -> PyResult<Bound<'_, PyBytes>> {
    let written = py.detach(|| {
        guard(|| {
            let (records, keep) = (one_batch(records)?, keep.map(one_batch).transpose()?);
            let keep = keep.as_ref().map(|keep| keep.column(0).as_boolean());
            let mut out = Vec::with_capacity(records.get_array_memory_size().min(MOST_RESERVED));
            write_records(&records, keep, &mut out)?;
            Ok(out)
        })
    });
    Ok(PyBytes::new(py, &written?))
}

/// Record (none: the header), kind, offset, line, detail.
type FaultTuple = (Option<u32>, String, u64, u32, u32);

#[derive(Debug)]
enum Progress {
    Open(Box<Scanner>),
    Done(Box<ScannedFile>),
    Taken,
}

/// Looks at the bytes of one CSV file.
#[pyclass(name = "FileScan", module = "sendworthy._core", frozen)]
pub struct PyFileScan {
    name: String,
    progress: Mutex<Progress>,
    cancelled: AtomicBool,
}

impl PyFileScan {
    fn with<T>(&self, work: impl FnOnce(&mut Progress) -> Result<T>) -> Result<T> {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        guard(|| work(&mut progress))
    }

    fn scan(&self, bytes: &[u8]) -> Result<()> {
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        self.with(|progress| match progress {
            Progress::Open(scanner) => scanner.push(bytes).map_err(|error| match error {
                Error::Input(text) => Error::Input(format!("{}: {text}", self.name)),
                other => other,
            }),
            Progress::Done(_) | Progress::Taken => Err(Error::Internal("the file is scanned already".to_owned())),
        })
    }

    fn done<T>(&self, look: impl FnOnce(&ScannedFile) -> T) -> Result<T> {
        self.with(|progress| match progress {
            Progress::Done(file) => Ok(look(file)),
            Progress::Open(_) | Progress::Taken => Err(Error::Internal("the file is not scanned".to_owned())),
        })
    }

    /// What was found, which goes to the engine.
    pub fn take(&self) -> Result<ScannedFile> {
        self.with(|progress| match std::mem::replace(progress, Progress::Taken) {
            Progress::Done(file) => Ok(*file),
            Progress::Open(_) | Progress::Taken => Err(Error::Internal("the file is not scanned".to_owned())),
        })
    }
}

#[pymethods]
impl PyFileScan {
    #[new]
    fn new(name: String, separator: u8) -> Self {
        let progress = Mutex::new(Progress::Open(Box::new(Scanner::new(separator))));
        Self { name, progress, cancelled: AtomicBool::new(false) }
    }

    #[expect(clippy::needless_pass_by_value, reason = "pyo3 extracts arguments by value")]
    fn read(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| -> PyResult<()> {
            let mut file = File::open(&path)?;
            let mut block = vec![0; BLOCK];
            loop {
                let length = file.read(&mut block)?;
                if length == 0 {
                    return Ok(());
                }
                self.scan(&block[..length])?;
            }
        })
    }

    fn push(&self, py: Python<'_>, data: &[u8]) -> PyResult<()> {
        Ok(py.detach(|| self.scan(data))?)
    }

    fn finish(&self, py: Python<'_>) -> PyResult<()> {
        let finished = py.detach(|| {
            self.with(|progress| {
                let Progress::Open(scanner) = std::mem::replace(progress, Progress::Taken) else {
                    return Err(Error::Internal("the file is scanned already".to_owned()));
                };
                let file = ScannedFile { name: self.name.clone(), ..scanner.finish()? };
                *progress = Progress::Done(Box::new(file));
                Ok(())
            })
        });
        Ok(finished?)
    }

    fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    fn explain(&self, py: Python<'_>) -> PyResult<Option<String>> {
        Ok(py.detach(|| self.done(ScannedFile::explain))?)
    }

    fn faults(&self) -> PyResult<Vec<FaultTuple>> {
        let list = |file: &ScannedFile| {
            let faults = file.faults.iter().map(|fault| {
                let record = Some(fault.record).filter(|record| *record != crate::files::HEADER);
                (record, format!("{:?}", fault.kind), fault.offset, fault.line, fault.detail)
            });
            faults.collect()
        };
        Ok(self.done(list)?)
    }

    #[getter]
    fn records(&self) -> PyResult<u64> {
        Ok(self.done(|file| file.records)?)
    }
}
