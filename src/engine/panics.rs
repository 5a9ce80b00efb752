//! What a panic may say. Its message can quote the value that it happened with (an index into a text does), and values
//! go to nobody: so the place is told, and a message only where it is a constant of the source.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{PanicHookInfo, set_hook};

thread_local! {
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps panics from being printed with their messages; what [`told`] says of them goes into the error instead. For the
/// extension module, which has a copy of the standard library, and so of this setting, of its own.
pub fn keep_quiet() {
    set_hook(Box::new(remember));
}

fn remember(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    PLACE.with_borrow_mut(|last| *last = place);
}

/// What to say of a panic that was just caught by the thread that it happened in.
#[must_use]
pub fn told(panic: &(dyn Any + Send)) -> String {
    let place = PLACE.take().unwrap_or_else(|| "a place that is not known".to_owned());
    panic.downcast_ref::<&str>().map_or_else(|| format!("at {place}"), |text| format!("at {place}: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::queue::guard;

    #[test]
    fn no_value_is_in_what_is_told() {
        let value = "+4915112345678é".to_owned();
        let end = value.len() - 1;
        let told = guard(|| Ok(value[..end].len())).unwrap_err().to_string();
        assert!(told.contains("please report it") && !told.contains("4915112345678"), "{told}");
    }

    #[test]
    fn the_place_is_told() {
        let hook = std::panic::take_hook();
        keep_quiet();
        let caught = std::panic::catch_unwind(|| panic!("boom"));
        set_hook(hook);
        let told = told(caught.unwrap_err().as_ref());
        assert!(told.contains("panics.rs:") && told.ends_with(": boom"), "{told}");
    }
}
