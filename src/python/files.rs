//! The scanner of CSV bytes for Python. It reads files itself; what must be unpacked first is pushed.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;

use crate::engine::queue::guard;
use crate::error::{Error, Result};
use crate::files::ScannedFile;
use crate::files::scan::Scanner;

const BLOCK: usize = 1 << 18;

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
            Progress::Open(scanner) => scanner.push(bytes),
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

    fn explain(&self) -> PyResult<Option<String>> {
        Ok(self.done(ScannedFile::explain)?)
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
