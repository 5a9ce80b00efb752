//! Arrow streams of other programs. Their buffers are pointers that nobody checked: an offset that leads elsewhere ends
//! the process in whoever follows it, so every batch is looked at before it is passed on.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, RecordBatchReader, new_empty_array};
use arrow_cast::cast;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3_arrow::PyRecordBatchReader;

use crate::engine::queue::guard;
use crate::error::{Error, Result};

type Reader = Box<dyn RecordBatchReader + Send>;
/// What was wrong with a stream, for whoever reads it through others that say it less well.
type Fault = Arc<Mutex<Option<String>>>;

/// An Arrow stream whose batches are validated one by one. What polars does not have is passed on as what it has: columns
/// that are run-end-encoded are written out, zones that are offsets become UTC, and numbers of 256 bits text.
#[pyclass(name = "SoundStream", module = "sendworthy._core", frozen)]
pub struct PySoundStream {
    stream: Mutex<Option<Reader>>,
    fault: Fault,
}

#[pymethods]
impl PySoundStream {
    #[new]
    fn new(producer: &Bound<'_, PyAny>) -> PyResult<Self> {
        let reader = unbroken(|| Ok(producer.extract::<PyRecordBatchReader>()))??.into_reader()?;
        let (schema, fault) = (readable(&reader.schema())?, Fault::default());
        let sound = Sound { reader, schema, records: 0, theirs: false, fault: Arc::clone(&fault) };
        Ok(Self { stream: Mutex::new(Some(Box::new(sound))), fault })
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner).take();
        let stream = stream.ok_or_else(|| PyValueError::new_err("the stream was read already"))?;
        let stream = PyRecordBatchReader::new(stream).into_pyobject(py)?;
        stream.call_method1("__arrow_c_stream__", (requested_schema,))
    }

    #[getter]
    fn fault(&self) -> Option<String> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Runs what follows pointers of a producer. A panic there is the producer's fault and no error of ours.
fn unbroken<T>(job: impl FnOnce() -> Result<T>) -> Result<T> {
    guard(job).map_err(|error| match error {
        Error::Internal(text) => Error::Input(format!("it breaks the rules of Arrow's C interface: {text}")),
        other => other,
    })
}

/// The schema that the stream is passed on with.
fn readable(schema: &Schema) -> Result<SchemaRef> {
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::RunEndEncoded(_, values) => Ok(Arc::new(Field::new(
            field.name(),
            values.data_type().clone(),
            field.is_nullable() || values.is_nullable(),
        ))),
        // The same instants: polars knows zones by name only.
        DataType::Timestamp(unit, Some(zone)) if zone.starts_with(['+', '-']) => {
            let utc = DataType::Timestamp(*unit, Some("UTC".into()));
            Ok(Arc::new(field.as_ref().clone().with_data_type(utc)))
        }
        DataType::Decimal256(..) => Ok(Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8))),
        DataType::Union(..) | DataType::Interval(_) => {
            let (name, kind) = (field.name(), field.data_type());
            Err(Error::Input(format!("column '{name}' is of type {kind}, which cannot be read")))
        }
        _ => Ok(Arc::clone(field)),
    });
    Ok(Arc::new(Schema::new_with_metadata(fields.collect::<Result<Vec<_>>>()?, schema.metadata().clone())))
}

/// Reads a stream and says what is wrong with it.
struct Sound {
    reader: Reader,
    schema: SchemaRef,
    /// Records of the batches before.
    records: u64,
    /// Whether it was the producer who failed.
    theirs: bool,
    fault: Fault,
}

impl Sound {
    fn take(&mut self) -> Result<Option<RecordBatch>> {
        let Some(batch) = unbroken(|| Ok(self.reader.next()))? else { return Ok(None) };
        let batch = batch.map_err(|error| {
            self.theirs = true;
            said(error)
        })?;
        let rows = batch.num_rows();
        let columns = batch.columns().iter().zip(self.schema.fields()).map(|(column, field)| {
            unbroken(|| sound(column, field.data_type())).map_err(|error| {
                let last = (self.records + rows as u64).saturating_sub(1);
                Error::Input(format!("column '{}', records {} to {last}: {error}", field.name(), self.records))
            })
        });
        let columns = columns.collect::<Result<Vec<_>>>()?;
        self.records += rows as u64;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(Some(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?))
    }
}

/// What Arrow says of a producer, in one line.
fn said(error: ArrowError) -> Error {
    let text = match error {
        ArrowError::InvalidArgumentError(text) | ArrowError::CDataInterface(text) => text,
        other => other.to_string(),
    };
    Error::Input(text.lines().next().unwrap_or_default().replace('\0', " "))
}

/// A column that may be followed anywhere, as the type that it is passed on with.
fn sound(column: &ArrayRef, wanted: &DataType) -> Result<ArrayRef> {
    if column.is_empty() {
        // Offsets of a slice without records may lead anywhere: nobody follows them.
        return Ok(new_empty_array(wanted));
    }
    column.to_data().validate_full().map_err(said)?;
    if column.data_type() == wanted { Ok(Arc::clone(column)) } else { Ok(cast(column, wanted)?) }
}

impl Iterator for Sound {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.take().transpose().map(|taken| {
            taken.map_err(|error| {
                // Whoever passes it on in C ends a text at its first NUL.
                let text = error.to_string().replace('\0', " ");
                // What a producer says itself may quote values; what is said here does not.
                if !self.theirs {
                    *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(text.clone());
                }
                ArrowError::CDataInterface(text)
            })
        })
    }
}

impl RecordBatchReader for Sound {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}
