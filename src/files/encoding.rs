//! Whether bytes that come in blocks are UTF-8.

/// Follows a stream of bytes and reports what is not UTF-8, independent of how the stream is cut.
#[derive(Debug, Default)]
pub struct Utf8 {
    /// The start of a character whose end has not come yet.
    open: Vec<u8>,
    /// Bytes before `open`.
    offset: u64,
}

impl Utf8 {
    /// Takes the next bytes; `bad` gets the offset and the first byte of every place that is not UTF-8.
    pub fn push(&mut self, mut bytes: &[u8], mut bad: impl FnMut(u64, u8)) {
        while !self.open.is_empty() && !bytes.is_empty() {
            self.open.push(bytes[0]);
            match std::str::from_utf8(&self.open) {
                Ok(_) => self.close(self.open.len()),
                // The last byte does not belong to the character: it is looked at again.
                Err(error) if error.error_len().is_some() => {
                    bad(self.offset, self.open[0]);
                    self.close(self.open.len() - 1);
                    continue;
                }
                Err(_) => {}
            }
            bytes = &bytes[1..];
        }
        while !bytes.is_empty() {
            let Err(error) = simdutf8::compat::from_utf8(bytes) else {
                self.offset += bytes.len() as u64;
                return;
            };
            let valid = error.valid_up_to();
            self.offset += valid as u64;
            let Some(length) = error.error_len() else {
                self.open.extend_from_slice(&bytes[valid..]);
                return;
            };
            bad(self.offset, bytes[valid]);
            self.offset += length as u64;
            bytes = &bytes[valid + length..];
        }
    }

    /// The end of the stream.
    pub fn finish(&mut self, mut bad: impl FnMut(u64, u8)) {
        if let Some(first) = self.open.first() {
            bad(self.offset, *first);
            self.close(self.open.len());
        }
    }

    fn close(&mut self, length: usize) {
        self.offset += length as u64;
        self.open.clear();
    }
}

/// What bytes that are not UTF-8 probably are, from the first of them.
#[must_use]
pub const fn guess(byte: u8) -> &'static str {
    match byte {
        // Control characters in Latin-1, letters and quotation marks in Windows-1252.
        0x80..=0x9F => "Windows-1252",
        0xFE | 0xFF => "Windows-1252, Latin-1 or UTF-16",
        _ => "Windows-1252 or Latin-1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(parts: &[&[u8]]) -> Vec<(u64, u8)> {
        let (mut utf8, mut found) = (Utf8::default(), Vec::new());
        parts.iter().for_each(|part| utf8.push(part, |offset, byte| found.push((offset, byte))));
        utf8.finish(|offset, byte| found.push((offset, byte)));
        found
    }

    #[test]
    fn the_first_bad_byte_tells_what_the_text_may_be() {
        let guesses = [0x7F, 0x80, 0x93, 0x9F, 0xA0, 0xE9, 0xFD, 0xFE, 0xFF].map(guess);
        let (latin, both) = ("Windows-1252 or Latin-1", "Windows-1252, Latin-1 or UTF-16");
        let windows = "Windows-1252";
        assert_eq!(guesses, [latin, windows, windows, windows, latin, latin, latin, both, both]);
    }

    #[test]
    fn good_text_has_none_however_it_is_cut() {
        let text = "aé€😀z".as_bytes();
        for cut in 0..text.len() {
            assert_eq!(found(&[&text[..cut], &text[cut..]]), []);
        }
        assert_eq!(found(&text.chunks(1).collect::<Vec<_>>()), []);
    }

    #[test]
    fn each_bad_place_counts_once_however_it_is_cut() {
        let text = b"a\xFCb\xE2\x82(\xF0\x9F\xC3\xA9\x80\x80z\xE2\x82";
        let whole = found(&[text]);
        assert_eq!(whole, [(1, 0xFC), (3, 0xE2), (6, 0xF0), (10, 0x80), (11, 0x80), (13, 0xE2)]);
        for size in 1..=text.len() {
            assert_eq!(found(&text.chunks(size).collect::<Vec<_>>()), whole, "{size}");
        }
    }
}
