//! The list of all lessons (`static/lessons/index.txt`), fetched when the overview is opened. A line each:
//!
//! ```text
//! # CHAPTER | WHAT IT IS ABOUT
//! NAME | TITLE | MINUTES
//! ! NAME | TITLE | MINUTES | SHOWS | LEVEL | NEEDED CHAPTER
//! ```
//!
//! A test compares it with the lessons.

/// A lesson in the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Names its file.
    pub name: String,
    /// Its title.
    pub title: String,
    /// How long it takes.
    pub minutes: u32,
    /// Of a challenge, what kubectl shows.
    pub shows: String,
    /// Of a challenge, how hard it is.
    pub level: usize,
    /// Of a challenge, the chapter that it needs.
    pub needs: usize,
}

/// A chapter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chapter {
    /// Its title.
    pub title: String,
    /// What it is about.
    pub about: String,
    /// Its lessons.
    pub lessons: Vec<Listing>,
}

/// All lessons and challenges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// The chapters.
    pub chapters: Vec<Chapter>,
    /// The challenges.
    pub challenges: Vec<Listing>,
}

impl Index {
    /// Reads the list.
    pub fn read(text: &str) -> Self {
        let mut index = Index::default();
        for line in text.lines() {
            let is_chapter = line.starts_with("# ");
            let is_challenge = line.starts_with("! ");
            let line = if is_chapter || is_challenge { &line[2..] } else { line };
            let mut fields = line.split(" | ").map(|field| field.trim().to_owned());
            let mut next = || fields.next().unwrap_or_default();
            let (name, title) = (next(), next());
            if name.is_empty() {
                continue;
            }
            if is_chapter {
                index.chapters.push(Chapter { title: name, about: title, lessons: Vec::new() });
                continue;
            }
            let number = |text: String| text.parse::<u32>().unwrap_or_default();
            let listing = Listing {
                name,
                title,
                minutes: number(next()),
                shows: next(),
                level: number(next()) as usize,
                needs: number(next()) as usize,
            };
            match (is_challenge, index.chapters.last_mut()) {
                (false, Some(chapter)) => chapter.lessons.push(listing),
                _ => index.challenges.push(listing),
            }
        }
        index
    }

    /// All lessons in order.
    pub fn lessons(&self) -> impl Iterator<Item = &Listing> {
        self.chapters.iter().flat_map(|chapter| &chapter.lessons)
    }

    /// A lesson with its chapter and its number, or a challenge with neither.
    pub fn find(&self, name: &str) -> Option<(Option<(&Chapter, usize)>, &Listing)> {
        let mut number = 0;
        for chapter in &self.chapters {
            for lesson in &chapter.lessons {
                number += 1;
                if lesson.name == name {
                    return Some((Some((chapter, number)), lesson));
                }
            }
        }
        let challenge = self.challenges.iter().find(|challenge| challenge.name == name);
        challenge.map(|challenge| (None, challenge))
    }

    /// What comes after a lesson or challenge.
    pub fn after(&self, name: &str) -> Option<&Listing> {
        self.lessons().chain(&self.challenges).skip_while(|one| one.name != name).nth(1)
    }
}
