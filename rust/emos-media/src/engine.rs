//! Prefetch of GOPs: several threads decode them before the reader needs them, in bounded memory.
//!
//! A plan is the set of frames that will be asked for, divided into GOPs. Workers take GOPs in order. Each GOP has a queue
//! of its own for a few frames, and its worker waits while the queue is full. The reader empties the queue of the GOP that
//! it needs, so at most `threads` GOPs are begun and not finished at any time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{sync_channel, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::medium::Medium;
use crate::numbers::FrameIndex;
use crate::source::Stop;
use crate::video::geometry::Geometry;
use crate::video::RgbFrame;

/// The most bytes of frames in the queue of a GOP.
const QUEUE_BYTES: usize = 32 << 20;
/// How often a reader that waits checks whether to stop.
const POLL: Duration = Duration::from_millis(20);

#[derive(Debug)]
struct Task {
    wanted: Vec<FrameIndex>,
    taken: AtomicBool,
    sender: Mutex<Option<SyncSender<Result<RgbFrame>>>>,
    receiver: Mutex<Option<Receiver<Result<RgbFrame>>>>,
}

#[derive(Debug)]
struct Plan {
    medium: Arc<Medium>,
    geometry: Geometry,
    tasks: Vec<Task>,
    next: AtomicUsize,
    halt: AtomicBool,
}

/// Prefetches the frames of a plan.
#[derive(Debug)]
pub(crate) struct Engine {
    plan: Arc<Plan>,
    /// The task that decodes each frame.
    task_of: HashMap<FrameIndex, usize>,
    /// Frames that came before the reader asked for them.
    cache: HashMap<FrameIndex, Arc<RgbFrame>>,
    workers: Vec<JoinHandle<()>>,
    /// The process that has the threads: a fork does not copy them.
    process: u32,
}

struct Halt<'a>(&'a AtomicBool);

impl Stop for Halt<'_> {
    fn stop(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Engine {
    /// Begin to decode the frames `wanted`, which are sorted.
    pub fn start(
        medium: &Arc<Medium>,
        geometry: &Geometry,
        wanted: &[FrameIndex],
        threads: usize,
    ) -> Result<Self> {
        let video = medium.video()?;
        let (height, width) = video.output(&medium.shared, geometry)?;
        let frame_bytes = height as usize * width as usize * 3;
        let depth = (QUEUE_BYTES / frame_bytes.max(1)).clamp(2, 64);
        let gops = video.by_gop(wanted);
        let mut task_of = HashMap::new();
        let mut tasks = Vec::with_capacity(gops.len());
        for (number, gop) in gops.into_iter().enumerate() {
            let (sender, receiver) = sync_channel(depth);
            task_of.extend(gop.iter().map(|frame_index| (*frame_index, number)));
            tasks.push(Task {
                wanted: gop.to_vec(),
                taken: AtomicBool::new(false),
                sender: Mutex::new(Some(sender)),
                receiver: Mutex::new(Some(receiver)),
            });
        }
        let threads = threads.min(tasks.len());
        let plan = Arc::new(Plan {
            medium: Arc::clone(medium),
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
        Ok(Engine { plan, task_of, cache: HashMap::new(), workers, process: std::process::id() })
    }

    /// Whether this is the copy of an engine in a forked process, where it has no threads.
    pub fn is_orphan(&self) -> bool {
        self.process != std::process::id()
    }

    /// A frame of the plan. Waits until it is decoded.
    pub fn get(&mut self, frame_index: FrameIndex, stop: &dyn Stop) -> Result<Arc<RgbFrame>> {
        if let Some(found) = self.cache.get(&frame_index) {
            return Ok(Arc::clone(found));
        }
        let name = self.plan.medium.name();
        let missing = || not_delivered(frame_index, name);
        let number = *self.task_of.get(&frame_index).ok_or_else(missing)?;
        let plan = Arc::clone(&self.plan);
        let task = plan.tasks.get(number).ok_or_else(missing)?;
        if !task.taken.swap(true, Ordering::AcqRel) {
            // No worker has begun this GOP, and all of them may wait for the reader, so the reader decodes it.
            return self.decode_here(task, frame_index, stop);
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
                Ok(frame) => {
                    let frame = Arc::new(frame?);
                    self.cache.insert(frame.frame_index, Arc::clone(&frame));
                    if frame.frame_index == frame_index {
                        return Ok(frame);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(missing()),
            }
        }
    }

    /// Evict the frames before `first`, which nobody will ask for again.
    pub fn evict_before(&mut self, first: FrameIndex) {
        self.cache.retain(|frame_index, _| *frame_index >= first);
    }

    pub fn evict(&mut self, frame_index: FrameIndex) {
        self.cache.remove(&frame_index);
    }

    fn decode_here(
        &mut self,
        task: &Task,
        frame_index: FrameIndex,
        stop: &dyn Stop,
    ) -> Result<Arc<RgbFrame>> {
        task.sender.lock().unwrap_or_else(PoisonError::into_inner).take();
        let plan = Arc::clone(&self.plan);
        let medium = &plan.medium;
        medium.video()?.read_gop(medium.packets(), &task.wanted, &plan.geometry, stop, &mut |frame| {
            self.cache.insert(frame.frame_index, Arc::new(frame));
            Ok(true)
        })?;
        self.cache.get(&frame_index).cloned().ok_or_else(|| not_delivered(frame_index, medium.name()))
    }
}

fn not_delivered(frame_index: FrameIndex, name: &str) -> Error {
    let what =
        format!("internal error: frame {} was not delivered by its worker; please report it", frame_index.0);
    Error::new(ErrorKind::DecodeError, what, name)
}

impl Drop for Engine {
    fn drop(&mut self) {
        if self.is_orphan() {
            // The threads, and the owners of locks, are in the other process.
            std::mem::forget(std::mem::take(&mut self.workers));
            std::mem::forget(Arc::clone(&self.plan));
            return;
        }
        self.plan.halt.store(true, Ordering::Relaxed);
        for task in &self.plan.tasks {
            // A worker that waits for room in its queue gets an error and ends.
            task.receiver.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
        for worker in self.workers.drain(..) {
            let _ = worker.join();
        }
    }
}

fn work(plan: &Plan) {
    let _scope = emos_ffmpeg::log::Scope::enter(plan.medium.shared.source.name());
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
        let result = plan.medium.video().and_then(|video| {
            video.read_gop(
                plan.medium.packets(),
                &task.wanted,
                &plan.geometry,
                &Halt(&plan.halt),
                &mut |frame| Ok(sender.send(Ok(frame)).is_ok()),
            )
        });
        if let Err(error) = result {
            let _ = sender.send(Err(error));
        }
    }
}
