//! FFmpeg's messages, handed to `logging.getLogger("emos_io.ffmpeg")`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use emos_ffmpeg::log::{drain, Drained, Level};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

/// Lines of one source within [`PERIOD`]; the rest are counted.
const LIMIT: u32 = 20;
const PERIOD: Duration = Duration::from_secs(10);

struct Budget {
    since: Instant,
    lines: u32,
}

/// One call of the logger.
struct Line {
    level: Level,
    text: String,
    name: Arc<str>,
}

static BUDGETS: Mutex<Option<HashMap<Arc<str>, Budget>>> = Mutex::new(None);

/// Log what waits. A handler that fails does not fail the read; Ctrl-C or an exit within a handler is answered.
pub fn publish(py: Python<'_>) -> Option<PyErr> {
    let (lines, dropped) = take();
    if lines.is_empty() && dropped == 0 {
        return None;
    }
    let logger =
        py.import("logging").and_then(|module| module.call_method1("getLogger", ("emos_io.ffmpeg",))).ok()?;
    let mut wanted = None;
    let mut keep = |answer: PyResult<Bound<'_, PyAny>>| {
        // What is no Exception asks the program to end. Any other failure is the handler's affair.
        if let Some(error) = answer.err().filter(|error| !error.is_instance_of::<PyException>(py)) {
            wanted.get_or_insert(error);
        }
    };
    for Line { level, text, name } in lines {
        let method = if level == Level::Error { "error" } else { "warning" };
        keep(logger.call_method1(method, ("%s: \"%s\"", text, &*name)));
    }
    if dropped > 0 {
        keep(
            logger.call_method1("warning", ("%s more messages of FFmpeg came too fast to be kept", dropped)),
        );
    }
    wanted
}

/// What waits and is within its source's budget, and how many messages were never kept. No Python runs in here, so no
/// fork from Python can copy the lock in its taken state.
fn take() -> (Vec<Line>, u64) {
    // Another thread is at it; the messages wait for the next call.
    let Ok(mut budgets) = BUDGETS.try_lock() else { return (Vec::new(), 0) };
    let Drained { messages, dropped } = drain();
    let budgets = budgets.get_or_insert_with(HashMap::new);
    budgets.retain(|_, budget| budget.since.elapsed() < PERIOD);
    let mut lines = Vec::new();
    for message in messages {
        let budget = budgets
            .entry(Arc::clone(&message.name))
            .or_insert_with(|| Budget { since: Instant::now(), lines: 0 });
        budget.lines = budget.lines.saturating_add(1);
        if budget.lines > LIMIT {
            continue;
        }
        let mut text = message.text;
        if budget.lines == LIMIT {
            text += &format!(" (more such messages within {} s are left out)", PERIOD.as_secs());
        }
        lines.push(Line { level: message.level, text, name: message.name });
    }
    (lines, dropped)
}
