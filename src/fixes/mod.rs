//! Fixes: replacements of cells that are certain.
//!
//! A *safe* fix says what the cell says, in the form that Salesforce takes. An *unsafe* one adds what the cell does not
//! say: a calling code, a time zone. What could mean two things has no fix at all.

mod cells;

pub use cells::{Mending, id_fix, key_fix, pick_fix, zone_fix};

use crate::engine::chunk::Records;
use crate::engine::context::Context;
use crate::engine::select::Selection;
use crate::model::objects::{Table, Type};
use crate::tables::bind::Binding;

/// A replacement for a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What to write instead.
    pub value: String,
    /// Whether it only says the same in another form.
    pub safe: bool,
}

impl Fix {
    /// A fix that adds nothing to what the cell says.
    #[must_use]
    pub fn safe(value: impl Into<String>) -> Self {
        Self { value: value.into(), safe: true }
    }

    /// A fix that adds what the cell does not say.
    #[must_use]
    pub fn not_safe(value: impl Into<String>) -> Self {
        Self { value: value.into(), safe: false }
    }

    /// The name that outputs use.
    #[must_use]
    pub const fn safety(&self) -> &'static str {
        if self.safe { "safe" } else { "unsafe" }
    }
}

/// One cell that a fix changes.
#[derive(Debug, Clone)]
pub struct Change {
    /// The position of the record in its batch.
    pub place: usize,
    /// The field.
    pub field: usize,
    /// The rule whose finding goes, or the name of a change of form that no rule asks for.
    pub code: &'static str,
    /// The cell as given.
    pub before: String,
    /// What replaces it.
    pub fix: Fix,
}

/// The fields of a table that may be mended: those that a column of their own holds and a selected rule looks at.
#[derive(Debug)]
pub struct Mender<'a> {
    context: &'a Context,
    fields: Vec<usize>,
    allowed: Vec<Mending>,
}

impl<'a> Mender<'a> {
    /// Prepares for the records of one table. A column that holds two fields is left alone: what mends one field may
    /// spoil the other.
    #[must_use]
    pub fn new(context: &'a Context, selection: &Selection, table: Table, binding: &Binding) -> Self {
        let runs = |mending: &Mending| {
            let code = mending.rule(table);
            let active = selection.on(table).find(|active| Some(active.rule.code) == code);
            active.is_some_and(|active| context.meets(active.rule, table).is_ok())
        };
        let header = |field: usize| binding.column(field).map(|column| &column.header);
        let all = 0..table.fields().len();
        let fields = all.clone().filter(|field| {
            let shared = all.clone().any(|other| other != *field && header(other) == header(*field));
            let id = matches!(table.fields()[*field].kind, Type::Id(_) | Type::Reference(..));
            binding.has(*field) && !shared && !(id && binding.is_external(*field))
        });
        Self {
            context,
            fields: fields.collect(),
            allowed: Mending::ALL.into_iter().filter(|mending| runs(mending)).collect(),
        }
    }

    /// What to change in a batch, by record and field.
    #[must_use]
    pub fn changes(&self, records: &Records<'_>) -> Vec<Change> {
        let batch = records.batch();
        let mut changes = Vec::new();
        for place in 0..batch.rows() {
            for &field in &self.fields {
                let Some((mending, fix)) = cells::fix(records, self.context, field, place) else { continue };
                if !self.allowed.contains(&mending) {
                    continue;
                }
                let before = batch.shown(field, place).unwrap_or_default();
                changes.push(Change { place, field, code: mending.code(batch.table()), before, fix });
            }
        }
        changes
    }
}
