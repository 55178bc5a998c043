//! What stays from visit to visit, whatever is open.

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Ink on paper.
    #[default]
    Light,
    /// The other way round.
    Dark,
}

impl Theme {
    /// That of a system that prefers a dark page, or doesn't.
    pub fn preferred(dark: bool) -> Self {
        if dark { Theme::Dark } else { Theme::Light }
    }

    /// Its name in storage and in `data-theme`.
    pub fn name(self) -> &'static str {
        match self {
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// The theme of a name.
    pub fn of(name: &str) -> Option<Self> {
        [Theme::Light, Theme::Dark].into_iter().find(|theme| theme.name() == name)
    }
}

/// What stays from visit to visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefs {
    /// Light or dark.
    pub theme: Theme,
    /// Whether the theme is the system's: the user chose none.
    pub follows: bool,
    /// Whether all is large and heavy, for the back row of a room.
    pub projector: bool,
    /// Whether single letters are shortcuts.
    pub letters: bool,
    /// Whether the first visit's welcome is still shown: until the first act, then never again.
    pub welcome: bool,
    /// Whether playing passes over steps in which nothing happened.
    pub skip_idle: bool,
    /// How high the user made the dock, in hundredths of the page.
    pub dock: Option<u8>,
}

/// Another preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrefsAction {
    /// The other theme.
    Theme,
    /// The theme that the system changed to.
    System(Theme),
    /// For the back row of a room, or for one's own screen.
    Projector,
    /// Single letters as shortcuts, on or off.
    Letters,
    /// The welcome was seen.
    Welcomed,
    /// Pass over steps in which nothing happened, or don't.
    SkipIdle,
    /// The dock is to be so high, in hundredths of the page.
    Dock(u8),
}

/// How high the dock can be made, in hundredths of the page.
pub const DOCK: std::ops::RangeInclusive<u8> = 25..=85;
/// How high it is as long as the user did not say it.
pub const DOCK_AT_FIRST: u8 = 45;

impl Prefs {
    /// Those of a first visit.
    pub fn new(theme: Theme) -> Self {
        Prefs {
            theme,
            follows: true,
            projector: false,
            letters: true,
            welcome: true,
            skip_idle: true,
            dock: None,
        }
    }

    /// Takes another preference.
    pub(super) fn take(&mut self, action: PrefsAction) {
        match action {
            PrefsAction::Theme => {
                self.follows = false;
                self.theme = if self.theme == Theme::Light { Theme::Dark } else { Theme::Light };
            }
            PrefsAction::System(theme) if self.follows => self.theme = theme,
            PrefsAction::System(_) => {}
            PrefsAction::Projector => self.projector = !self.projector,
            PrefsAction::Letters => self.letters = !self.letters,
            PrefsAction::Welcomed => self.welcome = false,
            PrefsAction::SkipIdle => self.skip_idle = !self.skip_idle,
            PrefsAction::Dock(height) => self.dock = Some(height.clamp(*DOCK.start(), *DOCK.end())),
        }
    }
}
