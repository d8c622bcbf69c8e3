//! FFmpeg's messages: kept off stderr, and in a queue until they are drained.
//!
//! FFmpeg logs on the thread that called it. Each thread sets the name of the source that it reads ([`Scope`]), so that a
//! message carries that name.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ffi::{c_char, c_int, CStr};
use std::sync::{Arc, Mutex, Once, TryLockError};

use ffmpeg_sys_the_third as sys;

/// The most messages in the queue; further ones are only counted.
const CAPACITY: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Error,
    Warning,
}

#[derive(Clone, Debug)]
pub struct Message {
    pub level: Level,
    /// The name of the source that was being read.
    pub name: Arc<str>,
    pub text: String,
}

/// The messages since the last call, and how many more there were.
#[derive(Debug, Default)]
pub struct Drained {
    pub messages: Vec<Message>,
    pub dropped: u64,
}

struct Queue {
    messages: VecDeque<Message>,
    dropped: u64,
}

static QUEUE: Mutex<Queue> = Mutex::new(Queue { messages: VecDeque::new(), dropped: 0 });

thread_local! {
    static NAME: RefCell<Option<Arc<str>>> = const { RefCell::new(None) };
    static LINE: RefCell<String> = const { RefCell::new(String::new()) };
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
    static PREFIX: Cell<c_int> = const { Cell::new(1) };
}

/// While it exists, messages of this thread carry the name.
#[derive(Debug)]
pub struct Scope {
    before: Option<Arc<str>>,
}

impl Scope {
    #[must_use]
    pub fn enter(name: &Arc<str>) -> Self {
        install();
        LAST.with(|last| last.borrow_mut().take());
        let before = NAME.with(|current| current.replace(Some(Arc::clone(name))));
        Scope { before }
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        let before = self.before.take();
        NAME.with(|current| current.replace(before));
    }
}

/// Take all messages. Returns none while another thread writes, since it never waits.
#[must_use]
pub fn drain() -> Drained {
    // A fork can copy the lock while it is locked, so no thread ever waits for it.
    let mut queue = match QUEUE.try_lock() {
        Ok(queue) => queue,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => return Drained::default(),
    };
    let dropped = std::mem::take(&mut queue.dropped);
    Drained { messages: queue.messages.drain(..).collect(), dropped }
}

/// The last error or warning of this thread since its scope began.
pub(crate) fn last_line() -> Option<String> {
    LAST.with(|last| last.borrow().clone())
}

pub(crate) fn install() {
    static ONCE: Once = Once::new();
    // SAFETY: the callback is a plain function that lives as long as the program and may be called from any thread.
    ONCE.call_once(|| unsafe { emos_log_install() });
}

extern "C" {
    /// In log.c: from then on FFmpeg's messages come to [`emos_log_line`].
    fn emos_log_install();
}

/// Whether the next text of this thread begins a line, and so has a prefix (1) or not (0); -1 where the level is not read.
#[no_mangle]
extern "C" fn emos_log_prefix(level: c_int) -> c_int {
    if level > sys::AV_LOG_WARNING {
        return -1;
    }
    PREFIX.with(Cell::get)
}

/// Take one text of FFmpeg, and what [`emos_log_prefix`] is to say next.
///
/// # Safety
/// `line` must end with a zero byte.
#[no_mangle]
unsafe extern "C" fn emos_log_line(level: c_int, line: *const c_char, prefix: c_int) {
    // SAFETY: the caller vouches for the text.
    let text = unsafe { CStr::from_ptr(line) }.to_string_lossy();
    PREFIX.with(|cell| cell.set(prefix));
    let complete = LINE.with(|line| {
        // A log call inside a log call is dropped.
        let mut line = line.try_borrow_mut().ok()?;
        line.push_str(&text);
        (line.ends_with('\n') || line.len() > 4096).then(|| std::mem::take(&mut *line))
    });
    if let Some(line) = complete {
        let level = if level <= sys::AV_LOG_ERROR { Level::Error } else { Level::Warning };
        publish(level, line.trim_end());
    }
}

fn publish(level: Level, text: &str) {
    if text.is_empty() {
        return;
    }
    LAST.with(|last| *last.borrow_mut() = Some(text.to_owned()));
    let Some(name) = NAME.with(|name| name.borrow().clone()) else { return };
    if let Ok(mut queue) = QUEUE.try_lock() {
        if queue.messages.len() < CAPACITY {
            queue.messages.push_back(Message { level, name, text: text.to_owned() });
        } else {
            queue.dropped += 1;
        }
    }
}
