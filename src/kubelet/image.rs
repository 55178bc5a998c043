//! Whether the name of an image can be read. Upstream: `ParseImageName` in `pkg/util/parsers/parsers.go`, which asks
//! `github.com/distribution/reference` for its grammar.

/// A path may be so many characters long.
const LONGEST: usize = 255;

/// Why a kubelet cannot read an image's name, in its words; none if it can.
pub(super) fn unreadable(image: &str) -> Option<String> {
    if is_plain(image) { None } else { told(image) }
}

/// Whether a name is as nearly all are: small letters and digits with single separators between them, and a tag at most.
fn is_plain(image: &str) -> bool {
    let bytes = image.as_bytes();
    let is_word =
        |at: usize| bytes.get(at).is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let separates = |at: usize| {
        matches!(bytes[at], b'.' | b'-' | b'/' | b':') && at > 0 && is_word(at - 1) && is_word(at + 1)
    };
    let last = image.rfind('/').unwrap_or(0);
    bytes.len() < 64
        && !bytes.is_empty()
        && (0..bytes.len()).all(|at| is_word(at) || separates(at))
        && image.find(':').is_none_or(|colon| colon > last && !image[colon + 1..].contains(':'))
}

/// On its own: the page may fetch it later.
#[cold]
#[inline(never)]
fn told(image: &str) -> Option<String> {
    let why = problem(image)?;
    Some(format!("Failed to apply default image tag {image:?}: couldn't parse image name {image:?}: {why}"))
}

fn problem(image: &str) -> Option<String> {
    if image.len() == 64 && is_hex(image) {
        return Some(format!(
            "invalid repository name ({image}), cannot specify 64-byte hexadecimal strings"
        ));
    }
    let (domain, official, rest) = split(image);
    let repository = rest.split(':').next().unwrap_or_default();
    // Nothing is made of a name that can be read, as nearly all can.
    if has_capitals(repository) {
        return Some(format!(
            "invalid reference format: repository name ({official}{repository}) must be lowercase"
        ));
    }
    let (named, digest) = rest.split_once('@').map_or((rest, None), |(named, digest)| (named, Some(digest)));
    let (path, tag) = named.split_once(':').map_or((named, None), |(path, tag)| (path, Some(tag)));
    // What cannot be a registry may still be the first part of a path.
    let fits = (is_domain(domain) || is_component(domain))
        && path.split('/').all(is_component)
        && tag.is_none_or(is_tag)
        && digest.is_none_or(looks_like_digest);
    if !fits {
        return Some("invalid reference format".into());
    }
    if official.len() + path.len() > LONGEST {
        return Some(format!("repository name must not be more than {LONGEST} characters"));
    }
    digest.and_then(digest_problem).map(str::to_owned)
}

/// The registry, the prefix of what is Docker's own, and what is written behind the registry (`splitDockerDomain`).
fn split(image: &str) -> (&str, &str, &str) {
    const HUB: &str = "docker.io";
    let is_domain = |first: &str| first == "localhost" || first.contains(['.', ':']) || has_capitals(first);
    let (domain, rest) = match image.split_once('/') {
        Some(("index.docker.io", rest)) => (HUB, rest),
        Some((first, rest)) if is_domain(first) => (first, rest),
        _ => (HUB, image),
    };
    let is_official = domain == HUB && !rest.contains('/');
    (domain, if is_official { "library/" } else { "" }, rest)
}

/// Of ASCII: others are not of the grammar anyway, and tables for all of Unicode are 12 KB of the page.
fn has_capitals(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_uppercase())
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A host name or an IPv6 address in brackets, with or without a port.
fn is_domain(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !text.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_part = |part: &str| {
        let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !part.is_empty() && part.bytes().all(inner) && !part.starts_with('-') && !part.ends_with('-')
    };
    let is_address =
        |inner: &str| !inner.is_empty() && inner.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':');
    let is_host = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) => is_address(inner),
        None => host.split('.').all(is_part),
    };
    is_host && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A part of a path: small letters and digits, and between them a dot, one or two underscores, or dashes.
fn is_component(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_separator =
        |between: &str| matches!(between, "" | "." | "_" | "__") || between.bytes().all(|byte| byte == b'-');
    let is_edged = |edge: Option<u8>| edge.is_some_and(is_plain);
    is_edged(text.bytes().next())
        && is_edged(text.bytes().next_back())
        && text.split(|letter: char| letter.is_ascii() && is_plain(letter as u8)).all(is_separator)
}

fn is_tag(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= 128
        && text.bytes().next().is_some_and(is_word)
        && text.bytes().all(|byte| is_word(byte) || matches!(byte, b'.' | b'-'))
}

/// `algorithm:0123…`, of at least 32 hexadecimal digits.
fn looks_like_digest(text: &str) -> bool {
    let Some((algorithm, encoded)) = text.split_once(':') else { return false };
    let is_part = |part: &str| {
        part.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    algorithm.split(['-', '_', '+', '.']).all(is_part)
        && encoded.len() >= 32
        && encoded.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `Digest.Validate` of `github.com/opencontainers/go-digest`.
fn digest_problem(text: &str) -> Option<&'static str> {
    let (algorithm, encoded) = text.split_once(':')?;
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return Some("unsupported digest algorithm"),
    };
    match encoded.len() == length {
        false => Some("invalid checksum digest length"),
        true => (!is_hex(encoded)).then_some("invalid checksum digest format"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_the_grammar_knows_are_read() {
        let digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
        for image in [
            "nginx",
            "nginx:1.27-alpine",
            "library/nginx",
            "quay.io/fluentd_elasticsearch/fluentd:v5.0.1",
            "registry.example:5000/team/agent:1.2",
            "localhost/agent",
            "[2001:db8::1]:5000/agent",
            "MyRegistry/edge:1",
            "a__b/c--d.e:V1_x",
            "a_b.c/d",
            &format!("agent@{digest}"),
            &format!("example.test/agent:v1@{digest}"),
        ] {
            assert_eq!(unreadable(image), None, "{image}");
        }
        // What is taken at a glance is what the grammar knows.
        for image in [
            "nginx",
            "nginx:1.27-alpine",
            "quay.io/a/b:5",
            "a-b.c/d",
            "a:b/c",
            "a:b:c",
            ":a",
            "a:",
            "a//b",
            "a..b",
        ] {
            assert!(!is_plain(image) || problem(image).is_none(), "{image}");
        }
    }

    #[test]
    fn others_are_refused_in_the_words_of_the_kubelet() {
        let hex = "0123456789abcdef".repeat(4);
        let format = "invalid reference format";
        for (image, expected) in [
            ("“edge:1“", format.to_owned()),
            ("edge: 1", format.into()),
            (":sha-0b293ab", format.into()),
            ("registry.hub.docker.com/library//nginx:latest", format.into()),
            ("ghcr.io/${{ github.repository }}:latest", format.into()),
            ("https://example.test/agent", format.into()),
            ("a.-b/c", format.into()),
            ("a...b", format.into()),
            ("agent@sha256:0123", format.into()),
            ("agent:", format.into()),
            ("busyBOX", format!("{format}: repository name (library/busyBOX) must be lowercase")),
            ("MyRegistry/Edge:1", format!("{format}: repository name (Edge) must be lowercase")),
            (
                "unsloth/gemma-GGUF:Q4",
                format!("{format}: repository name (unsloth/gemma-GGUF) must be lowercase"),
            ),
            (&hex, format!("invalid repository name ({hex}), cannot specify 64-byte hexadecimal strings")),
            (&format!("agent@md5:{hex}"), "unsupported digest algorithm".into()),
            (&format!("agent@sha512:{hex}"), "invalid checksum digest length".into()),
            (&format!("agent@sha256:{}", hex.to_ascii_uppercase()), "invalid checksum digest format".into()),
            (&"a".repeat(256), "repository name must not be more than 255 characters".into()),
        ] {
            assert_eq!(problem(image), Some(expected), "{image}");
        }
        assert_eq!(
            unreadable("busyBOX").as_deref(),
            Some(
                "Failed to apply default image tag \"busyBOX\": couldn't parse image name \"busyBOX\": invalid reference format: repository name (library/busyBOX) must be lowercase"
            )
        );
    }
}
