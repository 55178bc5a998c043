//! What can be opened in place of what is open, and how it comes.

use super::{Floating, Mode, Motion, Notice, Opening, Page, Predicting, Reaching, Trying, UiState};
use crate::examples;
use crate::lessons;
use crate::session::{Act, Arrival, Link, Outcome, Past, Resumed, Session};
use serde_json::Value;
use std::cell::RefCell;
use std::rc::Rc;

/// How many steps of a stored run are taken again before the page is shown.
pub(super) const AT_ONCE: u32 = 2_000;

/// A real cluster that is being opened, and what was open when that began.
#[derive(PartialEq)]
pub(super) struct Arriving {
    from: Session,
    /// None once it is there.
    arrival: RefCell<Option<Arrival>>,
}

impl UiState {
    /// Opens something in place of what is open.
    pub(super) fn open(&mut self, opening: &Opening) {
        self.choices += 1;
        let session = match opening {
            Opening::Pasted(text) if lessons::is_lesson(text) => {
                return self.open_lesson(&lessons::own_name(text), text, true);
            }
            Opening::Welcome => Session::of_example(examples::first()),
            Opening::Example(example) => Session::of_example(example),
            Opening::Pasted(text) => Session::of_manifest(text),
            Opening::Dump(nodes, manifest) => {
                self.floating = Floating::default();
                self.view.page = Page::Cluster;
                let arrival = Arrival::new(Rc::clone(nodes), Rc::clone(manifest));
                let from = self.session.clone();
                self.arriving = Some(Rc::new(Arriving { from, arrival: RefCell::new(Some(arrival)) }));
                self.moving.motion = Motion::Arriving;
                return self.arrive(1);
            }
            Opening::Kept(kept) => {
                self.storage.take_back(kept);
                Session::resume(&kept.work)
            }
            Opening::Saved(work) => Session::resume(work),
            Opening::Sent(link) => return self.open_sent(link, Mode::Sent, false),
        };
        self.open_session(session, Mode::Own);
        self.prefs.welcome = *opening == Opening::Welcome;
    }

    /// Shows a session that may have a run to be taken again, and a lesson that it belongs to.
    pub(super) fn open_session(&mut self, session: Session, mode: Mode) {
        self.show(session, mode);
        if !mode.is_read_only() {
            self.resume_lesson();
        }
        if self.session.resuming().is_some() {
            self.resume_slice(AT_ONCE);
        }
    }

    /// Opens what was sent; `parts` if that set other work aside.
    pub(super) fn open_sent(&mut self, link: &Link, mode: Mode, parts: bool) {
        if let Some(source) = link.look.get("lesson").and_then(Value::as_str).filter(|_| !mode.is_read_only())
        {
            self.learning.own = Some(source.into());
        }
        self.open_session(Session::resume(&link.work), mode);
        let told = match link.other_version() {
            Some(version) => {
                Some(format!("It was made with version {version} of the page; its steps are the same here."))
            }
            None => parts.then(|| "It is open.".to_owned()),
        };
        let kept = if parts { " What you had is in the gallery as “Your last work”." } else { "" };
        let notice = told.map(|told| Notice::plain(format!("You followed a link. {told}{kept}")));
        self.floating.notice = self.floating.notice.take().or(notice);
    }

    /// Shows another session in place of the open one.
    pub(super) fn show(&mut self, session: Session, mode: Mode) {
        self.session = session.after(&self.session);
        self.mode = mode;
        self.view = self.view.opened();
        self.view.end_guessing();
        self.trying = Trying::default();
        self.reaching = Reaching::default();
        self.predicting = Predicting::default();
        self.moving = self.moving.opened();
        self.floating = Floating::default();
        self.learning.follow(&self.session);
        self.learning.want_no_more();
        self.arriving = None;
        self.opened += 1;
    }

    /// Goes on with a stored run that is taken again.
    pub(super) fn resume_slice(&mut self, most: u32) {
        let is_as_stored = self.session == self.base;
        let (session, outcome) = self.session.act(&Act::Resume(most), Past::Ask);
        self.session = session;
        self.compare_if_shown();
        if is_as_stored {
            self.base = self.session.clone();
        }
        self.stop();
        if let Outcome::Resumed(resumed) = outcome {
            let told = retaken(&resumed, self.mode != Mode::Own);
            self.floating.notice = told.or(self.floating.notice.take());
        }
    }

    /// Goes on with a cluster that is being opened, and shows it when it is there.
    pub(super) fn arrive(&mut self, objects: u32) {
        let Some(arriving) = self.arriving.clone() else { return };
        let Some(mut arrival) = arriving.arrival.take() else { return };
        if arrival.go_on(objects as usize) {
            let (done, all) = arrival.progress();
            arriving.arrival.replace(Some(arrival));
            let text = format!("Your cluster is being opened: {} %.", done * 10 / all.max(1) * 10);
            self.floating.notice = Some(Notice::plain(text));
        } else {
            // What was done meanwhile is the user's work as well.
            if self.session != arriving.from {
                self.set_own_work_aside();
            }
            self.open_session(arrival.finish(), Mode::Own);
        }
    }
}

/// What the user is to know of a run that was taken again.
fn retaken(Resumed { engine, differs }: &Resumed, is_sent: bool) -> Option<Notice> {
    let no = (*differs)?;
    let by = match engine.as_str() {
        "" => "an earlier version of the page".to_owned(),
        engine => format!("version {engine} of the page"),
    };
    Some(Notice::bad(match is_sent {
        true => format!("This link was made with {by}. Here its run differs from step {no} on."),
        false => format!(
            "Your run was recorded by {by}. Replayed by this version, it differs from step {no} on. Your texts are as you left them."
        ),
    }))
}
