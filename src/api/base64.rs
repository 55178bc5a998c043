//! Base64 with padding, as `data` of Secrets and `!!binary` are written.

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The text of bytes.
pub fn encoded(bytes: &[u8]) -> String {
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let at = |index: usize| u32::from(part.get(index).copied().unwrap_or_default());
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            match place <= part.len() {
                true => text.push(char::from(LETTERS[(bits >> (18 - 6 * place) & 63) as usize])),
                false => text.push('='),
            }
        }
    }
    text
}

/// The bytes of a text; line breaks are left out. None if it is no base64.
pub fn decoded(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    if !digits.len().is_multiple_of(4) {
        return None;
    }
    let count = digits.len() / 4;
    let mut bytes = Vec::with_capacity(count * 3);
    for (index, group) in digits.chunks(4).enumerate() {
        let padding = group.iter().rev().take_while(|byte| **byte == b'=').count();
        if padding > 2 || (padding > 0 && index + 1 < count) {
            return None;
        }
        let mut bits = 0u32;
        for byte in &group[..4 - padding] {
            let value = LETTERS.iter().position(|letter| letter == byte)?;
            bits = bits << 6 | value as u32;
        }
        let [_, decoded @ ..] = (bits << (6 * padding)).to_be_bytes();
        bytes.extend(&decoded[..3 - padding]);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_texts_are_turned_into_each_other() {
        for (bytes, text) in [("", ""), ("h", "aA=="), ("hi", "aGk="), ("hi!", "aGkh"), ("a?~>", "YT9+Pg==")]
        {
            assert_eq!(encoded(bytes.as_bytes()), text);
            assert_eq!(decoded(text).as_deref(), Some(bytes.as_bytes()));
        }
        assert_eq!(decoded("aG\nk="), Some(b"hi".to_vec()));
        for wrong in ["a", "aGk", "a===", "aA==aA==", "?A==", "=aaa"] {
            assert_eq!(decoded(wrong), None, "{wrong}");
        }
    }
}
