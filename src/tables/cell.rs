//! What every text cell has in common: when it counts as missing, and booleans.

/// Whether a cell holds no value: empty, only blanks, or the `#N/A` by which Bulk API means null.
#[must_use]
pub fn is_missing(text: &(impl AsRef<[u8]> + ?Sized)) -> bool {
    let text = text.as_ref();
    match text.first() {
        None => true,
        Some(first) if !may_be_missing(*first) => false,
        _ => text == b"#N/A" || all_blank(text),
    }
}

/// Whether a cell that starts so may hold no value. Nearly every cell starts with a letter, a digit or a plus sign.
#[must_use]
pub const fn may_be_missing(first: u8) -> bool {
    first <= b' ' || first == b'#'
}

fn all_blank(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

/// Reads a boolean as Data Loader does, `t` and `f` included.
#[must_use]
pub fn read_bool(text: &(impl AsRef<[u8]> + ?Sized)) -> Option<bool> {
    const TRUE: [&str; 6] = ["true", "1", "yes", "y", "on", "t"];
    const FALSE: [&str; 6] = ["false", "0", "no", "n", "off", "f"];
    let text = text.as_ref();
    if TRUE.iter().any(|word| word.as_bytes().eq_ignore_ascii_case(text)) {
        Some(true)
    } else if FALSE.iter().any(|word| word.as_bytes().eq_ignore_ascii_case(text)) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_is_blank_or_na() {
        for text in ["", " ", "\t\r\n", "#N/A"] {
            assert!(is_missing(text), "{text:?}");
        }
        for text in ["#n/a", "\u{a0}", "0", " x "] {
            assert!(!is_missing(text), "{text:?}");
        }
    }

    #[test]
    fn booleans_of_any_case() {
        assert_eq!(read_bool("YES"), Some(true));
        assert_eq!(read_bool("Off"), Some(false));
        assert_eq!(read_bool("2"), None);
        assert_eq!(read_bool("true "), None);
    }
}
