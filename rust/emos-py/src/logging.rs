//! FFmpeg's messages, handed to `logging.getLogger("emos_io.ffmpeg")`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use emos_ffmpeg::log::{drain, Level};
use pyo3::prelude::*;

/// Lines of one source within [`PERIOD`]; the rest are counted.
const LIMIT: u32 = 20;
const PERIOD: Duration = Duration::from_secs(10);

struct Budget {
    since: Instant,
    lines: u32,
    suppressed: u64,
}

static BUDGETS: Mutex<Option<HashMap<Arc<str>, Budget>>> = Mutex::new(None);

/// Log what waits. Never raises: a broken handler must not fail a read.
pub fn publish(py: Python<'_>) {
    let drained = drain();
    if drained.messages.is_empty() {
        return;
    }
    // A fork can copy the lock in its taken state, so nobody waits for it.
    let Ok(mut budgets) = BUDGETS.try_lock() else { return };
    let budgets = budgets.get_or_insert_with(HashMap::new);
    budgets.retain(|_, budget| budget.since.elapsed() < PERIOD);
    let mut lines = Vec::new();
    for message in drained.messages {
        let budget = budgets.entry(Arc::clone(&message.name)).or_insert_with(|| Budget {
            since: Instant::now(),
            lines: 0,
            suppressed: 0,
        });
        budget.lines += 1;
        if budget.lines < LIMIT {
            lines.push((message.level, message.text, message.name));
        } else if budget.lines == LIMIT {
            let text =
                format!("{} (more such messages within {} s are left out)", message.text, PERIOD.as_secs());
            lines.push((message.level, text, message.name));
        } else {
            budget.suppressed += 1;
        }
    }
    let logged =
        py.import("logging").and_then(|module| module.call_method1("getLogger", ("emos_io.ffmpeg",)));
    if let Ok(logger) = logged {
        for (level, text, name) in lines {
            let method = if level == Level::Error { "error" } else { "warning" };
            // A handler that fails is the handler's affair.
            let _ = logger.call_method1(method, ("%s: \"%s\"", text, &*name));
        }
    }
}
