//! What a person makes of a text in the place of an editor that kubectl would start.

/// The editor's variable in a command that takes what a person wrote as it is.
pub const EDITED_BY_HAND: &str = "KUBE_EDITOR=cp /dev/stdin";

/// A text without what stands above the object. Further down a `#` may well be of the object: in a script, say. Upstream
/// takes those lines away, too, where it opens a text again (`ManualStrip`); here nothing that was written is lost.
pub fn without_header(mut text: &str) -> &str {
    while text.starts_with('#') {
        text = text.split_once('\n').map_or("", |(_, rest)| rest);
    }
    text
}
