//! What rules about headers share.

use crate::engine::context::Context;
use crate::policy::Operation;

/// Needed by rules about loads: the data is to be loaded.
///
/// # Errors
/// It is only looked at.
pub fn load(context: &Context) -> Result<(), String> {
    match context.operation {
        Operation::Audit => Err("they run only with operation insert, update or upsert".to_owned()),
        Operation::Insert | Operation::Update | Operation::Upsert => Ok(()),
    }
}

/// Whether a parent may or may not be found by a field.
#[must_use]
pub fn is_doubtful(parent: &str, field: &str) -> bool {
    [("MessagingChannel", "DeveloperName"), ("MessagingEndUser", "Name")]
        .iter()
        .any(|(object, name)| object.eq_ignore_ascii_case(parent) && name.eq_ignore_ascii_case(field))
}
