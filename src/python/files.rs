//! CSV for Python: the reader, which reads files itself (what must be unpacked first is pushed), the scanner, and records
//! to be written.

use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, RecordBatch, StringViewArray};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use pyo3_arrow::PyTable;

use super::convert::{Given, batch_table, one_batch};
use crate::engine::queue::guard;
use crate::error::{Error, Result};
use crate::files::ScannedFile;
use crate::files::read::Reader;
use crate::files::records::write_records;
use crate::files::scan::Scanner;
use crate::files::values::Records;

const MOST_RESERVED: usize = 1 << 23;

/// Records of text columns as CSV; only those that the Boolean column `keep` is true for, when it is given.
#[pyfunction]
#[pyo3(signature = (records, keep=None))]
pub fn csv_records<'py>(py: Python<'py>, records: Given<'py>, keep: Option<PyTable>) -> PyResult<Bound<'py, PyBytes>> {
    let records = records.whole()?;
    let written = py.detach(|| {
        guard(|| {
            let keep = keep.map(one_batch).transpose()?;
            let keep = keep.as_ref().map(|keep| keep.column(0).as_boolean());
            let mut out = Vec::with_capacity(records.bytes().min(MOST_RESERVED));
            write_records(&records, keep, &mut out)?;
            Ok(out)
        })
    });
    Ok(PyBytes::new(py, &written?))
}

/// Text columns whose bytes are their own: what is left of a few records holds no memory of all.
#[pyfunction]
pub fn compacted(py: Python<'_>, records: PyTable) -> PyResult<PyTable> {
    let (batches, schema) = records.into_inner();
    let compact = |column: &ArrayRef| -> ArrayRef {
        match column.as_string_view_opt() {
            // Not `gc`: views or nulls that it keeps hold all that came in with them.
            Some(texts) => Arc::new(texts.iter().collect::<StringViewArray>()),
            None => Arc::clone(column),
        }
    };
    let compacted = py.detach(|| {
        let batches = batches.into_iter().map(|batch| {
            let columns = batch.columns().iter().map(compact).collect();
            RecordBatch::try_new(Arc::clone(&schema), columns).map_err(Error::from)
        });
        guard(|| batches.collect::<Result<Vec<_>>>())
    });
    PyTable::try_new(compacted?, schema)
}

/// Record (none: the header), kind, offset, line, detail.
type FaultTuple = (Option<u32>, String, u64, u32, u32);

/// Reads columns of one CSV file, and looks at its bytes on the way.
#[pyclass(name = "CsvReader", module = "sendworthy._core", frozen)]
pub struct PyCsvReader {
    reader: Mutex<Option<Reader>>,
    file: Mutex<Option<File>>,
}

impl PyCsvReader {
    fn with<T>(&self, work: impl FnOnce(&mut Reader) -> PyResult<T>) -> PyResult<T> {
        match self.reader.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            Some(reader) => work(reader),
            None => Err(Error::Internal("what the file says was taken already".to_owned()))?,
        }
    }

    /// What the bytes say, which goes to the engine.
    pub fn take(&self) -> Result<ScannedFile> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner).take();
        let reader = reader.ok_or_else(|| Error::Internal("what the file says was taken already".to_owned()))?;
        if reader.ended() { Ok(reader.into_file()) } else { Err(Error::Internal("the file was not read".to_owned())) }
    }

    fn next_records(&self) -> PyResult<Option<PyCsvRecords>> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(file) = file.as_mut() else { Err(Error::Internal("the reader has no file".to_owned()))? };
        self.with(|reader| {
            loop {
                let records = match reader.fill(file)? {
                    0 if reader.ended() => return Ok(None),
                    0 => guard(|| reader.finish())?,
                    _ => guard(|| reader.scan())?,
                };
                if let Some(records) = records {
                    return Ok(Some(PyCsvRecords(records)));
                }
            }
        })
    }
}

#[pymethods]
impl PyCsvReader {
    #[new]
    #[pyo3(signature = (name, separator, columns, path=None))]
    fn new(name: String, separator: u8, columns: Vec<(usize, String)>, path: Option<PathBuf>) -> PyResult<Self> {
        let file = path.map(File::open).transpose()?;
        Ok(Self { reader: Mutex::new(Some(Reader::new(name, separator, columns))), file: Mutex::new(file) })
    }

    fn read(&self, py: Python<'_>) -> PyResult<Option<PyCsvRecords>> {
        py.detach(|| self.next_records())
    }

    fn push(&self, py: Python<'_>, data: &[u8]) -> PyResult<Option<PyCsvRecords>> {
        py.detach(|| {
            self.with(|reader| {
                reader.push(data);
                Ok(guard(|| reader.scan())?.map(PyCsvRecords))
            })
        })
    }

    fn finish(&self, py: Python<'_>) -> PyResult<Option<PyCsvRecords>> {
        py.detach(|| self.with(|reader| Ok(guard(|| reader.finish())?.map(PyCsvRecords))))
    }
}

/// Records of a CSV file, as an Arrow stream for everybody, and as they are for the engine.
#[pyclass(name = "CsvRecords", module = "sendworthy._core", frozen)]
pub struct PyCsvRecords(pub Records);

#[pymethods]
impl PyCsvRecords {
    #[getter]
    fn height(&self) -> usize {
        self.0.rows()
    }

    /// How many bytes the longest one has.
    #[getter]
    fn longest(&self) -> usize {
        self.0.longest()
    }

    fn slice(&self, offset: usize, length: usize) -> Self {
        let first = offset.min(self.0.rows());
        Self(self.0.slice(first, length.min(self.0.rows() - first)))
    }

    fn filter(&self, py: Python<'_>, keep: PyTable) -> PyResult<PyTable> {
        let kept = py.detach(|| {
            guard(|| {
                let keep = one_batch(keep)?;
                let rows: Vec<usize> = keep.column(0).as_boolean().values().set_indices().collect();
                self.0.batch_of(rows.into_iter())
            })
        });
        batch_table(kept?)
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let batch = py.detach(|| guard(|| self.0.to_batch()))?;
        let table = batch_table(batch)?.into_pyobject(py)?;
        table.call_method1("__arrow_c_stream__", (requested_schema,))
    }
}

/// Looks at the bytes of one CSV file without reading values.
#[pyclass(name = "FileScan", module = "sendworthy._core", frozen)]
pub struct PyFileScan {
    name: String,
    progress: Mutex<Progress>,
}

#[derive(Debug)]
enum Progress {
    Open(Box<Scanner>),
    Done(Box<ScannedFile>),
}

impl PyFileScan {
    fn with<T>(&self, work: impl FnOnce(&mut Progress) -> Result<T>) -> Result<T> {
        guard(|| work(&mut self.progress.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    fn done<T>(&self, look: impl FnOnce(&ScannedFile) -> T) -> Result<T> {
        self.with(|progress| match progress {
            Progress::Done(file) => Ok(look(file)),
            Progress::Open(_) => Err(Error::Internal("the file is not scanned".to_owned())),
        })
    }
}

#[pymethods]
impl PyFileScan {
    #[new]
    fn new(name: String, separator: u8) -> Self {
        Self { name, progress: Mutex::new(Progress::Open(Box::new(Scanner::new(separator)))) }
    }

    fn push(&self, py: Python<'_>, data: &[u8]) -> PyResult<()> {
        let pushed = py.detach(|| {
            self.with(|progress| match progress {
                Progress::Open(scanner) => scanner.push(data).map_err(|error| error.of_file(&self.name)),
                Progress::Done(_) => Err(Error::Internal("the file is scanned already".to_owned())),
            })
        });
        Ok(pushed?)
    }

    fn finish(&self, py: Python<'_>) -> PyResult<()> {
        let finished = py.detach(|| {
            self.with(|progress| {
                if let Progress::Open(scanner) = progress {
                    scanner.end()?;
                    *progress = Progress::Done(Box::new(scanner.so_far().clone()));
                }
                Ok(())
            })
        });
        Ok(finished?)
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

    /// The names of the columns as spelled.
    #[getter]
    fn header(&self) -> PyResult<Vec<String>> {
        Ok(self.done(|file| file.header.clone())?)
    }

    fn header_readable(&self) -> PyResult<bool> {
        Ok(self.done(ScannedFile::header_readable)?)
    }

    #[getter]
    fn records(&self) -> PyResult<u64> {
        Ok(self.done(|file| file.records)?)
    }
}
