//! Patterns of `grep`, `sed` and `awk`: POSIX's basic and extended regular expressions, as far as people type them.

use crate::api::sort;

/// A pattern.
#[derive(Clone, Debug)]
pub struct Pattern {
    branches: Vec<Vec<Piece>>,
    ignores_case: bool,
    groups: usize,
}

#[derive(Clone, Debug)]
struct Piece {
    what: What,
    least: usize,
    most: usize,
}

#[derive(Clone, Debug)]
enum What {
    Letter(char),
    Any,
    Class(Vec<(char, char)>, bool),
    /// With its number: 1 is the first that opens.
    Group(usize, Vec<Vec<Piece>>),
    Start,
    End,
    Edge,
}

/// So many steps a match may take: a pattern that needs more does not match.
pub const STEPS: usize = 200_000;

struct Reader<'a> {
    letters: std::iter::Peekable<std::str::Chars<'a>>,
    is_extended: bool,
    groups: usize,
}

/// Where groups found something; the first is all of it.
pub type Groups = Vec<Option<(usize, usize)>>;

/// A line as groups are looked for in it.
struct Line<'a> {
    letters: &'a [char],
    steps: &'a mut usize,
    /// Calls that may still stand in each other.
    depth: usize,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, in grep's words.
    pub fn new(text: &str, is_extended: bool, ignores_case: bool) -> Result<Self, String> {
        let mut reader = Reader { letters: text.chars().peekable(), is_extended, groups: 0 };
        let branches = reader.branches(0)?;
        Ok(Pattern { branches, ignores_case, groups: reader.groups })
    }

    /// A text that stands for itself.
    pub fn plain(text: &str, ignores_case: bool) -> Self {
        let piece = |letter| Piece { what: What::Letter(letter), least: 1, most: 1 };
        Pattern { branches: vec![text.chars().map(piece).collect()], ignores_case, groups: 0 }
    }

    /// Where the pattern is found first, from a letter on.
    pub fn find(&self, line: &[char], from: usize) -> Option<(usize, usize)> {
        self.find_within(line, from, &mut { STEPS })
    }

    /// The same within so many steps, of which those are taken off that it needs.
    pub fn find_within(&self, line: &[char], from: usize, steps: &mut usize) -> Option<(usize, usize)> {
        (from..=line.len()).find_map(|start| {
            let end = self.ends(&self.branches, line, start, steps).into_iter().max()?;
            Some((start, end))
        })
    }

    /// How many groups it has.
    pub fn group_count(&self) -> usize {
        self.groups
    }

    /// Where in what was found from `start` to `end` each group found its part, the last time if it repeats; the first is
    /// all of it. None where that takes too long to be found out.
    pub fn groups(&self, letters: &[char], start: usize, end: usize, steps: &mut usize) -> Option<Groups> {
        let mut groups = vec![None; self.groups + 1];
        groups[0] = Some((start, end));
        if self.groups > 0 {
            let mut line = Line { letters, steps, depth: DEEPEST_SEARCH };
            let mut leads = |branch: &Vec<Piece>| self.leads(branch, 0, &mut line, start, end, &mut groups);
            if !self.branches.iter().any(&mut leads) {
                return None;
            }
        }
        Some(groups)
    }

    /// Whether these pieces, of whose first so many are there already, lead from one place to another: where there are
    /// several ways, by the longest pieces first.
    fn leads(
        &self,
        pieces: &[Piece],
        count: usize,
        line: &mut Line,
        at: usize,
        end: usize,
        groups: &mut Groups,
    ) -> bool {
        let Some((piece, rest)) = pieces.split_first() else { return at == end };
        *line.steps = line.steps.saturating_sub(1);
        if *line.steps == 0 || line.depth == 0 {
            return false;
        }
        line.depth -= 1;
        let is_found = match &piece.what {
            What::Group(number, branches) => {
                let ends = match count < piece.most {
                    true => self.ends(branches, line.letters, at, line.steps),
                    false => Vec::new(),
                };
                let once_more = ends.into_iter().rev().any(|next| {
                    // Nothing, once more, leads nowhere.
                    if next > end || next == at && count >= piece.least {
                        return false;
                    }
                    let before = groups.clone();
                    groups[*number] = Some((at, next));
                    let is_led = branches.iter().any(|branch| self.leads(branch, 0, line, at, next, groups))
                        && self.leads(pieces, count + 1, line, next, end, groups);
                    if !is_led {
                        *groups = before;
                    }
                    is_led
                });
                once_more || count >= piece.least && self.leads(rest, 0, line, at, end, groups)
            }
            _ => {
                let mut ends = Vec::new();
                self.repeat(piece, line.letters, at, line.steps, &mut ends);
                sort::plain(&mut ends);
                ends.into_iter().rev().any(|next| self.leads(rest, 0, line, next, end, groups))
            }
        };
        line.depth += 1;
        is_found
    }

    /// Whether the pattern is found in a line.
    pub fn is_in(&self, line: &str) -> bool {
        self.find(&line.chars().collect::<Vec<_>>(), 0).is_some()
    }

    /// All places at which a match that begins here may end.
    fn ends(&self, branches: &[Vec<Piece>], line: &[char], start: usize, steps: &mut usize) -> Vec<usize> {
        let mut ends = Vec::new();
        for branch in branches {
            let mut places = vec![start];
            for piece in branch {
                let mut next: Vec<usize> = Vec::new();
                for place in places {
                    self.repeat(piece, line, place, steps, &mut next);
                }
                places = next;
            }
            ends.extend(places);
        }
        sort::plain(&mut ends);
        ends.dedup();
        ends
    }

    /// All places at which a piece that begins here may end.
    fn repeat(&self, piece: &Piece, line: &[char], start: usize, steps: &mut usize, ends: &mut Vec<usize>) {
        let mut add = |end: usize| {
            if !ends.contains(&end) {
                ends.push(end);
            }
        };
        let mut seen = vec![start];
        let mut places = vec![start];
        if piece.least == 0 {
            add(start);
        }
        for count in 1..=piece.most {
            let mut next = Vec::new();
            for place in places {
                *steps = steps.saturating_sub(1);
                if *steps == 0 {
                    return;
                }
                for end in self.one(&piece.what, line, place, steps) {
                    if !next.contains(&end) && (count <= piece.least || !seen.contains(&end)) {
                        next.push(end);
                        seen.push(end);
                    }
                }
            }
            if next.is_empty() {
                return;
            }
            if count >= piece.least {
                next.iter().copied().for_each(&mut add);
            }
            places = next;
        }
    }

    fn one(&self, what: &What, line: &[char], at: usize, steps: &mut usize) -> Vec<usize> {
        let letter = line.get(at).copied();
        let is_word =
            |letter: Option<&char>| letter.is_some_and(|letter| letter.is_alphanumeric() || *letter == '_');
        let fits = |test: &dyn Fn(char) -> bool| {
            letter.is_some_and(|letter| {
                let folded = |letter: char| letter.to_ascii_lowercase();
                let raised = |letter: char| letter.to_ascii_uppercase();
                test(letter) || (self.ignores_case && (test(folded(letter)) || test(raised(letter))))
            })
        };
        let is_fit = match what {
            What::Letter(own) => fits(&|letter| letter == *own),
            What::Any => letter.is_some(),
            What::Class(ranges, is_other) => {
                letter.is_some() && {
                    fits(&|letter| ranges.iter().any(|(from, to)| (*from..=*to).contains(&letter)))
                        != *is_other
                }
            }
            What::Group(_, branches) => return self.ends(branches, line, at, steps),
            What::Start => return if at == 0 { vec![at] } else { Vec::new() },
            What::End => return if at == line.len() { vec![at] } else { Vec::new() },
            What::Edge => {
                let before = at.checked_sub(1).and_then(|before| line.get(before));
                let is_edge = is_word(before) != is_word(line.get(at));
                return if is_edge { vec![at] } else { Vec::new() };
            }
        };
        if is_fit { vec![at + 1] } else { Vec::new() }
    }
}

/// A group that repeats is followed so often.
const DEEPEST_SEARCH: usize = 400;
/// Groups may stand in each other so deep.
const DEEPEST: usize = 20;

impl Reader<'_> {
    fn branches(&mut self, depth: usize) -> Result<Vec<Vec<Piece>>, String> {
        let mut branches = vec![Vec::new()];
        while let Some(letter) = self.letters.next() {
            let escaped = letter == '\\';
            let letter = if escaped { self.letters.next().ok_or("Trailing backslash")? } else { letter };
            // In a basic pattern an operator has a backslash, in an extended one it has none.
            let is_operator = escaped != self.is_extended;
            let pieces = branches.last_mut().map(std::mem::take).unwrap_or_default();
            let mut pieces = pieces;
            let what = match letter {
                '|' if is_operator => {
                    if let Some(last) = branches.last_mut() {
                        *last = pieces;
                    }
                    branches.push(Vec::new());
                    continue;
                }
                ')' if is_operator => {
                    if depth == 0 {
                        return Err("Unmatched ) or \\)".into());
                    }
                    if let Some(last) = branches.last_mut() {
                        *last = pieces;
                    }
                    return Ok(branches);
                }
                '(' if is_operator => {
                    if depth == DEEPEST {
                        return Err("Regular expression too big".into());
                    }
                    self.groups += 1;
                    let number = self.groups;
                    What::Group(number, self.branches(depth + 1)?)
                }
                '*' if !escaped && !pieces.is_empty() => {
                    repeated(&mut pieces, 0, usize::MAX);
                    put_back(&mut branches, pieces);
                    continue;
                }
                '+' if is_operator && !pieces.is_empty() => {
                    repeated(&mut pieces, 1, usize::MAX);
                    put_back(&mut branches, pieces);
                    continue;
                }
                '?' if is_operator && !pieces.is_empty() => {
                    repeated(&mut pieces, 0, 1);
                    put_back(&mut branches, pieces);
                    continue;
                }
                '{' if is_operator && !pieces.is_empty() => {
                    let (least, most) = self.bounds()?;
                    repeated(&mut pieces, least, most);
                    put_back(&mut branches, pieces);
                    continue;
                }
                '^' if !escaped && (self.is_extended || pieces.is_empty()) => What::Start,
                '$' if !escaped && (self.is_extended || self.ends_here()) => What::End,
                '.' if !escaped => What::Any,
                '[' if !escaped => self.class()?,
                'b' | '<' | '>' if escaped => What::Edge,
                'w' if escaped => What::Class(vec![('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')], false),
                'W' if escaped => What::Class(vec![('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')], true),
                'd' if escaped => What::Class(vec![('0', '9')], false),
                's' | 'S' if escaped => What::Class(vec![(' ', ' '), ('\t', '\t')], letter == 'S'),
                'n' if escaped => What::Letter('\n'),
                't' if escaped => What::Letter('\t'),
                // Another meaning than its own: better none than a wrong one.
                letter if escaped && letter.is_ascii_alphanumeric() => {
                    return Err(format!("\\{letter} is not understood here"));
                }
                letter => What::Letter(letter),
            };
            pieces.push(Piece { what, least: 1, most: 1 });
            put_back(&mut branches, pieces);
        }
        if depth > 0 { Err("Unmatched ( or \\(".into()) } else { Ok(branches) }
    }

    /// Whether a basic pattern, or a branch or group of it, ends here.
    fn ends_here(&self) -> bool {
        let mut rest = self.letters.clone();
        match (rest.next(), rest.next()) {
            (None, _) => true,
            (Some('\\'), Some(letter)) => letter == '|' || letter == ')',
            _ => false,
        }
    }

    fn bounds(&mut self) -> Result<(usize, usize), String> {
        let mut text = String::new();
        loop {
            match self.letters.next() {
                Some('}') => break,
                Some('\\') => {}
                Some(letter) if text.len() < 10 => text.push(letter),
                _ => return Err("Unmatched { or \\{".into()),
            }
        }
        let number = |text: &str| text.parse::<usize>().map_err(|_| "Invalid content of \\{\\}".to_owned());
        Ok(match text.split_once(',') {
            None => (number(&text)?, number(&text)?),
            Some((least, "")) => (number(least)?, usize::MAX),
            Some((least, most)) => (number(least)?, number(most)?),
        })
    }

    fn class(&mut self) -> Result<What, String> {
        let is_other = self.letters.next_if_eq(&'^').is_some();
        let mut ranges: Vec<(char, char)> = Vec::new();
        let unmatched = || "Unmatched [, [^, [:, [., or [=".to_owned();
        loop {
            let letter = self.letters.next().ok_or_else(unmatched)?;
            if letter == ']' && !ranges.is_empty() {
                return Ok(What::Class(ranges, is_other));
            }
            if letter == '[' && self.letters.next_if_eq(&':').is_some() {
                let name: String =
                    std::iter::from_fn(|| self.letters.next_if(|letter| *letter != ':')).collect();
                self.letters.next();
                self.letters.next();
                ranges.extend_from_slice(match name.as_str() {
                    "digit" => &[('0', '9')],
                    "alpha" => &[('a', 'z'), ('A', 'Z')],
                    "alnum" => &[('a', 'z'), ('A', 'Z'), ('0', '9')],
                    "space" | "blank" => &[(' ', ' '), ('\t', '\t')],
                    "upper" => &[('A', 'Z')],
                    "lower" => &[('a', 'z')],
                    _ => return Err("Invalid character class name".into()),
                });
                continue;
            }
            let mut rest = self.letters.clone();
            match (rest.next(), rest.next()) {
                (Some('-'), Some(to)) if to != ']' => {
                    self.letters.next();
                    self.letters.next();
                    ranges.push((letter, to));
                }
                _ => ranges.push((letter, letter)),
            }
        }
    }
}

fn put_back(branches: &mut [Vec<Piece>], pieces: Vec<Piece>) {
    if let Some(last) = branches.last_mut() {
        *last = pieces;
    }
}

fn repeated(pieces: &mut [Piece], least: usize, most: usize) {
    if let Some(last) = pieces.last_mut() {
        (last.least, last.most) = (least, most);
    }
}
