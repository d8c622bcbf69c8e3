//! Groups of pictures decoded by several threads ahead of a reader, with bounded memory.
//!
//! A plan is the set of pictures that will be asked for, cut into groups. Workers take groups in order; each has a queue
//! of its own, as long as a few pictures, and waits when that is full. The reader empties the queue of the group it needs,
//! so at most `threads` groups are ever begun and not finished.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{sync_channel, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::media::Media;
use crate::source::Stop;
use crate::video::geometry::Geometry;
use crate::video::Drawn;

/// How many bytes of drawn pictures each group may hold ready.
const QUEUE_BYTES: usize = 32 << 20;
/// How often a waiting reader looks whether it should stop.
const POLL: Duration = Duration::from_millis(20);

#[derive(Debug)]
struct Task {
    wanted: Vec<usize>,
    taken: AtomicBool,
    sender: Mutex<Option<SyncSender<Result<Drawn>>>>,
    receiver: Mutex<Option<Receiver<Result<Drawn>>>>,
}

#[derive(Debug)]
struct Plan {
    media: Arc<Media>,
    geometry: Geometry,
    tasks: Vec<Task>,
    next: AtomicUsize,
    halt: AtomicBool,
}

/// Pictures of a plan, decoded ahead.
#[derive(Debug)]
pub(crate) struct Engine {
    plan: Arc<Plan>,
    /// The task of each picture.
    task_of: HashMap<usize, usize>,
    /// Pictures that came before somebody asked for them.
    store: HashMap<usize, Arc<Drawn>>,
    workers: Vec<JoinHandle<()>>,
    /// Threads do not come along through a fork.
    process: u32,
}

struct Halt<'a>(&'a AtomicBool);

impl Stop for Halt<'_> {
    fn stop(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Engine {
    /// Begin to decode `wanted` (sorted pictures).
    pub fn start(media: &Arc<Media>, geometry: &Geometry, wanted: &[usize], threads: usize) -> Result<Self> {
        let video = media.video()?;
        let (height, width) = video.output(media.shared(), geometry)?;
        let picture_bytes = height as usize * width as usize * 3;
        let depth = (QUEUE_BYTES / picture_bytes.max(1)).clamp(2, 64);
        let groups = video.by_group(wanted);
        let mut task_of = HashMap::new();
        let mut tasks = Vec::with_capacity(groups.len());
        for (number, group) in groups.into_iter().enumerate() {
            let (sender, receiver) = sync_channel(depth);
            task_of.extend(group.iter().map(|picture| (*picture, number)));
            tasks.push(Task {
                wanted: group.to_vec(),
                taken: AtomicBool::new(false),
                sender: Mutex::new(Some(sender)),
                receiver: Mutex::new(Some(receiver)),
            });
        }
        let threads = threads.min(tasks.len());
        let plan = Arc::new(Plan {
            media: Arc::clone(media),
            geometry: geometry.clone(),
            tasks,
            next: AtomicUsize::new(0),
            halt: AtomicBool::new(false),
        });
        let workers = (0..threads)
            .map_while(|_| {
                let plan = Arc::clone(&plan);
                std::thread::Builder::new().name("emos-decode".to_owned()).spawn(move || work(&plan)).ok()
            })
            .collect();
        Ok(Engine { plan, task_of, store: HashMap::new(), workers, process: std::process::id() })
    }

    /// Whether this is the copy of an engine in a forked process, where nothing drives it.
    pub fn is_orphan(&self) -> bool {
        self.process != std::process::id()
    }

    /// A picture of the plan; waits for it.
    pub fn get(&mut self, picture: usize, stop: &dyn Stop) -> Result<Arc<Drawn>> {
        if let Some(found) = self.store.get(&picture) {
            return Ok(Arc::clone(found));
        }
        let name = self.plan.media.shared().name();
        let lost =
            || Error::new(ErrorKind::DecodeError, format!("picture {picture} was lost on its way"), name);
        let number = *self.task_of.get(&picture).ok_or_else(lost)?;
        let plan = Arc::clone(&self.plan);
        let task = plan.tasks.get(number).ok_or_else(lost)?;
        if !task.taken.swap(true, Ordering::AcqRel) {
            // No worker has come this far: the reader does it itself rather than wait for one that waits for the reader.
            return self.decode_here(task, picture, stop);
        }
        loop {
            if stop.stop() {
                return Err(Error::interrupted(name));
            }
            let received = match &*task.receiver.lock().unwrap_or_else(PoisonError::into_inner) {
                Some(receiver) => receiver.recv_timeout(POLL),
                None => Err(RecvTimeoutError::Disconnected),
            };
            match received {
                Ok(drawn) => {
                    let drawn = Arc::new(drawn?);
                    self.store.insert(drawn.picture, Arc::clone(&drawn));
                    if drawn.picture == picture {
                        return Ok(drawn);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(lost()),
            }
        }
    }

    /// Forget pictures before `first`: nobody will ask for them again.
    pub fn forget_before(&mut self, first: usize) {
        self.store.retain(|picture, _| *picture >= first);
    }

    pub fn forget(&mut self, picture: usize) {
        self.store.remove(&picture);
    }

    fn decode_here(&mut self, task: &Task, picture: usize, stop: &dyn Stop) -> Result<Arc<Drawn>> {
        task.sender.lock().unwrap_or_else(PoisonError::into_inner).take();
        let plan = Arc::clone(&self.plan);
        let shared = plan.media.shared();
        plan.media.video()?.draw_group(shared, &task.wanted, &plan.geometry, stop, &mut |drawn| {
            self.store.insert(drawn.picture, Arc::new(drawn));
            Ok(true)
        })?;
        self.store.get(&picture).cloned().ok_or_else(|| {
            let what = format!("picture {picture} was lost on its way");
            Error::new(ErrorKind::DecodeError, what, shared.name())
        })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if self.is_orphan() {
            // The threads, and whoever held the locks, are in the other process.
            std::mem::forget(std::mem::take(&mut self.workers));
            std::mem::forget(Arc::clone(&self.plan));
            return;
        }
        self.plan.halt.store(true, Ordering::Relaxed);
        for task in &self.plan.tasks {
            // A worker that waits for room learns that nobody reads any more.
            task.receiver.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
        for worker in self.workers.drain(..) {
            let _ = worker.join();
        }
    }
}

fn work(plan: &Plan) {
    let _scope = emos_ffmpeg::log::Scope::enter(plan.media.shared().source.name());
    loop {
        let number = plan.next.fetch_add(1, Ordering::Relaxed);
        let Some(task) = plan.tasks.get(number) else { return };
        if plan.halt.load(Ordering::Relaxed) {
            return;
        }
        if task.taken.swap(true, Ordering::AcqRel) {
            continue;
        }
        let Some(sender) = task.sender.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            continue;
        };
        let shared = plan.media.shared();
        let drawn = plan.media.video().and_then(|video| {
            video.draw_group(shared, &task.wanted, &plan.geometry, &Halt(&plan.halt), &mut |drawn| {
                Ok(sender.send(Ok(drawn)).is_ok())
            })
        });
        if let Err(error) = drawn {
            let _ = sender.send(Err(error));
        }
    }
}
